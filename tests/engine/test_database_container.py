"""A production database in a container: how it is reached, what is said when it is not there, and that nothing is left in it."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shipui.databases import container_room, container_tools
from shipui.databases.base import BackupFacts
from shipui.databases.container import DatabaseContainer
from shipui.databases.postgres import PostgresDatabase
from shipui.databases.tools import Sent
from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from shipui.model.errors import Cancelled, Failed, NoSpace, Unreachable
from tests.engine.daemon import Daemon
from tests.engine.images import BASE
from tests.engine.postgres import ContainerServer, load_postgres
from tests.servers import OWNER_PASSWORD, FreshDatabase, make_database

RUN = "shipui/RN-0000000D"
STAMP = "20261124031500"

MakeServer = Callable[..., ContainerServer]

SLEEPER = """
CREATE TABLE notes AS SELECT n AS id, 'note ' || n AS text FROM generate_series(1, 1000) AS n;
CREATE FUNCTION sleeps(t text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
  'BEGIN IF current_database() LIKE ''%restore%'' THEN PERFORM pg_sleep(600); END IF; RETURN t; END';
CREATE INDEX slow_to_restore ON notes (sleeps(text)) WHERE id < 3;
CREATE INDEX slow_as_well ON notes (sleeps(text)) WHERE id < 4;
"""
"""Two indexes that are made at once here, and never in a database that is being restored."""


@pytest.fixture
def new_server(docker_daemon: Daemon) -> Iterator[MakeServer]:
    made: list[ContainerServer] = []
    engine = Engine(docker_daemon.address)
    load_postgres(engine, docker_daemon.folder)

    def make(*options: str, **host: Any) -> ContainerServer:
        made.append(ContainerServer(engine, *options, **host))
        return made[-1]

    yield make
    for server in made:
        server.remove()


def shop_in(server: ContainerServer, content: str = "CREATE TABLE notes AS SELECT 1 AS id") -> FreshDatabase:
    shop = make_database(server)
    with psycopg.connect(shop.url, autocommit=True) as connection:
        connection.execute(content)
    return shop


def opened(shop: FreshDatabase, url: str = "", *, epoch: int = 1, **options: Any) -> PostgresDatabase:
    server = shop.server
    assert isinstance(server, ContainerServer)
    given = {"engine": server.engine, "container": server.name, **options}
    return PostgresDatabase(
        url or server.url_by_name(shop.name, shop.owner), application_name=f"{RUN}/{epoch}", **given
    )


def ignore(*_: object) -> None:
    """A log or progress that nobody reads."""


def tools_in(server: ContainerServer) -> list[str]:
    return [each for each in server.processes() if "pg_restore" in each or "pg_dump" in each]


def files_in(server: ContainerServer, folder: str) -> list[str]:
    with server.engine.call(Deadline(30)) as client:
        chunks, _ = client.get_archive(server.name, folder)
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
            return [each for each in archive.getnames() if "/" in each]


def until(true: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def sessions(server: ContainerServer, statement: str) -> int:
    """Of the run, at work on that just now."""
    with psycopg.connect(server.url("postgres")) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE %s AND query LIKE %s AND state = 'active'",
            (f"{RUN}/%", statement),
        ).fetchone()
    assert found is not None
    return int(found[0])


def failed(checks: list[Check]) -> list[Check]:
    return [each for each in checks if not each.ok]


def rows(shop: FreshDatabase, database: str = "") -> int:
    with psycopg.connect(shop.url, dbname=database or shop.name) as connection:
        found = connection.execute("SELECT count(*) FROM notes").fetchone()
    assert found is not None
    return int(found[0])


@pytest.mark.parametrize("way", ["name", "no host", "port", "socket"])
def test_every_way_to_reach_it_leads_there_and_back(new_server: MakeServer, reachable_folder: Path, way: str) -> None:
    mounted = {"binds": {str(reachable_folder): {"bind": "/socket", "mode": "rw"}}}
    reachable_folder.chmod(0o777)
    server = (
        new_server("-c", "unix_socket_directories=/socket, /var/run/postgresql", **mounted)
        if way == "socket"
        else new_server(port_bindings={})
        if way == "no host"
        else new_server()
    )
    admin = PostgresDatabase(
        server.url_by_name("postgres"), application_name=f"{RUN}/1", engine=server.engine, container=server.name
    )
    with admin._server.connect(Deadline(10)) as connection:
        connection.execute("CREATE ROLE shop LOGIN CREATEDB PASSWORD 'p@ss word/1'")
        connection.execute("CREATE DATABASE shop OWNER shop")
    login = "shop:p%40ss%20word%2F1"
    url = {
        "name": f"postgresql://{login}@{server.name}/shop",
        "no host": f"postgresql://{login}@/shop",
        "port": "",
        "socket": f"postgresql://shop@/shop?host={reachable_folder}",
    }[way] or server.url("shop", "shop")
    database = PostgresDatabase(url, application_name=f"{RUN}/1", engine=server.engine, container=server.name)
    assert failed(database.preflight(reachable_folder, Deadline(30))) == []
    facts = database.back_up(reachable_folder / "a.dump", Deadline(60), ignore, ignore)
    assert facts.tool.startswith("pg_dump 1")
    restored = database.restore_dump(facts, STAMP, Deadline(60), ignore, ignore)
    assert database.identity(Deadline(10)).oid == restored.oid
    assert files_in(server, "/tmp") == []


def test_a_published_port_needs_no_more_than_its_url(new_server: MakeServer, reachable_folder: Path) -> None:
    """With this machine's tools, as for any other server."""
    shop = shop_in(new_server())
    database = PostgresDatabase(shop.url, application_name=f"{RUN}/1", extra_tool_folders=[shop.server.binaries])
    facts = database.back_up(reachable_folder / "a.dump", Deadline(60), ignore, ignore)
    assert str(shop.server.binaries) in str(database.preflight(reachable_folder, Deadline(30)))
    database.restore_dump(facts, STAMP, Deadline(60), ignore, ignore)
    assert rows(shop) == 1


def test_the_password_stays_out_of_command_lines_files_logs_and_commands(
    new_server: MakeServer, reachable_folder: Path
) -> None:
    """The server lets nobody in without one, by its socket neither."""
    server = new_server()
    shop = shop_in(server, "CREATE TABLE notes AS SELECT n AS id, md5(n::text) FROM generate_series(1, 20000) AS n")
    assert server.shell("sed", "-i", "s/trust/scram-sha-256/", "/data/cluster/pg_hba.conf") == 0
    with psycopg.connect(shop.superuser_url) as connection:
        connection.execute("SELECT pg_reload_conf()")
    said: list[str] = []
    seen: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.02):
            seen.update(server.processes())

    looking = threading.Thread(target=look)
    looking.start()
    database = opened(shop)
    path = reachable_folder / "it's a backup.dump"
    facts = database.back_up(path, Deadline(60), ignore, said.append)
    restored = database.restore_dump(facts, STAMP, Deadline(60), ignore, said.append)
    done.set()
    looking.join()
    assert any("pg_dump" in each for each in seen)
    commands = database.restore_commands(path)
    with server.engine.call(Deadline(30)) as client:
        log = client.logs(server.name).decode()
    for secret in (OWNER_PASSWORD, "ss%20word", "ss word/1"):
        assert secret not in "\n".join([*said, *seen, repr(facts), *commands, log])

    assert database.drop(restored.set_aside, database.siblings()[restored.set_aside])
    with psycopg.connect(shop.url, autocommit=True) as connection:
        connection.execute("DELETE FROM notes")
    for command in commands:
        environment = {**os.environ, "PGPASSWORD": OWNER_PASSWORD}
        ran = subprocess.run(
            command, shell=True, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert ran.returncode == 0, f"{command}\n{ran.stderr}"
    assert rows(shop) == 20000
    assert files_in(server, "/tmp") == []


def backed_up(shop: FreshDatabase, folder: Path) -> BackupFacts:
    return opened(shop).back_up(folder / "a.dump", Deadline(60), ignore, ignore)


def test_a_cancel_leaves_nothing_running_and_disturbs_no_other_session(
    new_server: MakeServer, reachable_folder: Path
) -> None:
    """The server is the first process there: a child of a killed tool that it inherits would make it end every session."""
    server = new_server()
    shop = shop_in(server, SLEEPER)
    facts = backed_up(shop, reachable_folder)
    deadline = Deadline.unlimited()

    def cancel() -> None:
        until(lambda: sessions(server, "CREATE INDEX%") == 2, 60)
        deadline.cancel("you asked for it")

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with psycopg.connect(shop.server.url("postgres"), autocommit=True) as other:
        with pytest.raises(Cancelled):
            opened(shop).restore_dump(facts, STAMP, deadline, ignore, ignore)
        canceller.join()
        assert tools_in(server) == []
        assert files_in(server, "/tmp") == []
        time.sleep(0.5)
        assert other.execute("SELECT 1").fetchone() == (1,)
    assert opened(shop).siblings() == {}
    assert rows(shop) == 1000


KILLED = """
import sys
from pathlib import Path
from shipui.databases.base import BackupFacts
from shipui.databases.postgres import PostgresDatabase
from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
address, container, url, path = sys.argv[1:]
database = PostgresDatabase(url, application_name="shipui/RN-0000000D/1", engine=Engine(address), container=container)
facts = database.back_up(Path(path), Deadline(60), lambda *_: None, print)
database.restore_dump(facts, "20261124031500", Deadline.unlimited(), lambda *_: None, print)
"""


def test_recovery_ends_what_a_killed_run_left_in_the_container(new_server: MakeServer, reachable_folder: Path) -> None:
    server = new_server()
    shop = shop_in(server, SLEEPER)
    url = server.url_by_name(shop.name, shop.owner)
    arguments = [
        sys.executable,
        "-c",
        KILLED,
        server.engine.address,
        server.name,
        url,
        str(reachable_folder / "a.dump"),
    ]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, start_new_session=True) as shipui:
        until(lambda: sessions(server, "CREATE INDEX%") == 2, 60)
        shipui.send_signal(signal.SIGKILL)
    assert tools_in(server) != [], "the engine lets them live on"
    assert files_in(server, "/tmp") == [], "the file that they read has no name"

    with psycopg.connect(shop.server.url("postgres"), autocommit=True) as other:
        recovering = opened(shop, epoch=2)
        assert recovering.end_leftovers(Deadline(30)) >= 1
        assert tools_in(server) == []
        assert recovering.end_leftovers(Deadline(30)) == 0
        assert other.execute("SELECT 1").fetchone() == (1,)


def stop(server: ContainerServer) -> None:
    with server.engine.call(Deadline(30)) as client:
        client.stop(server.name, timeout=1)


def pause(server: ContainerServer) -> None:
    with server.engine.call(Deadline(30)) as client:
        client.pause(server.name)


def restart(server: ContainerServer) -> None:
    with server.engine.call(Deadline(30)) as client:
        client.restart(server.name, timeout=1)


@pytest.mark.parametrize(
    ("happens", "sentence"),
    [
        (stop, r"is not running \(exited\)"),
        (pause, "is paused"),
        (ContainerServer.remove, "There is no container"),
    ],
)
def test_a_container_that_is_not_up_is_one_failed_check(
    new_server: MakeServer, reachable_folder: Path, happens: Callable[[ContainerServer], None], sentence: str
) -> None:
    server = new_server()
    shop = shop_in(server)
    facts = backed_up(shop, reachable_folder)
    happens(server)
    database = opened(shop)
    checks = database.preflight(reachable_folder, Deadline(20))
    assert [(each.name, each.ok) for each in checks] == [("database container", False)]
    with pytest.raises(Unreachable, match=sentence) as failure:
        database.back_up(reachable_folder / "b.dump", Deadline(20), ignore, ignore)
    assert failure.value.plain == checks[0].detail
    assert checks[0].fix
    assert database.end_leftovers(Deadline(20)) == 0
    assert database.restore_commands(facts.path)[0].startswith("docker -H unix://")


@pytest.mark.parametrize(
    ("job", "happens", "sentence"),
    [
        ("dump", stop, "not running"),
        ("dump", ContainerServer.remove, "There is no container"),
        ("restore", restart, "started anew|not running"),
        ("restore", stop, "not running"),
    ],
)
def test_a_container_that_goes_away_in_the_middle_is_named(
    new_server: MakeServer,
    reachable_folder: Path,
    happens: Callable[[ContainerServer], None],
    sentence: str,
    job: str,
) -> None:
    server = new_server()
    shop = shop_in(server, SLEEPER)
    facts = backed_up(shop, reachable_folder)
    with closing(psycopg.connect(shop.url)) as locker:
        if job == "dump":
            locker.execute("LOCK TABLE notes IN ACCESS EXCLUSIVE MODE")
        statement = "LOCK TABLE%" if job == "dump" else "CREATE INDEX%"

        def watch() -> None:
            until(lambda: sessions(server, statement), 60)
            happens(server)

        watcher = threading.Thread(target=watch)
        watcher.start()
        database = opened(shop)
        jobs = {
            "dump": lambda: database.back_up(reachable_folder / "b.dump", Deadline(90), ignore, ignore),
            "restore": lambda: database.restore_dump(facts, STAMP, Deadline(90), ignore, ignore),
        }
        with pytest.raises(Unreachable, match=sentence):
            jobs[job]()
        watcher.join()
    assert [each.name for each in reachable_folder.iterdir()] == ["a.dump"]


def test_a_container_of_another_server_or_without_the_tools_is_refused(
    new_server: MakeServer, reachable_folder: Path
) -> None:
    server, stranger = new_server(), new_server()
    shop = shop_in(server)
    with psycopg.connect(stranger.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {shop.owner} LOGIN")
    checks = failed(opened(shop, shop.url, container=stranger.name).preflight(reachable_folder, Deadline(30)))
    assert [each.name for each in checks] == ["database tools"]
    assert "not the one that database.url leads to" in checks[0].detail

    with server.engine.call(Deadline(30)) as client:
        bare = client.create_container(BASE, ["sleep", "600"], environment={"PATH": "/usr/local/bin:/usr/bin"})["Id"]
        client.start(bare)
    try:
        checks = failed(opened(shop, shop.url, container=bare).preflight(reachable_folder, Deadline(30)))
        assert [each.name for each in checks] == ["database tools"]
        assert "cannot be run in the container" in checks[0].detail
        with_folder = opened(shop, shop.url, container=bare, tools=shop.server.binaries)
        checks = failed(with_folder.preflight(reachable_folder, Deadline(30)))
        assert "cannot connect to the server" in checks[0].detail
    finally:
        with server.engine.call(Deadline(30)) as client:
            client.remove_container(bare, force=True)


def test_no_room_in_the_container_is_found_beforehand_and_changes_nothing(
    new_server: MakeServer, reachable_folder: Path
) -> None:
    small = {"/tmp": "size=64k", "/var/tmp": "size=64k"}
    server = new_server(tmpfs=small)
    shop = shop_in(server, "CREATE TABLE notes AS SELECT n AS id, md5(n::text) FROM generate_series(1, 20000) AS n")
    checks = failed(opened(shop).preflight(reachable_folder, Deadline(30)))
    assert [each.name for each in checks] == ["room in the container for a backup"]
    assert "a volume at /var/tmp" in checks[0].fix
    database = PostgresDatabase(shop.url, application_name=f"{RUN}/1", extra_tool_folders=[shop.server.binaries])
    facts = database.back_up(reachable_folder / "a.dump", Deadline(60), ignore, ignore)
    with pytest.raises(NoSpace, match="has no room in the container"):
        opened(shop).restore_dump(facts, STAMP, Deadline(60), ignore, ignore)
    assert opened(shop).siblings() == {}
    assert rows(shop) == 20000


@pytest.mark.long
def test_a_backup_that_does_not_arrive_whole_is_not_restored(
    new_server: MakeServer, reachable_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the connection to the engine breaks off: the other side sees an end too early, and must not take it for the end."""
    shop = shop_in(new_server(), SLEEPER)
    facts = backed_up(shop, reachable_folder)
    database = opened(shop)
    tools: Any = database._tools(Deadline(20))
    find_folder = container_room.folder_for

    def cut_and_find(container: DatabaseContainer, needed: int, deadline: Deadline) -> str:
        os.truncate(facts.path, needed // 2)
        return find_folder(container, needed, deadline)

    monkeypatch.setattr(container_tools, "folder_for", cut_and_find)
    with pytest.raises(Failed, match="did not get into the container"):
        tools.restore(database._server, shop.name, facts.path, ["--clean"], Deadline(20), Sent())
    assert rows(shop) == 1000
