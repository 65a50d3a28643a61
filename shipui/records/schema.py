"""The tables of the records: brought up to date, in order, by the owner; and whether they are."""

from __future__ import annotations

import hashlib
import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from shipui.model.errors import Refused
from shipui.records import grants
from shipui.records.connection import open_connection, require_own_sessions, unreachable

_LOCK = 7310575237
_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migration (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    statements: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.statements.encode()).hexdigest()


def migrations() -> list[Migration]:
    """Those that this program brings, in order."""
    folder = resources.files("shipui.records") / "migrations"
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".sql")), key=lambda each: each.name)
    return [Migration(int(each.name[:4]), each.name[:-4], each.read_text(encoding="utf-8")) for each in files]


def ensure(url: str, owner_url: str) -> None:
    """Up to date, by `owner_url` if need be, and usable by the role in `url`. When it is already, the owner is not asked.

    Unreachable when neither answers; Refused when the records are newer than this program, or were changed by hand, and when a pooler
    between gives each transaction another session.
    """
    try:
        with open_connection(url, "shipui/schema") as connection:
            require_own_sessions(connection, url)
            if current(connection):
                return
    except psycopg.OperationalError as error:
        # A fresh server does not have the role yet.
        if url == owner_url:
            raise unreachable(error) from error
    migrate(owner_url, role_of(url))


def role_of(url: str) -> str:
    """The role that a URL connects as, by the same rules as libpq."""
    named = conninfo_to_dict(url).get("user") or os.environ.get("PGUSER")
    return str(named) if named else pwd.getpwuid(os.getuid()).pw_name


def current(connection: psycopg.Connection[Any]) -> bool:
    """Whether every migration is there. Refused when there are more than this program knows, or other ones."""
    try:
        with connection.transaction():
            missing = _missing(connection)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        return False
    return not missing


def migrate(owner_url: str, application_role: str) -> list[str]:
    """Bring the tables up to date and give the role its rights; the names of the migrations that were applied.

    Safe to call from several processes at once. Without an owner apart from the application's role (the same role in both) nothing keeps
    that role from changing the tables themselves: safe against mistakes, not against malice.
    """
    try:
        connection = open_connection(owner_url, "shipui/migrate")
    except psycopg.OperationalError as error:
        raise unreachable(error) from error
    with connection, _one_at_a_time(connection):
        connection.execute("SET client_min_messages = error")
        connection.execute(_TABLE)
        applied = []
        for migration in _missing(connection):
            with connection.transaction():
                connection.execute(migration.statements)
                connection.execute(
                    "INSERT INTO schema_migration (version, name, checksum) VALUES (%s, %s, %s)",
                    (migration.version, migration.name, migration.checksum),
                )
            applied.append(migration.name)
        _give_rights(connection, application_role)
        return applied


def identity(connection: psycopg.Connection[Any]) -> tuple[str, int]:
    """The server's system identifier, and the OID of this database: the same for two URLs only if they lead to the same database."""
    row = connection.execute(
        "SELECT (SELECT system_identifier::text FROM pg_control_system()),"
        " (SELECT oid::bigint FROM pg_database WHERE datname = current_database())"
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def _missing(connection: psycopg.Connection[Any]) -> list[Migration]:
    there = dict(connection.execute("SELECT version, checksum FROM schema_migration").fetchall())
    known = migrations()
    newer = sorted(set(there) - {each.version for each in known})
    if newer:
        raise Refused(
            "The records were made by a newer shipui than this one.",
            detail=f"migrations that this program does not have: {newer}",
            fix="Update shipui on this machine.",
        )
    for migration in known:
        if there.get(migration.version, migration.checksum) != migration.checksum:
            raise Refused(
                "The records' tables were not made by this shipui: one of its migrations has changed since.",
                detail=f"{migration.name}: recorded {there[migration.version]}, here {migration.checksum}",
                fix="Install the release of shipui that made them, or a later one.",
            )
    return [each for each in known if each.version not in there]


@contextmanager
def _one_at_a_time(connection: psycopg.Connection[Any]) -> Iterator[None]:
    connection.execute("SET lock_timeout = '60s'")
    try:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    except psycopg.errors.LockNotAvailable as error:
        raise Refused(
            "Another shipui has been bringing the records up to date for a minute.",
            detail=str(error),
            fix="Wait until it has finished, and start again.",
        ) from error
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def _give_rights(connection: psycopg.Connection[Any], role: str) -> None:
    owner = connection.execute("SELECT current_user").fetchone()
    if owner == (role,):
        return
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
        try:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        except psycopg.errors.DuplicateObject:
            pass  # another database of this server, at the same moment
        except psycopg.errors.InsufficientPrivilege as error:
            raise Refused(
                f"The records need a role “{role}”, which does not exist on that server.",
                detail=str(error),
                fix=f"Let an administrator run: CREATE ROLE \"{role}\" LOGIN PASSWORD '…';",
            ) from error
    with connection.transaction():
        grants.give(connection, role)
