"""Makes the database of the demo's production, as it was before shipui came."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from shipui.demo.production import APPLICATION_ROLE, DATABASE, Production
from shipui.demo.production_data import fill
from shipui.demo.sandboxes import APPLICATION

_UNFINISHED = "notes_unfinished"
_MOST_CONNECTIONS = 40


def make_database(production: Production) -> None:
    """With its notes; nothing if it is there."""
    with psycopg.connect(production.url("postgres"), autocommit=True) as connection:
        if not _there(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
            _make_owner(connection, production.application_password)
            _make_database(connection, production)


def _make_owner(connection: psycopg.Connection[Any], password: str | None) -> None:
    """The application's own role: it owns the database, and has no further rights."""
    owner = sql.Identifier(APPLICATION_ROLE)
    if not _there(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", APPLICATION_ROLE):
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(owner))
    if password is not None:
        # Hashed here: the server's log could show the statement.
        hashed = connection.pgconn.encrypt_password(password.encode(), APPLICATION_ROLE.encode(), b"scram-sha-256")
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(owner, sql.Literal(hashed.decode())))


def _make_database(connection: psycopg.Connection[Any], production: Production) -> None:
    """Under another name first, so that it is whole or not there. It has properties that a restore could lose."""
    unfinished, owner = sql.Identifier(_UNFINISHED), sql.Identifier(APPLICATION_ROLE)
    for statement in (
        "DROP DATABASE IF EXISTS {name}",
        "CREATE DATABASE {name} OWNER {owner} CONNECTION LIMIT {limit}",
        "REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC",
        "ALTER DATABASE {name} SET default_text_search_config = 'pg_catalog.simple'",
        "COMMENT ON DATABASE {name} IS 'What people want to remember'",
    ):
        connection.execute(
            sql.SQL(statement).format(name=unfinished, owner=owner, limit=sql.Literal(_MOST_CONNECTIONS))
        )
    fill(production.url(_UNFINISHED, APPLICATION_ROLE), APPLICATION / "migrations", datetime.now(UTC))
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(unfinished, sql.Identifier(DATABASE))
    connection.execute(rename)


def _there(connection: psycopg.Connection[Any], query: LiteralString, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None
