"""Promotions: requested, looked up, and moved from state to state. The database has the last word on every move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from shipui.model.change import ChangeType, RiskLevel
from shipui.model.errors import UnknownId, WrongState
from shipui.model.ids import IdKind
from shipui.model.promotion import OPEN, WORDS, Promotion, Revision, Status, is_in, may_become
from shipui.records import builds
from shipui.records.connection import as_json, storable
from shipui.records.products import add_target
from shipui.records.rows import containing, insert_with_id, refusals_in_words

Connection = psycopg.Connection[Any]

SELECT = """
SELECT promotion.*, product.name AS product_name, change_request.type, change_request.risk,
    revision.commit, revision.base, revision.tree, revision.diff_digest
FROM promotion
    JOIN product ON product.id = promotion.product
    JOIN change_request ON change_request.id = promotion.change_request
    JOIN revision ON revision.id = promotion.revision
"""


@dataclass(frozen=True, slots=True)
class NewPromotion:
    """The build, its product's version and its target are in the records already, or are added with it."""

    build: str
    title: str
    target: str
    product: str
    version: str
    type: ChangeType
    risk: RiskLevel
    requested_by: str
    revision: Revision
    sandbox: str
    retry_of: str | None = None
    gate_verdict: str = "not run"
    diff_statistics: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of a promotion's state, as the database noted it. `old` is None where it begins."""

    old: Status | None
    new: Status
    at: datetime
    by: str
    run: str | None
    reason: str


def again(old: Promotion, by: str) -> NewPromotion:
    """The same once more: a new request for the build of a promotion that was rolled back."""
    return NewPromotion(
        build=old.build,
        title=old.title,
        target=old.target,
        product=old.product,
        version=old.version,
        type=old.type,
        risk=old.risk,
        requested_by=by,
        revision=old.revision,
        sandbox=old.sandbox,
        retry_of=old.id,
        gate_verdict=old.gate_verdict,
        diff_statistics=old.diff_statistics,
        reason=f"Tries {old.id} again.",
    )


def request(connection: Connection, new: NewPromotion) -> Promotion:
    """A pending promotion with its change request. WrongState if the build has one that is not finished yet."""
    try:
        with connection.transaction():
            return _insert(connection, new)
    except psycopg.errors.UniqueViolation as error:
        other = open_of_build(connection, new.build)
        if error.diag.constraint_name != "promotion_one_open" or other is None:
            raise
        raise WrongState(
            f"{new.build} has a promotion already: {other.id}, which is {WORDS[other.status]}.",
            fix=f"Finish or withdraw {other.id} first.",
        ) from error


def get(connection: Connection, promotion_id: str, *, lock: bool = False) -> Promotion:
    """UnknownId when there is no such promotion. With `lock`, nobody else changes it until the transaction ends."""
    if lock:
        connection.execute("SELECT FROM promotion WHERE id = %s FOR NO KEY UPDATE", (promotion_id,))
    found = selected(connection, "WHERE promotion.id = %s", (promotion_id,))
    if not found:
        raise UnknownId(f"There is no promotion {promotion_id}.", fix="shipui queue shows what there is.")
    return found[0]


def listed(
    connection: Connection, status: Status | None = None, text: str | None = None, limit: int = 200, offset: int = 0
) -> list[Promotion]:
    """The newest first; `text` is looked for in ID, build, title, product and requester, whatever its case."""
    conditions, values = ["true"], list[Any]()
    if status is not None:
        conditions.append("promotion.status = %s")
        values.append(str(status))
    if text:
        places = ("promotion.id", "promotion.build", "promotion.title", "product.name", "promotion.requested_by")
        conditions.append("(" + " OR ".join(f"{place} ILIKE %s" for place in places) + ")")
        values += [containing(storable(text))] * len(places)
    end = "ORDER BY promotion.requested_at DESC, promotion.id LIMIT %s OFFSET %s"
    return selected(connection, f"WHERE {' AND '.join(conditions)} {end}", (*values, limit, offset))


def counts(connection: Connection) -> dict[Status, int]:
    """How many are in each state; every state is there."""
    rows = connection.execute("SELECT status, count(*) FROM promotion GROUP BY status").fetchall()
    return {**dict.fromkeys(Status, 0), **{Status(status): count for status, count in rows}}


def move(connection: Connection, promotion_id: str, to: Status, reason: str, by: str, run: str | None) -> Promotion:
    """Change its state, and note why, by whom and in which run. WrongState, in words, when that must not be."""
    row = connection.execute("SELECT status FROM promotion WHERE id = %s FOR NO KEY UPDATE", (promotion_id,)).fetchone()
    if row is None:
        return get(connection, promotion_id)  # raises UnknownId
    status = Status(row[0])
    if not may_become(status, to):
        raise WrongState(
            f"{promotion_id} {is_in(status)}. It cannot become {WORDS[to]}.",
            detail=f"{status} -> {to} is not in the table of transitions",
            fix="Look at it again: somebody may have been quicker.",
        )
    try:
        with refusals_in_words(connection):
            connection.execute(
                "UPDATE promotion SET status = %s, reason = %s, status_by = %s, status_run = %s WHERE id = %s",
                (str(to), storable(reason), storable(by), run, promotion_id),
            )
    except psycopg.errors.UniqueViolation as error:
        raise WrongState(
            f"{promotion_id} cannot become {WORDS[to]}: another promotion on the same target is.",
            detail=str(error),
            fix="shipui queue shows which.",
        ) from error
    return get(connection, promotion_id)


def revise(
    connection: Connection, promotion_id: str, revision: Revision, statistics: Mapping[str, Any], by: str
) -> None:
    """Let a pending promotion stand for newer content of its build. Approvals of the old content have to lapse first."""
    promotion = get(connection, promotion_id)
    number = builds.add_revision(connection, promotion.build, revision, statistics, by)
    with refusals_in_words(connection):
        connection.execute(
            "UPDATE promotion SET revision = %s, diff_statistics = %s WHERE id = %s",
            (number, as_json(dict(statistics)), promotion_id),
        )


def deployed_on(connection: Connection, target: str) -> Promotion | None:
    return _one(selected(connection, "WHERE promotion.target = %s AND promotion.status = 'deployed'", (target,)))


def executing_on(connection: Connection, target: str) -> Promotion | None:
    return _one(selected(connection, "WHERE promotion.target = %s AND promotion.status = 'executing'", (target,)))


def open_of_build(connection: Connection, build: str) -> Promotion | None:
    """The one that is pending, approved, executing or needs attention."""
    states = [str(each) for each in OPEN]
    return _one(selected(connection, "WHERE promotion.build = %s AND promotion.status = ANY(%s)", (build, states)))


def newest_of_build(connection: Connection, build: str) -> Promotion | None:
    end = "ORDER BY promotion.requested_at DESC, promotion.id LIMIT 1"
    return _one(selected(connection, f"WHERE promotion.build = %s {end}", (build,)))


def superseded_by(connection: Connection, promotion_id: str) -> Promotion | None:
    """The promotion that a run of `promotion_id` superseded, if it is still superseded."""
    condition = """
        WHERE promotion.status = 'superseded' AND promotion.id = (
            SELECT transition.promotion FROM transition JOIN run ON run.id = transition.run
            WHERE transition.new = 'superseded' AND run.promotion = %s ORDER BY transition.id DESC LIMIT 1)
    """
    return _one(selected(connection, condition, (promotion_id,)))


def set_enabled(connection: Connection, promotion_id: str, enabled: bool) -> None:
    """A promotion that is not enabled is refused by step 1."""
    connection.execute("UPDATE promotion SET enabled = %s WHERE id = %s", (enabled, promotion_id))


def set_gate_verdict(connection: Connection, promotion_id: str, verdict: str) -> None:
    """not run, pass, warn, block or error."""
    connection.execute("UPDATE promotion SET gate_verdict = %s WHERE id = %s", (verdict, promotion_id))


def history(connection: Connection, promotion_id: str) -> list[Transition]:
    """Every change of its state, the oldest first."""
    rows = connection.execute(
        "SELECT old, new, at, by, run, reason FROM transition WHERE promotion = %s ORDER BY id", (promotion_id,)
    ).fetchall()
    return [Transition(Status(old) if old else None, Status(new), *rest) for old, new, *rest in rows]


def _insert(connection: Connection, new: NewPromotion) -> Promotion:
    add_target(connection, new.target)
    revision = builds.add_revision(connection, new.build, new.revision, new.diff_statistics, new.requested_by)
    change_request = insert_with_id(
        connection,
        IdKind.CHANGE_REQUEST,
        "INSERT INTO change_request (id, type, risk, title, opened_by) VALUES (%s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING",
        (str(new.type), str(new.risk), storable(new.title), storable(new.requested_by)),
    )
    promotion = insert_with_id(
        connection,
        IdKind.PROMOTION,
        "INSERT INTO promotion (id, build, revision, target, product, version, change_request, title, sandbox, requested_by,"
        " retry_of, diff_statistics, gate_verdict, reason, status_by)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING",
        (
            new.build,
            revision,
            new.target,
            new.product,
            new.version,
            change_request,
            storable(new.title),
            storable(new.sandbox),
            storable(new.requested_by),
            new.retry_of,
            as_json(dict(new.diff_statistics)),
            new.gate_verdict,
            storable(new.reason),
            storable(new.requested_by),
        ),
    )
    return get(connection, promotion)


def _one(found: list[Promotion]) -> Promotion | None:
    return found[0] if found else None


def selected(connection: Connection, rest: str, values: tuple[Any, ...]) -> list[Promotion]:
    """Those that `rest`, which is SQL with its WHERE, lets through; for the files of this family alone."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return [_promotion(row) for row in cursor.execute(SELECT + rest, values)]


def _promotion(row: Mapping[str, Any]) -> Promotion:
    return Promotion(
        id=row["id"],
        status=Status(row["status"]),
        build=row["build"],
        title=row["title"],
        target=row["target"],
        product=row["product"],
        product_name=row["product_name"],
        version=row["version"],
        type=ChangeType(row["type"]),
        risk=RiskLevel(row["risk"]),
        requested_by=row["requested_by"],
        requested_at=row["requested_at"],
        revision=Revision(row["commit"], row["base"], row["tree"], row["diff_digest"]),
        sandbox=row["sandbox"],
        reason=row["reason"],
        updated_at=row["updated_at"],
        retry_of=row["retry_of"],
        enabled=row["enabled"],
        gate_verdict=row["gate_verdict"],
        change_request=row["change_request"],
        diff_statistics=row["diff_statistics"],
    )
