"""What a SQL script does to data, and what it locks, statement by statement.

A statement is judged by its own words, not by a grammar of the whole language: so exotic but harmless statements of three dialects
pass, while one whose first words are unknown is reported as unread, never taken for clean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from shipui.gates.migrations import sql_dynamic
from shipui.gates.migrations.operations import UNREAD, Made, Operation
from shipui.gates.migrations.sql_alter_table import AlterTable
from shipui.gates.migrations.sql_conditions import limits_rows
from shipui.gates.migrations.sql_cursor import Cursor, at_top, find, has, quoted, split
from shipui.gates.migrations.sql_drop import dropped
from shipui.gates.migrations.sql_foresight import Foresight, foresee
from shipui.gates.migrations.sql_statements import Script, Statement, script
from shipui.gates.migrations.sql_tokens import Kind, Token, looks_like_mysql
from shipui.gates.migrations.sql_words import (
    BEFORE_KIND,
    CONTROL,
    DESTROYING_FUNCTIONS,
    EMBEDDED,
    KINDS,
    QUIET,
    STARTS_ANEW,
    STRONG_LOCKS,
)

Found = Iterator[tuple[str, str]]

DEEPEST = 4
"""How far dynamic SQL within dynamic SQL is followed."""
DEEPEST_NESTING = 30
"""Of statements in WITH and behind IF."""


def read_sql(
    text: str,
    made: Made,
    *,
    first_line: int = 1,
    mysql: bool = False,
    sqlite: bool = False,
    partial: bool = False,
    beside: Foresight | None = None,
) -> list[Operation]:
    """`made` grows. `partial`: a piece of a file, which may begin and end within a statement.

    `beside`: what the rest of the migration makes and renames, when it hands its SQL over piece by piece.
    """
    parsed = script(text, first_line=first_line)
    known = foresee(parsed.statements, parsed.comments)
    if beside is not None:
        known = known.merged(beside)
    reading = _Reading(made, known, lock_free_indexes=mysql or sqlite or looks_like_mysql(text), partial=partial)
    return reading.of_script(parsed)


class _Reading:
    def __init__(
        self, made: Made, known: Foresight, *, lock_free_indexes: bool, partial: bool = False, depth: int = 0
    ) -> None:
        self.made = made
        self.known = known
        self.lock_free_indexes = lock_free_indexes
        self.partial = partial
        self.depth = depth
        self._first = True
        self._nested = 0
        self._readings: dict[str, Callable[[Cursor], Found]] = {
            "DROP": lambda cursor: dropped(cursor, self.made, self.known),
            "TRUNCATE": self._truncate,
            "DELETE": self._delete,
            "UPDATE": self._update,
            "ALTER": self._alter,
            "CREATE": self._create,
            "RENAME": self._rename,
            "WITH": self._with,
            "MERGE": self._merge,
            "LOCK": self._lock,
            "REINDEX": lambda cursor: self._table_lock(cursor, "lock-rewrite", unless="CONCURRENTLY"),
            "REPACK": lambda cursor: self._table_lock(cursor, "lock-rewrite", unless="CONCURRENTLY"),
            "CLUSTER": lambda cursor: self._table_lock(cursor, "lock-rewrite"),
            "OPTIMIZE": lambda cursor: self._table_lock(cursor, "lock-rewrite"),
            "REFRESH": lambda cursor: self._table_lock(cursor, "lock-refresh-view", unless="CONCURRENTLY"),
            "VACUUM": self._vacuum,
            "SELECT": self._calls,
            "PERFORM": self._calls,
        }

    def of_script(self, parsed: Script) -> list[Operation]:
        found: list[Operation] = []
        for statement in parsed.statements:
            if not statement.forward:
                continue
            for part in _parts(statement):
                found += self.of_statement(part)
            self._first = False
        for table, column, line in self.known.dropped_in_rebuild:
            if self.known.rebuilds(table):
                found.append(
                    Operation("drop-column", f"{table}.{column}", line, line, f"rebuild {table} without {column}")
                )
        if parsed.unclosed is not None:
            found.append(Operation(UNREAD, "has a comment that never ends", parsed.unclosed, parsed.unclosed, "/*"))
        return found

    def of_statement(self, statement: Statement) -> list[Operation]:
        if not statement.closed and not self.partial:
            line = next(token.line for token in statement.tokens if not token.closed)
            return [*self._judged(statement), Operation(UNREAD, "has a quotation that never ends", line, line, "quote")]
        return self._judged(statement)

    def _judged(self, statement: Statement) -> list[Operation]:
        place = (statement.line, statement.end_line, statement.text)
        self.made.at(statement.line, statement.end_line)
        found = [Operation(rule, subject, *place) for rule, subject in self._of_tokens(statement.tokens)]
        if self.depth < DEEPEST:
            for text, line in sql_dynamic.executed(statement.tokens, self.known):
                found += self._within(text, line, statement)
        return found

    def _within(self, text: str, line: int, statement: Statement) -> list[Operation]:
        """Of SQL in a string that this statement executes."""
        parsed = script(text, first_line=line)
        known = replace(self.known)
        inner = _Reading(self.made, known, lock_free_indexes=self.lock_free_indexes, depth=self.depth + 1)
        found = [each for part in parsed.statements for piece in _parts(part) for each in inner.of_statement(piece)]
        return [replace(each, end_line=max(each.end_line, each.line)) for each in found if each.rule != UNREAD]

    def _of_tokens(self, tokens: Sequence[Token]) -> Found:
        if self._nested > DEEPEST_NESTING:
            yield UNREAD, f"nests statements too deeply (line {tokens[0].line})"
            return
        self._nested += 1
        yield from self._of_verb(tokens)
        self._nested -= 1

    def _of_verb(self, tokens: Sequence[Token]) -> Found:
        first = tokens[0]
        if first.kind is not Kind.WORD:
            yield from self._no_verb(tokens)
            return
        if any(token.is_symbol("\\") and tokens[place + 1].is_word("GEXEC") for place, token in enumerate(tokens[:-1])):
            yield UNREAD, "executes statements that a query makes (\\gexec)"
        reading = self._readings.get(first.value)
        if reading is None and first.value not in QUIET:
            yield from self._no_verb(tokens)
            return
        if reading is not None:
            cursor = Cursor(tokens)
            cursor.skip()
            yield from reading(cursor)
        if first.value not in {"CREATE", "WITH", "UPDATE", "INSERT", "MERGE", *STARTS_ANEW}:
            yield from self._embedded(tokens)

    def _no_verb(self, tokens: Sequence[Token]) -> Found:
        """A label or an assignment of a procedure, the rest of a statement that a diff cut off, or something unknown."""
        if any(token.is_symbol(":=") for token in tokens[:4]) or self.depth or tokens[0].is_symbol("<", "("):
            yield from self._embedded(tokens)
            return
        if self.partial and self._first:
            table = AlterTable("?", self.made, self.known, lock_free_indexes=self.lock_free_indexes)
            yield from (each for each in table.actions(tokens) if each[0] != UNREAD)
            return
        yield UNREAD, f"has a statement that shipui does not know ({tokens[0].value[:40]!r}, line {tokens[0].line})"

    def _embedded(self, tokens: Sequence[Token]) -> Found:
        """Statements behind IF … THEN, ELSE, LOOP, EXPLAIN ANALYZE and the like."""
        conditional = tokens[0].is_word("IF", "WHILE", "ELSE", "EXPLAIN")
        for place, token in at_top(tokens):
            if place == 0 or not token.is_word(*EMBEDDED):
                continue
            after = tokens[place - 1]
            if after.is_word(*CONTROL) or (conditional and not after.is_word("ON", "FOR", "OR", "AFTER", "BEFORE")):
                yield from self._of_tokens(tokens[place:])
                return

    # changes of rows

    def _truncate(self, cursor: Cursor) -> Found:
        cursor.take("TABLE")
        for table in cursor.names():
            if not self.made.has_table(table):
                yield "truncate", table

    def _delete(self, cursor: Cursor) -> Found:
        while cursor.take_any("LOW_PRIORITY", "QUICK", "IGNORE", "TOP"):
            pass
        cursor.take("FROM")
        cursor.take("ONLY")
        table = quoted(cursor.name())
        if table in {"pg_enum", "pg_catalog.pg_enum"}:
            yield "drop-enum-value", table
        elif not self.made.has_table(table) and not limits_rows(cursor.rest):
            yield "delete-all-rows", table

    def _update(self, cursor: Cursor) -> Found:
        while cursor.take_any("LOW_PRIORITY", "IGNORE", "ONLY") or (cursor.sees("OR") and cursor.take_any("OR")):
            cursor.take_any("ROLLBACK", "ABORT", "REPLACE", "FAIL")
        table = quoted(cursor.name())
        if cursor.sees("STATISTICS") or self.made.has_table(table) or limits_rows(cursor.rest):
            return
        place = find(cursor.rest, "SET")
        lost = [each for each in _assigned(cursor.rest[(place or 0) + 1 :]) if not self.made.has_column(table, each)]
        if lost:
            yield "update-all-rows", f"{table}.{lost[0]}"

    def _merge(self, cursor: Cursor) -> Found:
        cursor.take("INTO")
        table = quoted(cursor.name())
        if has(cursor.rest, "BY", "SOURCE", "THEN", "DELETE"):
            yield "delete-all-rows", table

    def _with(self, cursor: Cursor) -> Found:
        """Each query in parentheses, and then the statement itself."""
        cursor.take("RECURSIVE")
        while (token := cursor.peek()) is not None:
            if token.is_symbol("("):
                inside = cursor.in_parentheses()
                if inside and inside[0].is_word("DELETE", "UPDATE", "WITH"):
                    yield from self._of_tokens(inside)
            elif token.is_word("DELETE", "UPDATE", "MERGE"):
                yield from self._of_tokens(cursor.rest)
                return
            elif token.is_word("SELECT", "INSERT"):
                return
            else:
                cursor.skip()

    def _calls(self, cursor: Cursor) -> Found:
        for place, token in enumerate(cursor.tokens[:-1]):
            if token.is_word(*DESTROYING_FUNCTIONS) and cursor.tokens[place + 1].is_symbol("("):
                yield "drop-by-function", token.value.lower()

    # changes of structure

    def _alter(self, cursor: Cursor) -> Found:
        while cursor.take_any("ONLINE", "OFFLINE", "IGNORE", "FOREIGN", "MATERIALIZED"):
            pass
        kind = cursor.take_any("TABLE", "TYPE", "VIEW", "SCHEMA", "SEQUENCE", "DATABASE", "DOMAIN", "INDEX")
        if kind is None or cursor.sees("ALL"):
            return
        cursor.take("IF", "EXISTS")
        cursor.take("ONLY")
        cursor.take_symbol("(")
        name = quoted(cursor.name())
        cursor.take_symbol(")")
        cursor.take_symbol("*")
        if kind == "TABLE":
            yield from AlterTable(name, self.made, self.known, lock_free_indexes=self.lock_free_indexes).actions(
                cursor.rest
            )
        elif kind == "TYPE":
            yield from self._alter_type(name, cursor)
        elif kind in {"VIEW", "SCHEMA", "SEQUENCE", "DATABASE"} and cursor.sees("RENAME", "TO"):
            yield "rename-table", f"{kind.lower()} {name}"
        elif kind == "DOMAIN" and cursor.sees("ADD") and not has(cursor.rest, "NOT", "VALID"):
            yield "lock-add-constraint", f"domain {name}"

    def _alter_type(self, name: str, cursor: Cursor) -> Found:
        if ("TYPE", name) in self.made.others:
            return
        if cursor.take("DROP", "VALUE"):
            yield "drop-enum-value", name
        elif cursor.take("RENAME", "VALUE"):
            yield "rename-enum-value", name
        elif cursor.take("RENAME", "ATTRIBUTE") or cursor.take("RENAME", "COLUMN"):
            yield "rename-column", f"{name}.{quoted(cursor.name())}"
        elif cursor.take("RENAME", "TO"):
            new = quoted(cursor.name())
            if ("TYPE", name) not in self.known.made_anew and not any(pair[1] == name for pair in self.known.renamed):
                yield "rename-table", f"type {name}"
            self.made.other_made("TYPE", new)
        elif has(cursor.rest, "DROP", "ATTRIBUTE"):
            yield "drop-column", f"an attribute of {name}"
        elif has(cursor.rest, "ALTER", "ATTRIBUTE"):
            yield "change-type", f"an attribute of {name}"

    def _create(self, cursor: Cursor) -> Found:
        replaces = cursor.take("OR", "REPLACE")
        kinds = []
        while word := cursor.take_any(*BEFORE_KIND):
            kinds.append(word)
        kind = cursor.take_any(*KINDS)
        if kind is None:
            return
        if kind == "INDEX":
            yield from self._create_index(cursor)
            return
        perhaps = cursor.take("IF", "NOT", "EXISTS")
        name = quoted(cursor.name())
        if kind == "TABLE":
            if replaces and not self.made.has_table(name):
                yield "drop-table", name
            self.made.table_made(name, certainly=not perhaps or "TEMP" in kinds or "TEMPORARY" in kinds)
        elif not perhaps and not replaces:
            self.made.other_made(kind, name)

    def _create_index(self, cursor: Cursor) -> Found:
        if cursor.take("CONCURRENTLY") or self.lock_free_indexes:
            return
        cursor.take("IF", "NOT", "EXISTS")
        index = quoted(cursor.name()) if not cursor.sees("ON") else "an index"
        cursor.take("ON")
        cursor.take("ONLY")
        table = quoted(cursor.name())
        if not self.made.is_new(table) and ("VIEW", table) not in self.made.others:
            yield "lock-create-index", f"{index} on {table}"

    def _rename(self, cursor: Cursor) -> Found:
        """MySQL's RENAME TABLE; RENAME USER is none of ours."""
        if not cursor.take_any("TABLE", "TABLES"):
            return
        for pair in split(cursor.rest, symbol=","):
            step = Cursor(pair)
            old = quoted(step.name())
            if not self.made.is_new(old) and not self.known.rebuilds(old):
                yield "rename-table", old
            if step.take("TO"):
                self.made.table_renamed(old, quoted(step.name()))

    # locks

    def _lock(self, cursor: Cursor) -> Found:
        cursor.take_any("TABLE", "TABLES")
        names = cursor.names()
        mode = find(cursor.rest, "IN")
        strong = mode is None or find(cursor.rest, *STRONG_LOCKS) is not None
        weak = has(cursor.rest, "ACCESS", "SHARE") or (has(cursor.rest, "ROW") and not has(cursor.rest, "SHARE", "ROW"))
        if strong and not weak and not cursor.sees("READ"):
            yield from (("lock-table", name) for name in names if not self.made.is_new(name))

    def _table_lock(self, cursor: Cursor, rule: str, unless: str = "") -> Found:
        if unless and any(token.is_word(unless) for token in cursor.tokens):
            return
        token = cursor.peek()
        if token is not None and token.is_symbol("("):
            cursor.in_parentheses()
        while cursor.take_any(
            "TABLE", "INDEX", "SCHEMA", "SYSTEM", "DATABASE", "MATERIALIZED", "VIEW", "VERBOSE", "LOCAL"
        ):
            pass
        name = quoted(cursor.name())
        if not self.made.is_new(name) and ("VIEW", name) not in self.made.others:
            yield rule, name

    def _vacuum(self, cursor: Cursor) -> Found:
        if any(token.is_word("FULL") for token in cursor.tokens[:6]):
            while cursor.take_any("FULL", "FREEZE", "VERBOSE", "ANALYZE"):
                pass
            yield from self._table_lock(cursor, "lock-rewrite")


def _assigned(tokens: Sequence[Token]) -> Iterator[str]:
    """The columns that SET gives values, but for those that COALESCE keeps."""
    end = find(tokens, "FROM", "WHERE", "RETURNING", "ORDER", "LIMIT")
    for assignment in split(tokens if end is None else tokens[:end], symbol=","):
        cursor = Cursor(assignment)
        token = cursor.peek()
        if token is not None and token.is_symbol("("):
            yield from (quoted(Cursor(each).name()) for each in split(cursor.in_parentheses(), symbol=","))
            continue
        column = (cursor.name() or "?").rpartition(".")[2]
        cursor.take_symbol("=")
        keeps = (
            cursor.take_any("COALESCE", "IFNULL") is not None and cursor.take_symbol("(") and cursor.name() == column
        )
        if not keeps:
            yield column


def _parts(statement: Statement) -> Iterator[Statement]:
    """A statement, or those that stand in it without a semicolon between them (SQL Server's way, or an author's slip)."""
    tokens = statement.tokens
    routine = tokens[0].is_word("CREATE") and any(
        token.is_word("TRIGGER", "FUNCTION", "PROCEDURE", "EVENT", "RULE", "PROC") for token in tokens[:8]
    )
    starts = [0]
    if not routine and not tokens[0].is_word("WITH", "EXPLAIN"):
        starts += [place for place, _ in at_top(tokens) if _starts_anew(tokens, place)]
    if len(starts) == 1:
        yield statement
        return
    base = tokens[0].start
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        part = tokens[start:end]
        yield Statement(part, statement.text[part[0].start - base : part[-1].end - base], statement.forward)


def _starts_anew(tokens: Sequence[Token], place: int) -> bool:
    token = tokens[place]
    follows = STARTS_ANEW.get(token.value) if token.kind is Kind.WORD else None
    if not follows or not 0 < place < len(tokens) - 1:
        return False
    return tokens[place - 1].line < token.line and tokens[place + 1].is_word(*follows)
