"""What shipui's own role may do in the records: exactly this, given anew after every migration. It owns nothing, and deletes nothing."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

READ = (
    "schema_migration",
    "allowed_transition",
    "transition",
)

APPEND = (
    "target",
    "product",
    "change_request",
    "revision",
    "run_event",
    "audit",
    "gate_run",
    "finding",
    "disposition",
    "evidence",
    "certificate",
)
"""Read, and add rows to."""

CHANGE: dict[str, tuple[str, ...]] = {
    "product_version": ("deployed_at",),
    "promotion": (
        "status",
        "reason",
        "status_by",
        "status_run",
        "revision",
        "diff_statistics",
        "gate_verdict",
        "enabled",
    ),
    "approval": ("lapsed_at", "lapsed_why"),
    "run": (
        "epoch",
        "machine",
        "host",
        "pid",
        "step",
        "finished_at",
        "outcome",
        "plain",
        "detail",
        "commands",
        "health_passed_at",
        "cancel_asked_by",
    ),
    "artefact": ("removed_at", "keep_until"),
    "backup": ("removed_at",),
    "epic": ("closed_at", "issue_url"),
    "build": ("completed_at", "completed_commit"),
    "contribution": (
        "criteria",
        "recommendation",
        "chosen",
        "chosen_by",
        "at",
        "mode",
        "revision",
        "changes",
        "stops",
        "shared",
        "plain",
    ),
    "pull_request": (
        "host",
        "number",
        "url",
        "head",
        "state",
        "updated_at",
        "branch",
        "tree",
        "placed",
        "commit",
        "merging",
        "plain",
        "comment_url",
        "merge_commit",
    ),
}
"""Read, add rows to, and change these columns of."""


def give(connection: psycopg.Connection[Any], role: str) -> None:
    """Take everything away from `role`, and grant what is listed here."""
    identifier = sql.Identifier(role)
    connection.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(identifier))
    # The default before PostgreSQL 15 lets anybody make tables there.
    connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(identifier))
    for table in (*READ, *APPEND, *CHANGE):
        connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(sql.Identifier(table), identifier))
    for table in (*APPEND, *CHANGE):
        connection.execute(sql.SQL("GRANT INSERT ON {} TO {}").format(sql.Identifier(table), identifier))
    for table, columns in CHANGE.items():
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        connection.execute(sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(listed, sql.Identifier(table), identifier))
