"""A run in words: where it is, how long it has left, and, once it has ended, what to do next."""

from __future__ import annotations

from datetime import datetime

from shipui.model.events import Outcome, RunKind
from shipui.model.run import Run
from shipui.model.run_view import RunView
from shipui.model.steps import StepState
from shipui.model.text import duration, plain_minutes
from shipui.tui.signs import clock


def where(run: Run, view: RunView, now: datetime, *, interrupted: bool) -> str:
    """One line; changes once a second while it is under way."""
    if view.outcome is not None:
        return _over(view)
    if interrupted:
        return "Interrupted: the shipui that ran it is gone. `shipui recover` finishes it."
    if view.started_at is None:
        return "Beginning …"
    passed = (now - view.started_at).total_seconds()
    if view.rolling_back:
        step = next((each for each in view.steps if each.number == view.undoing), None)
        doing = f": taking back step {step.number}, {step.title}" if step else ""
        return f"Rolling back{doing} · {clock(passed)} since the start"
    running = [step for step in view.steps if step.state is StepState.RUNNING]
    words = [f"Step {step.number} of {len(view.steps)}: {step.title}" for step in running] or ["Between two steps"]
    if view.cancel_asked_by:
        words.append(f"cancel asked by {view.cancel_asked_by}")
    words.append(f"{clock(passed)} passed")
    limit = view.limit_seconds or run.limit_seconds
    words.append(f"{clock(limit - passed)} left of {plain_minutes(limit)}")
    return " · ".join(words)


def _over(view: RunView) -> str:
    if view.started_at is None or view.finished_at is None:
        return "It has ended"
    passed = (view.finished_at - view.started_at).total_seconds()
    return f"Ended {view.finished_at.astimezone():%a %d %b %H:%M:%S} after {duration(passed)}"


_NEXT = {
    Outcome.DONE: "Nothing more to do.",
    Outcome.REFUSED: "Nothing was changed. See to what it says, then deploy again from the queue (d).",
    Outcome.POSTPONED: "It is approved again. Deploy it when the window is open (d in the queue).",
    Outcome.ROLLED_BACK: "The old version serves. t asks for the same build again; a changed one has to be shipped anew.",
    Outcome.NEEDS_ATTENTION: "Finish it by hand: d shows the commands, c copies them. Then recover it: R, or shipui recover",
    Outcome.STOPPED: "Ship the build again: it goes on where it stopped.",
}


def next_step(kind: RunKind, outcome: Outcome) -> str:
    """What to do now."""
    if outcome is Outcome.DONE and kind is RunKind.DEPLOY:
        return "Nothing more to do. b rolls it back, should it be needed."
    if outcome is Outcome.ROLLED_BACK and kind is RunKind.ROLLBACK:
        return "Nothing was taken back: what was deployed still serves."
    if outcome is Outcome.REFUSED and kind is RunKind.ROLLBACK:
        return "Nothing was changed. See to what it says, then roll back again (b)."
    return _NEXT[outcome]
