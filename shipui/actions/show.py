"""One promotion, whole: what it is, who decided what, its last run step by step, its backup and its log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import psycopg

from shipui.actions.case import Case, case_of
from shipui.actions.way_back import WayBack, way_back
from shipui.install import Installation
from shipui.model.disposition import Disposition
from shipui.model.errors import BadInput
from shipui.model.events import RunKind
from shipui.model.findings import GateReport
from shipui.model.promotion import Approval, Promotion, Status
from shipui.model.roles import Person, Right
from shipui.model.run import Run
from shipui.model.run_view import RunView
from shipui.model.steps import DEPLOYMENT_STEPS, ROLLBACK_STEPS, SHIP_STEPS, StepDefinition
from shipui.records import approvals, backups, gates, journal, promotions, runs

DEFINITIONS: dict[RunKind, tuple[StepDefinition, ...]] = {
    RunKind.DEPLOY: DEPLOYMENT_STEPS,
    RunKind.RECOVERY: DEPLOYMENT_STEPS,
    RunKind.ROLLBACK: ROLLBACK_STEPS,
    RunKind.SHIP: SHIP_STEPS,
}


@dataclass(frozen=True, slots=True)
class RunStory:
    run: Run
    view: RunView


@dataclass(frozen=True, slots=True)
class PromotionStory:
    promotion: Promotion
    approvals: list[Approval]
    deployment: RunStory | None
    """The last run that deployed it, or tried to."""
    rollback: RunStory | None
    """The last run that took it back later, if any."""
    backup: str | None
    """File name of the last backup that was made before it."""
    backup_path: str | None
    gates: tuple[GateReport, ...]
    """What the gates said of its present content; empty if they have not run."""
    said: dict[str, Disposition]
    """By fingerprint, the last that a reviewer said of a finding."""
    case: Case
    """What whoever approves it has to know."""
    way_back: WayBack | None
    """For what is deployed now."""

    def as_json(self) -> dict[str, Any]:
        promotion = self.promotion
        view = self.deployment.view if self.deployment else RunView.of(DEPLOYMENT_STEPS)
        log = [*view.log, *(self.rollback.view.log if self.rollback else ())]
        return {
            "id": promotion.id,
            "status": str(promotion.status),
            "reason": promotion.reason,
            "build": promotion.build,
            "title": promotion.title,
            "sandbox": promotion.sandbox,
            "target": promotion.target,
            "product": promotion.product_name,
            "version": promotion.version,
            "type": str(promotion.type),
            "risk": str(promotion.risk),
            "requested_by": promotion.requested_by,
            "requested_at": promotion.requested_at.isoformat(),
            "commit": promotion.revision.commit,
            "base": promotion.revision.base,
            "tree": promotion.revision.tree,
            "diff_sha256": promotion.revision.diff_digest,
            "gates": promotion.gate_verdict,
            "findings": [
                {
                    **finding.as_json(),
                    "gate": report.gate,
                    "settled": finding.fingerprint in report.settled,
                    "disposition": _disposition_json(self.said.get(finding.fingerprint)),
                }
                for report in self.gates
                for finding in report.findings
            ],
            **self.case.as_json(),
            "retry_of": promotion.retry_of,
            "approvals": [
                {
                    "person": each.person,
                    "at": each.at.isoformat(),
                    "commit": each.revision.commit,
                    "reason": each.reason,
                }
                for each in self.approvals
            ],
            "run": _run_json(self.deployment),
            "rollback": _run_json(self.rollback),
            "steps": [step.as_json() for step in view.steps],
            "rollback_steps": [step.as_json() for step in self.rollback.view.steps] if self.rollback else [],
            "notes": view.notes,
            "backup": self.backup,
            "backup_path": self.backup_path,
            "way_back": self.way_back.as_json() if self.way_back else None,
            "log": "\n".join(log),
        }


def show(installation: Installation, person: Person, promotion_id: str) -> PromotionStory:
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        promotion = promotions.get(connection, promotion_id)
        all_runs = runs.of_promotion(connection, promotion.id)
        made = [each for each in backups.for_promotion(connection, promotion.id) if each.kind == "before"]
        examined = gates.reports(connection, promotion.id)
        said = gates.latest_dispositions(connection, promotion.id)
        verdict = gates.verdict_now(connection, promotion.id) or promotion.gate_verdict
        given = approvals.standing(connection, promotion.id)
        case = case_of(installation, connection, promotion, examined)
        deployment = _last(connection, all_runs, RunKind.DEPLOY)
        taken_back = _last(connection, all_runs, RunKind.ROLLBACK)
    return PromotionStory(
        replace(promotion, gate_verdict=str(verdict)),
        given,
        deployment,
        taken_back,
        made[-1].name if made else None,
        made[-1].path if made else None,
        examined,
        said,
        case,
        way_back(installation, promotion.id, promotion.target) if promotion.status is Status.DEPLOYED else None,
    )


def merge_is_free(installation: Installation, person: Person, promotion_id: str) -> bool:
    """Whether `merge` may be tried: its pull request is open, and gates and evidence pass."""
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        promotion = promotions.get(connection, promotion_id)
        return case_of(installation, connection, promotion, gates.reports(connection, promotion.id)).merge_is_free


def story(installation: Installation, person: Person, run_id: str) -> RunStory:
    """One run, whole."""
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        return _story(connection, runs.get(connection, run_id))


def _last(connection: psycopg.Connection[Any], all_runs: list[Run], kind: RunKind) -> RunStory | None:
    found = [run for run in all_runs if run.kind is kind]
    return _story(connection, found[-1]) if found else None


def _story(connection: psycopg.Connection[Any], run: Run) -> RunStory:
    view = RunView.of(DEFINITIONS[run.kind])
    number = 0
    while events := journal.read(connection, run.id, after=number):
        number = events[-1].number
        for event in events:
            view.add(event)
    return RunStory(run, view)


def _disposition_json(said: Disposition | None) -> dict[str, Any] | None:
    if said is None:
        return None
    return {
        "kind": said.kind,
        "reason": said.reason,
        "by": said.by,
        "at": said.at.isoformat(),
        "until": said.until.isoformat() if said.until else None,
    }


def _run_json(story: RunStory | None) -> dict[str, Any] | None:
    if story is None:
        return None
    run = story.run
    return {
        "id": run.id,
        "kind": str(run.kind),
        "person": run.person,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "outcome": str(run.outcome) if run.outcome else None,
        "plain": run.plain,
        "detail": run.detail,
        "commands": list(run.commands),
        "health_passed_at": run.health_passed_at.isoformat() if run.health_passed_at else None,
    }


def last_run(story: PromotionStory) -> RunStory:
    """The one to look at first; BadInput when nothing ran yet."""
    found = [each for each in (story.deployment, story.rollback) if each is not None]
    if not found:
        raise BadInput(f"{story.promotion.id} has no log yet: no deployment of it was started.")
    return max(found, key=lambda each: each.run.started_at)
