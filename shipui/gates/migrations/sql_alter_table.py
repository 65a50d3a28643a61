"""What one ALTER TABLE does, action by action."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from shipui.gates.migrations.column_types import TypeChange, type_change
from shipui.gates.migrations.operations import UNREAD, Made
from shipui.gates.migrations.sql_cursor import Cursor, find, has, quoted, split
from shipui.gates.migrations.sql_foresight import Foresight
from shipui.gates.migrations.sql_tokens import Kind, Token

Found = Iterator[tuple[str, str]]
"""Rule, and what it is about."""

_QUIET = (
    "OWNER", "VALIDATE", "ENABLE", "DISABLE", "ATTACH", "CLUSTER", "REPLICA", "INHERIT", "NO", "OF", "NOT", "RESET", "COMMENT",
    "AUTO_INCREMENT", "DEFAULT", "CHARSET", "CHARACTER", "COLLATE", "WITH", "ALGORITHM", "LOCK", "STATS_PERSISTENT", "DEPENDS",
    "OPTIONS", "COALESCE", "REORGANIZE", "EXCHANGE", "CHECK", "ANALYZE", "WITHOUT", "SECONDARY_LOAD", "INVISIBLE", "GRANT",
)  # fmt: skip
_REWRITES = (
    "ENGINE",
    "CONVERT",
    "ROW_FORMAT",
    "ORDER",
    "OPTIMIZE",
    "REBUILD",
    "KEY_BLOCK_SIZE",
    "PARTITION",
    "REMOVE",
    "FORCE",
)
_KEYS = ("INDEX", "KEY", "FULLTEXT", "SPATIAL")
_CONSTRAINTS = ("CONSTRAINT", "PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "EXCLUDE")
_VOLATILE = (
    "RANDOM", "GEN_RANDOM_UUID", "UUID_GENERATE_V4", "UUID_GENERATE_V1", "UUIDV4", "UUIDV7", "CLOCK_TIMESTAMP", "TIMEOFDAY",
    "NEXTVAL", "UUID", "NEWID",
)  # fmt: skip
_SERIALS = ("SERIAL", "BIGSERIAL", "SMALLSERIAL", "SERIAL4", "SERIAL8")


class AlterTable:
    """One statement's reading. `lock_free_indexes`: MySQL and SQLite, where building an index does not stop writes for long."""

    def __init__(self, table: str, made: Made, known: Foresight, *, lock_free_indexes: bool) -> None:
        self.table = table
        self.made = made
        self.known = known
        self.lock_free_indexes = lock_free_indexes
        self._readings: dict[str, Callable[[Cursor], Found]] = {
            "ADD": self._add,
            "DROP": self._drop,
            "ALTER": self._alter_column,
            "MODIFY": self._modify,
            "CHANGE": self._change,
            "RENAME": self._rename,
            "SET": self._set,
            "TRUNCATE": lambda _: iter([("truncate", f"a partition of {self.table}")]),
            "DETACH": lambda _: iter([("detach-partition", self.table)]),
            "DISCARD": lambda _: iter([("drop-table", f"the tablespace of {self.table}")]),
        }

    def actions(self, tokens: Sequence[Token]) -> Found:
        lists_partitions = False
        for action in split(tokens, symbol=","):
            if lists_partitions and len(action) == 1:
                continue
            lists_partitions = has(action, "PARTITION")
            if action:
                yield from self._action(action)

    def _action(self, action: Sequence[Token]) -> Found:
        cursor = Cursor(action)
        first = action[0]
        if first.is_word("SWITCH", "IMPORT") or first.is_word(*_QUIET) or first.is_symbol("("):
            return
        if first.is_word(*_REWRITES):
            if not self.made.is_new(self.table):
                yield "lock-rewrite", self.table
            return
        reading = self._readings.get(first.value) if first.kind is Kind.WORD else None
        if reading is None:
            yield UNREAD, f"alters a table in a way that shipui does not know ({first.value.lower()})"
            return
        cursor.skip()
        yield from reading(cursor)

    # ADD

    def _add(self, cursor: Cursor) -> Found:
        if cursor.sees_any(*_KEYS, "PARTITION", "PERIOD"):
            return
        if cursor.sees_any(*_CONSTRAINTS):
            yield from self._add_constraint(cursor)
            return
        cursor.take("COLUMN")
        cursor.take("IF", "NOT", "EXISTS")
        token = cursor.peek()
        if token is not None and token.is_symbol("("):
            for definition in split(cursor.in_parentheses(), symbol=","):
                yield from self._add_column(Cursor(definition))
        else:
            yield from self._add_column(cursor)

    def _add_column(self, cursor: Cursor) -> Found:
        if cursor.sees_any(*_CONSTRAINTS, *_KEYS):
            return
        column = cursor.name()
        definition = cursor.rest
        if column is None:
            return
        if not self.made.is_new(self.table):
            yield from self._new_column(column, definition)
        self.made.column_made(self.table, column)

    def _new_column(self, column: str, definition: Sequence[Token]) -> Found:
        place = f"{self.table}.{column}"
        default = find(definition, "DEFAULT")
        numbered = any(token.is_word(*_SERIALS) for token in definition[:1]) or has(definition, "IDENTITY")
        if numbered or has(definition, "STORED") or (default is not None and _volatile(definition[default:])):
            yield "lock-add-column-default", place
        elif (
            has(definition, "NOT", "NULL")
            and default is None
            and find(definition, "GENERATED", "AUTO_INCREMENT") is None
        ):
            yield "add-required-column", place
        if has(definition, "UNIQUE") or has(definition, "PRIMARY", "KEY"):
            yield "lock-add-constraint", place

    def _add_constraint(self, cursor: Cursor) -> Found:
        name = cursor.name() if cursor.take("CONSTRAINT") else None
        rest = cursor.rest
        if self.made.is_new(self.table) or has(rest, "NOT", "VALID") or has(rest, "USING", "INDEX"):
            return
        if cursor.sees("CHECK") and has(rest, "NOT", "ENFORCED"):
            return
        subject = f"{name} of {self.table}" if name else self.table
        if cursor.sees("FOREIGN"):
            yield "lock-add-foreign-key", subject
        elif cursor.sees_any("CHECK", "PRIMARY", "UNIQUE", "EXCLUDE") and not (
            self.lock_free_indexes and cursor.sees("UNIQUE")
        ):
            yield "lock-add-constraint", subject

    # DROP

    def _drop(self, cursor: Cursor) -> Found:
        if cursor.sees_any("CONSTRAINT", "PRIMARY", "FOREIGN", "CHECK", "UNIQUE") and cursor.peek(1):
            yield from self._drop_constraint(cursor)
        elif cursor.take_any("INDEX", "KEY"):
            cursor.take("IF", "EXISTS")
            if not self.made.is_new(self.table):
                yield "drop-index", f"{quoted(cursor.name())} of {self.table}"
        elif cursor.take_any("PARTITION"):
            yield "drop-partition", f"{quoted(cursor.name())} of {self.table}"
        elif not cursor.sees_any("DEFAULT", "SYSTEM"):
            cursor.take("COLUMN")
            cursor.take("IF", "EXISTS")
            token = cursor.peek()
            names = cursor.in_parentheses() if token is not None and token.is_symbol("(") else cursor.rest
            for each in split(names, symbol=","):
                yield from self._drop_column(quoted(Cursor(each).name()))

    def _drop_column(self, column: str) -> Found:
        if not self.made.has_column(self.table, column):
            yield "drop-column", f"{self.table}.{column}"

    def _drop_constraint(self, cursor: Cursor) -> Found:
        kind = cursor.take_any("CONSTRAINT", "PRIMARY", "FOREIGN", "CHECK", "UNIQUE")
        cursor.take("KEY")
        cursor.take("IF", "EXISTS")
        name = cursor.name() if kind != "PRIMARY" else "primary key"
        if kind == "PRIMARY" or name is None:
            name = "primary key"
        anew = ("CONSTRAINT", f"{self.table}.{name}") in self.known.made_anew
        if not anew and not self.made.is_new(self.table):
            yield "drop-constraint", f"{name} of {self.table}"

    # changes of a column

    def _alter_column(self, cursor: Cursor) -> Found:
        if cursor.sees_any("INDEX", "CONSTRAINT", "CHECK"):
            return
        cursor.take("COLUMN")
        cursor.take("IF", "EXISTS")
        column = quoted(cursor.name())
        if cursor.take("SET", "NOT", "NULL"):
            yield from self._required(column)
        elif cursor.take("TYPE") or cursor.take("SET", "DATA", "TYPE"):
            yield from self._typed(column, cursor.rest)
        elif cursor.sees_any("SET", "DROP", "ADD", "RESTART", "RESET") or cursor.peek() is None:
            return
        else:
            yield from self._redefined(column, cursor.rest)

    def _required(self, column: str) -> Found:
        if self.made.has_column(self.table, column) or (self.table, column) in self.known.checked_not_null:
            return
        yield "set-not-null", f"{self.table}.{column}"

    def _typed(self, column: str, rest: Sequence[Token]) -> Found:
        if self.made.has_column(self.table, column):
            return
        end = find(
            rest,
            "USING",
            "COLLATE",
            "NOT",
            "NULL",
            "DEFAULT",
            "COMMENT",
            "AFTER",
            "FIRST",
            "CHARACTER",
            "PRIMARY",
            "UNIQUE",
        )
        spelt = rest if not end else rest[:end]
        change = type_change("".join(_spelt(token) for token in spelt))
        if change is TypeChange.LOSES:
            yield "change-type", f"{self.table}.{column}"
        elif change is TypeChange.REWRITES:
            yield "lock-change-type", f"{self.table}.{column}"

    def _redefined(self, column: str, rest: Sequence[Token]) -> Found:
        """A whole definition instead of one property: MySQL's MODIFY and CHANGE, and SQL Server's ALTER COLUMN."""
        yield from self._typed(column, rest)
        if has(rest, "NOT", "NULL") and not has(rest, "AUTO_INCREMENT"):
            yield from self._required(column)

    def _modify(self, cursor: Cursor) -> Found:
        cursor.take("COLUMN")
        cursor.take("IF", "EXISTS")
        token = cursor.peek()
        parts = split(cursor.in_parentheses(), symbol=",") if token and token.is_symbol("(") else [cursor.rest]
        for part in parts:
            definition = Cursor(part)
            yield from self._redefined(quoted(definition.name()), definition.rest)

    def _change(self, cursor: Cursor) -> Found:
        cursor.take("COLUMN")
        cursor.take("IF", "EXISTS")
        old, new = quoted(cursor.name()), quoted(cursor.name())
        if old != new and not self.made.has_column(self.table, old):
            yield "rename-column", f"{self.table}.{old}"
        yield from self._redefined(old, cursor.rest)

    def _rename(self, cursor: Cursor) -> Found:
        if cursor.sees_any("CONSTRAINT", "INDEX", "KEY"):
            return
        if cursor.take_any("TO", "AS"):
            yield from self._renamed_to(quoted(cursor.name()))
            return
        cursor.take("COLUMN")
        old = quoted(cursor.name())
        if cursor.take("TO") and not self.made.has_column(self.table, old):
            yield "rename-column", f"{self.table}.{old}"
        elif cursor.peek() is None:
            yield from self._renamed_to(old)

    def _renamed_to(self, new: str) -> Found:
        if not self.made.is_new(self.table):
            yield "rename-table", self.table
        self.made.table_renamed(self.table, new)
        if self.known.rebuilds(new):
            # It holds what the old table held: from here on it is no new table.
            self.made.table_gone(new)
            self.made.table_made(new, certainly=False)

    def _set(self, cursor: Cursor) -> Found:
        if self.made.is_new(self.table):
            return
        if cursor.take("SCHEMA"):
            yield "rename-table", self.table
        elif cursor.take("UNLOGGED"):
            yield "set-unlogged", self.table
        elif cursor.sees_any("LOGGED", "TABLESPACE", "ACCESS"):
            yield "lock-rewrite", self.table


def _volatile(default: Sequence[Token]) -> bool:
    return any(
        token.is_word(*_VOLATILE) and default[place + 1].is_symbol("(") for place, token in enumerate(default[:-1])
    )


def _spelt(token: Token) -> str:
    return token.value if token.kind is Kind.SYMBOL else f" {token.value} "
