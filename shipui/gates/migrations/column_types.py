"""Whether a column's change of type can lose something, as far as the types themselves tell."""

from __future__ import annotations

import re
from enum import Enum

_NAME = re.compile(
    r"\s*([a-z_][a-z0-9_ ]*?)\s*(?:\(\s*([0-9]+|max)\s*(?:,\s*([0-9]+)\s*)?\))?(\s+with(?:out)?\s+time\s+zone)?\s*$"
)
_NAMES = {
    "int": "integer", "int4": "integer", "int8": "bigint", "int2": "smallint", "serial": "integer", "bigserial": "bigint",
    "character varying": "varchar", "nvarchar": "varchar", "string": "varchar", "char varying": "varchar",
    "character": "char", "nchar": "char", "bpchar": "char",
    "decimal": "numeric", "float": "double precision", "float8": "double precision", "double": "double precision",
    "float4": "real", "bool": "boolean", "timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp",
    "datetime": "timestamp", "integerfield": "integer",
    "biginteger": "bigint", "smallinteger": "smallint", "unicode": "varchar", "unicodetext": "text", "largebinary": "bytea",
    "mediumtext": "text", "longtext": "text", "tinytext": "text", "clob": "text",
}  # fmt: skip
_WIDER = {
    ("smallint", "integer"), ("smallint", "bigint"), ("integer", "bigint"), ("tinyint", "smallint"), ("tinyint", "integer"),
    ("mediumint", "integer"), ("mediumint", "bigint"),
    ("tinyint", "bigint"), ("real", "double precision"), ("varchar", "text"), ("char", "text"), ("char", "varchar"),
    ("citext", "text"), ("text", "citext"), ("json", "jsonb"), ("date", "timestamp"), ("date", "timestamptz"),
    ("timestamp", "timestamptz"), ("integer", "numeric"), ("bigint", "numeric"), ("smallint", "numeric"), ("varchar", "citext"),
    ("enum", "text"), ("enum", "varchar"), ("uuid", "text"),
}  # fmt: skip
_HOLDS_NEARLY_ALL = {"text", "citext"}
_USUALLY_WIDER = {"bigint", "numeric", "timestamptz", "jsonb", "double precision"}


class TypeChange(Enum):
    LOSES = "loses"
    REWRITES = "rewrites"
    """Loses nothing, but every row is written anew while the table is locked."""
    HARMLESS = "harmless"


def type_change(new: str, old: str | None = None) -> TypeChange:
    """Types as SQL spells them. Without the old type only what holds everything is taken for harmless to the data."""
    to = _parsed(new)
    if old is not None and (before := _parsed(old)) and to:
        return _between(before, to)
    if to is None:
        return TypeChange.LOSES
    name, size, _ = to
    if size is None and (name in _HOLDS_NEARLY_ALL or name == "varchar" or name in _USUALLY_WIDER):
        return TypeChange.REWRITES
    return TypeChange.LOSES


def _between(before: tuple[str, int | None, int | None], to: tuple[str, int | None, int | None]) -> TypeChange:
    (old, old_size, old_scale), (new, size, scale) = before, to
    if old == new:
        wide = size is None or (old_size is not None and size >= old_size)
        if new == "numeric" and size is not None and old_size is not None:
            wide = (scale or 0) >= (old_scale or 0) and size - (scale or 0) >= old_size - (old_scale or 0)
        return TypeChange.HARMLESS if wide else TypeChange.LOSES
    if (old, new) in _WIDER and (size is None or new == "numeric" or (old_size is not None and size >= old_size)):
        return TypeChange.HARMLESS if old in {"varchar", "char"} and new == "text" else TypeChange.REWRITES
    return TypeChange.REWRITES if new in _HOLDS_NEARLY_ALL else TypeChange.LOSES


def _parsed(spelt: str) -> tuple[str, int | None, int | None] | None:
    match = _NAME.match(" ".join(spelt.lower().split())[:200])
    if match is None:
        return None
    name = " ".join(f"{match.group(1)}{match.group(4) or ''}".split())
    name = _NAMES.get(name, name)
    if match.group(4) and name.startswith("timestamp"):
        name = "timestamptz" if "without" not in match.group(4) else "timestamp"
    size = None if match.group(2) in {None, "max"} else int(match.group(2))
    return name, size, int(match.group(3)) if match.group(3) else None
