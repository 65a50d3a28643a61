"""How states look: each a glyph AND a word, with the name of the colour that goes with them; colour alone never says anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shipui.model.events import Outcome, RunKind
from shipui.model.promotion import Status
from shipui.model.steps import StepState


@dataclass(frozen=True, slots=True)
class Sign:
    glyph: str
    word: str
    tone: str
    """calm, good, busy, warn, bad or loud: a component class of the widget that shows it."""

    @property
    def text(self) -> str:
        return f"{self.glyph} {self.word}"


STATUS: dict[Status, Sign] = {
    Status.PENDING: Sign("○", "waiting", "warn"),
    Status.APPROVED: Sign("●", "approved", "busy"),
    Status.EXECUTING: Sign("▸", "deploying", "busy"),
    Status.DEPLOYED: Sign("✓", "deployed", "good"),
    Status.ROLLED_BACK: Sign("↺", "rolled back", "bad"),
    Status.NEEDS_ATTENTION: Sign("!", "ATTENTION", "loud"),
    Status.REJECTED: Sign("✗", "rejected", "calm"),
    Status.WITHDRAWN: Sign("–", "withdrawn", "calm"),
    Status.SUPERSEDED: Sign("»", "superseded", "calm"),
}

STEP: dict[StepState, Sign] = {
    StepState.WAITING: Sign("·", "waiting", "calm"),
    StepState.RUNNING: Sign("▸", "running", "busy"),
    StepState.PASSED: Sign("✓", "passed", "good"),
    StepState.FAILED: Sign("✗", "failed", "bad"),
    StepState.UNDONE: Sign("↺", "undone", "warn"),
    StepState.SKIPPED: Sign("–", "skipped", "calm"),
}

NEVER_BEGUN = Sign("–", "not run", "calm")
"""Of a step that still waits when its run has ended."""
UNDOING = Sign("↺", "undoing", "warn")

OUTCOME: dict[Outcome, Sign] = {
    Outcome.DONE: Sign("✓", "Done", "good"),
    Outcome.REFUSED: Sign("–", "Refused", "warn"),
    Outcome.POSTPONED: Sign("–", "Postponed", "warn"),
    Outcome.ROLLED_BACK: Sign("↺", "Rolled back", "bad"),
    Outcome.NEEDS_ATTENTION: Sign("!", "NEEDS ATTENTION", "loud"),
    Outcome.STOPPED: Sign("–", "Stopped", "warn"),
}

GATES: dict[str, Sign] = {
    "pass": Sign("✓", "pass", "good"),
    "warn": Sign("◐", "warn", "warn"),
    "block": Sign("✗", "block", "bad"),
    "error": Sign("!", "error", "bad"),
    "not run": Sign("–", "not run", "calm"),
}
"""Of a promotion's verdict; `gates_sign` knows the others too."""


def gates_sign(verdict: str) -> Sign:
    return GATES.get(verdict, Sign("?", verdict, "calm"))


KIND: dict[RunKind, str] = {
    RunKind.DEPLOY: "Deployment",
    RunKind.ROLLBACK: "Rollback",
    RunKind.RECOVERY: "Recovery",
    RunKind.SHIP: "Shipping",
}


def age(instant: datetime, now: datetime) -> str:
    """At most four cells: now, 4m, 3h, 12d, 99w."""
    seconds = max(0.0, (now - instant).total_seconds())
    if seconds < 60:
        return "now"
    if seconds < 3600:
        return f"{int(seconds // 60)}m"
    if seconds < 48 * 3600:
        return f"{int(seconds // 3600)}h"
    days = int(seconds // 86400)
    return f"{days}d" if days < 100 else f"{min(days // 7, 999)}w"


def clock(seconds: float) -> str:
    """A time that is left or has passed, as a clock: 0:07, 9:41, 1:02:03."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
