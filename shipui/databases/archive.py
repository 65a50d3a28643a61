"""A custom-format dump as a file: read in full, and put into a database."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from shipui.databases.sessions import Connection, Server
from shipui.databases.tools import Sent, Tools, tool_failure
from shipui.limits.deadline import Deadline
from shipui.model.errors import BackupDamaged, Cancelled, Failed, ShipuiError
from shipui.model.text import plain_minutes, visible

STALL_SECONDS = 15 * 60.0
"""A restore in which nothing at all moves for so long is ended."""
_LOOK_SECONDS = 1.0
_CHUNK = 1 << 20
_NO_TABLE = "shipui: no table has this name"


def prove(path: Path, sha256: str | None, tools: Tools, deadline: Deadline) -> tuple[str, int]:
    """SHA-256 and size of a file that pg_restore has read to its end. BackupDamaged otherwise."""
    shown = visible(path.name, limit=120)
    digest, size = _digest(path, deadline)
    if sha256 is not None and digest != sha256:
        raise BackupDamaged(
            f"The backup {shown} is not the file that was recorded: its content has changed.",
            detail=f"SHA-256 recorded {sha256}, found {digest}",
            fix="Use another backup: shipui backup list.",
        )
    if size == 0:
        raise BackupDamaged(f"The backup {shown} is empty.")
    ended = tools.read(path, ["--file=/dev/null"], deadline)
    if ended.code != 0:
        raise BackupDamaged(f"The backup {shown} cannot be read to its end.", detail=ended.errors)
    return digest, size


def _digest(path: Path, deadline: Deadline) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                deadline.check()
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise BackupDamaged(
            f"The backup {visible(path.name, limit=120)} cannot be read.", detail=f"{path}: {error.strerror}"
        ) from error
    return digest.hexdigest(), size


@dataclass(frozen=True, slots=True)
class Creation:
    """How the dump itself would make its database."""

    options: str
    """What follows the name in its CREATE DATABASE statement: encoding, locale and its provider, tablespace."""
    owner: str


def read_creation(path: Path, tools: Tools, deadline: Deadline) -> Creation:
    """From the file alone; BackupDamaged if it does not say."""
    # What makes the database comes along whatever else is chosen, and nothing else is.
    script = tools.read(path, ["--create", "--schema-only", f"--table={_NO_TABLE}", "--file=-"], deadline)
    identifier = r'("(?:[^"]|"")*"|[^\s";]+)'
    statement = re.search(
        rf"^CREATE DATABASE {identifier} (WITH TEMPLATE = template0.*);$", script.output, re.MULTILINE
    )
    owner = re.search(rf"^ALTER DATABASE {identifier} OWNER TO {identifier};$", script.output, re.MULTILINE)
    if statement is None or owner is None:
        raise BackupDamaged("The backup does not say how its database was made.", detail=script.output + script.errors)
    return Creation(statement[2], _unquoted(owner[2]))


def _unquoted(identifier: str) -> str:
    return identifier[1:-1].replace('""', '"') if identifier.startswith('"') else identifier


def create_database(connection: Connection, name: str, creation: Creation) -> None:
    """As the dump says, and connectable by this role (and superusers) alone. The owner is set with the other properties."""
    connection.execute(sql.SQL("CREATE DATABASE {} ").format(sql.Identifier(name)) + sql.SQL(creation.options))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))


def load(
    server: Server,
    tools: Tools,
    path: Path,
    database: str,
    deadline: Deadline,
    *,
    jobs: int,
    options: Sequence[str] = (),
    on_size: Callable[[int], None] | None = None,
    stall_seconds: float = STALL_SECONDS,
) -> None:
    """Restore the file into an empty database; ends on the first error, with the deadline, or when nothing moves any more."""
    arguments = [
        "--no-password",
        "--exit-on-error",
        # They stay with the database that has them: a second one would need the same slot, and could not be dropped.
        "--no-subscriptions",
        f"--jobs={jobs}",
        *options,
    ]
    sent = Sent()
    with watched(server, database, deadline, on_size, stall_seconds, sent) as limit:
        try:
            ended = tools.restore(server, database, path, arguments, limit, sent)
        except BaseException:
            server.end_leftovers()
            raise
    if ended.code != 0:
        role = visible(server.user, limit=63)
        raise tool_failure(f"The backup could not be restored by the role “{role}”", ended, server.masked)


@contextmanager
def watched(
    server: Server,
    database: str,
    deadline: Deadline,
    on_size: Callable[[int], None] | None,
    stall_seconds: float,
    sent: Sent,
) -> Iterator[Deadline]:
    """A deadline that ends with the given one, and also when nothing has moved in the database, or on the way there, for `stall_seconds`."""
    inner = Deadline.unlimited()
    done = threading.Event()
    stalled = threading.Event()

    def watch() -> None:
        seen: object = None
        on_the_way = sent.bytes
        since = time.monotonic()
        while not done.wait(_LOOK_SECONDS):
            try:
                with server.maintenance(inner) as connection:
                    size, signs = _signs_of_life(connection, database, server.application_name)
            except ShipuiError:
                size, signs = -1, seen
            if signs != seen or sent.bytes != on_the_way:
                seen, on_the_way, since = signs, sent.bytes, time.monotonic()
            elif time.monotonic() - since > stall_seconds:
                stalled.set()
                inner.cancel("no progress")
                return
            if on_size is not None and size >= 0:
                on_size(size)

    watcher = threading.Thread(target=watch, name="restore-watch", daemon=True)
    watcher.start()
    try:
        with deadline.ending(lambda: inner.cancel("the deadline ended")):
            yield inner
    except Cancelled as error:
        deadline.check()
        if stalled.is_set():
            raise Failed(f"The restore made no progress for {plain_minutes(stall_seconds)} and was ended.") from error
        raise
    finally:
        done.set()
        watcher.join(timeout=10)


def _signs_of_life(connection: Connection, database: str, application_name: str) -> tuple[int, object]:
    """The size, and a value that changes as long as anything is done. A foreign key being checked shows only in what it waits for."""
    try:
        row = connection.execute(
            """
            SELECT pg_database_size(d.oid),
                   (SELECT sum(bytes_processed + tuples_processed) FROM pg_stat_progress_copy WHERE datid = d.oid),
                   (SELECT sum(blocks_done + tuples_done) FROM pg_stat_progress_create_index WHERE datid = d.oid),
                   (SELECT string_agg(concat_ws('/', pid, query_start, wait_event), ',' ORDER BY pid)
                    FROM pg_stat_activity WHERE datid = d.oid AND application_name = %s)
            FROM pg_database d WHERE d.datname = %s
            """,
            (application_name, database),
        ).fetchone()
    except psycopg.errors.UndefinedFile:
        return -1, time.monotonic()
    return (-1, None) if row is None else (int(row[0]), row)
