"""What Alembic's operations do: op.drop_column and the like, on a table or within batch_alter_table."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shipui.gates.migrations.column_types import TypeChange, type_change
from shipui.gates.migrations.operations import Made
from shipui.gates.migrations.python_text import Strings

Found = Iterator[tuple[str, str]]

NAMES = frozenset(
    (
        "drop_table", "drop_column", "drop_constraint", "drop_index", "rename_table", "alter_column", "create_table", "add_column",
        "create_index", "create_foreign_key", "create_unique_constraint", "create_check_constraint", "create_primary_key",
        "create_exclude_constraint", "drop_table_comment", "create_table_comment", "bulk_insert", "f", "get_bind", "get_context",
        "batch_alter_table", "execute", "inline_literal", "implementation", "drop_all_columns", "run_async", "invoke",
    )
)  # fmt: skip
_SQL_TYPES = {
    "string": "varchar", "unicode": "varchar", "text": "text", "unicodetext": "text", "integer": "integer", "biginteger": "bigint",
    "smallinteger": "smallint", "float": "double precision", "boolean": "boolean", "datetime": "timestamp", "numeric": "numeric",
    "decimal": "numeric", "uuid": "uuid", "json": "json", "jsonb": "jsonb", "date": "date", "largebinary": "bytea", "enum": "enum",
    "timestamp": "timestamp", "char": "char", "varchar": "varchar", "bigint": "bigint", "double": "double precision", "citext": "citext",
    "longtext": "text", "mediumtext": "text",
}  # fmt: skip


class AlembicOperations:
    def __init__(self, made: Made, strings: Strings) -> None:
        self._made = made
        self._strings = strings

    def done_by(self, call: ast.Call, name: str, batch: str | None) -> Found:
        """`batch` is the table of the batch, in which the operations do not name it."""
        arguments = [self._strings.one(argument) for argument in call.args]
        keywords = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        table = (
            batch if batch is not None else _text(arguments, 0) or self._strings.one(keywords.get("table_name")) or "?"
        )
        place = 0 if batch is not None else 1
        match name:
            case "drop_table":
                yield from self._drop_table(table)
            case "drop_column":
                column = _text(arguments, place) or self._strings.one(keywords.get("column_name")) or "?"
                if not self._made.has_column(table, column):
                    yield "drop-column", f"{table}.{column}"
            case "rename_table":
                if not self._made.is_new(table):
                    yield "rename-table", table
                self._made.table_renamed(table, _text(arguments, 1) or "?")
            case "alter_column":
                column = _text(arguments, place) or self._strings.one(keywords.get("column_name")) or "?"
                yield from self._alter_column(table, column, keywords)
            case "create_table":
                self._made.table_made(table, certainly=not _true(keywords.get("if_not_exists")))
            case "add_column":
                yield from self._add_column(table, call)
            case _:
                yield from self._keys(name, arguments, keywords, batch)

    def _drop_table(self, table: str) -> Found:
        if not self._made.has_table(table):
            yield "drop-table", table
        self._made.table_gone(table)

    def _alter_column(self, table: str, column: str, keywords: dict[str, ast.expr]) -> Found:
        if self._made.has_column(table, column):
            return
        if "new_column_name" in keywords and self._strings.one(keywords["new_column_name"]) != column:
            yield "rename-column", f"{table}.{column}"
        if "type_" in keywords:
            old = sql_type(keywords.get("existing_type"))
            change = type_change(sql_type(keywords["type_"]) or "?", old)
            if change is not TypeChange.HARMLESS:
                yield ("change-type" if change is TypeChange.LOSES else "lock-change-type"), f"{table}.{column}"
        nullable = keywords.get("nullable")
        if isinstance(nullable, ast.Constant) and nullable.value is False:
            yield "set-not-null", f"{table}.{column}"

    def _add_column(self, table: str, call: ast.Call) -> Found:
        column = next((each for each in call.args if isinstance(each, ast.Call)), None)
        if column is None:
            return
        name = self._strings.one(column.args[0]) if column.args else None
        keywords = {keyword.arg: keyword.value for keyword in column.keywords}
        nullable = keywords.get("nullable")
        required = isinstance(nullable, ast.Constant) and nullable.value is False
        if required and not {"server_default", "default"} & keywords.keys() and not self._made.is_new(table):
            yield "add-required-column", f"{table}.{name}"
        self._made.column_made(table, name or "?")

    def _keys(self, name: str, arguments: list[str | None], keywords: dict[str, ast.expr], batch: str | None) -> Found:
        table = batch or self._strings.one(keywords.get("table_name")) or _text(arguments, 1) or "?"
        what = f"{_text(arguments, 0) or '?'} of {table}"
        if self._made.is_new(table):
            return
        match name:
            case "drop_constraint":
                yield "drop-constraint", what
            case "drop_index" if not _true(keywords.get("postgresql_concurrently")):
                yield "drop-index", what
            case "create_index" if not _true(keywords.get("postgresql_concurrently")):
                yield "lock-create-index", what
            case "create_foreign_key" if not _true(keywords.get("postgresql_not_valid")):
                yield "lock-add-foreign-key", what
            case "create_unique_constraint" | "create_primary_key" | "create_exclude_constraint":
                yield "lock-add-constraint", what
            case "create_check_constraint" if not _true(keywords.get("postgresql_not_valid")):
                yield "lock-add-constraint", what


def sql_type(node: ast.expr | None) -> str | None:
    """sa.String(length=50) as varchar(50); None: not known."""
    if node is None:
        return None
    call = node if isinstance(node, ast.Call) else None
    named = call.func if call is not None else node
    name = named.attr if isinstance(named, ast.Attribute) else named.id if isinstance(named, ast.Name) else ""
    spelt = _SQL_TYPES.get(name.lower())
    if spelt is None or call is None:
        return spelt
    if spelt == "timestamp" and any(each.arg == "timezone" and _true(each.value) for each in call.keywords):
        return "timestamptz"
    sizes = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, int)]
    sizes += [
        keyword.value.value
        for keyword in call.keywords
        if keyword.arg in {"length", "precision", "scale"}
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, int)
    ]
    return (
        f"{spelt}({','.join(str(size) for size in sizes)})"
        if sizes and spelt in {"varchar", "char", "numeric"}
        else spelt
    )


def _text(arguments: list[str | None], place: int) -> str | None:
    return arguments[place] if place < len(arguments) else None


def _true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
