"""Ship step 4: whether the feature is of use to others, what a person chose, and whether it may leave this machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shipui.model.certificate import DIGEST
from shipui.model.contribution import Assessment, Mode, decide
from shipui.model.errors import Refused
from shipui.model.steps import SHIP_STEPS, StepState
from shipui.records import contributions
from shipui.runs.procedure import Done, Undone
from shipui.ship.assessment import assess
from shipui.ship.redacted_change import RedactedChange
from shipui.ship.shipment import Shipment


class ContributionAssessment:
    definition = SHIP_STEPS[3]

    def intend(self, work: Shipment) -> dict[str, Any]:
        return {"mode": str(work.sharing.mode)}

    def act(self, work: Shipment, intent: dict[str, Any]) -> Done:
        mode = work.sharing.mode
        if mode is Mode.UNSET:
            work.decision = decide(mode, None, work.order.contribute, certified=False)
            return Done(work.decision.plain, state=StepState.SKIPPED)
        change, report = work.examined()
        work.assessment = assess(change, report, work.order.title, work.settings.contribution, work.sharing.redaction)
        build, revision, person = work.order.build, work.read().revision, work.person.name
        with work.records.transaction() as connection:
            chosen = contributions.choice(connection, build, revision)
            if work.order.contribute is not None:
                chosen = (work.order.contribute, person)
            certified = contributions.accepted(connection, person, DIGEST)
        work.decision = decide(mode, work.assessment, chosen[0], certified=certified)
        if work.decision.redacted and (why := _cannot_be_redacted(work)):
            work.assessment = replace(work.assessment, stops=(*work.assessment.stops, why))
            work.decision = decide(mode, work.assessment, chosen[0], certified=certified)
        with work.records.transaction() as connection:
            contributions.record(connection, build, revision, mode, work.assessment, chosen, work.decision)
        _tell(work, work.assessment)
        said = f"Recommended: {work.assessment.recommendation}. " if mode.shares else ""
        return Done(
            f"{said}{work.decision.plain}",
            left={
                "mode": str(mode),
                "recommendation": str(work.assessment.recommendation),
                "chosen": chosen[0],
                "leaves": work.decision.leaves,
            },
        )

    def undo(self, work: Shipment, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()


def _cannot_be_redacted(work: Shipment) -> str:
    """Found out now, so that the build goes on its way without being shared; "" when all of it can be."""
    change = work.sandbox.change(work.read().revision, work.context.deadline)
    try:
        _ = RedactedChange(change, work.sharing.redaction).replaced
    except Refused as refusal:
        return refusal.plain
    return ""


def _tell(work: Shipment, assessment: Assessment) -> None:
    for criterion in assessment.criteria:
        work.context.log(f"{criterion.name}: {criterion.grade}. {' '.join(criterion.reasons)}")
    for each in assessment.changes:
        work.context.log(f"before it is shared: {each}")
