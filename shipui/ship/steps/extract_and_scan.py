"""Ship step 1: what the sandbox changed, kept in shipui's own repository so that it outlives the sandbox."""

from __future__ import annotations

from typing import Any

from shipui.gates.destructive_operations import DestructiveOperations
from shipui.gates.range_reading import change_in
from shipui.model.steps import SHIP_STEPS
from shipui.model.text import counted, listed, visible
from shipui.records import builds
from shipui.runs.procedure import Done, Undone
from shipui.ship.shipment import Shipment


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
        with work.sandbox.examined(revision, work.context.deadline) as examined:
            losses = DestructiveOperations().losses(change_in(examined))
        if losses:
            # Only a warning for people: the gate itself decides, in the fifth step.
            work.context.note(
                f"The change holds {losses} database {'operation' if losses == 1 else 'operations'} that may destroy data."
            )
        return Done(
            f"{counted(snapshot.files, 'file')} changed, {counted(snapshot.additions, 'line') or 'no line'} added, "
            f"{snapshot.deletions or 'none'} removed.",
            detail=f"{revision.base}..{revision.commit}, tree {revision.tree}, diff SHA-256 {revision.diff_digest}",
            left={"commit": revision.commit, "tree": revision.tree, "destructive": losses, **statistics},
        )

    def undo(self, work: Shipment, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()
