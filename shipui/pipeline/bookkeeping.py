"""What a run writes into the records, by name: each can be repeated without harm, so that it can be kept on disk and replayed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from shipui.model.events import Outcome
from shipui.model.promotion import Promotion, Status
from shipui.model.roles import Person, Role
from shipui.records import audit, backups, epics, products, promotions, runs
from shipui.runs.journal import AfterCommit, Journal, Operation
from shipui.runs.procedure import Ending

Connection = psycopg.Connection[Any]


STATUS_AFTER = {
    Outcome.REFUSED: Status.APPROVED,
    Outcome.POSTPONED: Status.APPROVED,
    Outcome.ROLLED_BACK: Status.ROLLED_BACK,
    Outcome.NEEDS_ATTENTION: Status.NEEDS_ATTENTION,
}


def person_json(person: Person) -> dict[str, Any]:
    return {"name": person.name, "uid": person.uid, "role": int(person.role), "ssh": person.ssh}


def person_from_json(data: dict[str, Any]) -> Person:
    return Person(data["name"], data["uid"], Role(data["role"]), data["ssh"])


def operations(head_file: Path) -> dict[str, Operation]:
    """By name; `head_file` is where the audit trail's head is kept outside Postgres."""

    def audited(
        connection: Connection, person: dict[str, Any], action: str, subject: str, **details: Any
    ) -> AfterCommit:
        entry = audit.add(connection, person_from_json(person), action, subject, details)
        return lambda: audit.keep_head(head_file, entry)

    def audited_once(connection: Connection, arguments: dict[str, Any]) -> AfterCommit | None:
        subject, action, details = arguments["subject"], arguments["action"], arguments["details"]
        if audit.has(connection, subject, action, details):
            return None
        return audited(connection, arguments["person"], action, subject, **details)

    return {
        "audit": audited_once,
        "backup_made": _backup_made,
        "health_pass": lambda connection, arguments: runs.record_health_pass(connection, arguments["run"]),
        "record_deployment": lambda connection, arguments: _record_deployment(connection, arguments, audited),
        "record_rollback": lambda connection, arguments: _record_rollback(connection, arguments, audited),
        "finish_ship": _finish_ship,
        "finish": lambda connection, arguments: _finish(connection, arguments, audited),
    }


Audited = Callable[..., AfterCommit]


def _backup_made(connection: Connection, arguments: dict[str, Any]) -> None:
    facts = arguments["facts"]
    promotion = promotions.get(connection, arguments["promotion"])
    backups.add(
        connection,
        name=Path(facts["path"]).name,
        promotion=promotion.id,
        target=promotion.target,
        run=arguments["run"],
        kind=arguments["kind"],
        made_at=datetime.fromisoformat(facts["made_at"]),
        facts=facts,
    )


def _record_deployment(connection: Connection, arguments: dict[str, Any], audited: Audited) -> AfterCommit | None:
    promotion = promotions.get(connection, arguments["promotion"])
    if promotion.status is Status.DEPLOYED:
        return None
    before = promotions.deployed_on(connection, promotion.target)
    person = arguments["person"]
    if before is not None:
        reason = f"{promotion.id} ({promotion.version}) was deployed."
        promotions.move(connection, before.id, Status.SUPERSEDED, reason, person["name"], arguments["run"])
    promotions.move(connection, promotion.id, Status.DEPLOYED, arguments["plain"], person["name"], arguments["run"])
    products.mark_deployed(connection, promotion.product, promotion.version)
    epics.close_for_build(connection, promotion.build)
    return audited(
        connection,
        person,
        "deployed",
        promotion.id,
        run=arguments["run"],
        build=promotion.build,
        commit=promotion.revision.commit,
        image=arguments["image"],
        previous_image=arguments["previous_image"],
        superseded=before.id if before else None,
    )


def _record_rollback(connection: Connection, arguments: dict[str, Any], audited: Audited) -> AfterCommit | None:
    promotion = promotions.get(connection, arguments["promotion"])
    if promotion.status is Status.ROLLED_BACK:
        return None
    person = arguments["person"]
    promotions.move(connection, promotion.id, Status.ROLLED_BACK, arguments["plain"], person["name"], arguments["run"])
    back = _predecessor(connection, promotion)
    if back is not None:
        reason = f"{promotion.id} was rolled back."
        promotions.move(connection, back.id, Status.DEPLOYED, reason, person["name"], arguments["run"])
        products.mark_deployed(connection, back.product, back.version)
    return audited(
        connection,
        person,
        "rolled back",
        promotion.id,
        run=arguments["run"],
        database=arguments["database"],
        image=arguments["image"],
        back_to=back.id if back else None,
    )


def _predecessor(connection: Connection, promotion: Promotion) -> Promotion | None:
    """The promotion that `promotion` superseded, if it still counts as superseded."""
    return promotions.superseded_by(connection, promotion.id)


def _finish(connection: Connection, arguments: dict[str, Any], audited: Audited) -> AfterCommit | None:
    """End the run's row, and move the promotion where the outcome says. Which statuses an outcome leads to is `moves`' to say."""
    run = runs.get(connection, arguments["run"])
    if run.finished_at is not None:
        return None
    outcome = Outcome(arguments["outcome"])
    person = arguments["person"]
    if arguments["promotion"] and arguments["moves"].get(outcome):
        promotion = promotions.get(connection, arguments["promotion"])
        status = Status(arguments["moves"][outcome])
        # A refusal leaves the promotion as it is, but for one that was killed just when it had begun.
        begun = outcome is not Outcome.REFUSED or promotion.status is Status.EXECUTING
        if begun and promotion.status is not status:
            promotions.move(connection, promotion.id, status, arguments["plain"], person["name"], run.id)
    if arguments["promotion"] and outcome is Outcome.DONE:
        _require_recorded(connection, arguments["promotion"], person["name"], run.id)
    runs.finish(connection, run.id, outcome, arguments["plain"], arguments["detail"], tuple(arguments["commands"]))
    return audited(
        connection,
        person,
        f"{run.kind} ended",
        arguments["promotion"] or run.id,
        run=run.id,
        outcome=str(outcome),
        plain=arguments["plain"],
    )


def _require_recorded(connection: Connection, promotion: str, person: str, run: str) -> None:
    """A run that ended well, but whose record was refused: nobody may go on believing that it is still being deployed."""
    if promotions.get(connection, promotion).status is Status.EXECUTING:
        reason = "The new version runs and is healthy, but the records refused to say so. The log says why."
        promotions.move(connection, promotion, Status.NEEDS_ATTENTION, reason, person, run)


def note_ending(journal: Journal, promotion: str, person: Person, ending: Ending, moves: dict[Outcome, Status]) -> None:
    """End the run that `journal` is of; `moves` says what an outcome means for the promotion."""
    journal.do(
        "finish",
        run=journal.run.id,
        promotion=promotion,
        person=person_json(person),
        outcome=str(ending.outcome),
        plain=ending.plain,
        detail=ending.detail,
        commands=list(ending.commands),
        moves={str(outcome): str(status) for outcome, status in moves.items()},
    )


def _finish_ship(connection: Connection, arguments: dict[str, Any]) -> None:
    outcome = Outcome(arguments["outcome"])
    runs.finish(connection, arguments["run"], outcome, arguments["plain"], arguments["detail"], ())
