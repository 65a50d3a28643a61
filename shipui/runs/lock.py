"""One run per target: a row in the records, session locks that mean "alive", a flock on this machine, and a mark in the runtime."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed, ShipuiError, TargetBusy
from shipui.model.events import RunKind
from shipui.model.run import Run
from shipui.records import runs as run_records
from shipui.records.connection import Records

BETWEEN_RUNS_SECONDS = 2.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class TargetLock:
    """Held from before step 1 until the run's row is finished. `release` is safe to call twice."""

    run: Run
    _file: int
    _alive: psycopg.Connection[Any]
    _fence: Callable[[], None] | None = None

    def fenced(self, lift: Callable[[], None]) -> None:
        """The runtime's own mark on the target stands; `lift` takes it away when this is released."""
        self._fence = lift

    def release(self) -> None:
        if self._fence is not None:
            lift, self._fence = self._fence, None
            try:
                lift()
            except ShipuiError as error:
                _log.warning("the mark of %s on %s stays: %s", self.run.id, self.run.target, error)
        self._alive.close()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def machine_id() -> str:
    """The same for every process on this machine, and after a reboot; the host's name where there is no machine ID."""
    for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        try:
            text = Path(path).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text:
            return text
    return socket.gethostname()


def alive_key(run: str) -> int:
    """The advisory lock's key for a run: its ID's hexadecimal digits."""
    return int(run.removeprefix("RN-"), 16)


def acquire(
    records: Records,
    folder: Path,
    *,
    kind: RunKind,
    promotion: str,
    target: str,
    person: str,
    limit_seconds: float,
) -> TargetLock:
    """A new run with its locks. TargetBusy names the holder, since when, and at which step; nothing was changed then."""
    file = _flock_of_nobody(records, folder, target)
    try:
        with records.transaction() as connection:
            run = run_records.open_run(
                connection,
                kind=kind,
                promotion=promotion,
                target=target,
                machine=machine_id(),
                host=socket.gethostname(),
                pid=os.getpid(),
                person=person,
                limit_seconds=limit_seconds,
            )
        return TargetLock(run, file, hold_alive(records, run))
    except BaseException:
        os.close(file)
        raise


def _flock_of_nobody(records: Records, folder: Path, target: str) -> int:
    """This machine's lock. Where it is taken and nobody has a run, one is ending or beginning just now: a moment's patience."""
    until = time.monotonic() + BETWEEN_RUNS_SECONDS
    while (file := _flock(folder, target)) is None:
        with records.transaction() as connection:
            holder = run_records.open_on(connection, target)
        if holder is not None or time.monotonic() > until:
            raise busy(holder, target)
        time.sleep(0.05)
    return file


def hold_alive(records: Records, run: Run) -> psycopg.Connection[Any]:
    """A session that says that the run is alive for as long as it is open."""
    connection = records.direct(f"shipui/{run.id}/{run.epoch}")
    say_alive(connection, run)
    return connection


def say_alive(connection: psycopg.Connection[Any], run: Run) -> None:
    """Until that session ends. Several sessions of a run may say so: its journal does, each time that it has reached the records again."""
    connection.execute("SELECT pg_advisory_lock_shared(%s)", (alive_key(run.id),))


def is_alive(connection: psycopg.Connection[Any], run: Run) -> bool:
    """Whether somebody says just now that it is."""
    row = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (alive_key(run.id),)).fetchone()
    return row is not None and not row[0]


def acquire_patiently(
    attempt: Callable[[], TargetLock], deadline: Deadline, waiting: Callable[[str], None]
) -> TargetLock:
    """Try again until the target is free; `waiting` is told, once per holder, who has it."""
    told = ""
    while True:
        try:
            return attempt()
        except TargetBusy as error:
            if error.plain != told:
                told = error.plain
                waiting(told)
            deadline.sleep(0.3 + (time.monotonic() % 0.2))


def take_machine_lock(folder: Path, target: str) -> int | None:
    """For recovery: the descriptor of this machine's lock on the target, or None while somebody has it."""
    return _flock(folder, target)


def busy(holder: Run | None, target: str) -> TargetBusy:
    if holder is None:
        return TargetBusy(
            f"Another shipui on this machine is just beginning a run on {target}.",
            fix="Wait a moment and try again, or use --wait.",
        )
    return run_records.busy(holder)


def _flock(folder: Path, target: str) -> int | None:
    path = folder / f"{target}.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Failed(
            f"The lock of {target}, {path}, cannot be opened: {error.strerror}. Nothing was begun.",
            fix="Make room, or work under the account that the state folder belongs to.",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
