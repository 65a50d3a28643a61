"""Watching a run from outside its process: the same events, in order, as they come."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg

from shipui.model.errors import Unreachable
from shipui.model.events import Event, EventKind
from shipui.records import journal, runs
from shipui.records.connection import Connection, Records

POLL_SECONDS = 1.0


def follow(records: Records, run: str, after: int, stop: threading.Event) -> Iterator[list[Event]]:
    """Batches of events above number `after`, until the run has finished or `stop` is set.

    Wakes by LISTEN, and looks once a second in any case. While the records do not answer it waits and tries again: a run goes on without them.
    """
    while not stop.is_set():
        try:
            with records.direct("shipui/follow") as connection:
                connection.execute(f"LISTEN {journal.CHANNEL}")
                for batch in _batches(connection, run, after, stop):
                    after = batch[-1].number
                    yield batch
                return
        except (Unreachable, psycopg.OperationalError):
            stop.wait(POLL_SECONDS)


def _batches(connection: Connection, run: str, after: int, stop: threading.Event) -> Iterator[list[Event]]:
    while not stop.is_set():
        # Asked before reading: a run that had ended by then has nothing more to say.
        ended = runs.get(connection, run).finished_at is not None
        while events := journal.read(connection, run, after):
            after = events[-1].number
            yield events
            if events[-1].kind is EventKind.RUN_FINISHED:
                return
        if ended:
            return
        for notification in connection.notifies(timeout=POLL_SECONDS):
            if notification.payload.startswith(f"{run}:") or stop.is_set():
                break
