"""The runner, with small steps that do nothing but remember: what is undone, in which order, and what is said."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from shipui.limits.deadline import Deadline
from shipui.model.errors import AttentionNeeded, Failed, Refused
from shipui.model.events import Event, EventKind, Outcome, RunKind
from shipui.model.run import Run
from shipui.model.steps import OnFailure, StepDefinition
from shipui.runs.context import RunContext
from shipui.runs.interrupted import read_interrupted
from shipui.runs.journal import TakenOver
from shipui.runs.procedure import Done, Ending, Postponed, Undone
from shipui.runs.runner import UNCHANGED, Runner

RUN = Run("RN-00000001", RunKind.DEPLOY, "shop", "CP-00000001", 1, "olga", "m", "h", 1, 5.0, datetime.now(UTC))


class Memory:
    """What a journal is to the runner."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def on_cancel(self, act: Callable[[str], None]) -> None:
        self.cancel = act

    def on_taken_over(self, act: Callable[[], None]) -> None:
        self.taken_over = act

    def write(self, kind: EventKind, step: int | None, data: Mapping[str, Any]) -> None:
        self.events.append(Event(RUN.id, len(self.events) + 1, datetime.now(UTC), kind, step, dict(data)))

    def note(self, plain: str, step: int | None = None) -> None:
        self.write(EventKind.NOTE, step, {"plain": plain})

    def log(self, line: str) -> None:
        self.write(EventKind.LOG, None, {"lines": [line]})


class Work:
    def __init__(self, seconds: float | None = 5.0) -> None:
        self.journal = Memory()
        self.context = RunContext(RUN, self.journal, Deadline(seconds))  # type: ignore[arg-type]
        self.did: list[str] = []


class Step:
    def __init__(
        self,
        number: int,
        act: Callable[[Work], None] = lambda _: None,
        undo: Callable[[Work], Undone] = lambda _: Undone(),
        *,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        plain: str = "",
        repeatable: bool = False,
    ) -> None:
        self.definition = StepDefinition(
            number, f"step_{number}", f"Step {number}", "", f"doing {number}", on_failure, repeatable
        )
        self._act, self._undo, self._plain = act, undo, plain

    def intend(self, work: Work) -> dict[str, Any]:
        return {"makes": self.definition.number}

    def act(self, work: Work, intent: dict[str, Any]) -> Done:
        work.did.append(f"do {self.definition.number}")
        self._act(work)
        return Done("did", left={"plain": self._plain} if self._plain else {})

    def undo(self, work: Work, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        assert intent == {"makes": self.definition.number}
        work.did.append(f"undo {self.definition.number}{' (unfinished)' if left is None else ''}")
        return self._undo(work)


@dataclasses.dataclass
class Steps:
    steps: list[Step]
    kind: str = "test"
    begun: int = 0
    ended: list[Ending] = dataclasses.field(default_factory=list)

    def context(self, work: Work) -> RunContext:
        return work.context

    def begins_at(self) -> int:
        return 2

    def begin(self, work: Work) -> None:
        self.begun += 1

    def describe_failure(self, work: Work, step: StepDefinition, why: str) -> str:
        return f"{step.title} failed: {why}"

    def end(self, work: Work, ending: Ending) -> None:
        self.ended.append(ending)


def fails(error: Exception) -> Callable[[Work], Any]:
    def act(_: Work) -> None:
        raise error

    return act


def execute(work: Work, *steps: Step) -> Ending:
    procedure = Steps(list(steps))
    ending = Runner(procedure, work, 5.0).execute()
    assert procedure.ended == [ending]
    return ending


def kinds(work: Work) -> list[str]:
    return [f"{event.kind} {event.step or ''}".strip() for event in work.journal.events]


def test_intent_before_act_and_result_after() -> None:
    work = Work()
    ending = execute(work, Step(1), Step(2, plain="All is well."))
    assert ending == Ending(Outcome.DONE, "All is well.")
    assert kinds(work) == ["run_started", "intent 1", "result 1", "intent 2", "result 2", "run_finished"]


def test_undo_goes_backwards_and_takes_the_failed_step_along() -> None:
    work = Work()
    ending = execute(work, Step(1), Step(2), Step(3, fails(Failed("it broke."))), Step(4))
    assert ending.outcome is Outcome.ROLLED_BACK
    assert ending.plain == f"Step 3 failed: it broke. {UNCHANGED}"
    assert work.did == ["do 1", "do 2", "do 3", "undo 3 (unfinished)", "undo 2", "undo 1"]


def test_before_anything_has_begun_a_failure_is_a_refusal_and_undoes_nothing() -> None:
    work = Work()
    ending = execute(work, Step(1, fails(Failed("not ready."))), Step(2))
    assert ending.outcome is Outcome.REFUSED
    assert work.did == ["do 1"]


def test_one_undo_that_fails_spares_no_other_and_says_what_finishes_it_by_hand() -> None:
    work = Work()
    needs = AttentionNeeded("The tap is open.", commands=("close the tap", "mop up"))
    ending = execute(
        work,
        Step(1),
        Step(2, undo=fails(ValueError("a defect"))),
        Step(3, undo=fails(needs)),
        Step(4, undo=fails(AttentionNeeded("Still open.", commands=("close the tap",)))),
        Step(5, fails(Failed("it broke."))),
    )
    assert ending.outcome is Outcome.NEEDS_ATTENTION
    assert work.did[-5:] == ["undo 5 (unfinished)", "undo 4", "undo 3", "undo 2", "undo 1"]
    assert ending.commands == ("close the tap", "mop up")
    assert "The tap is open." in ending.plain
    assert "shipui itself failed: ValueError: a defect." in ending.plain


def test_a_defect_in_a_step_is_taken_back_like_any_failure() -> None:
    work = Work()
    ending = execute(work, Step(1), Step(2), Step(3, fails(ValueError("nobody thought of it"))))
    assert ending.outcome is Outcome.ROLLED_BACK
    assert "shipui itself failed: ValueError: nobody thought of it." in ending.plain
    assert "Traceback" in ending.detail
    assert work.did[-2:] == ["undo 2", "undo 1"]


def test_what_the_machine_does_not_allow_is_no_defect() -> None:
    ending = execute(Work(), Step(1), Step(2, fails(PermissionError(13, "Permission denied", "/srv/x"))))
    assert ending.plain == f"Step 2 failed: this machine did not allow it: permission denied (/srv/x). {UNCHANGED}"


@pytest.mark.parametrize("how", [OnFailure.KEEP, OnFailure.WARN])
def test_bookkeeping_that_fails_is_a_warning_and_never_a_way_back(how: OnFailure) -> None:
    work = Work()
    ending = execute(
        work,
        Step(1),
        Step(2, plain="Deployed."),
        Step(3, fails(Failed("no ink.")), on_failure=how),
        Step(4, on_failure=how),
    )
    assert ending.outcome is Outcome.DONE
    assert ending.plain == "Deployed. Step 3: no ink."
    assert work.did == ["do 1", "do 2", "do 3", "do 4"]


def test_bookkeeping_has_time_of_its_own() -> None:
    work = Work(0.2)
    ending = execute(
        work,
        Step(1),
        Step(2, lambda w: w.context.deadline.sleep(0.15)),
        Step(3, lambda w: w.context.deadline.sleep(0.3), on_failure=OnFailure.KEEP),
    )
    assert ending.outcome is Outcome.DONE


def test_a_step_that_stops_undoes_nothing() -> None:
    work = Work()
    ending = execute(work, Step(1), Step(2, fails(Failed("later.")), on_failure=OnFailure.STOP))
    assert ending.outcome is Outcome.STOPPED
    assert work.did == ["do 1", "do 2"]


def test_a_step_that_postpones() -> None:
    ending = execute(Work(), Step(1), Step(2), Step(3, fails(Postponed("Not now."))))
    assert ending.outcome is Outcome.POSTPONED


def test_the_limit_is_said_with_what_was_being_done() -> None:
    work = Work(1.0)
    ending = execute(work, Step(1), Step(2, lambda w: w.context.deadline.sleep(60)))
    assert ending.plain == f"Step 2 failed: It took longer than 1 second, while doing 2. {UNCHANGED}"


def test_a_rollback_has_its_own_time() -> None:
    work = Work(0.2)
    undone = Undone("Back.", production=True)

    def undo(work: Work) -> Undone:
        work.context.deadline.check()
        return undone

    ending = execute(work, Step(1), Step(2, undo=undo), Step(3, lambda w: w.context.deadline.sleep(60)))
    assert ending.outcome is Outcome.ROLLED_BACK
    assert ending.plain.endswith("Back.")


def test_cancel_is_the_same_way_back() -> None:
    work = Work()
    runner = Runner(Steps([Step(1), Step(2, lambda w: w.context.deadline.sleep(60))]), work, 5.0)
    threading.Timer(0.1, runner.cancel, ["olga"]).start()
    ending = runner.execute()
    assert ending.plain == f"Step 2 failed: Cancelled by olga, while doing 2. {UNCHANGED}"


def test_whoever_was_taken_over_stops_at_once_and_undoes_nothing() -> None:
    work = Work()
    with pytest.raises(TakenOver):
        execute(work, Step(1), Step(2), Step(3, fails(TakenOver("Another has it."))))
    assert work.did == ["do 1", "do 2", "do 3"]


def test_a_refusal_keeps_its_fix() -> None:
    ending = execute(Work(), Step(1, fails(Refused("Closed.", fix="Come back."))), Step(2))
    assert ending.plain == "Closed. Come back."


# Recovery


def resumed(steps: list[Step], upto: str, *, failing: Work | None = None) -> tuple[Work, Ending]:
    """Run the steps, forget everything after the first event that reads `upto`, and let another runner finish."""
    first = failing or Work()
    Runner(Steps(steps), first, 5.0).execute()
    at = kinds(first).index(upto)
    second = Work()
    second.journal.events = first.journal.events[: at + 1]
    return second, Runner(Steps(steps), second, 5.0).resume(read_interrupted(second.journal.events))


def test_a_run_that_died_in_a_step_goes_back_from_there() -> None:
    work, ending = resumed([Step(1), Step(2), Step(3), Step(4)], "intent 3")
    assert ending.outcome is Outcome.ROLLED_BACK
    assert ending.plain == f"Step 3 failed: shipui was interrupted, while doing 3. {UNCHANGED}"
    assert work.did == ["undo 3 (unfinished)", "undo 2", "undo 1"]


def test_nothing_is_taken_back_twice() -> None:
    """Else a database that the old version has written to since would be put back once more."""
    back = Undone("The database is put back.", production=True)
    steps = [Step(1), Step(2), Step(3, undo=lambda _: back), Step(4, fails(Failed("sick.")))]
    work, ending = resumed(steps, "undo_result 3")
    assert work.did == ["undo 2", "undo 1"]
    assert ending.outcome is Outcome.ROLLED_BACK
    assert ending.plain == "Step 4 failed: sick. The database is put back."


def test_an_undo_that_was_under_way_is_done_again() -> None:
    work, _ = resumed([Step(1), Step(2), Step(3, fails(Failed("sick.")))], "undo_intent 2")
    assert work.did == ["undo 2", "undo 1"]


def test_a_healthy_version_is_not_taken_back_because_its_bookkeeping_had_failed() -> None:
    keep = OnFailure.KEEP
    steps = [
        Step(1),
        Step(2, plain="Deployed."),
        Step(3, fails(Failed("no ink.")), on_failure=keep),
        Step(4, on_failure=keep),
    ]
    work, ending = resumed(steps, "intent 4")
    assert ending.outcome is Outcome.DONE
    assert work.did == ["do 3", "do 4"]


def test_a_step_that_only_looks_is_done_again() -> None:
    steps = [Step(1), Step(2), Step(3, repeatable=True), Step(4, on_failure=OnFailure.KEEP)]
    work, ending = resumed(steps, "intent 3")
    assert ending.outcome is Outcome.DONE
    assert work.did == ["do 3", "do 4"]


def test_and_when_it_fails_this_time_the_run_goes_back() -> None:
    steps = [Step(1), Step(2), Step(3, repeatable=True), Step(4, on_failure=OnFailure.KEEP)]
    first = Work()
    Runner(Steps(steps), first, 5.0).execute()
    second = Work()
    second.journal.events = first.journal.events[: kinds(first).index("intent 3") + 1]
    now = [*steps[:2], Step(3, fails(Failed("sick.")), repeatable=True), steps[3]]
    ending = Runner(Steps(now), second, 5.0).resume(read_interrupted(second.journal.events))
    assert ending.outcome is Outcome.ROLLED_BACK
    assert second.did == ["do 3", "undo 3 (unfinished)", "undo 2", "undo 1"]


def test_a_run_that_had_ended_is_only_written_down() -> None:
    work, ending = resumed([Step(1), Step(2, plain="Deployed.")], "run_finished")
    assert ending == Ending(Outcome.DONE, "Deployed.")
    assert work.did == []
