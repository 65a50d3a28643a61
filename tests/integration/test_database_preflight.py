"""What is found out before a deployment, in words, and without touching anything."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from shipui.databases import preflight
from shipui.databases.base import Sibling, sibling_name
from shipui.databases.postgres import PostgresDatabase
from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from tests.integration.database_content import APPLICATION, STAMP, ignore
from tests.servers import FreshDatabase, MakeDatabase, Server, tools_of


@pytest.fixture
def shop(fresh_database: MakeDatabase, either_server: Server) -> FreshDatabase:
    return fresh_database(either_server)


def looked_at(shop: FreshDatabase, backups: Path, url: str = "", **options: object) -> dict[str, Check]:
    database = PostgresDatabase(
        url or shop.url,
        application_name=APPLICATION,
        **{**tools_of(shop.server), **options},  # type: ignore[arg-type]
    )
    return {each.name: each for each in database.preflight(backups, Deadline(10))}


def failed(checks: dict[str, Check]) -> list[str]:
    return [name for name, check in checks.items() if not check.ok]


def test_a_server_that_is_down_is_one_failed_check(shop: FreshDatabase, reachable_folder: Path) -> None:
    checks = looked_at(shop, reachable_folder, f"postgresql://shop:secret@/shop?host={reachable_folder}")
    assert failed(checks) == list(checks) == ["database reachable"]
    assert "does not answer" in checks["database reachable"].detail
    assert "secret" not in repr(checks)


def test_a_table_that_may_not_be_read(shop: FreshDatabase, reachable_folder: Path) -> None:
    with psycopg.connect(shop.superuser_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA secret; CREATE TABLE secret.salaries (a int)")
    checks = looked_at(shop, reachable_folder)
    assert failed(checks) == ["rights to read the database"]
    assert "secret.salaries" in checks["rights to read the database"].detail


def test_a_role_that_does_not_own_the_database(
    shop: FreshDatabase, fresh_database: MakeDatabase, reachable_folder: Path
) -> None:
    stranger = fresh_database(shop.server)
    checks = looked_at(shop, reachable_folder, shop.server.url(shop.name, stranger.owner))
    assert failed(checks) == ["rights to create databases"]


def test_a_logical_slot_is_a_warning(embedded_database: FreshDatabase, reachable_folder: Path) -> None:
    checks = looked_at(embedded_database, reachable_folder)
    assert checks["logical slots and subscriptions"].fix == ""
    with psycopg.connect(embedded_database.superuser_url, autocommit=True) as connection:
        connection.execute(
            "CREATE SUBSCRIPTION stock CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE)"
        )
    try:
        checks = looked_at(embedded_database, reachable_folder)
        assert failed(checks) == []
        assert "subscription stock" in checks["logical slots and subscriptions"].detail
        assert checks["logical slots and subscriptions"].fix
    finally:
        with psycopg.connect(embedded_database.superuser_url, autocommit=True) as connection:
            connection.execute("DROP SUBSCRIPTION stock")


def test_no_room_and_no_right_to_write(
    shop: FreshDatabase, reachable_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    assert failed(looked_at(shop, reachable_folder)) == ["room for the backup"]


def test_it_touches_nothing(shop: FreshDatabase, reachable_folder: Path) -> None:
    with psycopg.connect(shop.superuser_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE a (b int)")
        connection.execute("ALTER TABLE a SET (autovacuum_enabled = off)")
    database = PostgresDatabase(shop.url, application_name=APPLICATION, **tools_of(shop.server))
    before = database.marker(Deadline(5))
    looked_at(shop, reachable_folder / "not yet")
    assert database.marker(Deadline(5)).proves_unchanged_since(before)
    assert list(reachable_folder.iterdir()) == []


def test_a_database_with_the_longest_name_and_the_one_called_postgres(
    either_server: Server, reachable_folder: Path
) -> None:
    long = "l" * 60
    with psycopg.connect(either_server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {long}")
    database = PostgresDatabase(either_server.url(long), application_name=APPLICATION, **tools_of(either_server))
    try:
        facts = database.back_up(reachable_folder / "a.dump", Deadline(30), ignore, ignore)
        restored = database.restore_dump(facts, STAMP, Deadline(30), ignore, ignore)
        copy, _ = database.copy(sibling_name(long, Sibling.CUTOVER, STAMP), Deadline(30), ignore)
        assert sorted(database.siblings()) == sorted([restored.set_aside, copy.name])
        for name, oid in database.siblings().items():
            assert database.drop(name, oid)
    finally:
        with psycopg.connect(either_server.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {long} WITH (FORCE)")
    checks = PostgresDatabase(
        either_server.url("postgres"), application_name=APPLICATION, **tools_of(either_server)
    ).preflight(reachable_folder, Deadline(10))
    assert [each for each in checks if not each.ok] == []
