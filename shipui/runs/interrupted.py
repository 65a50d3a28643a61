"""What the journal of a run that died says: which steps had begun, which had ended, and whether it was on its way back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from shipui.model.events import Event, EventKind, Outcome
from shipui.model.steps import StepState
from shipui.runs.procedure import Ending


@dataclass(slots=True)
class Interrupted:
    intents: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By step number, in the order in which they began."""
    left: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By the number of each step that passed."""
    failed: dict[int, str] = field(default_factory=dict)
    """Why, in plain words, by the number of each step that failed."""
    undone: dict[int, str] = field(default_factory=dict)
    """What was said of production, or "", by the number of each step that was taken back: once is enough."""
    going_back: bool = False
    """Whether anything had begun to be taken back."""
    ending: Ending | None = None
    last_number: int = 0

    @property
    def at(self) -> int | None:
        """The step that was under way, or the last that had begun."""
        return next(reversed(self.intents), None)


def read_interrupted(events: Iterable[Event]) -> Interrupted:
    found = Interrupted()
    for event in events:
        found.last_number = max(found.last_number, event.number)
        _fold(found, event)
    return found


def _fold(found: Interrupted, event: Event) -> None:
    data, step = event.data, event.step
    match event.kind:
        case EventKind.INTENT if step is not None:
            found.intents[step] = dict(data)
        case EventKind.RESULT if step is not None:
            if data["state"] == StepState.FAILED:
                found.failed[step] = data["plain"]
            else:
                found.left[step] = dict(data["left"])
        case EventKind.UNDO_INTENT:
            found.going_back = True
        case EventKind.UNDO_RESULT if step is not None:
            if data["ok"]:
                found.undone[step] = data["plain"] if data.get("production") else ""
        case EventKind.RUN_FINISHED:
            found.ending = Ending(
                Outcome(data["outcome"]),
                data["plain"],
                data["detail"],
                tuple(data["commands"]),
                data.get("failed_step"),
            )
        case _:
            return
