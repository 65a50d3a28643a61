"""The events of runs, numbered per run, only ever added. Adding one notifies whoever follows, with its number only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from shipui.model.events import Event, EventKind
from shipui.records.connection import as_json

CHANNEL = "shipui_run"
"""Payload: RUN:NUMBER of the newest. A payload may have 8,000 bytes; readers fetch."""


def append(connection: psycopg.Connection[Any], events: Sequence[Event]) -> None:
    """All of them; those that are there already (a replay) are left as they are."""
    if not events:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO run_event (run, number, at, kind, step, data) VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (run, number) DO NOTHING",
            [(each.run, each.number, each.at, str(each.kind), each.step, as_json(dict(each.data))) for each in events],
        )
    newest = {each.run: each.number for each in events}
    for run, number in newest.items():
        connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{run}:{number}"))


def read(connection: psycopg.Connection[Any], run: str, after: int = 0, limit: int = 1000) -> list[Event]:
    """At most `limit` events with a number above `after`, in order."""
    rows = connection.execute(
        "SELECT run, number, at, kind, step, data FROM run_event WHERE run = %s AND number > %s ORDER BY number LIMIT %s",
        (run, after, limit),
    ).fetchall()
    return [Event(run_id, number, at, EventKind(kind), step, data) for run_id, number, at, kind, step, data in rows]


def last_number(connection: psycopg.Connection[Any], run: str) -> int:
    """0 when there is none."""
    row = connection.execute("SELECT coalesce(max(number), 0) FROM run_event WHERE run = %s", (run,)).fetchone()
    assert row is not None
    return int(row[0])
