"""Databases that are made beside the production database to try a backup out, and are dropped again whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from shipui.databases.archive import create_database, load, prove, read_creation
from shipui.databases.base import BackupFacts, Log, Sibling, sibling_name
from shipui.databases.properties import apply_properties, differences, read_properties
from shipui.databases.rows import count_rows
from shipui.databases.sessions import CLEANUP_SECONDS, Connection, Server
from shipui.databases.tools import Tools
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed, ShipuiError, ToolFailed
from shipui.model.text import listed, visible


def now_stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%d%H%M%S")


def rehearse(
    server: Server, tools: Tools, schema: Path, properties: dict[str, Any], deadline: Deadline, jobs: int, log: Log
) -> None:
    """Restore everything but the rows, as the role that would have to, and set the properties. ToolFailed names what is impossible."""
    with _scratch(server, tools, schema, Sibling.REHEARSAL, deadline, log) as name:
        sections = ("--section=pre-data", "--section=post-data")
        load(server, tools, schema, name, deadline, jobs=jobs, options=sections)
        with server.maintenance(deadline) as connection:
            set_properties(connection, server, name, properties)
            left = differences(properties, read_properties(connection, name))
    if left:
        raise ToolFailed(
            f"A restored database would not be as the production database is: {listed(left)}.",
            fix="Give the role of the target's database URL the rights for it.",
        )


def set_properties(connection: Connection, server: Server, database: str, properties: dict[str, Any]) -> None:
    """`apply_properties`, with a plain sentence about what this role may not do."""
    try:
        apply_properties(connection, database, properties)
    except psycopg.Error as error:
        message = visible(server.masked(error.diag.message_primary or str(error)), limit=300)
        raise ToolFailed(
            f"The role “{visible(server.user, limit=63)}” cannot give a restored database the properties of the "
            f"production database: {message}.",
            detail=server.masked(str(error)),
            fix="Grant what is missing, or use a role that may in the target's database URL.",
        ) from error


def verify(
    server: Server, tools: Tools, facts: BackupFacts, deadline: Deadline, jobs: int, log: Log
) -> dict[str, tuple[int, int]]:
    """Rows per table, recorded and found in a database that is made from the file; a table that is missing has -1.

    BackupDamaged unless the file is the one that was recorded: equal row counts do not show that a row was changed.
    """
    log("Reading the whole file, and comparing it with its SHA-256 …")
    prove(facts.path, facts.sha256, tools, deadline)
    with _scratch(server, tools, facts.path, Sibling.VERIFY, deadline, log) as name:
        log(f"Restoring it into {name}, beside production …")
        load(server, tools, facts.path, name, deadline, jobs=jobs)
        log("Counting the rows of every table …")
        with server.connect(deadline, name) as connection:
            found = count_rows(connection)
    tables = sorted({*facts.tables, *found})
    return {table: (facts.tables.get(table, -1), found.get(table, -1)) for table in tables}


@contextmanager
def _scratch(server: Server, tools: Tools, path: Path, kind: Sibling, deadline: Deadline, log: Log) -> Iterator[str]:
    name = sibling_name(server.database, kind, now_stamp())
    with made_from(server, tools, path, name, deadline, log):
        yield name
        drop_database(server, name, deadline)


@contextmanager
def made_from(server: Server, tools: Tools, path: Path, name: str, deadline: Deadline, log: Log) -> Iterator[None]:
    """An empty database as the file describes it; dropped if what is done with it fails."""
    creation = read_creation(path, tools, deadline)
    require_free(server, name, deadline)
    try:
        with server.maintenance(deadline) as connection:
            create_database(connection, name, creation)
        yield
    except BaseException:
        discard(server, name, log)
        raise


def require_free(server: Server, name: str, deadline: Deadline) -> None:
    """Nothing that is there already is taken for one's own, and dropped."""
    with server.maintenance(deadline) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None:
            raise Failed(
                f"There is a database {visible(name)} already, so this has been done once.",
                fix="Look at what it holds before anything else is done.",
            )


def drop_database(server: Server, name: str, deadline: Deadline) -> None:
    """With its sessions, if it exists."""
    with server.maintenance(deadline) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def discard(server: Server, name: str, log: Log) -> None:
    """Drop what a failure left, on a budget of its own; when that fails too it is said, and retention tries again."""
    try:
        drop_database(server, name, Deadline(CLEANUP_SECONDS))
    except ShipuiError as error:
        log(f"The database {visible(name)} could not be dropped and is left over: {error.plain}")


def require_rows(recorded: dict[str, int], found: dict[str, int]) -> None:
    """Failed unless a restored database has exactly the rows that were counted when it was dumped."""
    wrong = [
        f"{visible(table)} has {found.get(table, 0)} rows instead of {count}"
        for table, count in sorted(recorded.items())
        if found.get(table) != count
    ]
    if wrong:
        raise Failed(f"What was restored is not what was saved: {listed(wrong)}.")
