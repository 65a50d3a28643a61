"""What a migration does that a person should know of: one Operation each. The rules that they name are data (gates/rules/)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

UNREAD = "unread"
"""Rule of an operation that says: this could not be read. `subject` completes "This file …"."""

REPAIRABLE_SCHEMAS = frozenset({"public", "dbo", "main"})
"""Schemas that are meant when none is named."""


@dataclass(frozen=True, slots=True)
class Operation:
    rule: str
    subject: str
    """What it is done to: `orders`, `orders.note`."""
    line: int
    end_line: int
    text: str
    """The statement, for evidence and fingerprint."""


@dataclass(slots=True)
class Made:
    """What the change itself has made so far: nothing that was there before is lost with it."""

    tables: set[str] = field(default_factory=set)
    """Certainly made here."""
    perhaps: set[str] = field(default_factory=set)
    """CREATE TABLE IF NOT EXISTS: may have been there."""
    columns: set[tuple[str, str]] = field(default_factory=set)
    others: set[tuple[str, str]] = field(default_factory=set)
    """(kind, name): views, types, schemas, sequences."""
    belongs: Callable[[int, int], bool] = field(default=lambda *_: True)
    """Whether the lines first..last belong to the change: only what stands there makes anything new."""
    _open: bool = True

    def at(self, first: int, last: int) -> None:
        """What follows is done by these lines."""
        self._open = self.belongs(first, last)

    def has_table(self, table: str) -> bool:
        return table in self.tables

    def is_new(self, table: str) -> bool:
        """For locks: nobody uses a table that was made a moment ago."""
        return table in self.tables or table in self.perhaps

    def has_column(self, table: str, column: str) -> bool:
        return table in self.tables or (table, column) in self.columns

    def column_made(self, table: str, column: str) -> None:
        if self._open:
            self.columns.add((table, column))

    def other_made(self, kind: str, name: str) -> None:
        if self._open:
            self.others.add((kind, name))

    def table_made(self, table: str, *, certainly: bool = True) -> None:
        if self._open:
            (self.tables if certainly else self.perhaps).add(table)

    def table_gone(self, table: str) -> None:
        self.tables.discard(table)
        self.perhaps.discard(table)

    def table_renamed(self, old: str, new: str) -> None:
        if old in self.tables:
            self.tables.add(new)
        self.columns |= {(new, column) for table, column in self.columns if table == old}
        self.table_gone(old)
