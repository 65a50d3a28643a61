"""Queries put together from text: SQL, LDAP, XPath, document databases."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shipui.gates.python.scopes import Call, Hit, ModuleFacts, grade, whence
from shipui.gates.python.values import HOLE, Origin, Value
from shipui.model.findings import Severity

_STATEMENT = re.compile(
    r"^[\s(\"'\[]*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(?:EXPLAIN\s+(?:ANALYZE\s+)?)?"
    r"(?:SELECT\b.{0,2000}?\bFROM\b|SELECT\s+[\ue000\w(*]|INSERT\s+(?:OR\s+\w+\s+|IGNORE\s+)?INTO\b|REPLACE\s+INTO\b|UPDATE\s+.{1,200}?\sSET\b|DELETE\s+FROM\b"
    r"|MERGE\s+INTO\b|WITH\s+.{1,400}?\bAS\s*\(|(?:CREATE|DROP|ALTER|TRUNCATE)\s+(?:OR\s+REPLACE\s+)?(?:TEMP(?:ORARY)?\s+)?(?:TABLE|DATABASE|"
    r"INDEX|USER|ROLE|SCHEMA|VIEW)\b|GRANT\s+.{1,200}?\b(?:ON|TO)\b|EXEC(?:UTE)?\s+|CALL\s+\w+|USE\s+(?:DATABASE|SCHEMA|ROLE|WAREHOUSE)\b|ATTACH\s+(?:DATABASE\s+)?['\ue000]|COPY\s+[\ue000\w(])",
    re.IGNORECASE | re.DOTALL,
)
_SURELY = re.compile(
    r"^[\s(\"'\[]*(?:SELECT\b.{1,2000}?\bFROM\s+\S|INSERT\s+(?:OR\s+\w+\s+)?INTO\s+\S+|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s+\S|DROP\s+(?:TABLE|DATABASE)\s)",
    re.IGNORECASE | re.DOTALL,
)
_CLAUSE = re.compile(
    r"\b(?:SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|VALUES|CREATE|DROP|ALTER|TRUNCATE|GRANT|PRAGMA|ORDER\s+BY|LIMIT|LIKE|UNION|CALL|EXEC|SET)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"(?:[\w.\"`]+\s*(?:=|<>|!=|<|>|\bLIKE\b|\bIN\b\s*\(?|\bILIKE\b)\s*['\"%(]*\ue000)|'[^']*\ue000", re.IGNORECASE
)
_IN_QUOTES = re.compile(r"(?:=|\bLIKE|\bIN\s*\(|\bVALUES\s*\((?:[^()]*,)?|<|>)\s*'%?\ue000%?'", re.IGNORECASE)
"""A value that is not known, where SQL has a text: no table's or column's name stands there."""
_DATABASE = re.compile(
    r"sqlite3|psycopg|MySQLdb|pymysql|mysql|asyncpg|aiosqlite|aiopg|sqlalchemy|pyodbc|cx_Oracle|oracledb|pymssql|pg8000|records|databases|peewee|"
    r"django\.db|duckdb|snowflake|clickhouse|\?(?:self\.)?_?\w*(?:cursor|cur|conn|connection|db|database|session|engine|pool|c|tx|transaction|con)\b",
    re.IGNORECASE,
)
_NOT_QUERIES = frozenset(
    [
        "debug",
        "info",
        "warning",
        "warn",
        "error",
        "exception",
        "critical",
        "log",
        "print",
        "format",
        "join",
        "append",
        "extend",
        "write",
        "writelines",
        "strip",
        "dedent",
        "encode",
        "replace",
        "split",
        "str",
        "len",
        "repr",
        "fail",
        "skip",
        "echo",
        "secho",
        "sub",
        "match",
        "search",
        "compile",
        "assertEqual",
        "assertIn",
        "add_argument",
        "help",
        "escape",
        "quote",
        "lower",
        "upper",
        "startswith",
        "endswith",
        "isinstance",
        "count",
        "find",
        "index",
        "insert",
        "put",
        "send_message",
        "emit",
        "assertRaisesRegex",
        "add_row",
        "Markup",
        "mark_safe",
    ]
)


def _is_statement(text: str) -> bool:
    return _STATEMENT.match(text[:3000]) is not None


def sql_in_call(call: Call) -> Iterator[Hit]:
    """A statement that was put together from text and goes to any function that does not just print it."""
    if not call.arguments and not call.keywords:
        return
    method = call.method
    if method in _NOT_QUERIES or method.endswith(("Error", "Exception", "Warning")) or method in METHODS:
        return
    for value in call.all_values():
        if value.built and value.harmful_in("sql") and _SURELY.match((value.text or "")[:3000]):
            yield _hit(value)
            return


def _executed(call: Call) -> Iterator[Hit]:
    value = call.argument(
        0, "query", "sql", "statement", "operation", "command", "clause", "raw_query", "stmt", "clauses"
    )
    if value is None or not value.harmful_in("sql") or value.text is None:
        return
    value = value.seen_in("sql")
    text = value.text or ""
    database = _DATABASE.search(call.name.rpartition(".")[0]) is not None
    if (
        (
            value.built
            and (
                _is_statement(text)
                or (_CLAUSE.search(text) is not None and (database or call.method not in ("execute", "query", "run")))
            )
        )
        or (value.built and _CONDITION.search(text) and call.method in _CONDITIONS)
        or (value.origin is Origin.REQUEST and text.strip() == HOLE and database and call.method not in _CONDITIONS)
    ):
        yield _hit(value)


def _extra(call: Call) -> Iterator[Hit]:
    """Django's .extra(where=[…], select={…}, tables=…)."""
    for name in ("where", "select", "tables", "order_by"):
        value = call.keywords.get(name)
        if value is None:
            continue
        for item in value.items or (value,):
            if (item.built and item.harmful_in("sql")) or (item.origin is Origin.REQUEST and item.harmful_in("sql")):
                yield _hit(item)
                return
    yield from _executed(call)


def _text(call: Call) -> Iterator[Hit]:
    """sqlalchemy.text, RawSQL, pandas.read_sql: the first argument is SQL, whatever it looks like."""
    value = call.argument(0, "text", "sql", "query")
    if value is not None and value.harmful_in("sql") and (value.built or value.origin >= Origin.OUTSIDE):
        yield _hit(value)


def _returned(_: ast.Return, value: Value, _routed: bool, _module: ModuleFacts) -> Iterator[Hit]:
    """A function that makes statements for others to run, with values where parameters belong."""
    if (
        value.built
        and value.harmful_in("sql")
        and value.text
        and _is_statement(value.text)
        and re.search(r"'%?\ue000|=\s*\ue000", value.text)
    ):
        yield _hit(value)


def _assigned(value: Value) -> Iterator[Hit]:
    """A statement made of what a request holds, or with something between quotes where a parameter belongs, wherever it goes from here."""
    text = (value.text or "")[:3000]
    if (
        value.built
        and value.harmful_in("sql")
        and (value.seen_in("sql").origin is Origin.REQUEST or _IN_QUOTES.search(text))
        and _SURELY.match(text)
    ):
        yield _hit(value)


def _hit(value: Value) -> Hit:
    value = value.seen_in("sql")
    return Hit("python-sql-injection", grade(value), (0, 0), whence(value), value.lines)


def _ldap(call: Call) -> Iterator[Hit]:
    for value in call.all_values():
        if value.built and value.harmful_in("ldap") and "(" in (value.text or "") and "=" in (value.text or ""):
            yield Hit("python-ldap-injection", grade(value), (0, 0), whence(value), value.lines)
            return


def _xpath(call: Call) -> Iterator[Hit]:
    value = call.argument(0, "_path", "path", "xpath")
    if (
        value is not None
        and value.built
        and value.origin >= Origin.OUTSIDE
        and "/" in (value.text or "")
        and not value.clean
    ):
        yield Hit("python-xpath-injection", grade(value), (0, 0), whence(value), value.lines)


def _document(call: Call) -> Iterator[Hit]:
    value = call.argument(0, "filter", "query")
    if value is None:
        return
    if (
        value.items
        and any(each.fixed_text in ("$where", "$function", "$accumulator", "$expr") for each in value.items)
        and value.dynamic
        and any(each.built for each in value.items)
    ):
        yield Hit("python-nosql-injection", grade(value), (0, 0), whence(value), value.lines)
    elif (
        value.origin is Origin.REQUEST
        and value.items is None
        and not value.clean
        and ("mongo" in call.name or call.module.uses("pymongo") or call.module.uses("motor"))
    ):
        yield Hit("python-nosql-injection", Severity.HIGH, (0, 0), whence(value))


_CONDITIONS = frozenset({"filter", "where", "having", "order_by", "group_by"})
METHODS = {
    **dict.fromkeys(
        [
            "execute",
            "executemany",
            "executescript",
            "exec_driver_sql",
            "raw",
            "mogrify",
            "execute_sql",
            "query",
            "fetch",
            "fetchrow",
            "fetchval",
            "fetch_all",
            "fetch_one",
            "fetch_val",
            "iterate",
            "run_sql",
            "run_query",
            "execute_query",
            "raw_sql",
            "RunSQL",
            "cursor_execute",
            "execute_async",
            "execute_many",
            "executesql",
            "select_all",
            "read_sql_query",
            "filter",
            "where",
            "having",
            "order_by",
            "group_by",
            "from_statement",
            "copy_expert",
            "prepare",
            "fetch_val",
            "callproc",
            "query_one",
            "executemany_async",
            "read_sql",
            "sql",
        ],
        _executed,
    ),
    "extra": _extra,
    "search_s": _ldap,
    "search_ext_s": _ldap,
    "search_ext": _ldap,
    "search_st": _ldap,
    "search": _ldap,
    "xpath": _xpath,
    "find_one": _document,
    "find": _document,
    "aggregate": _document,
    "delete_many": _document,
    "update_one": _document,
}
CALLS = {
    **dict.fromkeys(
        [
            "sqlalchemy.text",
            "sqlalchemy.sql.text",
            "sqlalchemy.sql.expression.text",
            "sqlalchemy.literal_column",
            "sqlalchemy.sql.expression.literal_column",
            "django.db.models.expressions.RawSQL",
            "django.db.models.RawSQL",
            "pandas.read_sql",
            "pandas.read_sql_query",
            "peewee.SQL",
            "peewee.RawQuery",
            "flask_sqlalchemy.text",
            "sqlmodel.text",
            "psycopg2.sql.SQL",
            "psycopg.sql.SQL",
            "sqlalchemy.DDL",
            "pd.read_sql",
        ],
        _text,
    ),
}
EVERY_CALL = (sql_in_call,)
RETURNS = (_returned,)
VALUES = (_assigned,)
