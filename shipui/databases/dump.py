"""A backup of the production database: rehearsed, dumped from one snapshot, flushed to disk, and proved from the final file."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from shipui.databases.archive import prove
from shipui.databases.base import BackupFacts, Log, Progress
from shipui.databases.marker import read_identity, read_marker
from shipui.databases.properties import read_properties
from shipui.databases.rows import count_rows
from shipui.databases.scratch import rehearse
from shipui.databases.sessions import Connection, Server
from shipui.databases.tools import Tools, tool_failure
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed, NoSpace, ToolFailed
from shipui.model.text import visible

_PROGRESS_SECONDS = 0.5


def back_up(
    server: Server,
    tools: Tools,
    path: Path,
    deadline: Deadline,
    progress: Progress,
    log: Log,
    *,
    jobs: int,
    rehearsed: bool = True,
) -> BackupFacts:
    """See Database.back_up. Without `rehearsed` the restore is not tried out."""
    _prepare(path)
    with server.connect(deadline) as connection:
        properties = read_properties(connection, server.database)
    if rehearsed:
        log("Rehearsing the restore: everything but the rows.")
        with temporary(path.with_name(path.name + ".rehearsal")) as schema:
            _run_dump(server, tools, schema, ["--schema-only"], deadline)
            rehearse(server, tools, schema, properties, deadline, jobs, log)
    with server.connect(deadline) as connection:
        identity, marker = read_identity(connection), read_marker(connection)
        made_at = datetime.now(UTC)
        snapshot = _export_snapshot(connection)
        with temporary(path.with_name(path.name + ".part")) as part:
            log(f"Dumping the database to {path.name} with {tools.words}.")
            with _reported(part, progress):
                _run_dump(server, tools, part, [f"--snapshot={snapshot}"], deadline)
            tables = count_rows(connection)
            _keep(part, path)
    try:
        sha256, size = prove(path, None, tools, deadline)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    log(f"{path.name} was read to its end: {size} bytes, SHA-256 {sha256}.")
    return BackupFacts(
        path, sha256, size, made_at, identity.server_version, tools.words, identity, properties, tables, marker
    )


def _prepare(path: Path) -> None:
    """The folder, private if it is made now; one that is there already keeps its mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _disk_error(error, path.parent) from error
    if path.exists():
        raise Failed(f"There is a backup {visible(path.name)} already; it is not overwritten.")


@contextmanager
def temporary(path: Path) -> Iterator[Path]:
    """An empty file that nobody else can read; removed afterwards, unless it has been renamed."""
    try:
        path.unlink(missing_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise _disk_error(error, path) from error
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _keep(part: Path, path: Path) -> None:
    """On disk, under its final name."""
    try:
        _flush(part)
        part.rename(path)
        _flush(path.parent)
    except OSError as error:
        raise _disk_error(error, part) from error


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _disk_error(error: OSError, path: Path) -> Failed:
    detail = f"{path}: {error.strerror}"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return NoSpace("The disk that holds the backups is full.", detail=detail, fix="Make room, then try again.")
    return ToolFailed("The backup could not be written to its folder.", detail=detail)


def _export_snapshot(connection: Connection) -> str:
    """Dump and counting see the same moment; the transaction ends with the session."""
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    row = connection.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    return str(row[0])


def _run_dump(server: Server, tools: Tools, path: Path, options: list[str], deadline: Deadline) -> None:
    try:
        ended = tools.dump(server, path, options, deadline)
    except OSError as error:
        server.end_leftovers()
        raise _disk_error(error, path) from error
    except BaseException:
        server.end_leftovers()
        raise
    if ended.code != 0:
        raise tool_failure("The database could not be dumped", ended, server.masked)


@contextmanager
def _reported(part: Path, progress: Progress) -> Iterator[None]:
    """How much has been written. How much there will be is not known: compression decides."""
    done = threading.Event()

    def report() -> None:
        over = False
        while not over:
            over = done.wait(_PROGRESS_SECONDS)
            progress(part.stat().st_size, None, "bytes")

    reporter = threading.Thread(target=report, name="dump-progress", daemon=True)
    reporter.start()
    try:
        yield
    finally:
        done.set()
        reporter.join(timeout=5)
