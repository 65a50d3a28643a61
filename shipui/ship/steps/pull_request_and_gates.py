"""Ship step 5: pull requests and the four gates are not there yet; the verdict is "not run", and step 1 of a deployment refuses that."""

from __future__ import annotations

from typing import Any

from shipui.model.steps import SHIP_STEPS, StepState
from shipui.runs.procedure import Done, Undone
from shipui.ship.shipment import Shipment


class PullRequestAndGates:
    definition = SHIP_STEPS[4]

    def intend(self, work: Shipment) -> dict[str, Any]:
        return {}

    def act(self, work: Shipment, intent: dict[str, Any]) -> Done:
        return Done(
            "No pull request was opened, and the gates were not run: this version of shipui does neither yet.",
            left={"verdict": "not run"},
            state=StepState.SKIPPED,
        )

    def undo(self, work: Shipment, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()
