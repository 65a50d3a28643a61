"""Bringing the records up to date: once, by the owner, whoever starts at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from shipui.databases.embedded import EmbeddedServer
from shipui.model.errors import Refused, Unreachable
from shipui.records import schema
from tests.records import RecordsDatabase
from tests.servers import DebianServer, FreshDatabase


@pytest.fixture
def role(embedded_database: FreshDatabase) -> Iterator[str]:
    """A role's name that nobody has yet; whatever came to have it is dropped."""
    name = f"{embedded_database.name}_role"
    yield name
    with psycopg.connect(embedded_database.superuser_url, autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is not None:
            connection.execute(f'DROP OWNED BY "{name}"')
            connection.execute(f'DROP ROLE "{name}"')


def test_ten_at_once_apply_each_migration_once_and_make_the_role(embedded_database: FreshDatabase, role: str) -> None:
    owner = embedded_database.superuser_url  # as with an embedded server: the owner may make roles
    with ThreadPoolExecutor(10) as pool:
        applied = list(pool.map(lambda _: schema.migrate(owner, role), range(10)))
    names = [each.name for each in schema.migrations()]
    assert sorted(each for each in applied if each) == [names]
    with psycopg.connect(embedded_database.server.url(embedded_database.name, role), autocommit=True) as connection:
        assert schema.current(connection)
        assert connection.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone() == (
            False,
            False,
            False,
        )
        assert connection.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
        ).fetchone() == (0,)


def test_ensure_starts_from_nothing_and_then_leaves_the_owner_alone(
    embedded_database: FreshDatabase, role: str
) -> None:
    url = embedded_database.server.url(embedded_database.name, role)
    schema.ensure(url, embedded_database.superuser_url)
    schema.ensure(url, "postgresql://nobody@127.0.0.1:1/none")  # would not answer


def test_a_fresh_database_is_not_current(embedded_database: FreshDatabase) -> None:
    with psycopg.connect(embedded_database.url, autocommit=True) as connection:
        assert not schema.current(connection)


def test_records_of_a_newer_shipui_are_refused(records_database: RecordsDatabase) -> None:
    with psycopg.connect(records_database.owner_url) as owner:
        owner.execute("INSERT INTO schema_migration (version, name, checksum) VALUES (9999, '9999_later', 'x')")
    with pytest.raises(Refused) as caught:
        schema.migrate(records_database.owner_url, records_database.role)
    assert "newer shipui" in caught.value.plain
    with pytest.raises(Refused):
        schema.ensure(records_database.url, records_database.owner_url)


def test_a_migration_that_changed_since_is_refused(records_database: RecordsDatabase) -> None:
    with psycopg.connect(records_database.owner_url) as owner:
        owner.execute("UPDATE schema_migration SET checksum = 'other' WHERE version = 1")
    with pytest.raises(Refused) as caught:
        schema.migrate(records_database.owner_url, records_database.role)
    assert "0001_records" in caught.value.detail


def test_a_migration_that_fails_leaves_nothing(
    embedded_database: FreshDatabase, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = schema.Migration(2, "0002_broken", "CREATE TABLE half (x int); SELECT 1/0;")
    monkeypatch.setattr(schema, "migrations", lambda: [broken])
    with pytest.raises(psycopg.errors.DivisionByZero):
        schema.migrate(embedded_database.superuser_url, role)
    with psycopg.connect(embedded_database.superuser_url) as connection:
        assert connection.execute("SELECT to_regclass('half'), (SELECT count(*) FROM schema_migration)").fetchone() == (
            None,
            0,
        )


def test_an_owner_that_may_not_make_the_role_is_told_what_to_run(debian_database: FreshDatabase) -> None:
    with pytest.raises(Refused) as caught:
        schema.migrate(debian_database.tcp_url, "shipui_that_is_not_there")
    assert 'CREATE ROLE "shipui_that_is_not_there" LOGIN' in caught.value.fix


def test_without_an_owner_of_its_own_the_role_migrates_itself(debian_database: FreshDatabase) -> None:
    schema.ensure(debian_database.tcp_url, debian_database.tcp_url)
    with psycopg.connect(debian_database.tcp_url, autocommit=True) as connection:
        assert schema.current(connection)


def test_a_server_that_does_not_answer_is_said_in_words() -> None:
    with pytest.raises(Unreachable):
        schema.ensure("postgresql://a@127.0.0.1:1/none", "postgresql://b@127.0.0.1:1/none")


def test_two_urls_to_one_database_have_one_identity(
    debian_database: FreshDatabase, debian_server: DebianServer, embedded_server: EmbeddedServer
) -> None:
    found = []
    for url in (debian_database.url, debian_database.tcp_url, debian_server.url("postgres"), embedded_server.url()):
        with psycopg.connect(url) as connection:
            found.append(schema.identity(connection))
    assert found[0] == found[1]
    assert len(set(found)) == 3
