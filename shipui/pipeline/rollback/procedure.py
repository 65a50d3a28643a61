"""The steps of a rollback, and what its turns mean for the promotion."""

from __future__ import annotations

from collections.abc import Sequence

from shipui.model.events import Outcome, RunKind
from shipui.model.promotion import Status
from shipui.model.steps import StepDefinition
from shipui.pipeline.bookkeeping import note_ending
from shipui.pipeline.production import Production
from shipui.pipeline.rollback.back_up_before_rollback import BackUpBeforeRollback
from shipui.pipeline.rollback.find_way_back import FindWayBack
from shipui.pipeline.rollback.health_check import RollbackHealthCheck
from shipui.pipeline.rollback.record_rollback import RecordRollback
from shipui.pipeline.rollback.swap_back import SwapBack
from shipui.runs.context import RunContext
from shipui.runs.procedure import Ending, Step

STEPS: tuple[Step[Production], ...] = (
    FindWayBack(),
    BackUpBeforeRollback(),
    SwapBack(),
    RollbackHealthCheck(),
    RecordRollback(),
)

STATUS_AFTER = {
    Outcome.NEEDS_ATTENTION: Status.NEEDS_ATTENTION,
    Outcome.ROLLED_BACK: Status.DEPLOYED,
}
"""A rollback that did not work, and was itself taken back, leaves the promotion deployed."""


class Rollback:
    """A `Procedure` for promotions that are deployed. If it fails, what was deployed stays deployed."""

    steps: Sequence[Step[Production]] = STEPS
    kind = str(RunKind.ROLLBACK)

    def context(self, work: Production) -> RunContext:
        return work.context

    def begins_at(self) -> int:
        return 2

    def begin(self, work: Production) -> None:
        """The promotion stays `deployed` until the previous version is back."""

    def describe_failure(self, work: Production, step: StepDefinition, why: str) -> str:
        return f"The rollback did not work. Step {step.number}, {step.title}, failed: {why}"

    def end(self, work: Production, ending: Ending) -> None:
        note_ending(work.context.journal, work.promotion.id, work.person, ending, STATUS_AFTER)
