"""Backups: what was made, of what, and whether its file is still there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from shipui.model.backup import Backup
from shipui.model.errors import UnknownId
from shipui.model.text import visible
from shipui.records.connection import as_json, storable
from shipui.records.rows import containing

Connection = psycopg.Connection[Any]


def add(
    connection: Connection,
    *,
    name: str,
    promotion: str,
    target: str,
    run: str,
    kind: str,
    made_at: datetime,
    facts: Mapping[str, Any],
) -> None:
    """The record of a proved file; `facts` is BackupFacts as JSON (path, sha256 and size among it). Again does nothing."""
    connection.execute(
        "INSERT INTO backup (name, promotion, target, run, kind, made_at, path, sha256, size, facts)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (name) DO NOTHING",
        (
            storable(name),
            promotion,
            target,
            run,
            kind,
            made_at,
            storable(str(facts["path"])),
            facts["sha256"],
            facts["size"],
            as_json(dict(facts)),
        ),
    )


def get(connection: Connection, name: str) -> Backup:
    """UnknownId when there is no backup of that name."""
    found = _query(connection, "WHERE name = %s", (storable(name),))
    if not found:
        raise UnknownId(
            f"There is no backup “{visible(name, limit=120)}”.", fix="shipui backup list shows what there is."
        )
    return found[0]


def for_promotion(connection: Connection, promotion: str) -> list[Backup]:
    """The oldest first."""
    return _query(connection, "WHERE promotion = %s ORDER BY made_at, name", (promotion,))


def listed(
    connection: Connection,
    target: str | None = None,
    limit: int = 10_000,
    *,
    text: str = "",
    after: Backup | None = None,
) -> list[Backup]:
    """The newest first, those whose file was removed too; of one target, or of all.

    `text` narrows them down to those that have it in their name, promotion, run or target; `after` is the last of the page before.
    """
    conditions, values = ["true"], list[Any]()
    if target is not None:
        conditions.append("target = %s")
        values.append(target)
    if text:
        conditions.append("concat_ws(' ', name, promotion, run, target, kind) ILIKE %s")
        values.append(containing(storable(text)))
    if after is not None:
        conditions.append("(made_at, name) < (%s, %s)")
        values += [after.made_at, after.name]
    where = " AND ".join(conditions)
    return _query(connection, f"WHERE {where} ORDER BY made_at DESC, name DESC LIMIT %s", (*values, limit))


def mark_removed(connection: Connection, name: str) -> None:
    """That its file is gone."""
    connection.execute(
        "UPDATE backup SET removed_at = clock_timestamp() WHERE name = %s AND removed_at IS NULL", (name,)
    )


def _query(connection: Connection, rest: str, values: tuple[Any, ...]) -> list[Backup]:
    with connection.cursor(row_factory=class_row(Backup)) as cursor:
        return cursor.execute(f"SELECT * FROM backup {rest}", values).fetchall()
