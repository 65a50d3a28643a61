"""What runs made in the world: so that nothing is left behind unknown, and nothing is removed that is still needed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

from shipui.model.artefact import Artefact, ArtefactKind
from shipui.records.connection import storable

Connection = psycopg.Connection[Any]


def add(
    connection: Connection,
    run: str,
    target: str,
    kind: ArtefactKind,
    name: str,
    identity: str = "",
    keep_until: datetime | None = None,
) -> None:
    """Once per run, kind and name; again does nothing."""
    connection.execute(
        "INSERT INTO artefact (run, target, kind, name, identity, keep_until) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (run, kind, name) DO NOTHING",
        (run, target, str(kind), storable(name), storable(identity), keep_until),
    )


def of_run(connection: Connection, run: str) -> list[Artefact]:
    """Those that were removed too, the oldest first."""
    return _query(connection, "WHERE run = %s ORDER BY id", (run,))


def left_on(connection: Connection, target: str, kind: ArtefactKind | None = None) -> list[Artefact]:
    """What has not been removed, the oldest first."""
    asked = None if kind is None else str(kind)
    condition = "WHERE target = %s AND removed_at IS NULL AND (%s::text IS NULL OR kind = %s) ORDER BY id"
    return _query(connection, condition, (target, asked, asked))


def mark_removed(connection: Connection, artefact: int) -> None:
    connection.execute(
        "UPDATE artefact SET removed_at = clock_timestamp() WHERE id = %s AND removed_at IS NULL", (artefact,)
    )


def _query(connection: Connection, rest: str, values: tuple[Any, ...]) -> list[Artefact]:
    rows = connection.execute(
        f"SELECT id, run, target, kind, name, identity, made_at, keep_until, removed_at FROM artefact {rest}", values
    ).fetchall()
    return [Artefact(number, run, target, ArtefactKind(kind), *others) for number, run, target, kind, *others in rows]
