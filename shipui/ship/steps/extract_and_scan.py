"""Ship step 1: what the sandbox changed, kept in shipui's own repository so that it outlives the sandbox, and looked through by the gates."""

from __future__ import annotations

from typing import Any

from shipui.model.evidence import Source, require_same_commit
from shipui.model.findings import Report, Severity
from shipui.model.risk import Facts, Suggestion, suggest
from shipui.model.steps import SHIP_STEPS
from shipui.model.text import counted, listed, visible
from shipui.records import builds, evidence
from shipui.runs.procedure import Done, Undone
from shipui.sandboxes.base import Snapshot
from shipui.ship.shipment import Shipment

ARRIVALS = frozenset({"dependency-new", "dependency-bumped", "dependency-downgraded", "dependency-unpinned"})
"""Rules that name a dependency which is new or changed."""


class ExtractAndScan:
    definition = SHIP_STEPS[0]

    def intend(self, work: Shipment) -> dict[str, Any]:
        return {"build": work.order.build, "sandbox": work.order.sandbox}

    def act(self, work: Shipment, intent: dict[str, Any]) -> Done:
        snapshot = work.read()
        revision = snapshot.revision
        if work.order.evidence is not None:
            require_same_commit(work.order.evidence, revision.commit)
        work.sandbox.keep(revision, work.context.deadline)
        _write(work, snapshot)
        if snapshot.uncommitted:
            shown = listed([visible(path, limit=60) for path in snapshot.uncommitted], most=3)
            work.context.note(f"Not committed in the sandbox, so not part of the build: {shown}.")
        _, report = work.examined()
        losses = _losses(report)
        if losses:
            # Only a warning for people: the gate itself decides, in the fifth step.
            work.context.note(
                f"The change holds {losses} database {'operation' if losses == 1 else 'operations'} that may destroy data."
            )
        work.suggestion = _suggested(snapshot, report, losses)
        return Done(
            f"{counted(snapshot.files, 'file')} changed, {counted(snapshot.additions, 'line') or 'no line'} added, "
            f"{snapshot.deletions or 'none'} removed.",
            detail=f"{revision.base}..{revision.commit}, tree {revision.tree}, diff SHA-256 {revision.diff_digest}",
            left={
                "commit": revision.commit,
                "tree": revision.tree,
                "destructive": losses,
                **_statistics(snapshot),
                "risk_suggestion": work.suggestion.as_json(),
                "risk_chosen_by": work.person.name if work.order.risk is not None else None,
            },
        )

    def undo(self, work: Shipment, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()


def _write(work: Shipment, snapshot: Snapshot) -> None:
    order, by = work.order, work.person.name
    statistics = _statistics(snapshot)
    with work.records.transaction() as connection:
        builds.add(connection, order.build, order.title, order.sandbox, snapshot.revision, statistics, by)
        if order.evidence is not None:
            evidence.add(connection, order.build, snapshot.revision, order.evidence, Source.FILE, "", by)


def _statistics(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "files": snapshot.files,
        "additions": snapshot.additions,
        "deletions": snapshot.deletions,
        "subject": visible(snapshot.subject, limit=200),
        "author": visible(snapshot.author, limit=200),
    }


def _losses(report: Report) -> int:
    """Operations in migrations that lose something, settled or not: it stays a thing to know."""
    return sum(
        each.severity in {Severity.HIGH, Severity.CRITICAL}
        for gate in report.gates
        if gate.gate == "destructive-operations"
        for each in gate.findings
    )


def _suggested(snapshot: Snapshot, report: Report, losses: int) -> Suggestion:
    read = {each.gate: each for each in report.gates}
    return suggest(
        Facts(
            files=snapshot.files,
            lines=snapshot.additions + snapshot.deletions,
            migrations=read["destructive-operations"].files if "destructive-operations" in read else 0,
            losses=losses,
            dependencies=sum(
                each.rule in ARRIVALS for gate in report.gates if gate.gate == "dependencies" for each in gate.findings
            ),
            findings=tuple(
                each for gate in report.gates for each in gate.findings if each.fingerprint not in gate.settled
            ),
        )
    )
