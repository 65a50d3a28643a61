"""The demo's production: a database server of its own, and what is in it before the first deployment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from shipui.demo.folder import DemoFolder
from shipui.demo.production_data import fill
from shipui.demo.sandboxes import APPLICATION
from shipui.install import embedded_server
from shipui.limits.deadline import Deadline

DATABASE = "notes"
APPLICATION_ROLE = "notes"
_UNFINISHED = "notes_unfinished"
_SUPERUSER = "postgres"
_MOST_CONNECTIONS = 40


class ProductionServer:
    """PostgreSQL for the application alone; shipui's records are in another server."""

    def __init__(self, folder: DemoFolder) -> None:
        self._server = embedded_server(folder.production, _SUPERUSER)

    @property
    def application_url(self) -> str:
        """As the application knows it: the owner of the database, with no further rights."""
        return self._server.url(DATABASE, APPLICATION_ROLE)

    @property
    def keeper_url(self) -> str:
        """As shipui knows it: a role that may dump, create and rename databases."""
        return self._server.url(DATABASE)

    def running(self) -> bool:
        return self._server.running()

    def start(self, deadline: Deadline) -> None:
        self._server.start(deadline)

    def make_database(self) -> None:
        """With its notes, as it was before shipui came; nothing if it is there."""
        with psycopg.connect(self._server.url("postgres"), autocommit=True) as connection:
            if not _there(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
                self._make_database(connection)

    def stop(self, deadline: Deadline) -> None:
        self._server.stop(deadline)

    def _make_database(self, connection: psycopg.Connection[Any]) -> None:
        """Under another name first, so that it is whole or not there. It has properties that a restore could lose."""
        unfinished, owner = sql.Identifier(_UNFINISHED), sql.Identifier(APPLICATION_ROLE)
        if not _there(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", APPLICATION_ROLE):
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(owner))
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
        fill(self._server.url(_UNFINISHED, APPLICATION_ROLE), APPLICATION / "migrations", datetime.now(UTC))
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(unfinished, sql.Identifier(DATABASE))
        connection.execute(rename)


def _there(connection: psycopg.Connection[Any], query: LiteralString, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None
