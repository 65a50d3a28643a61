"""Ship step 4: sharing is not there yet; an unset contribution mode contributes nothing."""

from __future__ import annotations

from typing import Any

from shipui.model.steps import SHIP_STEPS, StepState
from shipui.runs.procedure import Done, Undone
from shipui.ship.shipment import Shipment


class ContributionAssessment:
    definition = SHIP_STEPS[3]

    def intend(self, work: Shipment) -> dict[str, Any]:
        return {}

    def act(self, work: Shipment, intent: dict[str, Any]) -> Done:
        return Done("Sharing is not enabled; nothing leaves this machine.", state=StepState.SKIPPED)

    def undo(self, work: Shipment, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()
