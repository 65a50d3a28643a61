"""The operations backlog: one epic per build."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from shipui.model.ids import IdKind
from shipui.model.inventory import BacklogEntry, Epic, PullRequest
from shipui.model.promotion import Status
from shipui.records.connection import storable
from shipui.records.rows import containing, insert_with_id

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


def backlog(
    connection: Connection, text: str = "", limit: int | None = None, after: BacklogEntry | None = None
) -> list[BacklogEntry]:
    """Open ones first, then the newest, each with what became of its build. `text` narrows them down, `after` pages on."""
    conditions, values = ["true"], list[Any]()
    if text:
        conditions.append(
            "concat_ws(' ', epic.id, epic.build, epic.title, epic.opened_by, product.name, newest.id, replace(newest.status, '_', ' '),"
            " CASE WHEN epic.closed_at IS NULL THEN 'open' ELSE 'closed' END) ILIKE %s"
        )
        values.append(containing(storable(text)))
    if after is not None:
        # Closed after open, older after newer, and of the same instant by ID.
        conditions.append("(epic.closed_at IS NOT NULL, %s - epic.opened_at, epic.id) > (%s, %s - %s::timestamptz, %s)")
        at = after.epic.opened_at
        values += [at, after.epic.closed_at is not None, at, at, after.epic.id]
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT epic.id, epic.build, epic.product, epic.title, epic.body, epic.opened_by, epic.opened_at, epic.closed_at,"
            " product.name, newest.id AS promotion, newest.status, asked.number, asked.url, asked.state"
            " FROM epic JOIN product ON product.id = epic.product LEFT JOIN pull_request asked ON asked.build = epic.build"
            " LEFT JOIN LATERAL (SELECT id, status FROM promotion WHERE promotion.build = epic.build"
            " ORDER BY requested_at DESC, id LIMIT 1) newest ON true"
            f" WHERE {' AND '.join(conditions)} ORDER BY epic.closed_at IS NOT NULL, epic.opened_at DESC, epic.id LIMIT %s",
            (*values, limit),
        )
        return [_entry(row) for row in rows]


def _entry(row: Mapping[str, Any]) -> BacklogEntry:
    fields = ("id", "build", "product", "title", "body", "opened_by", "opened_at", "closed_at")
    return BacklogEntry(
        epic=Epic(**{field: row[field] for field in fields}),
        product_name=row["name"],
        promotion=row["promotion"],
        status=Status(row["status"]) if row["status"] else None,
        pull_request=None if row["number"] is None else PullRequest(row["number"], row["url"], row["state"]),
    )


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
