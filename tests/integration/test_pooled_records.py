"""Records behind a real pgbouncer: in transaction mode locks would hold for nobody, so shipui refuses to begin; in session mode it works."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from shipui.databases.server_account import server_account
from shipui.model.errors import Refused
from shipui.records import schema
from tests.parts import needs
from tests.records import RecordsDatabase

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
MakePool = Callable[[str], str]


@pytest.fixture
def pool(records_database: RecordsDatabase, reachable_folder: Path) -> Iterator[MakePool]:
    """A function that starts a pool in that mode, and gives the records' URL through it."""
    needs("pgbouncer", PROGRAM is not None)
    assert PROGRAM is not None
    account = server_account(None)
    direct = conninfo_to_dict(records_database.url)
    started: list[subprocess.Popen[bytes]] = []

    def start(mode: str) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        folder = reachable_folder / mode
        folder.mkdir()
        (folder / "users").write_text(f'"{direct["user"]}" ""\n')
        (folder / "pool.ini").write_text(
            f"[databases]\n{direct['dbname']} = host={direct['host']} port={direct['port']}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {folder}/users\npool_mode = {mode}\nlogfile = {folder}/log\n"
        )
        for each in (folder, *folder.iterdir()):
            os.chown(each, account.uid, account.gid)
        options = {"user": account.uid, "group": account.gid, "extra_groups": []} if account.lent else {}
        started.append(subprocess.Popen([PROGRAM, "-q", str(folder / "pool.ini")], **options))  # type: ignore[call-overload]
        url = f"postgresql://{direct['user']}@127.0.0.1:{port}/{direct['dbname']}"
        until = time.monotonic() + 20
        while True:
            try:
                psycopg.connect(url, connect_timeout=2).close()
                return url
            except psycopg.OperationalError:
                assert time.monotonic() < until, (folder / "log").read_text()
                time.sleep(0.05)

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_transaction_mode_is_refused_before_anything_is_done(pool: MakePool, records_database: RecordsDatabase) -> None:
    with pytest.raises(Refused, match="connection pooler that gives each transaction another session") as refused:
        schema.ensure(pool("transaction"), records_database.owner_url)
    assert refused.value.exit_code == 3
    assert "the server itself" in refused.value.fix


def test_session_mode_and_a_direct_connection_are_right(pool: MakePool, records_database: RecordsDatabase) -> None:
    schema.ensure(pool("session"), records_database.owner_url)
    schema.ensure(records_database.url, records_database.owner_url)
