"""Fixtures that several kinds of tests share.

reachable_folder    a fresh folder that any account can enter, where a server of another account can have its data (tmp_path, as root, is
                    below a folder that nobody else can enter)
embedded_server     shipui's own Postgres, one for each worker of the session; EmbeddedServer
debian_server       Debian's Postgres: another major version, reachable by socket and by TCP; DebianServer
fresh_database      a function that makes a database on either server, with an owner of its own; dropped after the test
embedded_database   one such database on the embedded server
debian_database     one such database on Debian's
records_database    shipui's records, migrated, on the embedded server; RecordsDatabase of tests/records.py
debian_records      the same on Debian's
docker_daemon       a Docker engine of the tests' own, one for the whole run, with the image BASE in it; Daemon of tests/engine/daemon.py
docker_engine       the same, as shipui sees it; Engine
container_server    a Postgres server in a container of that engine, one for each worker; ContainerServer of tests/engine/postgres.py
emulator            a GitHub of the tests' own, one for each worker; Emulator of tests/github/emulator.py
"""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from shipui.databases.embedded import EmbeddedServer
from shipui.databases.embedded_binaries import PACKAGE
from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from tests.engine import daemon
from tests.engine.daemon import Daemon
from tests.engine.images import load_base, postgres_prefix
from tests.engine.postgres import TRUSTING, ContainerServer, load_postgres
from tests.github import emulator as github_emulator
from tests.github.emulator import Emulator
from tests.parts import needs
from tests.records import RecordsDatabase, drop_role, migrated
from tests.servers import DebianServer, FreshDatabase, MakeDatabase, Server, drop_database, make_database

# How long an example takes says nothing on a machine that others use as well.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        daemon.name_shared_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        daemon.end_shared_daemon()


IN_SHORT = (
    "test_docker_specification",
    "test_docker_preflight",
    "test_docker_build",
    "test_docker_compose",
    "test_execute",
)
"""What `make test` tries on the engine; the rest of what needs it is for `make test-long`."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on the shared engine run one after the other, in three rows that do not meet: each leaves it as it was."""
    for item in items:
        module = item.nodeid.split("::")[0].removesuffix(".py")
        if module.endswith(LONG):
            item.add_marker(pytest.mark.long)
        if "demo" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("one demo for all"))
        row = _row_on_the_engine(item)
        if row is not None:
            item.add_marker(pytest.mark.xdist_group(row))
            if not module.endswith(IN_SHORT):
                item.add_marker(pytest.mark.long)


def _row_on_the_engine(item: pytest.Item) -> str | None:
    parameters = {str(value) for value in getattr(getattr(item, "callspec", None), "params", {}).values()}
    asked = {*parameters, *getattr(item, "fixturenames", ())}
    if "container_server" in asked:
        return "databases in containers"
    if "sandbox_container" in asked or "container" in parameters:
        return "sandboxes in containers"
    return "engine" if {"docker", "docker_daemon"} & asked else None


LONG = ("test_late_recovery", "test_retention", "test_on_debian", "test_attention", "test_clock_jumps")
"""Deployments that take long, one after the other in each test, without an engine."""


def _reachable() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="shipui-test-"))
    folder.chmod(0o755)
    return folder


@pytest.fixture
def reachable_folder() -> Iterator[Path]:
    folder = _reachable()
    yield folder
    shutil.rmtree(folder)


def _for_tests(server: EmbeddedServer) -> None:
    """Autovacuum takes transaction numbers now and then, which moves the marker: a test could not say that nothing changed.

    Nothing here outlives the machine, so that waiting for the disk would prove nothing; servers that are killed keep what they wrote.
    """
    with psycopg.connect(server.url(), autocommit=True) as connection:
        for setting in ("autovacuum", "fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def embedded_server() -> Iterator[EmbeddedServer]:
    needs("embedded Postgres", importlib.util.find_spec(PACKAGE) is not None)
    folder = _reachable()
    server = EmbeddedServer(folder / "postgres")
    try:
        server.start(Deadline(60))
        _for_tests(server)
        yield server
    finally:
        server.stop(Deadline(60))
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def debian_server() -> Iterator[DebianServer]:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    needs("Debian's Postgres", bool(installed))
    folder = _reachable()
    server = DebianServer(installed[-1].parent, folder)
    try:
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def fresh_database() -> Iterator[MakeDatabase]:
    made: list[FreshDatabase] = []

    def make(server: Server) -> FreshDatabase:
        database = make_database(server)
        made.append(database)
        return database

    yield make
    for database in made:
        drop_database(database)


@pytest.fixture
def embedded_database(fresh_database: MakeDatabase, embedded_server: EmbeddedServer) -> FreshDatabase:
    return fresh_database(embedded_server)


@pytest.fixture
def debian_database(fresh_database: MakeDatabase, debian_server: DebianServer) -> FreshDatabase:
    return fresh_database(debian_server)


@pytest.fixture
def records_database(embedded_database: FreshDatabase) -> Iterator[RecordsDatabase]:
    records = migrated(embedded_database)
    yield records
    drop_role(records)


@pytest.fixture
def debian_records(debian_database: FreshDatabase) -> Iterator[RecordsDatabase]:
    records = migrated(debian_database)
    yield records
    drop_role(records)


@pytest.fixture(scope="session")
def docker_daemon() -> Daemon:
    needs("Docker", daemon.available())
    needs("Debian's Postgres", postgres_prefix() is not None)
    shared = daemon.shared_daemon()
    load_base(Engine(shared.address))
    return shared


@pytest.fixture
def docker_engine(docker_daemon: Daemon) -> Engine:
    return Engine(docker_daemon.address)


@pytest.fixture(scope="session")
def container_server(docker_daemon: Daemon) -> Iterator[ContainerServer]:
    engine = Engine(docker_daemon.address)
    load_postgres(engine, docker_daemon.folder)
    server = ContainerServer(engine, *TRUSTING)
    yield server
    server.remove()


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    needs("the emulator of GitHub", github_emulator.available())
    with github_emulator.running(tmp_path_factory.mktemp("emulator")) as running:
        yield running
