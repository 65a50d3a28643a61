"""Looks at production from outside, by HTTP and SQL alone, and says what is not as it must be. Imports nothing else of shipui."""

from __future__ import annotations

import hashlib
import http.client
import json
import stat
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

_HTTP_SECONDS = 10
_PAUSE_BETWEEN_NOTES = 0.05
# Production is on this machine: no proxy is asked.
_WEB = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look."""

    application: str
    """http://127.0.0.1:PORT"""
    database: str
    records: str


@dataclass(frozen=True, slots=True)
class Contents:
    """A whole database. What the writers of a check wrote (rows that hold `without`) is left out of the checksums."""

    tables: Mapping[str, tuple[int, str]]
    """Rows, and a checksum over all of them."""
    sequences: Mapping[str, tuple[int | None, bool]]
    definitions: Mapping[str, str]
    """Columns, constraints, indexes, views; and the database's own properties."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody outside sees of production."""

    answer: int
    """The HTTP status of /api/health; 0 without an answer."""
    status: str
    build: str
    commit: str
    contents: Contents


@dataclass(frozen=True, slots=True)
class Expected:
    status: str
    build: str
    commit: str
    """Of the build that was deployed, whatever became of it."""
    steps: frozenset[int]
    """At one of them the run is to end: the last one, or the one that fails or refuses."""
    backed_up: bool = True
    uninterrupted: bool = False
    """The old version was never to be stopped: not one request may have failed."""


def look(place: Place, without: str) -> Sight:
    answer, told = health(place.application)
    return Sight(
        answer,
        str(told.get("status", "")),
        str(told.get("build", "")),
        str(told.get("commit", "")),
        contents(place.database, without),
    )


def problems(
    place: Place, promotion: str, expected: Expected, before: Sight, after: Sight, written: Written | None
) -> list[str]:
    """One sentence for each thing that is wrong; an empty list: all is as it must be. Adds one note of its own to production."""
    found = _record_problems(place.records, promotion, expected)
    if (after.answer, after.status) != (200, "ok"):
        found.append(f"The application is not healthy: {after.answer} {after.status}")
    if expected.status == "deployed":
        if (after.build, after.commit) != (expected.build, expected.commit):
            found.append(f"{after.build or 'nothing'} answers instead of {expected.build}")
        found += _losses(before.contents, after.contents)
    else:
        if (after.build, after.commit) != (before.build, before.commit):
            found.append(f"{after.build or 'nothing'} answers instead of {before.build}")
        found += _differences(before.contents, after.contents, exact=written is None)
    if written is not None:
        found += _missing(place.database, written)
        if not written.rows:
            found.append("Nobody could write a note")
        if expected.uninterrupted and written.failures:
            found.append(f"{written.failures} requests failed, although nothing was to be stopped")
    if add_note(place.application, f"A note after {promotion}") is None:
        found.append("No note can be written afterwards")
    return found


# The application


def health(application: str) -> tuple[int, dict[str, Any]]:
    """The HTTP status and the answer of /api/health; 0 without an answer."""
    try:
        with _WEB.open(f"{application}/api/health", timeout=_HTTP_SECONDS) as answer:
            return answer.status, _json_object(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, _json_object(error.read())
    except (OSError, http.client.HTTPException):
        return 0, {}


def add_note(application: str, text: str) -> dict[str, Any] | None:
    """The row that the application says it has committed; None if it does not say so."""
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(f"{application}/api/notes", body, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with _WEB.open(request, timeout=_HTTP_SECONDS) as answer:
            return _json_object(answer.read()) if answer.status == 201 else None
    except (OSError, http.client.HTTPException):
        return None


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


@dataclass(slots=True)
class Written:
    """What the application promised to keep."""

    rows: dict[int, str] = field(default_factory=dict)
    failures: int = 0
    longest_pause: float = 0.0
    """Seconds between two notes that were accepted."""


class Writer:
    """Somebody who writes notes, one after the other, each with `token` in its text."""

    def __init__(self, application: str, token: str) -> None:
        self._application = application
        self._token = token
        self._written = Written()
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._write, name="demo-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> Written:
        self._enough.set()
        self._thread.join()
        return self._written

    def _write(self) -> None:
        number, last = 0, time.monotonic()
        while not self._enough.wait(_PAUSE_BETWEEN_NOTES):
            number += 1
            text = f"Written meanwhile, {self._token}, {number}"
            row = add_note(self._application, text)
            if row is None:
                self._written.failures += 1
                continue
            self._written.rows[int(row["id"])] = text
            now = time.monotonic()
            self._written.longest_pause = max(self._written.longest_pause, now - last)
            last = now


def _missing(database: str, written: Written) -> list[str]:
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT id, text FROM note WHERE id = ANY(%s)", [list(written.rows)])
        found: dict[int, str] = dict(rows.fetchall())
    lost = [number for number, text in written.rows.items() if found.get(number) != text]
    return [f"{len(lost)} of {len(written.rows)} notes that were accepted are lost"] if lost else []


# The database

_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 2
"""
_SEQUENCES = "SELECT schemaname, sequencename FROM pg_sequences ORDER BY 1, 2"
_DEFINITIONS = """
    SELECT format('column %s.%s', a.attrelid::regclass, a.attname),
           concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnum, a.attnotnull, a.attidentity, pg_get_expr(d.adbin, d.adrelid))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm', 'v')
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL
    SELECT format('constraint %s of %s', conname, conrelid::regclass), pg_get_constraintdef(o.oid)
    FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL
    SELECT format('index %s.%s', schemaname, indexname), indexdef FROM pg_indexes
    WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema'
    UNION ALL
    SELECT format('view %s.%s', schemaname, viewname), definition FROM pg_views
    WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema'
    UNION ALL
    SELECT format('owner of %s', c.oid::regclass), concat_ws(' ', pg_get_userbyid(c.relowner), c.relacl)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'v', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL
    SELECT 'database', concat_ws(' ', pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype, datlocprovider,
                                 datconnlimit, datallowconn, datacl, shobj_description(oid, 'pg_database'))
    FROM pg_database WHERE datname = current_database()
    UNION ALL
    SELECT format('settings of %s', setrole), setconfig::text
    FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase WHERE datname = current_database()
"""


def contents(database: str, without: str) -> Contents:
    """In one transaction, so that all of it is of one instant (sequences apart, which know no transactions)."""
    with psycopg.connect(database) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        tables = {
            f"{schema}.{name}": _table(connection, sql.Identifier(schema, name), without)
            for schema, name in connection.execute(_TABLES).fetchall()
        }
        sequences = {
            f"{schema}.{name}": _sequence(connection, sql.Identifier(schema, name))
            for schema, name in connection.execute(_SEQUENCES).fetchall()
        }
        return Contents(tables, sequences, dict(connection.execute(_DEFINITIONS).fetchall()))


def _table(connection: psycopg.Connection[Any], table: sql.Identifier, without: str) -> tuple[int, str]:
    digest, rows = hashlib.sha256(), 0
    query = sql.SQL("SELECT t::text FROM {} t WHERE strpos(t::text, %s) = 0 ORDER BY 1").format(table)
    for (row,) in connection.execute(query, [without]):
        digest.update(row.encode() + b"\0")
        rows += 1
    return rows, digest.hexdigest()


def _sequence(connection: psycopg.Connection[Any], sequence: sql.Identifier) -> tuple[int | None, bool]:
    row = connection.execute(sql.SQL("SELECT last_value, is_called FROM {}").format(sequence)).fetchone()
    assert row is not None
    return row[0], row[1]


def _losses(before: Contents, after: Contents) -> list[str]:
    """What a version that works may not do: change rows that were there (its own list of migrations apart)."""
    return [
        f"The rows of {name} are not what they were"
        for name, was in before.tables.items()
        if after.tables.get(name) != was and not name.endswith(".schema_migration")
    ] + _sequences_gone_back(before, after)


def _differences(before: Contents, after: Contents, *, exact: bool) -> list[str]:
    """`exact`: nobody wrote in between, so that the sequences must be equal as well."""
    found = _unequal("table", before.tables, after.tables) + _unequal("", before.definitions, after.definitions)
    if exact:
        return found + _unequal("sequence", before.sequences, after.sequences)
    return found + _sequences_gone_back(before, after)


def _unequal(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        f"{f'{kind} {name}'.strip()}: was {before.get(name, 'not there')}, is {after.get(name, 'not there')}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _sequences_gone_back(before: Contents, after: Contents) -> list[str]:
    return [
        f"The sequence {name} has gone back from {was} to {after.sequences.get(name)}"
        for name, was in before.sequences.items()
        if name not in after.sequences or (after.sequences[name][0] or 0) < (was[0] or 0)
    ]


# The records


def _record_problems(records: str, promotion: str, expected: Expected) -> list[str]:
    with psycopg.connect(records) as connection:
        row = connection.execute("SELECT status::text FROM promotion WHERE id = %s", [promotion]).fetchone()
        run = connection.execute(_LAST_RUN, [promotion]).fetchone()
        backups = connection.execute(_BACKUPS, [promotion]).fetchall()
    found = []
    status = row[0] if row else "not there"
    if status != expected.status:
        found.append(f"The record says {status}, not {expected.status}")
    if run is None or run[0] not in expected.steps:
        found.append(f"The run ended at step {run[0] if run else 'none'}, not at {min(expected.steps)}")
    elif (status == "deployed") != run[1]:
        found.append("A health pass is recorded" if run[1] else "No health pass is recorded")
    if expected.backed_up and not backups:
        found.append("No backup is recorded")
    for path, size, digest in backups:
        found += _backup_problems(Path(path), size, digest)
    return found


_LAST_RUN = "SELECT step, health_passed_at IS NOT NULL FROM run WHERE promotion = %s ORDER BY started_at DESC LIMIT 1"
_BACKUPS = "SELECT path, size, sha256 FROM backup WHERE promotion = %s AND removed_at IS NULL"


def _backup_problems(path: Path, size: int, digest: str) -> list[str]:
    try:
        content = path.read_bytes()
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        return [f"The backup {path} cannot be read: {error.strerror}"]
    found = []
    if not content.startswith(b"PGDMP") or (len(content), hashlib.sha256(content).hexdigest()) != (size, digest):
        found.append(f"The backup {path.name} is not what was recorded")
    if mode != 0o600:
        found.append(f"The backup {path.name} can be read by others: mode {mode:04o}")
    return found
