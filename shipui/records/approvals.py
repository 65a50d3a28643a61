"""Approvals: of one content of one promotion, by one person, until they lapse."""

from __future__ import annotations

from typing import Any

import psycopg

from shipui.model.errors import UnknownId, WrongState
from shipui.model.promotion import Approval, Revision
from shipui.records.connection import storable

Connection = psycopg.Connection[Any]

_SELECT = """
SELECT approval.person, approval.at, revision.commit, revision.base, revision.tree, revision.diff_digest, approval.reason, approval.lapsed_at
FROM approval JOIN revision ON revision.id = approval.revision
"""


def add(connection: Connection, promotion: str, person: str, revision: Revision, reason: str) -> Approval:
    """WrongState if that person's approval stands already; UnknownId if the promotion's build never had that revision."""
    try:
        with connection.transaction():
            added = connection.execute(
                "INSERT INTO approval (promotion, revision, person, reason)"
                " SELECT promotion.id, revision.id, %s, %s FROM promotion JOIN revision ON revision.build = promotion.build"
                " WHERE promotion.id = %s AND revision.commit = %s AND revision.base = %s AND revision.tree = %s AND diff_digest = %s",
                (
                    storable(person),
                    storable(reason),
                    promotion,
                    revision.commit,
                    revision.base,
                    revision.tree,
                    revision.diff_digest,
                ),
            )
    except psycopg.errors.UniqueViolation as error:
        raise WrongState(f"{person} has approved {promotion} already.", detail=str(error)) from error
    if added.rowcount == 0:
        raise UnknownId(f"There is no promotion {promotion} of that content.", fix="shipui queue shows what there is.")
    return next(each for each in standing(connection, promotion) if each.person == storable(person))


def standing(connection: Connection, promotion: str) -> list[Approval]:
    """Those that have not lapsed, the oldest first."""
    return [each for each in all_of(connection, promotion) if each.lapsed_at is None]


def all_of(connection: Connection, promotion: str) -> list[Approval]:
    """The lapsed ones too."""
    rows = connection.execute(f"{_SELECT} WHERE approval.promotion = %s ORDER BY approval.id", (promotion,)).fetchall()
    return [
        Approval(person, at, Revision(commit, base, tree, digest), reason, lapsed_at)
        for person, at, commit, base, tree, digest, reason, lapsed_at in rows
    ]


def lapse(connection: Connection, promotion: str, why: str) -> int:
    """Let every standing approval of the promotion lapse; how many did."""
    lapsed = connection.execute(
        "UPDATE approval SET lapsed_at = clock_timestamp(), lapsed_why = %s WHERE promotion = %s AND lapsed_at IS NULL",
        (storable(why), promotion),
    )
    return lapsed.rowcount
