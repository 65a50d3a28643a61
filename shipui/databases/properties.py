"""What belongs to a database and lies outside it: owner, encoding, locale, grants, settings, connection limit, comment.

As JSON: owner, encoding, collate, ctype, locale_provider ("c", "i", "b"), locale and icu_rules (None where they do not apply), tablespace,
connection_limit (-1: none), comment, acl (sorted [grantee, privilege, grantable], grantee "" for everyone), settings {name: value},
role_settings {role: {name: value}}.
"""

from __future__ import annotations

import re
from typing import Any

from psycopg import sql

from shipui.databases.sessions import Connection
from shipui.model.text import visible

ESSENTIAL = ("owner", "encoding", "collate", "ctype", "locale_provider", "locale", "icu_rules", "acl")
"""A database that differs in one of these is not the one that was recorded."""
OTHERS = ("settings", "role_settings", "connection_limit", "comment", "tablespace")

_WORDS = {
    "acl": "grants",
    "collate": "sort order",
    "ctype": "character classes",
    "settings": "settings",
    "role_settings": "settings of single roles",
}
_LISTS = {
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
}
"""The settings whose value is a list of names: each is quoted by itself."""


def read_properties(connection: Connection, database: str) -> dict[str, Any]:
    """Of any database of the server."""
    version = connection.info.server_version
    provider = "d.datlocprovider::text" if version >= 150000 else "'c'"
    locale = "d.datlocale" if version >= 170000 else "d.daticulocale" if version >= 150000 else "NULL"
    rules = "d.daticurules" if version >= 160000 else "NULL"
    query = f"""
        SELECT pg_get_userbyid(d.datdba)::text AS owner, pg_encoding_to_char(d.encoding)::text AS encoding,
               d.datcollate::text AS collate, d.datctype::text AS ctype, {provider} AS locale_provider,
               {locale} AS locale, {rules} AS icu_rules, t.spcname::text AS tablespace,
               d.datconnlimit AS connection_limit, shobj_description(d.oid, 'pg_database') AS comment
        FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace WHERE d.datname = %s
        """
    cursor = connection.execute(query, (database,))
    row = cursor.fetchone()
    if row is None or cursor.description is None:
        raise LookupError(database)
    properties: dict[str, Any] = dict(zip((column.name for column in cursor.description), row, strict=True))
    properties["acl"] = [list(each) for each in _acl(connection, database)]
    properties["settings"], properties["role_settings"] = _settings(connection, database)
    return properties


def differences(wanted: dict[str, Any], found: dict[str, Any], keys: tuple[str, ...] = ESSENTIAL + OTHERS) -> list[str]:
    """In words, one for each property that is not as it was recorded."""
    return [
        f"{_WORDS.get(key, key.replace('_', ' '))}: {_shown(wanted.get(key))} was recorded, {_shown(found.get(key))} was found"
        for key in keys
        if wanted.get(key) != found.get(key)
    ]


def apply_properties(connection: Connection, database: str, wanted: dict[str, Any]) -> None:
    """Make them so, as far as a database that exists can be changed; only what differs is touched."""
    name = sql.Identifier(database)
    found = read_properties(connection, database)
    if found["owner"] != wanted["owner"]:
        _execute(connection, "ALTER DATABASE {} OWNER TO {}", name, sql.Identifier(wanted["owner"]))
        found = read_properties(connection, database)
    if found["acl"] != wanted["acl"]:
        _apply_acl(connection, name, found["acl"], wanted["acl"])
    if found["connection_limit"] != wanted["connection_limit"]:
        _execute(connection, "ALTER DATABASE {} CONNECTION LIMIT {}", name, sql.Literal(wanted["connection_limit"]))
    if found["comment"] != wanted["comment"]:
        _execute(connection, "COMMENT ON DATABASE {} IS {}", name, sql.Literal(wanted["comment"]))
    whose = sql.SQL("ALTER DATABASE {}").format(name)
    _apply_settings(connection, whose, found["settings"], wanted["settings"])
    for role in sorted({*found["role_settings"], *wanted["role_settings"]}):
        whose = sql.SQL("ALTER ROLE {} IN DATABASE {}").format(sql.Identifier(role), name)
        _apply_settings(connection, whose, found["role_settings"].get(role, {}), wanted["role_settings"].get(role, {}))


def _acl(connection: Connection, database: str) -> list[tuple[str, str, bool]]:
    """What is granted, whether it is spelt out or follows from the owner; who granted it is left out."""
    rows = connection.execute(
        """
        SELECT DISTINCT CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee)::text END,
               a.privilege_type, a.is_grantable
        FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
        WHERE d.datname = %s
        """,
        (database,),
    ).fetchall()
    return sorted(rows)  # here, for databases sort in orders of their own


def _settings(connection: Connection, database: str) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    rows = connection.execute(
        """
        SELECT CASE WHEN s.setrole = 0 THEN NULL ELSE pg_get_userbyid(s.setrole)::text END, s.setconfig
        FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
        WHERE d.datname = %s ORDER BY 1
        """,
        (database,),
    ).fetchall()
    of_all: dict[str, str] = {}
    of_roles: dict[str, dict[str, str]] = {}
    for role, assignments in rows:
        settings = {name: value for name, _, value in (each.partition("=") for each in assignments)}
        if role is None:
            of_all = settings
        else:
            of_roles[role] = settings
    return of_all, of_roles


def _apply_acl(connection: Connection, name: sql.Identifier, found: list[list[Any]], wanted: list[list[Any]]) -> None:
    for grantee in sorted({each[0] for each in found}):
        _execute(connection, "REVOKE ALL ON DATABASE {} FROM {} CASCADE", name, _grantee(grantee))
    for grantee, privilege, grantable in wanted:
        option = sql.SQL(" WITH GRANT OPTION" if grantable else "")
        # CREATE, CONNECT, TEMPORARY: the server's own words, and nothing else can stand there.
        if privilege not in {"CREATE", "CONNECT", "TEMPORARY"}:
            raise ValueError(f"unknown privilege {privilege!r}")
        _execute(connection, "GRANT {} ON DATABASE {} TO {}{}", sql.SQL(privilege), name, _grantee(grantee), option)


def _grantee(role: str) -> sql.Composable:
    return sql.Identifier(role) if role else sql.SQL("PUBLIC")


def _apply_settings(
    connection: Connection, whose: sql.Composable, found: dict[str, str], wanted: dict[str, str]
) -> None:
    for setting in sorted(found.keys() - wanted.keys()):
        _execute(connection, "{} RESET {}", whose, sql.Identifier(*setting.split(".")))
    for setting, value in sorted(wanted.items()):
        if found.get(setting) != value:
            _execute(connection, "{} SET {} TO {}", whose, sql.Identifier(*setting.split(".")), _value(setting, value))


def _value(setting: str, value: str) -> sql.Composable:
    if setting.lower() not in _LISTS:
        return sql.Literal(value)
    pieces = re.findall(r'"(?:[^"]|"")*"|[^,\s]+', value)
    names = [piece[1:-1].replace('""', '"') if piece.startswith('"') else piece for piece in pieces]
    return sql.SQL(", ").join([sql.Literal(name) for name in names or [""]])


def _execute(connection: Connection, statement: str, *parts: sql.Composable) -> None:
    connection.execute(sql.SQL(statement).format(*parts))


def _shown(value: Any) -> str:
    return visible(str(value), limit=120)
