"""The audit trail: append-only, each entry with the hash of the one before. Its head is kept in a file outside Postgres as well."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import class_row

from shipui.model.errors import Refused
from shipui.model.roles import Person
from shipui.records.connection import as_json, storable
from shipui.records.rows import containing

_COLUMNS = "id, at, person, uid, role, ssh, action, subject, details::text AS details, previous_hash, hash"
_MOST_PROBLEMS = 50
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    id: int
    at: datetime
    person: str
    uid: int
    role: str
    ssh: str
    action: str
    subject: str
    details: str
    """JSON, as it was written: the hash is of this text."""
    previous_hash: str
    hash: str

    def computed_hash(self) -> str:
        """SHA-256 of every field with its length in bytes, so that nothing can move from one field to the next."""
        fields = (
            self.previous_hash,
            str(self.id),
            self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            self.person,
            str(self.uid),
            self.role,
            self.ssh,
            self.action,
            self.subject,
            self.details,
        )
        encoded = [field.encode("utf-8") for field in fields]
        return hashlib.sha256(b",".join(b"%d:%b" % (len(each), each) for each in encoded)).hexdigest()


def has(connection: psycopg.Connection[Any], subject: str, action: str, details: Mapping[str, Any]) -> bool:
    """Whether exactly that stands in the trail: what is written again, because the answer to its COMMIT was lost, is there once."""
    row = connection.execute(
        "SELECT FROM audit WHERE subject = %s AND action = %s AND details::text = %s::json::text LIMIT 1",
        (storable(subject), storable(action), as_json(dict(details))),
    ).fetchone()
    return row is not None


@dataclass(frozen=True, slots=True)
class Term:
    text: str
    whole: bool = False
    """The field is exactly that, rather than containing it; in either case whatever the letters' case."""

    @property
    def pattern(self) -> str:
        return containing(storable(self.text))[1:-1] if self.whole else containing(storable(self.text))


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries: each term that is there has to match."""

    by: Term | None = None
    subject: Term | None = None
    action: Term | None = None
    text: tuple[str, ...] = ()
    """Each somewhere in the entry."""


def add(
    connection: psycopg.Connection[Any], person: Person, action: str, subject: str, details: Mapping[str, Any]
) -> AuditEntry:
    """One entry, at the end of the chain. Others wait until this transaction ends, so make it the last act of one."""
    with connection.cursor(row_factory=class_row(AuditEntry)) as cursor:
        cursor.execute(
            "INSERT INTO audit (person, uid, role, ssh, action, subject, details) VALUES (%s, %s, %s, %s, %s, %s, %s)"
            f" RETURNING {_COLUMNS}",
            (
                storable(person.name),
                person.uid,
                person.role.word,
                storable(person.ssh),
                storable(action),
                storable(subject),
                as_json(dict(details)),
            ),
        )
        entry = cursor.fetchone()
    assert entry is not None
    return entry


def require_head(head_file: Path) -> None:
    """Refused, before anything is committed, when this account could not note the head afterwards."""
    try:
        head_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(head_file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise Refused(
            f"The audit trail's head, {head_file}, cannot be written by this account ({error.strerror}).",
            fix="Work under the account that the state folder belongs to. Nothing was done.",
        ) from error


def keep_head(head_file: Path, entry: AuditEntry) -> None:
    """Append the entry's number and hash to a file, fsynced; once the entry's transaction is committed.

    The entry itself is in the records then: that its hash could not be noted here (a full disk) is no reason to stop what is done.
    """
    try:
        _append_head(head_file, entry)
    except OSError as error:
        _log.warning("The audit trail's head could not be written to %s: %s.", head_file, error.strerror)


def _append_head(head_file: Path, entry: AuditEntry) -> None:
    head_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(head_file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"  # by a crash: do not write on at its end
        os.write(descriptor, (b"\n" if torn else b"") + f"{entry.id} {entry.hash}\n".encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def listed(
    connection: psycopg.Connection[Any],
    limit: int = 200,
    before: int | None = None,
    *,
    by: str | None = None,
    subject: str | None = None,
) -> list[AuditEntry]:
    """The newest first; `before` is the number of an entry, to page on; `by` is an account's name, `subject` an ID."""
    with connection.cursor(row_factory=class_row(AuditEntry)) as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM audit WHERE (%(before)s::bigint IS NULL OR id < %(before)s)"
            " AND (%(by)s::text IS NULL OR person = %(by)s) AND (%(subject)s::text IS NULL OR subject = %(subject)s)"
            " ORDER BY id DESC LIMIT %(limit)s",
            {
                "before": before,
                "by": None if by is None else storable(by),
                "subject": None if subject is None else storable(subject),
                "limit": limit,
            },
        )
        return cursor.fetchall()


def search(
    connection: psycopg.Connection[Any], sought: Sought, limit: int = 200, before: int | None = None
) -> list[AuditEntry]:
    """The newest first; `before` is the number of an entry, to page on."""
    conditions, values = ["true"], list[Any]()
    for column, term in (("person", sought.by), ("subject", sought.subject), ("action", sought.action)):
        if term is not None:
            conditions.append(f"{column} ILIKE %s")
            values.append(term.pattern)
    for text in sought.text:
        # Details are JSON of ASCII alone, so what is looked for there is spelt in the same way.
        conditions.append("(concat_ws(' ', person, action, subject, ssh) ILIKE %s OR details::text ILIKE %s)")
        values += [containing(storable(text)), containing(json.dumps(storable(text))[1:-1])]
    if before is not None:
        conditions.append("id < %s")
        values.append(before)
    with connection.cursor(row_factory=class_row(AuditEntry)) as cursor:
        statement = f"SELECT {_COLUMNS} FROM audit WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT %s"
        return cursor.execute(statement, (*values, limit)).fetchall()


def verify(connection: psycopg.Connection[Any], head_file: Path) -> list[str]:
    """What is wrong with the trail, in words; an empty list when nothing is. Reads every entry and computes every hash anew."""
    kept, problems = _kept_heads(head_file)
    last = 0
    for number, problem in _walk(_stream(connection), kept):
        last = number
        if problem:
            problems.append(problem)
        if len(problems) >= _MOST_PROBLEMS:
            return [*problems, "There is more; the check stopped here."]
    if kept and max(kept) > last:
        problems.append(
            f"The end of the trail was cut off: the last entry is number {last}, and {head_file} knows of number {max(kept)}."
        )
    if last and not kept and not problems:
        problems.append(
            f"The file {head_file} is empty or missing, so a cut at the end of the trail would not be seen."
        )
    return problems


def _stream(connection: psycopg.Connection[Any]) -> Iterator[AuditEntry]:
    with (
        connection.transaction(),
        connection.cursor(name="shipui_audit", row_factory=class_row(AuditEntry)) as cursor,
    ):
        cursor.itersize = 5000
        cursor.execute(f"SELECT {_COLUMNS} FROM audit ORDER BY id")
        yield from cursor


def _walk(entries: Iterable[AuditEntry], kept: Mapping[int, set[str]]) -> Iterator[tuple[int, str]]:
    number, before = 0, ""
    for entry in entries:
        if entry.id != number + 1:
            yield entry.id, f"Entries are missing between number {number} and number {entry.id}."
        elif entry.previous_hash != before:
            yield entry.id, f"Entry {entry.id} does not follow from the one before it."
        if entry.computed_hash() != entry.hash:
            yield entry.id, f"Entry {entry.id} was changed after it was written."
        elif not all(map(entry.hash.startswith, kept.get(entry.id, ()))):
            yield entry.id, f"Entry {entry.id} is not the one that the file outside the database knows."
        number, before = entry.id, entry.hash
        yield number, ""


def _kept_heads(head_file: Path) -> tuple[dict[int, set[str]], list[str]]:
    """By number the hashes that the file has, and lines that are none. A line that a crash has torn has the beginning of its hash."""
    try:
        lines = head_file.read_text("ascii", "replace").split("\n")
    except FileNotFoundError:
        return {}, []
    kept: dict[int, set[str]] = {}
    problems = []
    for place, line in enumerate(lines, 1):
        number, _, digest = line.partition(" ")
        if number.isdecimal():
            kept.setdefault(int(number), set()).add(digest)
        elif line:
            problems.append(f"Line {place} of {head_file} is not a number and a hash.")
    return kept, problems
