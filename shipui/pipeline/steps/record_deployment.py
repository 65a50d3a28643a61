"""Step 10: what now runs in production, written down. A healthy deployment is never undone for bookkeeping."""

from __future__ import annotations

from typing import Any

from shipui.model.steps import DEPLOYMENT_STEPS
from shipui.pipeline.bookkeeping import person_json
from shipui.pipeline.production import Production
from shipui.runs.procedure import Done, Undone


class RecordDeployment:
    definition = DEPLOYMENT_STEPS[9]

    def intend(self, work: Production) -> dict[str, Any]:
        return {"promotion": work.promotion.id}

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        promotion = work.promotion
        sentence = f"{promotion.product_name} {promotion.version} ({promotion.build}) is deployed and healthy."
        work.context.left["ending"] = {"plain": sentence}
        written = work.context.journal.do(
            "record_deployment",
            promotion=promotion.id,
            run=work.run_id,
            person=person_json(work.person),
            plain=sentence,
            image=work.context.left["image_build"]["image"],
            container=work.context.left["start_new_version"]["new"],
            previous_image=work.context.left["rollback_preparation"].get("image"),
        )
        if written:
            return Done("The records say so: deployed.", left={"plain": sentence})
        work.context.note(
            "The records database does not answer; the record is safe on this machine and will be written later."
        )
        return Done(
            "Kept safely on this machine; it goes into the records as soon as they answer.", left={"plain": sentence}
        )

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()
