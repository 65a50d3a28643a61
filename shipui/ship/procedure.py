"""The six steps, and what their turns mean: a failure stops the run, and the next try goes on from there."""

from __future__ import annotations

from collections.abc import Sequence

from shipui.model.events import RunKind
from shipui.model.steps import StepDefinition
from shipui.runs.context import RunContext
from shipui.runs.procedure import Ending, Step
from shipui.ship.shipment import Shipment
from shipui.ship.steps.contribution_assessment import ContributionAssessment
from shipui.ship.steps.create_epic import CreateEpic
from shipui.ship.steps.extract_and_scan import ExtractAndScan
from shipui.ship.steps.pull_request_and_gates import PullRequestAndGates
from shipui.ship.steps.register_product import RegisterProduct
from shipui.ship.steps.request_promotion import RequestPromotion

STEPS: tuple[Step[Shipment], ...] = (
    ExtractAndScan(),
    RegisterProduct(),
    CreateEpic(),
    ContributionAssessment(),
    PullRequestAndGates(),
    RequestPromotion(),
)


class Ship:
    """A `Procedure` for finished builds."""

    steps: Sequence[Step[Shipment]] = STEPS
    kind = str(RunKind.SHIP)

    def context(self, work: Shipment) -> RunContext:
        return work.context

    def begins_at(self) -> int:
        return 1

    def begin(self, work: Shipment) -> None:
        """Nothing to write down: the steps say it themselves."""

    def describe_failure(self, work: Shipment, step: StepDefinition, why: str) -> str:
        return f"Step {step.number}, {step.title}, failed: {why} Ship it again: it goes on from there."

    def end(self, work: Shipment, ending: Ending) -> None:
        work.context.journal.do(
            "finish_ship",
            run=work.context.run.id,
            outcome=str(ending.outcome),
            plain=ending.plain,
            detail=ending.detail,
        )
