"""Step 1: exactly what was approved can be deployed, and everything that the later steps need is there. Touches nothing."""

from __future__ import annotations

from typing import Any

from shipui.model.checks import Check
from shipui.model.errors import BadInput, NotReady, WrongState
from shipui.model.findings import NOT_RUN, Verdict
from shipui.model.promotion import Revision, Status, require
from shipui.model.steps import DEPLOYMENT_STEPS
from shipui.model.text import listed, visible
from shipui.pipeline.production import Production
from shipui.records import approvals, gates, promotions
from shipui.runs.procedure import Done, Undone


class Validate:
    definition = DEPLOYMENT_STEPS[0]

    def intend(self, work: Production) -> dict[str, Any]:
        return {"revision": work.promotion.revision.commit, "target": work.promotion.target}

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        promotion = work.promotion
        if not promotion.enabled:
            raise NotReady(f"{promotion.id} is disabled.", fix="An admin has to enable it first.")
        if not work.target.enabled:
            raise NotReady(
                f"Deployments to {promotion.target} are switched off.",
                fix=f"An admin can set [target.{promotion.target}] enabled = true in config.toml.",
            )
        require(promotion.id, promotion.status, frozenset({Status.APPROVED}), "deployed")
        _content_is_what_was_approved(work)
        _approved_by_enough(work)
        _gates(work)
        checks = [
            *work.runtime.preflight(work.deadline),
            *work.runtime.check_source(
                lambda path: work.sandbox.file(promotion.revision, path, work.deadline), work.deadline
            ),
            *work.database.preflight(work.folders.backups, work.deadline),
        ]
        _all_good(work, checks)
        work.require_records_apart()
        return Done(
            "Everything is in place: the approved content, the approvals, the tools, the rights and the space.",
            detail="\n".join(f"{check.name}: {check.detail}" for check in checks),
        )

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()


def _content_is_what_was_approved(work: Production) -> None:
    approved = work.promotion.revision
    try:
        head = work.sandbox.head(work.deadline)
        uncommitted = work.sandbox.uncommitted(work.deadline)
    except BadInput as error:
        # A container can be set right by a command; of a folder the advice is meant for whoever names one.
        back = error.fix.rstrip(".") if work.promotion.sandbox.startswith("docker://") else "Put it back as it was"
        raise NotReady(
            f"The sandbox of {work.promotion.build} cannot be read: {error.plain}",
            detail="\n".join(filter(None, (error.detail, error.fix))),
            fix=f"{back}, or withdraw the promotion: shipui withdraw {work.promotion.id}",
        ) from error
    if head != approved.commit:
        why = f"the sandbox moved on from {approved.commit[:12]} to {head[:12]}"
        _lapse(work, why)
        raise NotReady(
            f"The approval of {work.promotion.id} has lapsed: {why} after it was approved.",
            fix="Ship the build again, and have the new content approved.",
        )
    kept = _kept(work, approved)
    if kept != approved:
        _lapse(work, "its content is not what was approved")
        raise NotReady(
            f"The content of {work.promotion.build} is not what was approved, although its commit has the same name.",
            detail=f"approved {approved}, found {kept}",
            fix="Somebody should look at the sandbox. Nothing was deployed.",
        )
    if uncommitted:
        count = len(uncommitted)
        shown = listed([visible(path, limit=60) for path in uncommitted], most=3)
        work.context.note(
            f"{count} {'file is' if count == 1 else 'files are'} not committed in the sandbox ({shown}); "
            "the new version is built from the approved commit, without them."
        )


def _kept(work: Production, approved: Revision) -> Revision:
    try:
        return work.sandbox.revision(approved.commit, approved.base, work.deadline)
    except BadInput:
        # Shipped under another account, whose shipui has kept it. The sandbox is at that commit, so it has it too.
        work.sandbox.keep(approved, work.deadline)
        return work.sandbox.revision(approved.commit, approved.base, work.deadline)


def _lapse(work: Production, why: str) -> None:
    try:
        with work.records.transaction() as connection:
            approvals.lapse(connection, work.promotion.id, why)
            promotions.move(
                connection,
                work.promotion.id,
                Status.PENDING,
                f"The approval lapsed: {why}.",
                work.person.name,
                work.run_id,
            )
    except WrongState as error:
        raise NotReady(error.plain, detail=error.detail) from error
    work.audit("approval lapsed", why=why)


def _approved_by_enough(work: Production) -> None:
    needed = work.settings.approvals.needed_for(work.promotion.risk)
    with work.records.transaction() as connection:
        standing = approvals.standing(connection, work.promotion.id)
    people = sorted({each.person for each in standing if each.revision == work.promotion.revision})
    if len(people) < needed:
        given = f"{listed(people)} approved it" if people else "nobody has"
        words = "approval" if needed == 1 else "approvals"
        raise NotReady(
            f"{work.promotion.id} needs {needed} {words} of this content, and {given}.",
            fix=f"Have it approved: shipui approve {work.promotion.id}.",
        )


def _gates(work: Production) -> None:
    """By the dispositions that count at this moment: some may have ended since the verdict was noted."""
    with work.records.transaction() as connection:
        verdict = gates.refresh_verdict(connection, work.promotion.id) or work.promotion.gate_verdict
    if verdict in {Verdict.PASS, Verdict.WARN}:
        return
    if work.settings.gates.required:
        raise NotReady(
            f"The gates of {work.promotion.build} have the verdict “{verdict}”.",
            fix=f"shipui show {work.promotion.id} lists what they found. A reviewer acknowledges each finding, with a reason: "
            f"shipui acknowledge {work.promotion.id} FINDING --reason “…”."
            if verdict != NOT_RUN
            else "Ship the build again, so that they run.",
        )
    work.context.note(f"The gates were not asked to pass: their verdict is “{verdict}” ([gates] required = false).")


def _all_good(work: Production, checks: list[Check]) -> None:
    for check in checks:
        work.context.log(f"{'ok ' if check.ok else 'NOT'} {check.name}: {check.detail}")
        if check.ok and check.fix:
            work.context.note(f"{check.name}: {check.detail} {check.fix}")
    failed = [check for check in checks if not check.ok]
    if failed:
        raise NotReady(
            " ".join(f"{check.detail.rstrip('.')}." for check in failed),
            detail="\n".join(f"{check.name}: {check.detail}" for check in failed),
            fix=" ".join(check.fix for check in failed if check.fix),
        )
