"""The operations backlog: one epic per build."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import class_row

from shipui.model.ids import IdKind
from shipui.model.inventory import Epic
from shipui.records.connection import storable
from shipui.records.rows import insert_with_id

Connection = psycopg.Connection[Any]


def add(connection: Connection, *, build: str, product: str, title: str, body: str, by: str) -> Epic:
    """The build's epic; the one that it has already, if it has one."""
    known = of_build(connection, build)
    if known is not None:
        return known
    insert_with_id(
        connection,
        IdKind.EPIC,
        "INSERT INTO epic (id, build, product, title, body, opened_by) VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING",
        (build, product, storable(title), storable(body), storable(by)),
    )
    made = of_build(connection, build)
    assert made is not None
    return made


def of_build(connection: Connection, build: str) -> Epic | None:
    found = _query(connection, "WHERE build = %s", (build,))
    return found[0] if found else None


def listed(connection: Connection, limit: int = 500) -> list[Epic]:
    """Open ones first, then the newest."""
    return _query(connection, "ORDER BY closed_at IS NOT NULL, opened_at DESC, id LIMIT %s", (limit,))


def close_for_build(connection: Connection, build: str) -> None:
    """Once the build is in production; a build without an epic is left alone."""
    connection.execute("UPDATE epic SET closed_at = clock_timestamp() WHERE build = %s AND closed_at IS NULL", (build,))


def note_issue(connection: Connection, epic: str, url: str) -> None:
    """Where its issue is at the code host."""
    connection.execute(
        "UPDATE epic SET issue_url = %s WHERE id = %s AND issue_url <> %s", (storable(url), epic, storable(url))
    )


def _query(connection: Connection, rest: str, values: tuple[Any, ...]) -> list[Epic]:
    with connection.cursor(row_factory=class_row(Epic)) as cursor:
        return cursor.execute(f"SELECT * FROM epic {rest}", values).fetchall()
