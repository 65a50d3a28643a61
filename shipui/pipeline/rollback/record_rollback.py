"""Rollback step 5: what now runs in production, written down; the version that was taken back is removed."""

from __future__ import annotations

from typing import Any

from shipui.model.steps import ROLLBACK_STEPS
from shipui.pipeline.bookkeeping import person_json
from shipui.pipeline.production import Production
from shipui.pipeline.steps.cleanup import remove_old
from shipui.runs.procedure import Done, Undone


class RecordRollback:
    definition = ROLLBACK_STEPS[4]

    def intend(self, work: Production) -> dict[str, Any]:
        return {"promotion": work.promotion.id, "old": work.context.left["find_way_back"]["current"]}

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        way = work.context.left["find_way_back"]
        build = way["build"] or "the previous version"
        sentence = f"{work.promotion.build} is taken back; {build if way['image'] else 'nothing'} runs in production."
        work.context.left["ending"] = {"plain": sentence}
        written = work.context.journal.do(
            "record_rollback",
            promotion=work.promotion.id,
            run=work.run_id,
            person=person_json(work.person),
            plain=sentence,
            database="restored" if way["cut"] else "kept",
            image=way["image"],
        )
        remove_old(work, intent["old"])
        if written:
            return Done("The records say so: rolled back.", left={"plain": sentence})
        return Done(
            "Kept safely on this machine; it goes into the records as soon as they answer.", left={"plain": sentence}
        )

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()
