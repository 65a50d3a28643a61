"""One execution of a procedure: its row in the records. Its journal is in events.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shipui.model.events import Outcome, RunKind


@dataclass(frozen=True, slots=True)
class Run:
    id: str
    kind: RunKind
    target: str
    promotion: str | None
    epoch: int
    """Raised by whoever takes the run over; the holder of a lower one must not act."""
    person: str
    machine: str
    """Machine ID of the holder."""
    host: str
    pid: int
    limit_seconds: float
    started_at: datetime
    step: int | None = None
    """The step that it is at, or was at last."""
    finished_at: datetime | None = None
    outcome: Outcome | None = None
    plain: str = ""
    detail: str = ""
    commands: tuple[str, ...] = ()
    """What finishes it by hand, when it needs attention."""
    health_passed_at: datetime | None = None
    cancel_asked_by: str | None = None
