"""What a DROP takes away."""

from __future__ import annotations

from collections.abc import Iterator

from shipui.gates.migrations.operations import Made
from shipui.gates.migrations.sql_cursor import Cursor, quoted
from shipui.gates.migrations.sql_foresight import Foresight

Found = Iterator[tuple[str, str]]

_LOSES = {
    "TABLE": "drop-table",
    "SCHEMA": "drop-schema",
    "DATABASE": "drop-database",
    "TYPE": "drop-type",
    "DOMAIN": "drop-type",
    "SEQUENCE": "drop-sequence",
    "OWNED": "drop-owned",
    "VIEW": "drop-view",
    "INDEX": "drop-index",
    "KEYSPACE": "drop-database",
    "TABLESPACE": "drop-database",
    "MATERIALIZED VIEW": "drop-materialized-view",
    "FOREIGN TABLE": "drop-view",
}
_KIND_IN_FORESIGHT = {"MATERIALIZED VIEW": "VIEW", "DOMAIN": "DOMAIN"}
_NOTHING_HANGS_ON = (
    "TRIGGER",
    "POLICY",
    "RULE",
    "ROLE",
    "USER",
    "GROUP",
    "EVENT",
    "PUBLICATION",
    "SUBSCRIPTION",
    "STATISTICS",
)


def dropped(cursor: Cursor, made: Made, known: Foresight) -> Found:
    """`cursor` stands behind DROP."""
    if cursor.take_any("TEMPORARY", "TEMP"):
        return
    kind = _kind(cursor)
    concurrently = cursor.take("CONCURRENTLY")
    cursor.take("IF", "EXISTS")
    if kind == "OWNED":
        cursor.take("BY")
    names = cursor.names()
    cascades = any(token.is_word("CASCADE") for token in cursor.rest)
    rule = _LOSES.get(kind)
    if rule is None:
        yield from _rest(kind, names, known, cascades=cascades)
        return
    if kind == "INDEX" and concurrently:
        return
    for name in names or ["?"]:
        yield from _one(rule, kind, name, made, known, cascades=cascades)


def _kind(cursor: Cursor) -> str:
    first = cursor.peek()
    cursor.skip()
    kind = first.value if first else ""
    if kind == "MATERIALIZED" and cursor.take("VIEW"):
        return "MATERIALIZED VIEW"
    if kind == "FOREIGN" and cursor.take("TABLE"):
        return "FOREIGN TABLE"
    return kind


def _one(rule: str, kind: str, name: str, made: Made, known: Foresight, *, cascades: bool) -> Found:
    if kind == "TABLE":
        if name.startswith(("#", "pg_temp.")) or made.has_table(name) or known.rebuilds(name):
            made.table_gone(name)
            return
        made.table_gone(name)
    elif (kind, name) in made.others:
        return
    elif (_KIND_IN_FORESIGHT.get(kind, kind), name) in known.made_anew and kind in {
        "VIEW",
        "MATERIALIZED VIEW",
        "INDEX",
    }:
        if cascades:
            yield "drop-cascade", f"{kind.lower()} {name}"
        return
    elif kind in {"TYPE", "DOMAIN"} and _replaced(name, known) and not cascades:
        return
    yield ("drop-cascade" if cascades and rule in {"drop-view", "drop-index"} else rule), name


def _replaced(name: str, known: Foresight) -> bool:
    """A type that made way for a new one of its name: the change of the columns' type is reported by itself."""
    return any(old_new[1] == name or old_new == (f"{name}_new", name) for old_new in known.renamed)


def _rest(kind: str, names: list[str], known: Foresight, *, cascades: bool) -> Found:
    """Functions, triggers and the like hold no data; what CASCADE takes with them may."""
    if not cascades or kind in _NOTHING_HANGS_ON:
        return
    for name in names or ["?"]:
        if (kind, name) not in known.made_anew:
            yield "drop-cascade", f"{kind.lower()} {quoted(name)}"
