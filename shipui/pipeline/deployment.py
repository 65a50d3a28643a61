"""The deployment: eleven steps in order, and what its turns mean for the promotion."""

from __future__ import annotations

from collections.abc import Sequence

from shipui.model.events import Outcome, RunKind
from shipui.model.promotion import Status
from shipui.model.steps import StepDefinition
from shipui.pipeline.bookkeeping import STATUS_AFTER, note_ending
from shipui.pipeline.production import Production
from shipui.pipeline.steps.cleanup import Cleanup
from shipui.pipeline.steps.database_backup import DatabaseBackup
from shipui.pipeline.steps.health_check import HealthCheck
from shipui.pipeline.steps.image_build import ImageBuild
from shipui.pipeline.steps.record_deployment import RecordDeployment
from shipui.pipeline.steps.rollback_preparation import RollbackPreparation
from shipui.pipeline.steps.source_extraction import SourceExtraction
from shipui.pipeline.steps.start_new_version import StartNewVersion
from shipui.pipeline.steps.stop_old_version import StopOldVersion
from shipui.pipeline.steps.validate import Validate
from shipui.pipeline.steps.window_check import WindowCheck
from shipui.records import promotions
from shipui.runs.context import RunContext
from shipui.runs.procedure import Ending, Step

STEPS: tuple[Step[Production], ...] = (
    Validate(),
    WindowCheck(),
    DatabaseBackup(),
    SourceExtraction(),
    ImageBuild(),
    RollbackPreparation(),
    StopOldVersion(),
    StartNewVersion(),
    HealthCheck(),
    RecordDeployment(),
    Cleanup(),
)


class Deployment:
    """A `Procedure` for promotions that are approved."""

    steps: Sequence[Step[Production]] = STEPS
    kind = str(RunKind.DEPLOY)

    def context(self, work: Production) -> RunContext:
        return work.context

    def begins_at(self) -> int:
        return 3

    def begin(self, work: Production) -> None:
        with work.records.transaction() as connection:
            promotions.move(
                connection,
                work.promotion.id,
                Status.EXECUTING,
                f"{work.person.name} is deploying it.",
                work.person.name,
                work.run_id,
            )

    def describe_failure(self, work: Production, step: StepDefinition, why: str) -> str:
        return f"Step {step.number}, {step.title}, failed: {why}"

    def end(self, work: Production, ending: Ending) -> None:
        note_ending(work.context.journal, work.promotion.id, work.person, ending, STATUS_AFTER)


EXIT_STATUS = {
    Outcome.DONE: 0,
    Outcome.ROLLED_BACK: 1,
    Outcome.STOPPED: 1,
    Outcome.REFUSED: 3,
    Outcome.POSTPONED: 3,
    Outcome.NEEDS_ATTENTION: 4,
}
"""What a command exits with, by how the run ended."""
