"""Builds, and the revisions of their content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.rows import dict_row

from shipui.model.errors import UnknownId
from shipui.model.inventory import Build, ReadyBuild
from shipui.model.promotion import Revision, Status
from shipui.records.connection import as_json, storable
from shipui.records.rows import containing

Connection = psycopg.Connection[Any]

_SELECT = """
SELECT build.*, revision.commit, revision.base, revision.tree, revision.diff_digest, revision.statistics
FROM build JOIN LATERAL (SELECT * FROM revision WHERE revision.build = build.id ORDER BY id DESC LIMIT 1) revision ON true
"""


def add(
    connection: Connection,
    build_id: str,
    title: str,
    sandbox: str,
    revision: Revision,
    snapshot_statistics: Mapping[str, Any],
    by: str,
) -> Build:
    """A build that is new, or known: then a revision is added if its content moved on. The title of a known build stays."""
    connection.execute(
        "INSERT INTO build (id, title, sandbox, created_by) VALUES (%s, %s, %s, %s) ON CONFLICT (id) DO NOTHING",
        (build_id, storable(title), storable(sandbox), by),
    )
    add_revision(connection, build_id, revision, snapshot_statistics, by)
    return get(connection, build_id)


def get(connection: Connection, build_id: str) -> Build:
    """UnknownId when there is no such build."""
    build = find(connection, build_id)
    if build is None:
        raise UnknownId(f"There is no build {build_id}.", fix="shipui inventory shows what there is.")
    return build


def find(connection: Connection, build_id: str) -> Build | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(f"{_SELECT} WHERE build.id = %s", (build_id,)).fetchone()
    if row is None:
        return None
    return Build(
        id=row["id"],
        title=row["title"],
        sandbox=row["sandbox"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        revision=Revision(row["commit"], row["base"], row["tree"], row["diff_digest"]),
        statistics=row["statistics"],
        complete=row["completed_commit"] == row["commit"],
    )


def ready(
    connection: Connection, text: str = "", limit: int | None = None, after: ReadyBuild | None = None
) -> list[ReadyBuild]:
    """The newest first: whose newest promotion came to nothing, or that have none. `text` narrows them down, `after` pages on."""
    conditions = ["(newest.status IS NULL OR newest.status IN ('rolled_back', 'rejected', 'withdrawn'))"]
    values: list[Any] = []
    if text:
        conditions.append(
            "concat_ws(' ', build.id, build.title, build.sandbox, build.created_by, product.name, newest.id,"
            " replace(newest.status, '_', ' ')) ILIKE %s"
        )
        values.append(containing(storable(text)))
    if after is not None:
        conditions.append("(build.created_at, build.id) < (%s, %s)")
        values += [after.created_at, after.id]
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT build.id, build.title, build.sandbox, build.created_by, build.created_at, product.target,"
            " product.name AS product_name, registered.version, newest.id AS promotion, newest.status,"
            " coalesce(newest.reason, '') AS reason FROM build"
            " LEFT JOIN LATERAL (SELECT id, status, reason FROM promotion WHERE promotion.build = build.id"
            " ORDER BY requested_at DESC, id LIMIT 1) newest ON true"
            " LEFT JOIN LATERAL (SELECT product, version FROM product_version WHERE product_version.build = build.id"
            " ORDER BY registered_at DESC LIMIT 1) registered ON true"
            " LEFT JOIN product ON product.id = registered.product"
            f" WHERE {' AND '.join(conditions)} ORDER BY build.created_at DESC, build.id DESC LIMIT %s",
            (*values, limit),
        )
        return [ReadyBuild(**{**row, "status": Status(row["status"]) if row["status"] else None}) for row in rows]


def latest_revision(connection: Connection, build_id: str) -> Revision:
    """UnknownId when there is no such build."""
    return get(connection, build_id).revision


def add_revision(
    connection: Connection, build_id: str, revision: Revision, statistics: Mapping[str, Any], by: str
) -> int:
    """The number of the revision's row, new or known."""
    connection.execute(
        "INSERT INTO revision (build, commit, base, tree, diff_digest, statistics, added_by) VALUES (%s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (build, commit, base, tree, diff_digest) DO NOTHING",
        (build_id, *_identity(revision), as_json(dict(statistics)), by),
    )
    row = connection.execute(
        "SELECT id FROM revision WHERE build = %s AND commit = %s AND base = %s AND tree = %s AND diff_digest = %s",
        (build_id, *_identity(revision)),
    ).fetchone()
    assert row is not None
    return int(row[0])


def complete(connection: Connection, build_id: str, commit: str) -> None:
    """Its pull request is merged, with this commit's content. Merged is not deployed."""
    connection.execute(
        "UPDATE build SET completed_at = clock_timestamp(), completed_commit = %s"
        " WHERE id = %s AND completed_commit IS DISTINCT FROM %s",
        (commit, build_id, commit),
    )


def is_complete(connection: Connection, build_id: str, commit: str) -> bool:
    row = connection.execute("SELECT completed_commit FROM build WHERE id = %s", (build_id,)).fetchone()
    return row is not None and row[0] == commit


def _identity(revision: Revision) -> tuple[str, str, str, str]:
    return revision.commit, revision.base, revision.tree, revision.diff_digest
