"""Executes a procedure: each step in order, journalled before and after; on failure undoes what was done, newest first."""

from __future__ import annotations

import errno
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shipui.limits.deadline import Deadline
from shipui.model.errors import AttentionNeeded, Cancelled, Failed, ShipuiError, TimeLimitPassed
from shipui.model.events import EventKind, Outcome
from shipui.model.steps import OnFailure, StepDefinition, StepState
from shipui.model.text import plain_minutes, visible
from shipui.runs.interrupted import Interrupted
from shipui.runs.journal import TakenOver
from shipui.runs.procedure import Done, Ending, Postponed, Procedure, Step, Undone
from shipui.runs.prospect import Way, is_bookkeeping, prospect

W = TypeVar("W")

UNCHANGED = "The current application keeps running; nothing was changed."
BOOKKEEPING_SECONDS = 120.0


@dataclass(slots=True)
class _Begun(Generic[W]):
    """A step that has said what it intends; `left` is there once it has ended."""

    step: Step[W]
    intent: dict[str, Any]
    left: dict[str, Any] | None = None


class Runner(Generic[W]):
    """Runs on whatever thread calls `execute`; `cancel` may be called from any other."""

    def __init__(self, procedure: Procedure[W], work: W, rollback_seconds: float) -> None:
        self._procedure = procedure
        self._work = work
        self._context = procedure.context(work)
        self._journal = self._context.journal
        self._rollback_seconds = rollback_seconds
        self._forward = self._context.deadline
        self._begun: list[_Begun[W]] = []
        self._undone: dict[int, str] = {}
        """What a run that died had taken back already, by step number, and what it said of production."""
        self._changing = False
        """Whether the procedure has begun: before that a failure is a refusal, and there is nothing to undo."""

    def cancel(self, who: str) -> None:
        """Ask for the rollback. Without effect once the run only has bookkeeping left, or is rolling back already."""
        self._forward.cancel(f"Cancelled by {who}.")

    def _stop_acting(self) -> None:
        """Somebody else has the run: what is at work ends now, and the next entry of the journal raises TakenOver."""
        self._context.deadline.cancel("Another shipui has taken this run over.")

    def execute(self) -> Ending:
        """To the end, whatever happens; only TakenOver (and what a defect in the bookkeeping raises) leaves it."""
        self._journal.on_cancel(self.cancel)
        self._journal.on_taken_over(self._stop_acting)
        self._journal.write(
            EventKind.RUN_STARTED,
            None,
            {
                "kind": self._procedure.kind,
                "limit_seconds": self._forward.seconds,
                "steps": [
                    {"number": each.definition.number, "name": each.definition.name, "title": each.definition.title}
                    for each in self._procedure.steps
                ],
            },
        )
        return self._finish(self._forwards(self._procedure.steps))

    def resume(self, interrupted: Interrupted) -> Ending:
        """Finish what a run that died began: forwards if only looking and bookkeeping were left, else back."""
        self._journal.on_taken_over(self._stop_acting)
        if interrupted.ending is not None:
            self._procedure.end(self._work, interrupted.ending)
            return interrupted.ending
        for step in self._procedure.steps:
            number, name = step.definition.number, step.definition.name
            if number in interrupted.intents:
                self._begun.append(_Begun(step, interrupted.intents[number], interrupted.left.get(number)))
            if number in interrupted.left:
                self._context.left[name] = interrupted.left[number]
        self._changing = any(number >= self._procedure.begins_at() for number in interrupted.intents)
        self._undone = interrupted.undone
        ahead = prospect([each.definition for each in self._procedure.steps], interrupted)
        if ahead.way is Way.FORWARDS:
            self._begun = [each for each in self._begun if each.left is not None]
            return self._finish(
                self._forwards([each for each in self._procedure.steps if each.definition in ahead.rest])
            )
        why = (
            interrupted.failed[ahead.at.number] if ahead.failed else f"shipui was interrupted, while {ahead.at.doing}."
        )
        return self._finish(self._backwards(ahead.at, Failed(why)))

    def _finish(self, ending: Ending) -> Ending:
        self._journal.write(
            EventKind.RUN_FINISHED,
            None,
            {
                "outcome": str(ending.outcome),
                "plain": ending.plain,
                "detail": ending.detail,
                "commands": list(ending.commands),
                "failed_step": ending.failed_step,
            },
        )
        self._procedure.end(self._work, ending)
        return ending

    # Forwards

    def _forwards(self, steps: Sequence[Step[W]]) -> Ending:
        warnings: list[str] = []
        for step in steps:
            definition = step.definition
            bookkeeping = is_bookkeeping(definition)
            if bookkeeping:
                self._context.deadline = Deadline(BOOKKEEPING_SECONDS)
            failure = self._attempt(step)
            if failure is None:
                continue
            if bookkeeping:
                warnings.append(f"{definition.title}: {failure.plain}")
                continue
            if definition.on_failure is OnFailure.STOP:
                why = self._procedure.describe_failure(self._work, definition, self._why(definition, failure))
                return Ending(Outcome.STOPPED, why, failure.detail, failed_step=definition.number)
            return self._backwards(definition, failure)
        if self._forward.cancelled:
            self._context.note(f"{self._forward.cancelled} Too late: it was done already.")
        names = ["ending", *(each.definition.name for each in reversed(self._procedure.steps))]
        said = (self._context.left.get(name, {}).get("plain") for name in names)
        plain = next((str(each) for each in said if each), "Done.")
        return Ending(Outcome.DONE, " ".join([plain, *warnings]))

    def _attempt(self, step: Step[W]) -> ShipuiError | None:
        definition = step.definition
        self._context.enter(definition)
        started = time.monotonic()
        begun: _Begun[W] | None = None
        try:
            if not is_bookkeeping(definition):
                self._forward.check()
            if definition.number == self._procedure.begins_at():
                self._procedure.begin(self._work)
                self._changing = True
            intent = step.intend(self._work)
            begun = _Begun(step, intent)
            self._begun.append(begun)
            self._journal.write(EventKind.INTENT, definition.number, intent)
            done = step.act(self._work, intent)
        except TakenOver:
            raise
        except ShipuiError as error:
            self._write_failure(definition, begun is not None, error, time.monotonic() - started)
            return error
        except OSError as error:
            failure = _disallowed(error)
            self._write_failure(definition, begun is not None, failure, time.monotonic() - started)
            return failure
        except Exception as defect:  # noqa: BLE001 - a defect here must not leave production half-way
            failure = Failed(f"shipui itself failed: {type(defect).__name__}: {defect}.", detail=traceback.format_exc())
            self._write_failure(definition, begun is not None, failure, time.monotonic() - started)
            return failure
        begun.left = done.left
        self._context.left[definition.name] = done.left
        self._write_result(definition, done, time.monotonic() - started)
        return None

    def _write_result(self, definition: StepDefinition, done: Done, seconds: float) -> None:
        self._journal.write(
            EventKind.RESULT,
            definition.number,
            {
                "state": str(done.state),
                "plain": done.plain,
                "detail": done.detail,
                "seconds": round(seconds, 3),
                "left": done.left,
            },
        )

    def _write_failure(self, definition: StepDefinition, intended: bool, error: ShipuiError, seconds: float) -> None:
        if not intended:
            self._journal.write(EventKind.INTENT, definition.number, {})
        self._journal.write(
            EventKind.RESULT,
            definition.number,
            {
                "state": str(StepState.FAILED),
                "plain": self._why(definition, error),
                "detail": error.detail,
                "seconds": round(seconds, 3),
                "left": {},
            },
        )

    def _why(self, definition: StepDefinition, error: ShipuiError) -> str:
        if isinstance(error, TimeLimitPassed) and self._forward.over():
            return f"It took longer than {plain_minutes(self._forward.seconds or 0)}, while {definition.doing}."
        if isinstance(error, Cancelled):
            return f"{error.plain.rstrip('.')}, while {definition.doing}."
        return str(error)

    # Backwards

    def _backwards(self, definition: StepDefinition, error: ShipuiError) -> Ending:
        why = self._procedure.describe_failure(self._work, definition, self._why(definition, error))
        if not self._changing:
            if isinstance(error, Cancelled | TimeLimitPassed):
                return Ending(Outcome.REFUSED, f"{self._why(definition, error)} {UNCHANGED}", error.detail)
            return Ending(Outcome.REFUSED, str(error), error.detail, failed_step=definition.number)
        self._context.deadline = Deadline(self._rollback_seconds)
        sentences, commands, troubles = self._undo_all()
        if troubles:
            return Ending(
                Outcome.NEEDS_ATTENTION,
                " ".join([why, "The way back could not be finished:", *troubles]),
                error.detail,
                tuple(dict.fromkeys(commands)),
                definition.number,
            )
        outcome = Outcome.POSTPONED if isinstance(error, Postponed) else Outcome.ROLLED_BACK
        plain = " ".join([why, *(sentences or [UNCHANGED])])
        return Ending(outcome, plain, error.detail, failed_step=definition.number)

    def _undo_all(self) -> tuple[list[str], list[str], list[str]]:
        """What undoing did to production, what finishes it by hand, what went wrong. One failure does not spare the others."""
        sentences: list[str] = []
        commands: list[str] = []
        troubles: list[str] = []
        for begun in reversed(self._begun):
            definition = begun.step.definition
            if definition.number in self._undone:
                sentences.extend(filter(None, [self._undone[definition.number]]))
                continue
            self._context.enter(definition)
            started = time.monotonic()
            self._journal.write(EventKind.UNDO_INTENT, definition.number, {})
            undone, trouble = self._undo(begun)
            if trouble is not None:
                troubles.append(str(trouble))
                commands.extend(getattr(trouble, "commands", ()))
            elif undone.production:
                sentences.append(undone.plain)
            self._journal.write(
                EventKind.UNDO_RESULT,
                definition.number,
                {
                    "ok": trouble is None,
                    "production": trouble is None and undone.production,
                    "plain": undone.plain if trouble is None else str(trouble),
                    "detail": undone.detail if trouble is None else trouble.detail,
                    "seconds": round(time.monotonic() - started, 3),
                },
            )
        return sentences, commands, troubles

    def _undo(self, begun: _Begun[W]) -> tuple[Undone, ShipuiError | None]:
        try:
            return begun.step.undo(self._work, begun.intent, begun.left), None
        except TakenOver:
            raise
        except ShipuiError as error:
            return Undone(), error
        except OSError as error:
            return Undone(), _disallowed(error)
        except Exception as defect:  # noqa: BLE001 - a defect here must not leave production half-way
            return Undone(), AttentionNeeded(
                f"shipui itself failed: {type(defect).__name__}: {defect}.", detail=traceback.format_exc()
            )


def _disallowed(error: OSError) -> Failed:
    what = f" ({visible(str(error.filename), limit=200)})" if error.filename else ""
    said = (error.strerror or str(error)).lower()
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Failed(f"a disk is full{what}.", detail=traceback.format_exc())
    return Failed(f"this machine did not allow it: {said}{what}.", detail=traceback.format_exc())
