"""What a run tells, typed and numbered: the same events feed the journal, the log, the screens and other operators' screens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    RUN_STARTED = "run_started"
    """data: kind, limit_seconds, steps (list of {number, name, title})."""
    INTENT = "intent"
    """A step is about to act. data: whatever the step will make, by name."""
    PROGRESS = "progress"
    """data: done, total (or null), unit."""
    RESULT = "result"
    """A step has ended. data: state (passed, failed, skipped), plain, detail, seconds, left (what it made)."""
    UNDO_INTENT = "undo_intent"
    UNDO_RESULT = "undo_result"
    """data: ok, plain, detail, seconds."""
    NOTE = "note"
    """A sentence for the operator that belongs to no result: a warning, what was found by recovery. data: plain."""
    LOG = "log"
    """data: lines (list of text, made visible)."""
    CANCEL_ASKED = "cancel_asked"
    """data: by."""
    RUN_FINISHED = "run_finished"
    """data: outcome, plain, detail, commands."""


JOURNAL = frozenset(
    {
        EventKind.RUN_STARTED,
        EventKind.INTENT,
        EventKind.RESULT,
        EventKind.UNDO_INTENT,
        EventKind.UNDO_RESULT,
        EventKind.RUN_FINISHED,
    }
)
"""These are on disk before the run goes on."""


@dataclass(frozen=True, slots=True)
class Event:
    run: str
    number: int
    at: datetime
    kind: EventKind
    step: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


class RunKind(StrEnum):
    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    RECOVERY = "recovery"
    SHIP = "ship"


class Outcome(StrEnum):
    """How a run ended."""

    DONE = "done"
    REFUSED = "refused"
    POSTPONED = "postponed"
    ROLLED_BACK = "rolled_back"
    NEEDS_ATTENTION = "needs_attention"
    STOPPED = "stopped"
    """A ship run that failed at a step and can be tried again from there."""
