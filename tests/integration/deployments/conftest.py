"""A production world for each test: its records on a server of their own, as the marker of change wants it."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shipui.databases.embedded import EmbeddedServer
from shipui.databases.embedded_binaries import PACKAGE
from shipui.limits.deadline import Deadline
from tests.integration.deployments.production_world import ProductionWorld
from tests.parts import needs
from tests.records import drop_role, migrated
from tests.servers import MakeDatabase, Server, drop_database, make_database


@pytest.fixture(scope="session")
def records_server() -> Iterator[EmbeddedServer]:
    needs("embedded Postgres", importlib.util.find_spec(PACKAGE) is not None)
    folder = Path(tempfile.mkdtemp(prefix="shipui-test-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder / "records")
    try:
        server.start(Deadline(60))
        yield server
    finally:
        server.stop(Deadline(60))
        shutil.rmtree(folder)


MakeWorld = Callable[[Server], ProductionWorld]


@pytest.fixture
def make_world(tmp_path: Path, fresh_database: MakeDatabase, records_server: EmbeddedServer) -> Iterator[MakeWorld]:
    """A world whose production database is on the server given."""
    made: list[ProductionWorld] = []
    records = migrated(fresh_database(records_server))

    def make(server: Server) -> ProductionWorld:
        world = ProductionWorld(tmp_path, fresh_database(server), records)
        made.append(world)
        return world

    yield make
    for world in made:
        world.close()
    drop_role(records)


@pytest.fixture(scope="module")
def shared_world(
    tmp_path_factory: pytest.TempPathFactory, embedded_server: EmbeddedServer, records_server: EmbeddedServer
) -> Iterator[ProductionWorld]:
    """A first version runs. For tests after which it still does: a deployment that fails has to leave things as they were."""
    database, kept = make_database(embedded_server), make_database(records_server)
    records = migrated(kept)
    world = ProductionWorld(tmp_path_factory.mktemp("world"), database, records)
    try:
        ending = world.deploy(world.approved())
        assert ending.outcome == "done", ending
        yield world
    finally:
        world.close()
        drop_role(records)
        drop_database(kept)
        drop_database(database)


@pytest.fixture
def world(make_world: MakeWorld, embedded_server: EmbeddedServer) -> ProductionWorld:
    """On the embedded server: nothing runs in production yet."""
    return make_world(embedded_server)


@pytest.fixture
def running_world(world: ProductionWorld) -> ProductionWorld:
    """With a first version deployed, by the eleven steps."""
    ending = world.deploy(world.approved())
    assert ending.outcome == "done", ending
    return world
