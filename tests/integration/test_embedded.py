"""The embedded server: what an operator would notice when it starts, is shared, is barred, and stops."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest

from shipui.databases import embedded_binaries
from shipui.databases.embedded import EmbeddedServer
from shipui.databases.server_account import private_folder, server_account
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, BadSettings, Refused
from tests.servers import DebianServer, FreshDatabase

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another account; run as root too")


def test_it_lets_clients_in_and_listens_on_no_network_address(embedded_server: EmbeddedServer) -> None:
    with psycopg.connect(embedded_server.url()) as connection:
        row = connection.execute(
            "SELECT current_user, current_database(), current_setting('listen_addresses'),"
            " current_setting('server_encoding')"
        ).fetchone()
    assert row == ("shipui_owner", "shipui", "", "UTF8")


def test_its_folders_are_private(embedded_server: EmbeddedServer) -> None:
    for folder in (embedded_server.data_folder, embedded_server.socket_folder, embedded_server.data_folder / "cluster"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.stat().st_uid == embedded_server.account.uid


def test_starting_again_finds_the_same_server(embedded_server: EmbeddedServer) -> None:
    with psycopg.connect(embedded_server.url()) as connection:
        before = connection.execute("SELECT pg_postmaster_start_time()").fetchone()
    EmbeddedServer(embedded_server.data_folder).start(Deadline(20))
    with psycopg.connect(embedded_server.url()) as connection:
        assert connection.execute("SELECT pg_postmaster_start_time()").fetchone() == before


_START = """
import sys
from pathlib import Path
from shipui.databases.embedded import EmbeddedServer
from shipui.limits.deadline import Deadline
EmbeddedServer(Path(sys.argv[1])).start(Deadline(40))
"""


def test_processes_that_start_it_at_once_share_one_that_outlives_them(reachable_folder: Path) -> None:
    server = EmbeddedServer(reachable_folder / "new" / "postgres")
    starters = [
        subprocess.Popen([sys.executable, "-c", _START, str(server.data_folder)], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    try:
        for starter in starters:
            _, errors = starter.communicate(timeout=60)
            assert starter.returncode == 0, errors
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop(Deadline(30))
    assert not server.running()
    assert not (server.data_folder / "cluster" / "postmaster.pid").exists()


def test_what_was_written_is_there_after_stop_start_and_kill(reachable_folder: Path) -> None:
    server = EmbeddedServer(reachable_folder / "postgres")
    server.start(Deadline(30))
    try:
        with psycopg.connect(server.url()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
        server.stop(Deadline(30))
        server.stop(Deadline(30))  # once more does nothing
        server.start(Deadline(30))
        pid = int((server.data_folder / "cluster" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 9)
        server.start(Deadline(30))
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    finally:
        server.stop(Deadline(30))


def test_a_long_path_gets_a_private_socket_folder_that_every_process_finds(reachable_folder: Path) -> None:
    data = reachable_folder / ("a-folder-with-a-long-name-" * 4) / "postgres"
    server = EmbeddedServer(data)
    assert len(os.fsencode(server.socket_folder / ".s.PGSQL.5432")) < 100
    assert EmbeddedServer(data).socket_folder == server.socket_folder
    assert EmbeddedServer(data.parent / "other").socket_folder != server.socket_folder
    server.start(Deadline(30))
    try:
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
        with psycopg.connect(EmbeddedServer(data).url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop(Deadline(30))
        server.socket_folder.rmdir()


def test_a_folder_that_others_can_enter_is_refused_and_left_as_it_is(reachable_folder: Path) -> None:
    data = reachable_folder / "postgres"
    data.mkdir(mode=0o755)
    with pytest.raises(Refused) as caught:
        EmbeddedServer(data).start(Deadline(10))
    assert str(data) in caught.value.plain
    assert "not private" in caught.value.plain
    assert stat.S_IMODE(data.stat().st_mode) == 0o755
    assert list(data.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another account")
def test_a_folder_of_another_account_is_neither_moved_nor_given_away(reachable_folder: Path) -> None:
    """A server of that account may be using it."""
    folder = reachable_folder / "records"
    folder.mkdir(mode=0o700)
    daemon = pwd.getpwnam("daemon")
    os.chown(folder, daemon.pw_uid, daemon.pw_gid)
    with pytest.raises(Refused) as caught:
        EmbeddedServer(folder, os_user="nobody").start(Deadline(10))
    assert "belongs to the account daemon" in caught.value.plain
    assert "records.os_user" in caught.value.fix
    assert "records.url" in caught.value.fix
    assert "chown" not in caught.value.fix
    assert folder.stat().st_uid == daemon.pw_uid


def test_a_symlink_in_the_socket_folders_place_is_refused(reachable_folder: Path) -> None:
    (reachable_folder / "elsewhere").mkdir(mode=0o700)
    link = reachable_folder / "socket"
    link.symlink_to(reachable_folder / "elsewhere")
    with pytest.raises(Refused) as caught:
        private_folder(link, server_account(None), Deadline(10))
    assert "something else" in caught.value.plain


@as_root
def test_a_barred_parent_is_named_with_a_folder_that_works(reachable_folder: Path) -> None:
    barred = reachable_folder / "roots-own"
    barred.mkdir(mode=0o700)
    server = EmbeddedServer(barred / "state" / "postgres")
    with pytest.raises(Refused) as caught:
        server.start(Deadline(10))
    words = caught.value.plain
    assert f"{barred} bars the way" in words
    assert server.account.name in words
    assert "/var/lib/shipui" in caught.value.fix
    assert stat.S_IMODE(barred.stat().st_mode) == 0o700
    assert list(barred.iterdir()) == []


@as_root
def test_as_root_it_runs_under_the_account_that_is_named(reachable_folder: Path) -> None:
    server = EmbeddedServer(reachable_folder / "postgres", os_user="nobody")
    server.start(Deadline(30))
    try:
        pid = int((server.data_folder / "cluster" / "postmaster.pid").read_text().split()[0])
        status = Path("/proc", str(pid), "status").read_text()
        uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
        groups = next(line for line in status.splitlines() if line.startswith("Groups:")).split()[1:]
        assert set(uids) == {str(pwd.getpwnam("nobody").pw_uid)}
        assert groups == []
    finally:
        server.stop(Deadline(30))


@as_root
def test_programs_that_the_account_cannot_reach_are_copied_once(
    reachable_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = embedded_binaries.find_binaries()
    hidden = reachable_folder / "venv"
    hidden.mkdir(mode=0o700)
    for name in (embedded_binaries.PACKAGE, f"{embedded_binaries.PACKAGE}.libs"):
        (hidden / name).symlink_to(found.site / name)
    server = EmbeddedServer(reachable_folder / "postgres")
    server.binaries_found = embedded_binaries.Binaries(hidden, found.installation)
    server.start(Deadline(40))
    try:
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT count(*) > 0 FROM pg_available_extensions").fetchone() == (True,)
    finally:
        server.stop(Deadline(30))
    copies = list(reachable_folder.glob("postgres-programs-*"))
    assert len(copies) == 1
    assert not list(reachable_folder.glob(".postgres-programs-*"))
    program = copies[0] / embedded_binaries.PACKAGE / found.installation / "bin" / "postgres"
    assert program.stat().st_uid == 0, "the account must not be able to change a program that root may run"
    made = program.stat().st_ino
    server.start(Deadline(40))
    server.stop(Deadline(30))
    assert program.stat().st_ino == made


@as_root
def test_an_ordinary_user_runs_it_as_itself(reachable_folder: Path) -> None:
    """A child process gives root up for good before it begins (the interpreter itself may lie where only root can go)."""
    home = reachable_folder / "home"
    home.mkdir(mode=0o700)
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    found = embedded_binaries.find_binaries()
    if not server_account("nobody").can("-x", found.folder / "postgres", Deadline(10)):
        pytest.skip("the wheel is installed where an ordinary user cannot read it")
    program = (
        "import os, sys, psycopg, shipui.databases.embedded, encodings.idna\n"
        f"os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid}); os.chdir('/')\n"
        f"{_START}"
        "server = EmbeddedServer(Path(sys.argv[1]))\n"
        "print(server.account.lent, psycopg.connect(server.url()).execute('SELECT 41 + 1').fetchone()[0])\n"
        "server.stop(Deadline(20))\n"
        "print(server.running())\n"
    )
    command = [sys.executable, "-c", program, str(home / "state" / "postgres")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout.split() == ["False", "42", "False"], ended.stderr
    assert (home / "state" / "postgres").stat().st_uid == nobody.pw_uid


@as_root
def test_an_ordinary_user_that_may_not_write_there_is_told_so(reachable_folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    program = (
        "import os, sys, shipui.databases.embedded\n"
        "from shipui.model.errors import Refused\n"
        f"os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid})\n"
        "try:\n"
        f"    exec({_START!r})\n"
        "except Refused as error:\n"
        "    print(error.plain)\n"
    )
    (reachable_folder / "roots-own").mkdir(mode=0o700)
    for place in (reachable_folder / "postgres", reachable_folder / "roots-own" / "state" / "postgres"):
        command = [sys.executable, "-c", program, str(place)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert ended.stdout == f"The folder {place} could not be made: Permission denied.\n", ended.stderr


def test_a_missing_wheel_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_binaries, "PACKAGE", "no_such_wheel")
    with pytest.raises(BadSettings) as caught:
        embedded_binaries.find_binaries()
    assert "pip install 'shipui[embedded]'" in caught.value.fix


def test_a_folder_that_a_shell_would_read_is_refused(reachable_folder: Path) -> None:
    with pytest.raises(BadInput):
        EmbeddedServer(reachable_folder / "$(touch x)")


def test_data_of_another_major_version_is_not_touched(reachable_folder: Path) -> None:
    server = EmbeddedServer(reachable_folder / "postgres")
    private_folder(server.data_folder, server.account, Deadline(10))
    (server.data_folder / "cluster").mkdir()
    (server.data_folder / "cluster" / "PG_VERSION").write_text("16\n")
    with pytest.raises(Refused) as caught:
        server.start(Deadline(10))
    assert "PostgreSQL 16" in caught.value.plain


def test_it_can_be_started_from_several_threads(embedded_server: EmbeddedServer) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        try:
            EmbeddedServer(embedded_server.data_folder).start(Deadline(20))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_the_fixtures_give_owners_without_special_rights(
    embedded_database: FreshDatabase, debian_database: FreshDatabase, debian_server: DebianServer
) -> None:
    for url in (embedded_database.url, debian_database.url, debian_database.tcp_url):
        with psycopg.connect(url) as connection:
            row = connection.execute(
                "SELECT rolsuper, rolcreatedb, current_user = (SELECT datdba::regrole::text FROM pg_database"
                " WHERE datname = current_database()) FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            assert row == (False, True, True)
