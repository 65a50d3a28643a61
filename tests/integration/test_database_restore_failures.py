"""Restores under fire, and restores that fail: the database that has the name keeps it, and stays open."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from shipui.databases import restore, swap
from shipui.databases.base import BackupFacts, Copy, CopyUnavailable, Sibling, sibling_name
from shipui.databases.postgres import PostgresDatabase
from shipui.limits.deadline import Deadline
from shipui.model.errors import BackupDamaged, Cancelled, Failed, TimeLimitPassed
from tests.integration.database_content import (
    STAMP,
    Awkward,
    assert_no_session_is_left,
    connected,
    ignore,
    opened,
    ruin,
    whole,
)


@contextmanager
def stubborn_writer(content: Awkward) -> Iterator[list[int]]:
    """A client that connects and writes again every 10 ms, whatever happens to it."""
    done = threading.Event()
    written: list[int] = []

    def write() -> None:
        while not done.wait(0.01):
            try:
                with connected(content, application="stubborn") as connection:
                    while not done.wait(0.01):
                        connection.execute("INSERT INTO people VALUES ('writer', 'well')")
                        written.append(1)
            except psycopg.Error:
                continue

    writers = [threading.Thread(target=write) for _ in range(3)]
    for each in writers:
        each.start()
    try:
        yield written
    finally:
        done.set()
        for each in writers:
            each.join()


def count(content: Awkward, table: str, database: str | None = None) -> int:
    with psycopg.connect(content.url(content.server.superuser), dbname=database or content.name) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def backed_up(content: Awkward, folder: Path) -> tuple[PostgresDatabase, BackupFacts]:
    database = opened(content)
    return database, database.back_up(folder / "a.dump", Deadline(60), ignore, ignore)


def assert_the_failed_one_still_serves(content: Awkward, database: PostgresDatabase) -> None:
    assert count(content, "invented") == 0
    assert [name for name in database.siblings() if "cutover" not in name] == []
    with connected(content) as connection:
        connection.execute("INSERT INTO invented VALUES (1)")


@pytest.mark.parametrize("way", ["copy", "dump"])
def test_clients_that_reconnect_all_the_time_do_not_break_it(
    content: Awkward, reachable_folder: Path, way: str
) -> None:
    database, facts = backed_up(content, reachable_folder)
    with stubborn_writer(content) as written:
        if way == "copy":
            name = sibling_name(content.name, Sibling.CUTOVER, STAMP)
            copy, _ = database.copy(name, Deadline(30), ignore)
            restored = database.restore_copy(copy, STAMP, Deadline(30), ignore)
        else:
            restored = database.restore_dump(facts, STAMP, Deadline(60), ignore, ignore)
        before = len(written)
        until = time.monotonic() + 5
        while len(written) < before + 3 and time.monotonic() < until:
            time.sleep(0.05)
        assert len(written) >= before + 3, "the writers came back to the restored database"
    assert database.identity(Deadline(5)).oid == restored.oid
    assert count(content, "people", restored.set_aside) >= 1


def test_a_busy_session_is_ended_rather_than_waited_for(content: Awkward) -> None:
    database = opened(content)
    copy, _ = database.copy(sibling_name(content.name, Sibling.CUTOVER, STAMP), Deadline(30), ignore)
    client = connected(content)
    client.pgconn.send_query(b"SELECT pg_sleep(60)")
    began = time.monotonic()
    database.restore_copy(copy, STAMP, Deadline(30), ignore)
    client.close()
    assert time.monotonic() - began < 10


def test_a_backup_that_fails_half_way_changes_nothing(
    content: Awkward, reachable_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Damaged after it was proved, as a dying disk would do."""
    database, facts = backed_up(content, reachable_folder)
    ruin(content)
    prove = restore.prove

    def prove_then_damage(path: Path, *rest: object) -> tuple[str, int]:
        proved: tuple[str, int] = prove(path, *rest)  # type: ignore[arg-type]
        whole_file = bytearray(path.read_bytes())
        at = len(whole_file) * 3 // 4  # in the rows, past the table of contents
        whole_file[at : at + 2000] = bytes(2000)
        path.write_bytes(whole_file)
        return proved

    monkeypatch.setattr(restore, "prove", prove_then_damage)
    with pytest.raises(Failed):
        database.restore_dump(facts, STAMP, Deadline(60), ignore, ignore)
    assert_the_failed_one_still_serves(content, database)


def test_rows_that_are_missing_stop_it_before_the_names_change(content: Awkward, reachable_folder: Path) -> None:
    database, facts = backed_up(content, reachable_folder)
    ruin(content)
    facts.tables["public.people"] += 1
    with pytest.raises(Failed, match=r"public\.people has 1 rows instead of 2"):
        database.restore_dump(facts, STAMP, Deadline(60), ignore, ignore)
    assert_the_failed_one_still_serves(content, database)


def test_grants_that_cannot_be_given_stop_it_too(content: Awkward, reachable_folder: Path) -> None:
    database, facts = backed_up(content, reachable_folder)
    ruin(content)
    facts.properties["acl"].append(["no such role", "CONNECT", False])
    with pytest.raises(Failed, match="no such role"):
        database.restore_dump(facts, STAMP, Deadline(60), ignore, ignore)
    assert_the_failed_one_still_serves(content, database)


SLEEPER = """
CREATE FUNCTION sleeps(t text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
  'BEGIN IF current_database() LIKE ''%restore%'' THEN PERFORM pg_sleep(60); END IF; RETURN t; END';
CREATE INDEX slow_to_restore ON people (sleeps(name));
"""
"""An index that is made at once here, and never in a database that is being restored."""


def test_a_cancel_in_the_middle_cleans_up(content: Awkward, reachable_folder: Path) -> None:
    with connected(content) as connection:
        connection.execute(SLEEPER)
    database, facts = backed_up(content, reachable_folder)
    ruin(content)
    deadline = Deadline.unlimited()
    threading.Timer(2.0, deadline.cancel, ["you asked for it"]).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        database.restore_dump(facts, STAMP, deadline, ignore, ignore)
    assert time.monotonic() - began < 8
    assert_the_failed_one_still_serves(content, database)
    assert_no_session_is_left(content)


def test_a_restore_in_which_nothing_moves_is_ended(content: Awkward, reachable_folder: Path) -> None:
    with connected(content) as connection:
        connection.execute(SLEEPER)
    database, facts = backed_up(content, reachable_folder)
    ruin(content)
    server, tools = database._server, database._tools(Deadline(5))
    with pytest.raises(Failed, match="made no progress for 2 seconds"):
        restore.restore_dump(server, tools, facts, STAMP, Deadline.unlimited(), ignore, ignore, jobs=2, stall_seconds=2)
    assert_the_failed_one_still_serves(content, database)
    assert_no_session_is_left(content)


def test_a_copy_that_is_gone_or_another_is_refused(content: Awkward) -> None:
    database = opened(content)
    name = sibling_name(content.name, Sibling.CUTOVER, STAMP)
    copy, _ = database.copy(name, Deadline(30), ignore)
    ruin(content)
    with pytest.raises(Failed, match="is another one"):
        database.restore_copy(Copy(name, copy.oid + 1), STAMP, Deadline(30), ignore)
    assert_the_failed_one_still_serves(content, database)
    assert database.drop(name, copy.oid) is True
    with pytest.raises(Failed, match="not there any more"):
        database.restore_copy(copy, STAMP, Deadline(30), ignore)


def test_a_restore_is_not_done_twice(content: Awkward) -> None:
    database = opened(content)
    first, _ = database.copy(sibling_name(content.name, Sibling.CUTOVER, STAMP), Deadline(30), ignore)
    second, _ = database.copy(sibling_name(content.name, Sibling.CUTOVER, "20261124031501"), Deadline(30), ignore)
    database.restore_copy(first, STAMP, Deadline(30), ignore)
    with pytest.raises(Failed, match="has been done once"):
        database.restore_copy(second, STAMP, Deadline(30), ignore)
    with connected(content) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert database.identity(Deadline(5)).oid == first.oid


def test_it_goes_back_again_from_what_was_set_aside(content: Awkward) -> None:
    """A rollback that an operator asked for, and that fails itself."""
    database = opened(content)
    before = whole(content)
    copy, _ = database.copy(sibling_name(content.name, Sibling.CUTOVER, STAMP), Deadline(30), ignore)
    newer = database.identity(Deadline(5)).oid
    restored = database.restore_copy(copy, STAMP, Deadline(30), ignore)
    again = database.restore_copy(Copy(restored.set_aside, newer), "20261124031502", Deadline(30), ignore)
    assert again.oid == newer
    assert whole(content) == before


def test_no_copy_leaves_the_source_open_and_says_why(content: Awkward) -> None:
    database = opened(content)
    name = sibling_name(content.name, Sibling.CUTOVER, STAMP)
    with pytest.raises(CopyUnavailable, match="not a name"):
        database.copy("anything", Deadline(30), ignore)
    held = connected(content, content.server.superuser)
    with pytest.raises(CopyUnavailable, match="may not be ended by this role"):
        database.copy(name, Deadline(30), ignore)
    held.close()
    with connected(content) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert database.siblings() == {}


def test_a_copy_that_takes_too_long_leaves_the_source_open(content: Awkward) -> None:
    database = opened(content)
    name = sibling_name(content.name, Sibling.CUTOVER, STAMP)
    with psycopg.connect(content.server.url("postgres")) as holder:
        holder.execute(f"COMMENT ON DATABASE \"{content.name}\" IS 'held'")
        with pytest.raises(TimeLimitPassed):
            database.copy(name, Deadline(1), ignore)
    with connected(content) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert database.siblings() == {}


def test_recovery_opens_a_database_that_a_killed_run_left_closed(content: Awkward) -> None:
    database = opened(content)
    assert database.allow_connections(Deadline(5)) is False
    with psycopg.connect(content.server.url("postgres"), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{content.name}" ALLOW_CONNECTIONS false')
    closed = database.preflight(Path("/tmp"), Deadline(5))
    assert [each.ok for each in closed] == [False]
    assert "shipui recover" in closed[0].fix
    assert database.allow_connections(Deadline(5)) is True
    assert database.identity(Deadline(5)).name == content.name


def test_an_answer_to_commit_that_is_lost_is_asked_for_again(content: Awkward, monkeypatch: pytest.MonkeyPatch) -> None:
    database = opened(content)
    copy, _ = database.copy(sibling_name(content.name, Sibling.CUTOVER, STAMP), Deadline(30), ignore)
    rename = swap._rename_both

    def rename_and_lose_the_answer(*arguments: object) -> None:
        rename(*arguments)  # type: ignore[arg-type]
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(swap, "_rename_both", rename_and_lose_the_answer)
    restored = database.restore_copy(copy, STAMP, Deadline(30), ignore)
    assert database.identity(Deadline(5)).oid == copy.oid == restored.oid


def test_a_damaged_backup_is_not_even_begun_with(content: Awkward, reachable_folder: Path) -> None:
    database, facts = backed_up(content, reachable_folder)
    with pytest.raises(BackupDamaged):
        database.restore_dump(dataclasses.replace(facts, sha256="0" * 64), STAMP, Deadline(30), ignore, ignore)
    assert database.siblings() == {}
