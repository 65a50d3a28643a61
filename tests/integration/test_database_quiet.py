"""Waiting for silence: whose sessions are ended, whose are named, and what has to be gone."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from shipui.databases.postgres import PostgresDatabase
from shipui.limits.deadline import Deadline
from shipui.model.errors import TimeLimitPassed
from tests.integration.database_content import ignore
from tests.servers import FreshDatabase, MakeDatabase, Server

APPLICATION = "shipui/RN-0000000C/1"


@pytest.fixture
def shop(fresh_database: MakeDatabase, either_server: Server) -> FreshDatabase:
    return fresh_database(either_server)


def opened(shop: FreshDatabase) -> PostgresDatabase:
    return PostgresDatabase(shop.url, application_name=APPLICATION)


def test_an_empty_database_is_quiet_at_once(shop: FreshDatabase) -> None:
    began = time.monotonic()
    with psycopg.connect(shop.url, application_name="shipui/RN-0000000F/1"):
        assert opened(shop).quiesce(frozenset(), 5, Deadline(10), ignore) == []
    assert time.monotonic() - began < 2


def test_a_session_that_leaves_by_itself_is_waited_for(shop: FreshDatabase) -> None:
    client = psycopg.connect(shop.url, application_name="shop")
    threading.Timer(0.6, client.close).start()
    assert opened(shop).quiesce(frozenset(), 5, Deadline(10), ignore) == []


def test_after_the_patience_own_sessions_are_ended_and_others_named(shop: FreshDatabase) -> None:
    with (
        psycopg.connect(shop.url, application_name="shop") as own,
        psycopg.connect(shop.superuser_url, application_name="nightly report") as other,
    ):
        remaining = opened(shop).quiesce(frozenset({"shop"}), 0.3, Deadline(10), ignore)
        assert [each.application for each in remaining] == ["nightly report"]
        assert remaining[0].user == shop.server.superuser
        assert other.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(psycopg.OperationalError):
            own.execute("SELECT 1")


def test_the_name_of_the_role_tells_own_sessions_as_well(shop: FreshDatabase) -> None:
    with psycopg.connect(shop.url):
        assert opened(shop).quiesce(frozenset({shop.owner}), 0.2, Deadline(10), ignore) == []


def test_a_statement_whose_client_was_killed_is_over_when_it_is_quiet(shop: FreshDatabase) -> None:
    """Otherwise it would commit seconds later, and its write would be missing from the copy."""
    with psycopg.connect(shop.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE late (a int)")
    client = psycopg.connect(shop.url, autocommit=True, application_name="shop")
    client.pgconn.send_query(b"INSERT INTO late SELECT 1 FROM pg_sleep(3)")
    client.close()
    database = opened(shop)
    assert database.quiesce(frozenset({"shop"}), 0.3, Deadline(10), ignore) == []
    before = database.marker(Deadline(5))
    time.sleep(3)
    assert database.marker(Deadline(5)).proves_unchanged_since(before)


def test_the_deadline_rules(shop: FreshDatabase) -> None:
    began = time.monotonic()
    with psycopg.connect(shop.url), pytest.raises(TimeLimitPassed):
        opened(shop).quiesce(frozenset(), 60, Deadline(0.5), ignore)
    assert time.monotonic() - began < 2
