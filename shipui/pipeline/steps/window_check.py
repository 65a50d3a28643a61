"""Step 2: may a change like this one go out now? The decision and what it was made from are recorded."""

from __future__ import annotations

from typing import Any

from shipui.model.calendar import Decision, decide
from shipui.model.errors import WindowClosed
from shipui.model.steps import DEPLOYMENT_STEPS
from shipui.pipeline.production import Production
from shipui.runs.procedure import Done, Undone


class WindowCheck:
    definition = DEPLOYMENT_STEPS[1]

    def intend(self, work: Production) -> dict[str, Any]:
        return {"type": str(work.promotion.type), "risk": str(work.promotion.risk)}

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        decision, instant = look(work)
        left = {**decision_json(decision), "at": instant, **intent}
        work.audit("window decision", **left, overridden=work.passage.override and not decision.open)
        if decision.open:
            return Done(decision.reason, left=left)
        if work.passage.override:
            work.context.note(f"{work.person.name} overrides the window: {work.passage.reason}")
            return Done(f"Overridden by {work.person.name}. {decision.reason}", left={**left, "overridden": True})
        raise WindowClosed(
            f"{decision.reason} {work.promotion.id} was not deployed; it is still approved.",
            detail=str(left),
            fix="Deploy it again when the window is open.",
        )

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()


def look(work: Production) -> tuple[Decision, str]:
    """The decision for the promotion just now, and that instant in the install's time zone (ISO 8601)."""
    calendar = work.calendar()
    instant = work.now().astimezone(calendar.zone)
    return decide(calendar, work.promotion.change, instant), instant.isoformat(timespec="seconds")


def decision_json(decision: Decision) -> dict[str, Any]:
    return {
        "open": decision.open,
        "reason": decision.reason,
        "next_open": decision.next_open.isoformat() if decision.next_open else None,
        "window": decision.window,
        "blackout": decision.blackout,
    }
