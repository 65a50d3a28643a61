"""A run as people see it: its events folded into steps, progress, log and outcome. The screens, `show` and `deploy` all read this."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shipui.model.events import Event, EventKind, Outcome
from shipui.model.run_log import log_lines
from shipui.model.steps import StepDefinition, StepState

LOG_LINES_KEPT = 20_000


@dataclass(slots=True)
class StepView:
    number: int
    name: str
    title: str
    state: StepState = StepState.WAITING
    started_at: datetime | None = None
    seconds: float | None = None
    plain: str = ""
    detail: str = ""
    undone: str = ""
    """What its undo said."""
    done: int = 0
    total: int | None = None
    unit: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "name": self.name,
            "title": self.title,
            "status": str(self.state),
            "seconds": self.seconds,
            "plain": self.plain,
            "undone": self.undone,
        }


@dataclass(slots=True)
class RunView:
    """Fold events in with `add`; repeats, and what comes after a gap out of order, are dropped by number."""

    steps: list[StepView]
    number: int = 0
    started_at: datetime | None = None
    limit_seconds: float | None = None
    rolling_back: bool = False
    undoing: int | None = None
    """The step that is being taken back at present."""
    cancel_asked_by: str | None = None
    outcome: Outcome | None = None
    plain: str = ""
    detail: str = ""
    commands: tuple[str, ...] = ()
    finished_at: datetime | None = None
    notes: list[str] = field(default_factory=list)
    log: deque[str] = field(default_factory=lambda: deque(maxlen=LOG_LINES_KEPT))

    @classmethod
    def of(cls, definitions: Sequence[StepDefinition], events: Iterable[Event] = ()) -> RunView:
        view = cls([StepView(each.number, each.name, each.title) for each in definitions])
        for event in events:
            view.add(event)
        return view

    @property
    def running(self) -> StepView | None:
        return next((step for step in self.steps if step.state is StepState.RUNNING), None)

    def step(self, number: int) -> StepView:
        return next(step for step in self.steps if step.number == number)

    def add(self, event: Event) -> bool:
        """Whether it was new."""
        if event.number <= self.number:
            return False
        self.number = event.number
        data = event.data
        match event.kind:
            case EventKind.RUN_STARTED:
                self.started_at = event.at
                self.limit_seconds = data.get("limit_seconds")
            case EventKind.NOTE:
                self.notes.append(data["plain"])
            case EventKind.LOG:
                pass
            case EventKind.CANCEL_ASKED:
                self.cancel_asked_by = data["by"]
            case EventKind.RUN_FINISHED:
                self.outcome = Outcome(data["outcome"])
                self.plain, self.detail = data["plain"], data.get("detail", "")
                self.commands = tuple(data.get("commands", ()))
                self.finished_at = event.at
            case _:
                self._add_to_step(event)
        self.log.extend(log_lines(event, {step.number: step.title for step in self.steps}))
        return True

    def _add_to_step(self, event: Event) -> None:
        assert event.step is not None
        step, data = self.step(event.step), event.data
        match event.kind:
            case EventKind.INTENT:
                step.state, step.started_at = StepState.RUNNING, event.at
            case EventKind.PROGRESS:
                step.done, step.total, step.unit = data["done"], data["total"], data["unit"]
            case EventKind.RESULT:
                step.state, step.seconds = StepState(data["state"]), data["seconds"]
                step.plain, step.detail = data["plain"], data.get("detail", "")
            case EventKind.UNDO_INTENT:
                self.rolling_back, self.undoing = True, event.step
            case EventKind.UNDO_RESULT:
                self.undoing = None
                # A step that had nothing to take back has not been undone: it passed, and that stays true.
                if data["ok"] and data["plain"] and step.state is not StepState.FAILED:
                    step.state = StepState.UNDONE
                step.undone = data["plain"]
            case _:
                raise ValueError(f"no step has an event of kind {event.kind}")
