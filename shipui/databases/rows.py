"""How many rows each table has."""

from __future__ import annotations

from psycopg import sql

from shipui.databases.sessions import Connection

LARGE_OBJECTS = "pg_catalog.pg_largeobject_metadata"
"""Counted with the tables, under this name."""


def count_rows(connection: Connection) -> dict[str, int]:
    """Every table whose rows a dump holds, by qualified name: not those of extensions, not temporary or foreign ones."""
    tables = connection.execute(
        """
        SELECT n.nspname, c.relname, format('%I.%I', n.nspname, c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND c.relpersistence <> 't'
          AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
          AND NOT EXISTS (SELECT FROM pg_depend d
                          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        ORDER BY 3
        """
    ).fetchall()
    # As pg_dump does: a policy that hides rows is an error, not a smaller number.
    connection.execute("SET row_security = off")
    rows = {name: _count(connection, sql.Identifier(schema, table)) for schema, table, name in tables}
    rows[LARGE_OBJECTS] = _count(connection, sql.SQL(LARGE_OBJECTS))
    return rows


def _count(connection: Connection, table: sql.Composable) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()
    assert row is not None
    return int(row[0])
