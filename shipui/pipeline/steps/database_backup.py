"""Step 3: a proved copy of the production database, before anything is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shipui.databases.base import BackupFacts
from shipui.model.errors import Unreachable
from shipui.model.steps import DEPLOYMENT_STEPS
from shipui.model.text import size
from shipui.pipeline.production import Production, timestamp
from shipui.records import backups
from shipui.runs.procedure import Done, Undone


class DatabaseBackup:
    definition = DEPLOYMENT_STEPS[2]

    def intend(self, work: Production) -> dict[str, Any]:
        name = f"pre-promote-{work.promotion.build}-{timestamp(work.now())}.dump"
        return {"backup": name, "path": str(work.folders.backups / name)}

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        facts = back_up(work, Path(intent["path"]), "before")
        return Done(
            f"The database is saved in {facts.path.name} ({size(facts.size)}), and the file is proved to restore.",
            detail=f"{facts.path}, SHA-256 {facts.sha256}, made by {facts.tool}",
            left={
                "backup": facts.path.name,
                "path": str(facts.path),
                "facts": facts_json(facts),
            },
        )

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        """The backup stays, whatever happens; one that was not finished goes."""
        if left is None:
            settle_unfinished(work, Path(intent["path"]))
        else:
            work.context.log(f"The backup {intent['backup']} is kept.")
        return Undone()


def back_up(work: Production, path: Path, kind: str) -> BackupFacts:
    """Dump, prove and rehearse; the log says how to restore it by hand, and the records know it."""
    facts = work.database.back_up(path, work.deadline, work.context.progress, work.context.log)
    work.context.log(f"How to restore {path.name} by hand, without shipui:")
    for command in work.database.restore_commands(path):
        work.context.log(f"    {command}")
    work.context.journal.do(
        "backup_made", promotion=work.promotion.id, run=work.run_id, kind=kind, facts=facts_json(facts)
    )
    return facts


def settle_unfinished(work: Production, path: Path) -> None:
    """What a step that did not end may have left of its dump. One that the records know was proved, and stays."""
    unfinished = [path.with_name(f"{path.name}.part"), path.with_name(f"{path.name}.rehearsal")]
    if _is_recorded(work, path):
        work.context.log(f"The backup {path.name} is kept.")
    else:
        unfinished.append(path)
    for each in unfinished:
        each.unlink(missing_ok=True)


def _is_recorded(work: Production, path: Path) -> bool:
    """While the records do not answer, a dump that has its final name counts as recorded: what they should hear of it waits on disk."""
    try:
        with work.records.transaction() as connection:
            recorded = backups.for_promotion(connection, work.promotion.id)
    except Unreachable:
        return path.exists()
    return any(each.name == path.name and each.removed_at is None for each in recorded)


def facts_json(facts: BackupFacts) -> dict[str, Any]:
    return {
        "path": str(facts.path),
        "sha256": facts.sha256,
        "size": facts.size,
        "made_at": facts.made_at.isoformat(),
        "server_version": facts.server_version,
        "tool": facts.tool,
        "identity": {
            "system_identifier": facts.identity.system_identifier,
            "oid": facts.identity.oid,
            "name": facts.identity.name,
            "server_version": facts.identity.server_version,
            "size": facts.identity.size,
        },
        "properties": facts.properties,
        "tables": facts.tables,
        "marker": facts.marker.as_json() if facts.marker else None,
    }
