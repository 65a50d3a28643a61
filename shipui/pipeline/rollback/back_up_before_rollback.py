"""Rollback step 2: the database as it is now, saved before anything is taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shipui.model.steps import ROLLBACK_STEPS
from shipui.model.text import size
from shipui.pipeline.production import Production, timestamp
from shipui.pipeline.steps.database_backup import back_up, facts_json, settle_unfinished
from shipui.runs.procedure import Done, Undone


class BackUpBeforeRollback:
    definition = ROLLBACK_STEPS[1]

    def intend(self, work: Production) -> dict[str, Any]:
        name = f"pre-rollback-{work.promotion.build}-{timestamp(work.now())}.dump"
        return {"backup": name, "path": str(work.folders.backups / name)}

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        facts = back_up(work, Path(intent["path"]), "before rollback")
        return Done(
            f"The database is saved in {facts.path.name} ({size(facts.size)}), and the file is proved to restore.",
            left={"backup": facts.path.name, "facts": facts_json(facts)},
        )

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        if left is None:
            settle_unfinished(work, Path(intent["path"]))
        return Undone()
