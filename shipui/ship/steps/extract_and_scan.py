"""Ship step 1: what the sandbox changed, kept in shipui's own repository so that it outlives the sandbox."""

from __future__ import annotations

import re
from typing import Any

from shipui.model.steps import SHIP_STEPS
from shipui.model.text import counted, listed, visible
from shipui.records import builds
from shipui.runs.procedure import Done, Undone
from shipui.ship.shipment import Shipment

DESTRUCTIVE = re.compile(
    rb"^\+(?!\+\+ ).*\b(drop\s+(table|column|schema|database|index|view|type)|truncate|delete\s+from"
    rb"|alter\s+column\s+\S+\s+(set\s+data\s+)?type)\b",
    re.IGNORECASE | re.MULTILINE,
)
"""Only a warning for people; the gate for destructive operations decides."""


class ExtractAndScan:
    definition = SHIP_STEPS[0]

    def intend(self, work: Shipment) -> dict[str, Any]:
        return {"build": work.order.build, "sandbox": work.order.sandbox}

    def act(self, work: Shipment, intent: dict[str, Any]) -> Done:
        snapshot = work.read()
        revision = snapshot.revision
        work.sandbox.keep(revision, work.context.deadline)
        statistics = {
            "files": snapshot.files,
            "additions": snapshot.additions,
            "deletions": snapshot.deletions,
            "subject": visible(snapshot.subject, limit=200),
            "author": visible(snapshot.author, limit=200),
        }
        with work.records.transaction() as connection:
            builds.add(
                connection,
                work.order.build,
                work.order.title,
                work.order.sandbox,
                revision,
                statistics,
                work.order.evidence,
                work.person.name,
            )
        if snapshot.uncommitted:
            shown = listed([visible(path, limit=60) for path in snapshot.uncommitted], most=3)
            work.context.note(f"Not committed in the sandbox, so not part of the build: {shown}.")
        destroys = DESTRUCTIVE.findall(work.sandbox.diff(revision, work.context.deadline))
        if destroys:
            count = len(destroys)
            work.context.note(
                f"The change holds {count} database {'operation' if count == 1 else 'operations'} that may destroy data."
            )
        return Done(
            f"{counted(snapshot.files, 'file')} changed, {counted(snapshot.additions, 'line') or 'no line'} added, "
            f"{snapshot.deletions or 'none'} removed.",
            detail=f"{revision.base}..{revision.commit}, tree {revision.tree}, diff SHA-256 {revision.diff_digest}",
            left={"commit": revision.commit, "tree": revision.tree, "destructive": len(destroys), **statistics},
        )

    def undo(self, work: Shipment, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()
