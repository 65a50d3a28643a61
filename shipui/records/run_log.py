"""The log of one run in the records, however long: counted and searched where it is, read by stretches of its events' numbers.

Numbers begin at 1. What a line is: model/run_log.py; `_LINES` says the same in SQL.
"""

from __future__ import annotations

import json
import threading
from typing import Any

import psycopg

from shipui.model.events import Event, EventKind
from shipui.model.run_log import WITH_LINES
from shipui.records.connection import storable
from shipui.records.rows import containing

Connection = psycopg.Connection[Any]

# Never ->>: what came from outside may hold what Postgres cannot have in a text (a zero byte, half a character).
_LINES = """CASE kind WHEN 'log' THEN json_array_length(data->'lines') WHEN 'undo_result' THEN ((data->'plain')::text <> '""')::integer ELSE 1 END"""
_SOUGHT = "coalesce(data->'lines', data->'plain')::text"
_KINDS = [str(each) for each in WITH_LINES]
STRETCH = 20_000
"""Events that are searched at once: between two of these a search can be given up."""


def counts(connection: Connection, run: str, block: int, last: int) -> list[tuple[int, int]]:
    """(block, lines) of each stretch of `block` events that has lines, up to the event `last`; the first stretch is number 0."""
    rows = connection.execute(
        f"SELECT (number - 1) / %s, sum({_LINES}) FROM run_event WHERE run = %s AND number <= %s AND kind = ANY(%s)"
        " GROUP BY 1 ORDER BY 1",
        (block, run, last, _KINDS),
    ).fetchall()
    return [(int(place), int(lines)) for place, lines in rows]


def read(connection: Connection, run: str, first: int, last: int) -> list[Event]:
    """The events of those numbers that have lines, in order."""
    rows = connection.execute(
        "SELECT number, at, kind, step, data FROM run_event"
        " WHERE run = %s AND number BETWEEN %s AND %s AND kind = ANY(%s) ORDER BY number",
        (run, first, last, _KINDS),
    ).fetchall()
    return [Event(run, number, at, EventKind(kind), step, data) for number, at, kind, step, data in rows]


def candidate(
    connection: Connection, run: str, text: str, first: int, last: int, stop: threading.Event, *, forwards: bool
) -> Event | None:
    """The first event from `first` to `last` (or the last one, backwards) that may have `text` in one of its lines; None also when `stop` is set.

    It may be that it has not: steps' titles are not in the records, so each result is a candidate. Case counts only for letters beyond ASCII.
    """
    patterns = _patterns(text)
    order = "ASC" if forwards else "DESC"
    statement = (
        "SELECT number, at, kind, step, data FROM run_event WHERE run = %s AND number BETWEEN %s AND %s AND kind = ANY(%s)"
        f" AND (kind IN ('result', 'undo_result') OR {_SOUGHT} ILIKE ANY(%s)) ORDER BY number {order} LIMIT 1"
    )
    while first <= last and not stop.is_set():
        low, high = (first, min(last, first + STRETCH - 1)) if forwards else (max(first, last - STRETCH + 1), last)
        row = connection.execute(statement, (run, low, high, _KINDS, patterns)).fetchone()
        if row is not None:
            number, at, kind, step, data = row
            return Event(run, number, at, EventKind(kind), step, data)
        first, last = (high + 1, last) if forwards else (first, low - 1)
    return None


def _patterns(text: str) -> list[str]:
    """As the JSON in the records spells it: letters beyond ASCII are escapes there, whose case ILIKE does not know."""
    forms = {text} if text.isascii() else {text, text.lower(), text.upper(), text.capitalize()}
    return [containing(json.dumps(storable(each))[1:-1]) for each in sorted(forms)]
