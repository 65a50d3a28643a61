"""A database with everything that a restore could lose, and a list of all of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from shipui.databases.postgres import PostgresDatabase
from tests.servers import Server, tools_of

STAMP = "20261124031500"
APPLICATION = "shipui/RN-0000000A/1"
AWKWARD_NAME = "App-Prod ü"

SCHEMA = """
CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL, at timestamptz DEFAULT now());
COMMENT ON TABLE notes IS 'what people wrote';
CREATE TABLE "Odd ""Table"" ü 'x'" (a int PRIMARY KEY, "b c" text DEFAULT 'it''s');
CREATE SEQUENCE tickets START 100 INCREMENT 7;
CREATE SCHEMA "Side Schema";
CREATE SEQUENCE "Side Schema"."Counter";
CREATE TABLE "Side Schema".child (id int PRIMARY KEY, note bigint REFERENCES notes);
CREATE TABLE measured (day date, value numeric) PARTITION BY RANGE (day);
CREATE TABLE measured_2026 PARTITION OF measured FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW long_notes AS SELECT * FROM notes WHERE length(text) > 10;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM notes;
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
CREATE INDEX notes_by_text ON notes (lower(text));
CREATE TYPE mood AS ENUM ('well', 'badly');
CREATE TABLE people (name text, mood mood, twice int GENERATED ALWAYS AS (length(name) * 2) STORED);
INSERT INTO notes (text) SELECT 'note number ' || n || repeat(' x', n % 50) FROM generate_series(1, 2000) AS n;
INSERT INTO "Odd ""Table"" ü 'x'" VALUES (1, 'ä'), (2, E'tab\\tnewline\\n');
INSERT INTO "Side Schema".child VALUES (1, 1), (2, NULL);
INSERT INTO measured VALUES ('2026-02-03', 1.5);
INSERT INTO people VALUES ('Ada', 'well');
SELECT nextval('tickets'), nextval('tickets'), nextval('"Side Schema"."Counter"');
REFRESH MATERIALIZED VIEW counted;
SELECT lo_from_bytea(0, 'a large object'::bytea);
"""


@dataclass(frozen=True, slots=True)
class Awkward:
    server: Server
    name: str
    owner: str
    reader: str
    """A role that something is granted to."""

    def url(self, user: str | None = None) -> str:
        return make_conninfo(self.server.url("postgres"), dbname=self.name, user=user or self.owner)


@contextmanager
def awkward_database(server: Server, owner_rights: str = "CREATEDB") -> Iterator[Awkward]:
    """With awkward content, settings and grants; dropped afterwards with everything that was made beside it."""
    owner, reader, database = "app owner", "reader-1", sql.Identifier(AWKWARD_NAME)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for role in (owner, reader):
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        connection.execute(sql.SQL(f"ALTER ROLE {{}} {owner_rights}").format(sql.Identifier(owner)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'").format(
                database, sql.Identifier(owner)
            )
        )
    made = Awkward(server, AWKWARD_NAME, owner, reader)
    try:
        with psycopg.connect(made.url(owner), autocommit=True) as connection:
            connection.execute(SCHEMA)
            if connection.execute("SELECT FROM pg_available_extensions WHERE name = 'citext'").fetchone():
                connection.execute("CREATE EXTENSION citext; CREATE TABLE addresses AS SELECT 'A@b'::citext AS address")
            for statement in (
                "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
                "GRANT CONNECT, CREATE ON DATABASE {database} TO {reader} WITH GRANT OPTION",
                "ALTER DATABASE {database} SET work_mem = '5MB'",
                'ALTER DATABASE {database} SET search_path = "$user", public, "Side Schema"',
                "ALTER DATABASE {database} SET application_name = 'it''s, \"quoted\"'",
                "ALTER ROLE {owner} IN DATABASE {database} SET statement_timeout = '47s'",
                "ALTER DATABASE {database} CONNECTION LIMIT 47",
                "COMMENT ON DATABASE {database} IS 'the shop''s own'",
                "GRANT SELECT ON notes TO {reader}",
            ):
                connection.execute(
                    sql.SQL(statement).format(
                        database=database, reader=sql.Identifier(reader), owner=sql.Identifier(owner)
                    )
                )
        yield made
    finally:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            beside = connection.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (AWKWARD_NAME,)
            ).fetchall()
            for (name,) in beside:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            for role in (owner, reader):
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def whole(content: Awkward) -> list[str]:
    """Every row of every table, sequence, large object, definition, grant and comment, and the properties outside, in a fixed order."""
    return everything_in(content.url(content.server.superuser))


def everything_in(url: str) -> list[str]:
    seen: list[str] = []
    with psycopg.connect(url, autocommit=True) as connection:

        def rows(query: str | sql.Composed) -> list[Any]:
            found = connection.execute(query).fetchall()
            seen.extend(repr(each) for each in found)
            return found

        connection.execute("SET search_path = pg_catalog")
        tables = rows(
            """SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relkind IN ('r', 'v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 2"""
        )
        for table in tables:
            rows(sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(*table)))
        for query in CATALOG:
            rows(query)
    return seen


def opened(content: Awkward, user: str | None = None, **options: Any) -> PostgresDatabase:
    return PostgresDatabase(
        content.url(user),
        application_name=APPLICATION,
        **{**tools_of(content.server), **options},
    )


def ignore(*_: object) -> None:
    """A log or progress that nobody reads."""


def connected(content: Awkward, user: str | None = None, application: str = "shop") -> psycopg.Connection[Any]:
    return psycopg.connect(content.url(user), autocommit=True, application_name=application)


def ruin(content: Awkward) -> None:
    """What a failed version may have done."""
    database = sql.Identifier(content.name)
    with connected(content) as connection:
        connection.execute("DROP TABLE notes CASCADE")
        connection.execute("CREATE TABLE invented (a int)")
        connection.execute(sql.SQL("ALTER DATABASE {} SET work_mem = '64kB'").format(database))
        connection.execute(sql.SQL("ALTER DATABASE {} SET lock_timeout = '1s'").format(database))
        connection.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT 5").format(database))
        connection.execute("SELECT nextval('tickets')")


def assert_no_session_is_left(content: Awkward) -> None:
    """Of this run, in the whole server; a session that was just closed takes a moment to go."""
    until = time.monotonic() + 2
    with psycopg.connect(content.server.url("postgres"), autocommit=True) as connection:
        while True:
            left = connection.execute(
                "SELECT query FROM pg_stat_activity WHERE application_name = %s", (APPLICATION,)
            ).fetchall()
            if not left or time.monotonic() > until:
                break
            time.sleep(0.05)
    assert left == []


CATALOG = (
    "SELECT schemaname, sequencename, last_value, start_value, increment_by FROM pg_sequences ORDER BY 1, 2",
    "SELECT loid, pageno, data FROM pg_largeobject ORDER BY 1, 2",
    "SELECT indexdef FROM pg_indexes WHERE schemaname !~ '^pg_' ORDER BY 1",
    """SELECT c.relname, pg_get_userbyid(c.relowner), obj_description(c.oid, 'pg_class')
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 2""",
    """SELECT c.relname, a.grantee::regrole::text, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a
       WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1, 2, 3""",
    """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace OR connamespace > 16000 ORDER BY 1""",
    "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
    "SELECT extname FROM pg_extension ORDER BY 1",
    """SELECT pg_get_userbyid(datdba), encoding, datcollate, datctype, datconnlimit, datallowconn,
              shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()""",
    """SELECT a.grantee::regrole::text, a.privilege_type, a.is_grantable
       FROM pg_database, aclexplode(datacl) a WHERE datname = current_database() ORDER BY 1, 2""",
    """SELECT setrole::regrole::text, setting FROM pg_db_role_setting s, unnest(s.setconfig) setting, pg_database d
       WHERE d.oid = s.setdatabase AND d.datname = current_database() ORDER BY 1, 2""",
)
