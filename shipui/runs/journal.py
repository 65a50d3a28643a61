"""The run's record as it happens: events and bookkeeping, in the records database, or on disk until that answers again.

An entry is either an event, or an operation: a named, repeatable piece of bookkeeping (a status, a backup's row). Both go the same way in
the same order, so what is replayed later is what would have been written.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import psycopg

from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed, Unreachable
from shipui.model.events import JOURNAL, Event, EventKind
from shipui.model.run import Run
from shipui.model.text import visible
from shipui.records import journal as journal_records
from shipui.records import runs as run_records
from shipui.records.connection import hang_up
from shipui.runs.lock import say_alive
from shipui.runs.spool import Spool

FLUSH_SECONDS = 0.25
RETRY_SECONDS = 2.0
LOOK_SECONDS = 0.5
PATIENCE = 4
"""A fifth of the time at most is spent on waiting for records that are silent."""
ANSWER_SECONDS = 20.0
REPLAY_SECONDS = 300.0
LONGEST_LINE = 2_000
_log = logging.getLogger(__name__)

AfterCommit = Callable[[], None]
Operation = Callable[["psycopg.Connection[Any]", dict[str, Any]], AfterCommit | None]
"""Bookkeeping inside a transaction; what it returns is called once that is committed."""


class Connector(Protocol):
    def direct(self, application_name: str) -> psycopg.Connection[Any]:
        """A connection of its own, autocommit; Unreachable."""
        ...


class TakenOver(Failed):
    """Somebody recovered this run under a higher epoch: stop acting, write nothing."""


class Journal:
    """Thread-safe. Journal entries are on disk (here or there) when the call returns; log lines follow within a quarter of a second."""

    def __init__(
        self,
        run: Run,
        connector: Connector,
        spool: Spool,
        operations: Mapping[str, Operation],
        *,
        first_number: int = 1,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.run = run
        self.answer_seconds = ANSWER_SECONDS
        self._connector = connector
        self._spool = spool
        self._operations = operations
        self._clock = clock
        self._next = first_number
        self._lock = threading.RLock()
        self._lines: list[str] = []
        self._unwritten: list[dict[str, Any]] = []
        self._connection: psycopg.Connection[Any] | None = None
        self._retry_at = 0.0
        self._asked_at = 0.0
        self._look_at = 0.0
        self._listeners: list[Callable[[Event], None]] = []
        self._on_cancel: Callable[[str], None] | None = None
        self._on_taken_over: Callable[[], None] = lambda: None
        self._taken_over = False
        self._disk_trouble = False
        self._closed = threading.Event()
        self._flusher = threading.Thread(target=self._flush_regularly, name=f"journal-{run.id}", daemon=True)
        self._flusher.start()

    # What steps and the runner say

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Have every event from now on, in order, on the thread that makes it."""
        with self._lock:
            self._listeners.append(listener)

    def on_cancel(self, act: Callable[[str], None]) -> None:
        """Called once with the name of whoever asked, through the records, to cancel this run."""
        self._on_cancel = act

    def on_taken_over(self, act: Callable[[], None]) -> None:
        """Called once, from a thread of the journal's own, when somebody else has this run by now: whatever is at work has to stop."""
        self._on_taken_over = act

    def write(self, kind: EventKind, step: int | None, data: Mapping[str, Any]) -> None:
        with self._lock:
            self._check_ours()
            self._take_lines()
            event = Event(self.run.id, self._next, self._clock(), kind, step, dict(data))
            self._next += 1
            self._unwritten.append({"event": _event_json(event)})
            for listener in self._listeners:
                listener(event)
            if kind in JOURNAL:
                self._flush()

    def log(self, line: str) -> None:
        with self._lock:
            self._lines.append(visible(line, limit=LONGEST_LINE))
            if len(self._lines) >= 500:
                self._take_lines()

    def note(self, plain: str, step: int | None = None) -> None:
        self.write(EventKind.NOTE, step, {"plain": plain})

    def progress(self, step: int, done: int, total: int | None, unit: str) -> None:
        self.write(EventKind.PROGRESS, step, {"done": done, "total": total, "unit": unit})

    def do(self, operation: str, **arguments: Any) -> bool:
        """Bookkeeping, after everything said before it; whether it reached the records (else it is safe on disk).

        A refusal by the records (not a lost connection) is raised: the caller has to know.
        """
        with self._lock:
            self._check_ours()
            self._take_lines()
            self._unwritten.append({"operation": operation, "arguments": arguments})
            self._flush()
            return not self._unwritten and self._spool.empty()

    def close(self) -> None:
        """Write what is left and end the thread."""
        self._closed.set()
        self._flusher.join(timeout=10)
        with self._lock:
            self._retry_at = 0.0
            try:
                if not self._taken_over:
                    self._take_lines()
                    self._flush()
            finally:
                self._drop_connection()

    # How it gets written

    def _take_lines(self) -> None:
        if self._lines:
            lines, self._lines = self._lines, []
            self.write(EventKind.LOG, None, {"lines": lines})

    def _flush_regularly(self) -> None:
        while not self._closed.wait(FLUSH_SECONDS):
            with self._lock:
                if self._taken_over:
                    self._on_taken_over()
                    return
                try:
                    self._take_lines()
                    self._flush()
                    self._look_at_our_row()
                except TakenOver:
                    self._on_taken_over()
                    return  # whoever writes next is told
                except Exception as error:  # noqa: BLE001 - this thread also watches for a cancellation: it goes on
                    _log.warning("%s: its journal was refused: %s", self.run.id, error)

    def _flush(self) -> None:
        if not self._unwritten and (self._spool.empty() or not self._may_retry()):
            return
        if not self._spool.empty() and not (self._may_retry() and self._replay_spool()):
            self._keep_on_disk()
            return
        self._write_to_records()

    def _may_retry(self) -> bool:
        return time.monotonic() >= self._retry_at

    def _replay_spool(self) -> bool:
        try:
            with self._answering(REPLAY_SECONDS) as connection:
                refused = replay(connection, self.run, self._spool, self._operations)
        except TakenOver:
            self._taken_over = True
            raise
        except (Unreachable, psycopg.OperationalError, psycopg.InterfaceError):
            self._lost()
            return False
        for words in refused:
            self.note(words)
        return True

    def _write_to_records(self) -> None:
        try:
            while self._unwritten:
                batch = _first_batch(self._unwritten)
                try:
                    with self._answering() as connection:
                        write_entries(connection, self.run, batch, self._operations)
                except TakenOver:
                    self._taken_over = True
                    raise
                except (Unreachable, psycopg.OperationalError, psycopg.InterfaceError):
                    raise
                except Exception:
                    del self._unwritten[: len(batch)]
                    raise
                del self._unwritten[: len(batch)]
        except (Unreachable, psycopg.OperationalError, psycopg.InterfaceError):
            self._lost()
            self._keep_on_disk()

    def _keep_on_disk(self) -> None:
        """In the spool; while even the disk is full, in memory, and tried again with the next flush."""
        if not self._unwritten:
            return
        try:
            self._spool.add(self._unwritten)
        except OSError as error:
            if not self._disk_trouble:
                self._disk_trouble = True
                words = f"The records database does not answer, and {self._spool.path} cannot be written ({error.strerror})."
                self.note(f"{words} The run goes on; its record is in memory alone until one of them works again.")
            return
        self._disk_trouble = False
        self._unwritten.clear()

    @contextmanager
    def _answering(self, seconds: float | None = None) -> Iterator[psycopg.Connection[Any]]:
        """The connection, which is broken off when what is asked in the block takes too long: the run does not wait for its records."""
        self._asked_at = time.monotonic()
        connection = self._connected()
        with Deadline(seconds or self.answer_seconds).ending(lambda: hang_up(connection)):
            yield connection

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = self._connector.direct(f"shipui/{self.run.id}/{self.run.epoch}")
            self._connection.execute("SET statement_timeout = '15s'")
            say_alive(self._connection, self.run)
        return self._connection

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _lost(self) -> None:
        """Tried again soon; less soon where it took long to learn that nobody answers."""
        now = time.monotonic()
        self._drop_connection()
        self._retry_at = now + max(RETRY_SECONDS, PATIENCE * (now - self._asked_at))

    def _check_ours(self) -> None:
        if self._taken_over:
            raise TakenOver("Another shipui has taken this run over; this one stops here.")

    def _look_at_our_row(self) -> None:
        """Has somebody asked to cancel, or taken the run over?"""
        now = time.monotonic()
        if now < self._look_at or not self._may_retry() or not self._spool.empty():
            return
        self._look_at = now + LOOK_SECONDS
        try:
            with self._answering() as connection:
                row = run_records.get(connection, self.run.id)
        except (Unreachable, psycopg.OperationalError, psycopg.InterfaceError):
            self._lost()
            return
        if row.epoch != self.run.epoch:
            self._taken_over = True
            self._unwritten.clear()
        elif row.cancel_asked_by and self._on_cancel is not None:
            act, self._on_cancel = self._on_cancel, None
            self.write(EventKind.CANCEL_ASKED, None, {"by": row.cancel_asked_by})
            act(row.cancel_asked_by)


def write_entries(
    connection: psycopg.Connection[Any],
    run: Run,
    entries: Iterable[Mapping[str, Any]],
    operations: Mapping[str, Operation],
) -> None:
    """All of them, in order: events in bulk, operations one by one; each kind can be repeated without harm.

    TakenOver, and nothing is written, when the run has a higher epoch by now: whoever raised it writes its journal.
    """
    afterwards: list[AfterCommit] = []
    with connection.transaction():
        held = connection.execute("SELECT epoch FROM run WHERE id = %s FOR SHARE", (run.id,)).fetchone()
        if held is not None and held[0] != run.epoch:
            raise TakenOver("Another shipui has taken this run over; this one stops here.")
        events: list[Event] = []
        for entry in entries:
            if "event" in entry:
                events.append(event_from_json(entry["event"]))
                continue
            _append(connection, run, events)
            events = []
            if (after := operations[entry["operation"]](connection, dict(entry["arguments"]))) is not None:
                afterwards.append(after)
        _append(connection, run, events)
    for after in afterwards:
        after()


def replay(
    connection: psycopg.Connection[Any], run: Run, spool: Spool, operations: Mapping[str, Operation]
) -> list[str]:
    """Everything that waits on disk, in order, and then the file is gone. What the records refused for good, in sentences.

    A lost connection is raised, and the file stays whole: what has been written by then is not written twice.
    """
    refused: list[str] = []
    waiting = list(spool.entries())
    while waiting:
        batch = _first_batch(waiting)
        try:
            write_entries(connection, run, batch, operations)
        except (TakenOver, psycopg.OperationalError, psycopg.InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 - one entry that is refused must not hold up all the others for ever
            what = batch[0].get("operation", "events")
            refused.append(
                f"The records refused what had been kept for them ({what}): {visible(str(error), limit=300)}"
            )
        del waiting[: len(batch)]
    spool.clear()
    return refused


def _append(connection: psycopg.Connection[Any], run: Run, events: list[Event]) -> None:
    if not events:
        return
    journal_records.append(connection, events)
    begun = [event.step for event in events if event.kind is EventKind.INTENT and event.step is not None]
    if begun:
        run_records.at_step(connection, run.id, begun[-1])


def _first_batch(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events up to the first operation, or that operation alone: a refused operation takes no event with it."""
    if "operation" in entries[0]:
        return entries[:1]
    end = next((index for index, entry in enumerate(entries) if "operation" in entry), len(entries))
    return entries[:end]


def _event_json(event: Event) -> dict[str, Any]:
    return {
        "run": event.run,
        "number": event.number,
        "at": event.at.isoformat(),
        "kind": str(event.kind),
        "step": event.step,
        "data": dict(event.data),
    }


def event_from_json(data: Mapping[str, Any]) -> Event:
    return Event(
        data["run"],
        data["number"],
        datetime.fromisoformat(data["at"]),
        EventKind(data["kind"]),
        data["step"],
        data["data"],
    )
