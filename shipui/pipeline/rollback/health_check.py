"""Rollback step 4: the previous version proves that it works."""

from __future__ import annotations

from typing import Any

from shipui.model.steps import ROLLBACK_STEPS, StepState
from shipui.pipeline.production import Production
from shipui.pipeline.steps.health_check import await_health
from shipui.runs.procedure import Done, Undone


class RollbackHealthCheck:
    definition = ROLLBACK_STEPS[3]

    def intend(self, work: Production) -> dict[str, Any]:
        swapped = work.context.left["swap_back"]
        return {"new": swapped["new"], "policy": swapped["policy"], "followed": swapped["followed"]}

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        if intent["new"] is None:
            return Done("Nothing runs, so there is nothing to check.", state=StepState.SKIPPED)
        way = work.context.left["find_way_back"]
        found = await_health(work, intent["new"], way["build"], intent["policy"])
        if intent["followed"] is not None:
            work.runtime.tag(way["image"], intent["followed"]["tag"])
        return Done(f"The previous version is healthy: {found}.", left={"found": found})

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        """The swap is undone by the step that made it."""
        return Undone()
