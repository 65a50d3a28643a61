"""Backups that cannot be made: each ends in plain words, leaves no half file, and nothing running in the server."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from shipui.databases import scratch
from shipui.databases.base import Sibling, sibling_name
from shipui.databases.postgres import PostgresDatabase
from shipui.limits.deadline import Deadline
from shipui.model.errors import (
    BackupDamaged,
    Cancelled,
    Failed,
    NoSpace,
    NotReady,
    TimeLimitPassed,
    ToolFailed,
    Unreachable,
)
from tests.engine.postgres import ContainerServer
from tests.integration.database_content import (
    APPLICATION,
    STAMP,
    Awkward,
    assert_no_session_is_left,
    connected,
    ignore,
    opened,
)
from tests.servers import OWNER_PASSWORD, FreshDatabase


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """256 kB that fill up for real."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "disk"
    folder.mkdir(mode=0o700)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_said_and_the_half_file_is_removed(content: Awkward, small_disk: Path) -> None:
    with connected(content) as connection:
        connection.execute("CREATE TABLE bulk AS SELECT md5(n::text) AS a FROM generate_series(1, 20000) AS n")
    with pytest.raises(NoSpace, match=r"disk .*is full"):
        opened(content).back_up(small_disk / "a.dump", Deadline(60), ignore, ignore)
    assert list(small_disk.iterdir()) == []
    assert_no_session_is_left(content)


@pytest.mark.parametrize("end", ["deadline", "cancel"])
def test_a_dump_that_waits_for_a_lock_ends_with_the_deadline(
    content: Awkward, reachable_folder: Path, end: str
) -> None:
    database = opened(content)
    with psycopg.connect(content.url()) as locker:
        locker.execute("LOCK TABLE notes IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        deadline = Deadline(1.5 if end == "deadline" else 60)
        if end == "cancel":
            threading.Timer(1.5, deadline.cancel, ["you asked for it"]).start()
        with pytest.raises(TimeLimitPassed if end == "deadline" else Cancelled):
            database.back_up(reachable_folder / "a.dump", deadline, ignore, ignore)
        assert time.monotonic() - began < 6
        assert_no_session_is_left(content)
    assert list(reachable_folder.iterdir()) == []
    assert database.siblings() == {}


def test_a_deadline_in_the_rehearsal_leaves_no_scratch_database(content: Awkward, reachable_folder: Path) -> None:
    database = opened(content)
    deadline = Deadline(60)

    def cancel_when_rehearsing(line: str) -> None:
        if "Rehearsing" in line:
            threading.Timer(0.25, deadline.cancel, ["enough"]).start()

    with pytest.raises(Cancelled):
        database.back_up(reachable_folder / "a.dump", deadline, ignore, cancel_when_rehearsing)
    assert database.siblings() == {}
    assert list(reachable_folder.iterdir()) == []
    assert_no_session_is_left(content)


def test_what_this_role_could_not_restore_is_named(content: Awkward, reachable_folder: Path) -> None:
    """Found before the deployment, not when the restore is needed."""
    with connected(content, content.server.superuser) as connection:
        connection.execute("CREATE FUNCTION noted() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'")
        connection.execute("CREATE EVENT TRIGGER watch_everything ON ddl_command_end EXECUTE FUNCTION noted()")
    database = opened(content)
    with pytest.raises(ToolFailed, match="app owner") as failure:
        database.back_up(reachable_folder / "a.dump", Deadline(60), ignore, ignore)
    assert "noted" in failure.value.plain
    assert database.siblings() == {}
    assert list(reachable_folder.iterdir()) == []
    facts = opened(content, content.server.superuser).back_up(reachable_folder / "b.dump", Deadline(60), ignore, ignore)
    assert facts.size > 0


def test_a_setting_that_only_a_superuser_may_make_is_named(content: Awkward, reachable_folder: Path) -> None:
    with connected(content, content.server.superuser) as connection:
        connection.execute(f"ALTER DATABASE \"{content.name}\" SET log_statement = 'all'")
    with pytest.raises(ToolFailed, match="log_statement"):
        opened(content).back_up(reachable_folder / "a.dump", Deadline(60), ignore, ignore)


LYING = """#!/bin/sh
{real} "$@" || exit
case "$*" in *--schema-only*|*--version*) exit 0;; esac
for each in "$@"; do case "$each" in --file=*) file="${{each#--file=}}";; esac; done
truncate -s {size} "$file"
"""
"""A pg_dump that loses the end of its file, as a broken disk or a full quota may, and says that all went well."""


@pytest.mark.parametrize("size", ["0", "-3000"])
def test_a_dump_that_only_says_that_it_went_well_does_not_count(
    content: Awkward, reachable_folder: Path, size: str
) -> None:
    if isinstance(content.server, ContainerServer):
        return  # its tools are in the container; what does not arrive whole from there is tried in tests/engine
    binaries = content.server.binaries
    folder = reachable_folder / "tools"
    folder.mkdir()
    for name in ("pg_restore", "psql"):
        (folder / name).symlink_to(binaries / name)
    (folder / "pg_dump").write_text(LYING.format(real=binaries / "pg_dump", size=size))
    (folder / "pg_dump").chmod(0o755)
    with pytest.raises(BackupDamaged):
        opened(content, tools=folder).back_up(reachable_folder / "a.dump", Deadline(60), ignore, ignore)
    assert [each.name for each in reachable_folder.iterdir()] == ["tools"]


@pytest.mark.parametrize("damage", ["flipped", "cut", "emptied", "removed"])
def test_a_damaged_backup_is_found(content: Awkward, reachable_folder: Path, damage: str) -> None:
    database = opened(content)
    path = reachable_folder / "a.dump"
    facts = database.back_up(path, Deadline(60), ignore, ignore)
    assert database.prove(path, facts.sha256, Deadline(10)) == (facts.sha256, facts.size)
    content_of_file = bytearray(path.read_bytes())
    if damage == "flipped":
        content_of_file[len(content_of_file) // 2] ^= 0x01
        path.write_bytes(content_of_file)
    elif damage == "removed":
        path.unlink()
    else:
        path.write_bytes(content_of_file[: len(content_of_file) * 2 // 3] if damage == "cut" else b"")
    with pytest.raises(BackupDamaged):
        database.prove(path, facts.sha256, Deadline(10))
    if damage != "flipped":
        with pytest.raises(BackupDamaged):
            database.prove(path, None, Deadline(10))
    with pytest.raises(BackupDamaged):
        database.restore_dump(facts, "20261124031500", Deadline(10), ignore, ignore)
    assert database.siblings() == {}


def test_one_bit_that_no_reader_misses_is_found_by_its_checksum(content: Awkward, reachable_folder: Path) -> None:
    """In the time of the dump, which pg_restore reads and does not check: only the recorded SHA-256 can tell."""
    database = opened(content)
    path = reachable_folder / "a.dump"
    facts = database.back_up(path, Deadline(60), ignore, ignore)
    whole = path.read_bytes()
    for place in range(len(b"PGDMP") + 8, 40):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x01]) + whole[place + 1 :])
        try:
            database.prove(path, None, Deadline(10))
        except BackupDamaged:
            continue
        break
    else:
        pytest.fail("pg_restore noticed every one of them")
    with pytest.raises(BackupDamaged, match="its content has changed"):
        database.prove(path, facts.sha256, Deadline(10))
    with pytest.raises(BackupDamaged, match="its content has changed"):
        database.restore_dump(facts, "20261124031500", Deadline(10), ignore, ignore)
    with pytest.raises(BackupDamaged, match="its content has changed"):
        database.verify(facts, Deadline(10), ignore)
    assert database.siblings() == {}


def test_a_backup_is_never_written_over_another(content: Awkward, reachable_folder: Path) -> None:
    (reachable_folder / "a.dump").write_text("precious")
    with pytest.raises(Failed, match="already"):
        opened(content).back_up(reachable_folder / "a.dump", Deadline(60), ignore, ignore)
    assert (reachable_folder / "a.dump").read_text() == "precious"


def test_tools_of_another_version_are_refused_in_words(
    debian_database: FreshDatabase, embedded_database: FreshDatabase
) -> None:
    database = PostgresDatabase(
        debian_database.url, application_name=APPLICATION, tools=embedded_database.server.binaries
    )
    with pytest.raises(NotReady, match=r"PostgreSQL \d+, .*; here there is 18") as refusal:
        database.back_up(Path("/nonexistent/a.dump"), Deadline(10), ignore, ignore)
    assert "postgresql-client-15" in refusal.value.fix


def test_the_password_is_in_no_process_list_log_or_error(
    debian_database: FreshDatabase, reachable_folder: Path
) -> None:
    said: list[str] = []
    seen: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.01):
            for each in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(each.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue

    with psycopg.connect(debian_database.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE a AS SELECT md5(n::text) AS a FROM generate_series(1, 200000) AS n")
    database = PostgresDatabase(
        debian_database.tcp_url,
        application_name=APPLICATION,
        extra_tool_folders=[debian_database.server.binaries],
    )
    looking = threading.Thread(target=look)
    looking.start()
    facts = database.back_up(reachable_folder / "a.dump", Deadline(60), ignore, said.append)
    done.set()
    looking.join()
    assert any("pg_dump" in each for each in seen)
    wrong = PostgresDatabase(debian_database.tcp_url.replace("word", "w0rd"), application_name=APPLICATION)
    checks = wrong.preflight(reachable_folder, Deadline(10))
    assert [(each.name, each.ok) for each in checks] == [("database reachable", False)]
    everything = "\n".join([*said, *seen, repr(facts), repr(checks)])
    for secret in (OWNER_PASSWORD, "ss%20word", "ss%20w0rd", "ss w0rd"):
        assert secret not in everything


def test_a_database_that_has_the_scratch_name_already_is_not_dropped(
    content: Awkward, reachable_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "now_stamp", lambda: STAMP)
    theirs = sibling_name(content.name, Sibling.REHEARSAL, STAMP)
    with psycopg.connect(content.server.url("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{theirs}"')
    with pytest.raises(Failed, match="already"):
        opened(content).back_up(reachable_folder / "a.dump", Deadline(30), ignore, ignore)
    assert list(opened(content).siblings()) == [theirs]


def test_a_server_that_accepts_and_says_nothing_does_not_hold_a_run_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgresql://shop:secret@127.0.0.1:{silent.getsockname()[1]}/shop"
        began = time.monotonic()
        with pytest.raises((Unreachable, TimeLimitPassed)):
            PostgresDatabase(url, application_name=APPLICATION).marker(Deadline(1.5))
        assert time.monotonic() - began < 5
