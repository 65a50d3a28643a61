"""The marker moves with everything that is written, and with nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg
import pytest

from shipui.databases.base import Marker
from shipui.databases.postgres import PostgresDatabase
from shipui.limits.deadline import Deadline
from shipui.model.errors import ToolFailed, Unreachable
from tests.integration.database_content import ignore
from tests.servers import FreshDatabase, MakeDatabase, Server, tools_of

APPLICATION = "shipui/RN-0000000B/1"


@pytest.fixture
def shop(fresh_database: MakeDatabase, either_server: Server) -> FreshDatabase:
    made = fresh_database(either_server)
    with psycopg.connect(made.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE notes (id serial, text text)")
        connection.execute('CREATE SCHEMA "Other"')
        connection.execute('CREATE SEQUENCE "Other"."Tickets"')
        connection.execute('SELECT nextval(\'"Other"."Tickets"\')')
    return made


def opened(shop: FreshDatabase) -> PostgresDatabase:
    return PostgresDatabase(shop.url, application_name=APPLICATION, **tools_of(shop.server))


def write(connection: psycopg.Connection) -> None:
    connection.execute("INSERT INTO notes (text) VALUES ('x')")


def bare_nextval(connection: psycopg.Connection) -> None:
    connection.execute('SELECT nextval(\'"Other"."Tickets"\')')


def update_and_put_back(connection: psycopg.Connection) -> None:
    connection.execute("UPDATE notes SET text = 'y'")
    connection.execute("UPDATE notes SET text = 'x'")


def database_setting(connection: psycopg.Connection) -> None:
    connection.execute(f"ALTER DATABASE {connection.info.dbname} SET work_mem = '5MB'")


@pytest.mark.parametrize("change", [write, bare_nextval, update_and_put_back, database_setting])
def test_it_moves(shop: FreshDatabase, change: Callable[[psycopg.Connection], None]) -> None:
    with psycopg.connect(shop.url, autocommit=True) as connection:
        write(connection)
        before = opened(shop).marker(Deadline(5))
        change(connection)
        assert not opened(shop).marker(Deadline(5)).proves_unchanged_since(before)


def test_a_write_that_no_counter_counts_moves_it(shop: FreshDatabase) -> None:
    with psycopg.connect(shop.superuser_url, autocommit=True) as connection:
        connection.execute("SET track_counts = off")
        before = opened(shop).marker(Deadline(5))
        write(connection)
        assert not opened(shop).marker(Deadline(5)).proves_unchanged_since(before)


def test_a_pooled_session_that_commits_and_stays_idle_moves_it(shop: FreshDatabase) -> None:
    """Its counters are not flushed for a second, so they would say that nothing happened."""
    with psycopg.connect(shop.url) as pooled:
        write(pooled)
        before = opened(shop).marker(Deadline(5))
        pooled.commit()
        assert not opened(shop).marker(Deadline(5)).proves_unchanged_since(before)


def test_nothing_moves_it_when_nothing_happens(shop: FreshDatabase) -> None:
    with psycopg.connect(shop.superuser_url, autocommit=True) as connection:
        # The server's own housekeeping after the writes above would count as a change, which is safe, but not this test's subject.
        connection.execute("ALTER TABLE notes SET (autovacuum_enabled = off)")
        before = opened(shop).marker(Deadline(5))
        for _ in range(3):
            connection.execute("SELECT * FROM notes").fetchall()
            opened(shop).identity(Deadline(5))
            time.sleep(0.3)
        after = opened(shop).marker(Deadline(5))
    assert after.proves_unchanged_since(before)
    assert Marker.from_json(before.as_json()) == before


def test_a_copy_of_the_cluster_or_of_the_database_is_another(shop: FreshDatabase) -> None:
    before = opened(shop).marker(Deadline(5))
    with psycopg.connect(shop.server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {shop.name} RENAME TO {shop.name}_old")
        connection.execute(f"CREATE DATABASE {shop.name} TEMPLATE {shop.name}_old OWNER {shop.owner}")
    assert opened(shop).marker(Deadline(5)).oid != before.oid


def test_a_sequence_that_may_not_be_read_is_an_error_and_no_proof(shop: FreshDatabase) -> None:
    with psycopg.connect(shop.superuser_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA hidden; CREATE SEQUENCE hidden.secret")
    with pytest.raises(ToolFailed, match=r"hidden\.secret"):
        opened(shop).marker(Deadline(5))


def test_a_database_that_is_gone_is_unreachable(shop: FreshDatabase) -> None:
    gone = PostgresDatabase(shop.server.url("no_such_database"), application_name=APPLICATION)
    with pytest.raises(Unreachable, match="no_such_database"):
        gone.marker(Deadline(5))
    with pytest.raises(Unreachable):
        gone.quiesce(frozenset(), 1, Deadline(5), ignore)
