"""The notes in PostgreSQL: migrations, reading, writing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
PAGE = 50
_LOCK = 7041776
_NOTES = "SELECT id, reference, author, text, created_at, tags FROM note_overview"


@dataclass(frozen=True)
class Note:
    id: int
    reference: int
    author: str
    text: str
    created_at: datetime
    tags: list[str]

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__, "created_at": self.created_at.isoformat()}


@dataclass(frozen=True)
class Totals:
    notes: int
    authors: int


def migrate(url: str, folder: Path = MIGRATIONS) -> list[str]:
    """Apply the files of `folder` that the database has not seen, in order, each with its number in one transaction; their names."""
    applied = []
    with psycopg.connect(url, application_name="notes") as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        connection.commit()
        if connection.execute("SELECT to_regclass('schema_migration')").fetchone() == (None,):
            connection.execute(
                "CREATE TABLE schema_migration (number int PRIMARY KEY, name text NOT NULL, at timestamptz NOT NULL DEFAULT now())"
            )
        seen = {number for (number,) in connection.execute("SELECT number FROM schema_migration")}
        connection.commit()
        for path in sorted(folder.glob("*.sql")):
            number = int(re.match(r"\d+", path.name)[0])  # type: ignore[index]
            if number in seen:
                continue
            connection.execute(path.read_bytes())
            connection.execute("INSERT INTO schema_migration (number, name) VALUES (%s, %s)", [number, path.stem])
            connection.commit()
            applied.append(path.stem)
    return applied


class Notes:
    """All that the web asks of the database, on a few connections that are kept open."""

    def __init__(self, url: str) -> None:
        self._pool: ConnectionPool[psycopg.Connection[Any]] = ConnectionPool(
            url,
            kwargs={"application_name": "notes", "autocommit": True},
            min_size=1,
            max_size=4,
            timeout=5,
            check=ConnectionPool.check_connection,
            open=True,
        )

    def close(self) -> None:
        self._pool.close()

    def check(self) -> None:
        """Read what every page needs; psycopg's error if that does not work."""
        with self._pool.connection(timeout=2) as connection:
            connection.execute(f"{_NOTES} LIMIT 1")

    def newest(self, limit: int = PAGE) -> list[Note]:
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Note)) as cursor:
            cursor.execute(f"{_NOTES} ORDER BY created_at DESC, id DESC LIMIT %s", [limit])
            return cursor.fetchall()

    def add(self, text: str, author: str = "Guest") -> Note:
        """The new row, after commit."""
        with self._pool.connection() as connection:
            with connection.transaction():
                row = connection.execute(
                    "INSERT INTO note (author_id, text) SELECT id, %s FROM author WHERE name = %s RETURNING id",
                    [text, author],
                ).fetchone()
            with connection.cursor(row_factory=class_row(Note)) as cursor:
                cursor.execute(f"{_NOTES} WHERE id = %s", row)
                note = cursor.fetchone()
        assert note is not None
        return note

    def totals(self) -> Totals:
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Totals)) as cursor:
            cursor.execute("SELECT (SELECT count(*) FROM note) AS notes, (SELECT count(*) FROM author) AS authors")
            totals = cursor.fetchone()
        assert totals is not None
        return totals
