"""What the whole of a script makes, copies and renames: known before its statements are judged one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from shipui.gates.migrations.sql_cursor import Cursor, find, split
from shipui.gates.migrations.sql_statements import Statement, script
from shipui.gates.migrations.sql_tokens import Kind, Token

_BEFORE_KIND = (
    "OR",
    "REPLACE",
    "UNIQUE",
    "TEMP",
    "TEMPORARY",
    "GLOBAL",
    "LOCAL",
    "RECURSIVE",
    "MATERIALIZED",
    "UNLOGGED",
)
_MADE_ANEW = (
    "VIEW",
    "FUNCTION",
    "PROCEDURE",
    "TRIGGER",
    "TYPE",
    "INDEX",
    "SEQUENCE",
    "DOMAIN",
    "SCHEMA",
    "AGGREGATE",
    "POLICY",
)
_SQLITE_WARNING = re.compile(
    r"You are about to drop the column [`\"]([^`\"\n]+)[`\"] on the [`\"]([^`\"\n]+)[`\"] table", re.IGNORECASE
)


LONGEST_PIECE = 100_000


@dataclass(slots=True)
class Foresight:
    made_anew: set[tuple[str, str]] = field(default_factory=set)
    """(kind, name) of what a CREATE in this script makes; of constraints ("CONSTRAINT", "table.name")."""
    renamed: set[tuple[str, str]] = field(default_factory=set)
    """(old, new) of tables and types."""
    copied: set[tuple[str, str]] = field(default_factory=set)
    """(from, to): INSERT INTO to SELECT … FROM from, without a condition."""
    checked_not_null: set[tuple[str, str]] = field(default_factory=set)
    """(table, column) that a CHECK (column IS NOT NULL) vouches for."""
    routines: dict[str, Token] = field(default_factory=dict)
    """The bodies of functions and procedures that this script makes."""
    dropped_in_rebuild: tuple[tuple[str, str, int], ...] = ()
    """(table, column, line), by the warning that Prisma writes above a rebuilt table."""
    has_prepared: bool = False

    def merged(self, other: Foresight) -> Foresight:
        """What is known from another script of the same migration, too."""
        return Foresight(
            self.made_anew | other.made_anew,
            self.renamed | other.renamed,
            self.copied | other.copied,
            self.checked_not_null | other.checked_not_null,
            {**other.routines, **self.routines},
            self.dropped_in_rebuild,
            self.has_prepared or other.has_prepared,
        )

    def rebuilds(self, table: str) -> bool:
        """SQLite's way of altering: a new table is filled from the old one and takes its name."""
        return any(source == table and (target, table) in self.renamed for source, target in self.copied)


def foresee_texts(texts: Iterable[str]) -> Foresight:
    """Of SQL that a migration hands over piece by piece: a table can be filled in one call and renamed in another."""
    known = Foresight()
    for text in texts:
        if len(text) <= LONGEST_PIECE:
            known = known.merged(foresee(script(text).statements))
    return known


def foresee(statements: Iterable[Statement], comments: Iterable[Token] = ()) -> Foresight:
    known = Foresight()
    for statement in statements:
        if statement.forward:
            _note(known, statement.tokens)
    known.dropped_in_rebuild = tuple(
        (match.group(2).lower(), match.group(1).lower(), comment.line + comment.value.count("\n", 0, match.start()))
        for comment in comments
        for match in _SQLITE_WARNING.finditer(comment.value)
    )
    return known


def _note(known: Foresight, tokens: tuple[Token, ...]) -> None:
    cursor = Cursor(tokens)
    match cursor.take_any("CREATE", "ALTER", "INSERT", "RENAME", "PREPARE"):
        case "CREATE":
            _note_create(known, cursor)
        case "ALTER":
            _note_alter(known, cursor)
        case "INSERT":
            _note_copy(known, cursor)
        case "RENAME" if cursor.take("TABLE"):
            _note_renamed_tables(known, cursor)
        case "PREPARE":
            known.has_prepared = True


def _note_create(known: Foresight, cursor: Cursor) -> None:
    while cursor.take_any(*_BEFORE_KIND):
        pass
    kind = cursor.take_any(*_MADE_ANEW)
    if kind is None:
        return
    cursor.take("CONCURRENTLY")
    cursor.take("IF", "NOT", "EXISTS")
    name = cursor.name()
    if name is None:
        return
    known.made_anew.add((kind, name))
    if kind in {"FUNCTION", "PROCEDURE"}:
        body = next((token for token in cursor.rest if token.kind is Kind.STRING and " " in token.value.strip()), None)
        if body is not None:
            known.routines[name] = body


def _note_alter(known: Foresight, cursor: Cursor) -> None:
    kind = cursor.take_any("TABLE", "TYPE")
    if kind is None:
        return
    cursor.take("IF", "EXISTS")
    cursor.take("ONLY")
    table = cursor.name() or ""
    for action in split(cursor.rest, symbol=","):
        step = Cursor(action)
        if step.take("RENAME", "TO") or (step.take("RENAME") and step.take("AS")):
            known.renamed.add((table, step.name() or ""))
        elif step.take("ADD"):
            _note_constraint(known, table, step)


def _note_constraint(known: Foresight, table: str, step: Cursor) -> None:
    name = step.name() if step.take("CONSTRAINT") else None
    if name:
        known.made_anew.add(("CONSTRAINT", f"{table}.{name}"))
    if step.sees("PRIMARY", "KEY"):
        known.made_anew.add(("CONSTRAINT", f"{table}.primary key"))
    if step.take("CHECK"):
        inside = Cursor([token for token in step.in_parentheses() if not token.is_symbol("(", ")")])
        column = inside.name()
        if column and inside.take("IS", "NOT", "NULL") and inside.peek() is None:
            known.checked_not_null.add((table, column))


def _note_copy(known: Foresight, cursor: Cursor) -> None:
    cursor.take("OR", "REPLACE")
    cursor.take("INTO")
    target = cursor.name()
    place = find(cursor.rest, "SELECT")
    if target is None or place is None:
        return
    query = cursor.rest[place:]
    source = find(query, "FROM")
    if source is not None and find(query, "WHERE", "LIMIT", "JOIN", "HAVING") is None:
        known.copied.add((Cursor(query[source + 1 :]).name() or "", target))


def _note_renamed_tables(known: Foresight, cursor: Cursor) -> None:
    for pair in split(cursor.rest, symbol=","):
        step = Cursor(pair)
        old = step.name()
        if old and step.take("TO"):
            known.renamed.add((old, step.name() or ""))
