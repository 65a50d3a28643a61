"""What a JavaScript or TypeScript migration does to data: Knex, Sequelize, TypeORM and their kin, and SQL that they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ast_grep_py import SgNode

from shipui.gates.migrations import javascript_calls as calls
from shipui.gates.migrations.column_types import TypeChange, type_change
from shipui.gates.migrations.javascript_rows import Rows
from shipui.gates.migrations.javascript_syntax import (
    Call,
    JavaScript,
    Strings,
    around,
    chain,
    is_text,
    language_of,
    member,
    parsed,
)
from shipui.gates.migrations.operations import UNREAD, Made, Operation
from shipui.gates.migrations.sql_foresight import foresee_texts
from shipui.gates.migrations.sql_reading import read_sql

Found = Iterator[tuple[str, str]]


def read_javascript(text: str, suffix: str, made: Made, *, partial: bool = False) -> list[Operation]:
    """`partial`: a piece of a file, which need not parse."""
    script = parsed(text, language_of(suffix))
    found = _Reading(script, text, made).operations()
    if script.broken is not None and not partial:
        line = script.broken
        found.append(Operation(UNREAD, f"does not parse (line {line})", line, line, "syntax"))
    return found


class _Reading:
    def __init__(self, script: JavaScript, text: str, made: Made) -> None:
        self._lines = text.split("\n")
        self._made = made
        self._strings = Strings(script)
        self._rows = Rows(self._strings, made)
        self._backward = script.backward()
        self._forward = [call for call in script.calls if not self._backward.intersection(call.functions)]
        given = (call.argument(0) for call in self._forward if call.method in calls.EXECUTES)
        self._beside = foresee_texts(text.value for each in given for text in self._strings.of(each))
        self._former = dict(self._former_types(script))
        self._readings: dict[str, Callable[[Call], Found]] = {
            "removeColumn": self._drop_columns,
            "dropTimestamps": self._drop_columns,
            "alterColumn": self._change_column,
            "changeColumn": self._change_column,
            "changeColumns": self._change_column,
            "alter": self._altered,
            "setDataType": self._set_data_type,
            **dict.fromkeys(calls.DROPS_COLUMN, self._drop_columns),
            **dict.fromkeys(calls.SETS_NOT_NULL, self._set_not_null),
            **dict.fromkeys(calls.CREATES_TABLE, self._create_table),
        }

    def operations(self) -> list[Operation]:
        found: list[Operation] = []
        for call in self._forward:
            reading = self._readings.get(call.method)
            self._made.at(call.line, call.end_line)
            if call.method in calls.EXECUTES:
                found += self._sql(call)
            elif reading is not None:
                found += self._placed(call, reading(call))
            elif call.method in calls.ON_ROWS:
                found += self._placed(call, self._rows.changed_by(call))
            elif call.method in calls.ON_TABLE:
                found += self._placed(call, self._on_table(call))
            else:
                self._note_column(call)
        return found

    def _placed(self, call: Call, found: Found) -> list[Operation]:
        name = call.node.field("function")
        line = name.range().end.line + 1 if name is not None else call.line
        text = "\n".join(self._lines[line - 1 : call.end_line])
        return [Operation(rule, subject, line, call.end_line, text) for rule, subject in found]

    # where a call stands

    def _text(self, call: Call, place: int) -> str | None:
        return self._strings.argument(call, place)

    def _table(self, call: Call) -> tuple[str | None, bool]:
        """The table whose builder this call belongs to, and whether it is being made here."""
        for outer in _builders(call):
            if outer.method in calls.OPENS_TABLE:
                table = self._text(outer, 0) or "?"
                return table, outer.method in calls.CREATES_TABLE or self._made.has_table(table)
        return None, False

    def _new(self, table: str) -> bool:
        return self._made.is_new(table)

    def _create_table(self, call: Call) -> Found:
        table = self._text(call, 0)
        if table:
            self._made.table_made(table, certainly=call.method not in calls.PERHAPS)
        return iter(())

    def _note_column(self, call: Call) -> None:
        """table.string("note") in alterTable makes a column, unless .alter() follows; so does addColumn("t", "c")."""
        if call.method in {"addColumn", "addColumns"}:
            table, _ = self._table(call)
            column = self._text(call, 0) if table else self._text(call, 1)
            self._made.column_made(table or self._text(call, 0) or "?", column or "?")
        elif call.method in calls.COLUMN_KINDS and (column := self._text(call, 0)):
            table, made = self._table(call)
            if table and not made and not self._is_altered(call):
                self._made.column_made(table, column)

    def _is_altered(self, call: Call) -> bool:
        node = call.node.parent()
        while node is not None and node.kind() in {"member_expression", "call_expression"}:
            if (
                node.kind() == "member_expression"
                and (name := node.field("property")) is not None
                and name.text() == "alter"
            ):
                return True
            node = node.parent()
        return False

    # tables and keys

    def _on_table(self, call: Call) -> Found:
        rule = calls.ON_TABLE[call.method]
        table, made = self._table(call)
        name = table or self._text(call, 0) or "?"
        if rule in calls.CREATES_KEY and self._concurrently(call):
            return
        if call.method in calls.NEEDS_TABLE and table is None:
            return
        if not (
            made
            or self._made.has_table(name)
            or (rule.startswith(("lock-", "drop-index", "drop-con")) and self._new(name))
        ):
            yield rule, name
        if rule == "rename-table":
            self._made.table_renamed(name, self._text(call, 1) or "?")
        if rule == "drop-table":
            self._made.table_gone(name)

    def _concurrently(self, call: Call) -> bool:
        return any(
            "concurrently" in argument.text()[:2000].lower() or "NOT VALID" in argument.text()[:2000]
            for argument in call.arguments
        )

    # columns

    def _drop_columns(self, call: Call) -> Found:
        table, made = self._table(call)
        given = list(call.arguments)
        if table is None:
            table = self._text(call, 0) or "?"
            given = given[1:]
        columns = [text.value.lower() for argument in given for text in self._strings.of(argument)]
        if call.method == "dropTimestamps":
            columns = ["created_at"]
        for column in columns or ["?"]:
            if not made and not self._made.has_column(table, column):
                yield "drop-column", f"{table}.{column}"

    def _set_not_null(self, call: Call) -> Found:
        table, made = self._table(call)
        column = self._text(call, 0) or next(
            (self._text(each, 0) for each in (*chain(call), *around(call)) if each.method == "alterColumn"), None
        )
        if table and not made and not self._made.has_column(table, column or "?"):
            yield "set-not-null", f"{table}.{column or '?'}"

    def _change_column(self, call: Call) -> Found:
        """Sequelize and TypeORM name the table; Kysely's alterColumn stands on its table, and its callback says what changes."""
        table, made = self._table(call)
        if table is not None:
            return
        table, column = self._text(call, 0) or "?", self._text(call, 1) or "?"
        made = self._made.has_column(table, column)
        definition = next((each for each in call.arguments[1:] if each.kind() in {"object", "new_expression"}), None)
        if made:
            return
        if definition is None:
            yield "change-type", f"{table}.{column}"
            return
        yield from self._defined(table, column, definition)

    def _defined(self, table: str, column: str, definition: SgNode) -> Found:
        if definition.kind() == "new_expression":
            given = definition.field("arguments")
            definition = (
                next((each for each in given.children() if each.kind() == "object"), definition)
                if given
                else definition
            )
        new = self._type(definition)
        nulls = [member(definition, key) for key in ("allowNull", "isNullable", "null")]
        required = any(value is not None and value.text() == "false" for value in nulls) or is_text(
            member(definition, "notNull"), "true"
        )
        relaxed = any(value is not None and value.text() == "true" for value in nulls) or is_text(
            member(definition, "notNull"), "false"
        )
        if required:
            yield "set-not-null", f"{table}.{column}"
        if new is not None and not (relaxed and "(" not in new):
            yield from self._typed(table, column, new)

    def _type(self, definition: SgNode) -> str | None:
        """Of { type: Sequelize.STRING(50) } and { type: "varchar", length: "50" }: varchar(50)."""
        value = member(definition, "type")
        if value is None:
            return None
        spelt = (
            self._strings.one(value)
            if value.kind() in {"string", "template_string"}
            else value.text().rpartition(".")[2]
        )
        length = self._strings.one(member(definition, "length")) or (
            node.text() if (node := member(definition, "length")) else ""
        )
        return _sql_type(f"{spelt}({length})" if length and "(" not in (spelt or "") else spelt or "?")

    def _typed(self, table: str, column: str, new: str) -> Found:
        change = type_change(new, self._former.get((table, column)))
        if change is TypeChange.LOSES:
            yield "change-type", f"{table}.{column}"
        elif change is TypeChange.REWRITES:
            yield "lock-change-type", f"{table}.{column}"

    def _former_types(self, script: JavaScript) -> Iterator[tuple[tuple[str, str], str]]:
        """The way back says what a column was before."""
        for call in script.calls:
            if not self._backward.intersection(call.functions):
                continue
            if (
                call.method == "changeColumn"
                and (definition := call.argument(2)) is not None
                and definition.kind() == "object"
            ):
                former = self._type(definition)
                if former:
                    yield (self._text(call, 0) or "?", self._text(call, 1) or "?"), former
            elif call.method == "alter" and (first := _first(call)) is not None:
                yield (self._table(call)[0] or "?", self._text(first, 0) or "?"), self._builder_type(first)

    def _altered(self, call: Call) -> Found:
        """Knex: table.string("note", 50).notNullable().alter()"""
        first = _first(call)
        table, made = self._table(call)
        if first is None or table is None or made:
            return
        column = self._text(first, 0) or "?"
        if self._made.has_column(table, column):
            return
        methods = {each.method for each in chain(call)}
        if methods & {"notNullable", "notNull"}:
            yield "set-not-null", f"{table}.{column}"
        if "alterType: false" not in " ".join(argument.text() for argument in call.arguments):
            spelt = self._builder_type(first)
            if not (
                methods & {"nullable", "defaultTo"}
                and "(" not in spelt
                and "notNullable" not in methods
                and spelt in {"varchar", "text"}
            ):
                yield from self._typed(table, column, spelt)

    def _builder_type(self, first: Call) -> str:
        if first.method == "specificType":
            return _sql_type(self._text(first, 1) or "?")
        size = first.argument(1)
        sized = f"({size.text()})" if size is not None and size.kind() == "number" else ""
        return _sql_type(first.method + sized)

    def _set_data_type(self, call: Call) -> Found:
        table, made = self._table(call)
        column = next((self._text(each, 0) for each in around(call) if each.method == "alterColumn"), None) or "?"
        if table and not made and not self._made.has_column(table, column):
            yield from self._typed(table, column, _sql_type(self._text(call, 0) or "?"))

    # SQL

    def _sql(self, call: Call) -> list[Operation]:
        statement = call.argument(0)
        texts = self._strings.of(statement)
        if not texts:
            unread = statement is not None and call.method in calls.RAW and statement.kind() not in calls.BUILT
            return self._placed(call, iter([(UNREAD, "executes SQL that does not stand in it")] if unread else ()))
        found: list[Operation] = []
        for text in texts:
            for each in read_sql(text.value, self._made, first_line=text.line, beside=self._beside):
                if each.rule == UNREAD and call.method not in calls.RAW:
                    continue
                found += [each] if text.verbatim else self._placed(call, iter([(each.rule, each.subject)]))
        return found


def _builders(call: Call) -> Iterator[Call]:
    """What this call is called on, and what it is an argument of, from the nearest outwards."""
    yield from chain(call)
    for outer in around(call):
        yield outer
        yield from chain(outer)


def _first(call: Call) -> Call | None:
    """The call that a column's builder begins with: table.string("note")."""
    every = [each for each in chain(call) if each.method not in calls.OPENS_TABLE]
    return every[-1] if every else None


def _sql_type(spelt: str) -> str:
    name, parenthesis, size = spelt.lower().partition("(")
    return calls.TYPES.get(name, name) + parenthesis + size
