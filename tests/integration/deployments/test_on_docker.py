"""Whole deployments on a real engine: the good build, what fails, the way back later, an engine that restarts, and interference."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shipui.actions.deploy import deploy
from shipui.actions.rollback import roll_back
from shipui.databases.embedded import EmbeddedServer
from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from shipui.model.errors import TargetBusy
from shipui.model.events import Event, EventKind, Outcome
from shipui.model.promotion import Status
from tests.engine.daemon import Daemon
from tests.engine.images import load_base
from tests.integration.deployments.docker_world import DockerProductionWorld
from tests.integration.deployments.production_world import OPERATOR, TARGET, Writer
from tests.records import drop_role, migrated
from tests.servers import MakeDatabase, drop_database, make_database

pytestmark = pytest.mark.slow

MIGRATION = "ALTER TABLE note RENAME body TO words; DELETE FROM note WHERE id % 2 = 0; SELECT nextval('invoice_number')"


@pytest.fixture(scope="module")
def shared_world(
    tmp_path_factory: pytest.TempPathFactory,
    docker_daemon: Daemon,
    embedded_server: EmbeddedServer,
    records_server: EmbeddedServer,
) -> Iterator[DockerProductionWorld]:
    """A first version runs; every test leaves one running."""
    database, kept = make_database(embedded_server), make_database(records_server)
    records = migrated(kept)
    world = DockerProductionWorld(tmp_path_factory.mktemp("world"), database, records, Engine(docker_daemon.address))
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
def world(shared_world: DockerProductionWorld) -> DockerProductionWorld:
    shared_world.configure(attempts=40)
    return shared_world


def test_a_good_build_is_deployed_and_nothing_of_the_old_one_is_left_but_its_image(
    world: DockerProductionWorld,
) -> None:
    before = world.engine_holds()
    promotion = world.approved()
    with Writer(world) as writer:
        ending = world.deploy(promotion)
        time.sleep(0.5)
    assert ending.outcome is Outcome.DONE, ending.plain
    assert world.serving() == world.show(promotion).promotion.build
    assert {key: world.notes()[key] for key in writer.accepted} == writer.accepted
    after = world.engine_holds()
    assert after["containers"] == before["containers"] == [f"/{world.container} running"]
    assert {key: after[key] for key in ("networks", "volumes", "dangling")} == {
        key: before[key] for key in ("networks", "volumes", "dangling")
    }
    assert set(after["images"]) - set(before["images"]) == {
        f"{world.container}:promote-{world.show(promotion).promotion.build}",
        f"{world.container}:rollback-{promotion}",
    }
    current = world.installation.runtime(TARGET).current()
    assert current is not None
    assert current.restart_policy == "unless-stopped"


CASES: dict[str, tuple[dict[str, Any], int, str]] = {
    "the build fails": ({"build": "fails"}, 5, "The build command “"),
    "exits at once": (
        {"start": "exits"},
        9,
        "it ended by itself, with exit code 3. Its last line was: “I cannot start: the answer is 41”.",
    ),
    "sick, and it has changed the database": (
        {"health": "sick", "start_sql": MIGRATION},
        9,
        "it was not healthy after 40 attempts",
    ),
    "deaf and sick": ({"health": "sick", "stop": "ignores"}, 9, "it was not healthy after 40 attempts"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_failure_leaves_production_and_the_engine_as_they_were(world: DockerProductionWorld, name: str) -> None:
    behaviour, step, says = CASES[name]
    serving, before, holds = world.serving(), world.checksum(), world.engine_holds()
    promotion = world.approved(**behaviour)
    ending, cut = world.deploy_seen(promotion)
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert ending.failed_step == step
    assert says in ending.plain
    assert world.serving() == serving
    assert world.checksum() == before == (cut or before)
    assert world.engine_holds() == holds
    assert world.show(promotion).promotion.status is Status.ROLLED_BACK


def test_what_a_failed_container_logged_is_kept(world: DockerProductionWorld) -> None:
    promotion = world.approved(start="exits")
    world.deploy(promotion)
    story = world.show(promotion)
    assert story.deployment is not None
    assert any("the answer is 41" in line for line in story.deployment.view.log)


def test_a_deployed_promotion_goes_back_later_without_and_with_its_database(world: DockerProductionWorld) -> None:
    for restore in (False, True):
        before = world.serving()
        world.write("before")
        checksum = world.checksum()
        promotion = world.approved()
        assert world.deploy(promotion).outcome is Outcome.DONE
        world.write("after")
        ending = (
            roll_back(world.installation, OPERATOR, promotion, restore_database=restore, typed=promotion)
            .start()
            .wait(90)
        )
        assert ending is not None
        assert ending.outcome is Outcome.DONE, ending.plain
        assert world.serving() == before
        assert (world.checksum() == checksum) is restore
        assert world.engine_holds()["containers"] == [f"/{world.container} running"]


def test_somebody_who_starts_the_old_version_in_the_middle_is_named(world: DockerProductionWorld) -> None:
    """As docker-compose up does when it finds both: the new container goes, the old one is started."""
    serving, before = world.serving(), world.checksum()
    old = world.installation.runtime(TARGET).current()
    assert old is not None
    promotion = world.approved(health="sick")

    def interfere(event: Event) -> None:
        if event.kind is EventKind.RESULT and event.step == 8:
            with world.engine.call(Deadline(30)) as client:
                client.remove_container(world.container, force=True)
                client.start(old.id)

    running = deploy(world.installation, OPERATOR, promotion)
    running.listen(interfere)
    ending = running.start().wait(90)
    assert ending is not None
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert "container has vanished; something other than shipui removed it" in ending.plain
    until = time.monotonic() + 20
    while world.serving() != serving and time.monotonic() < until:
        time.sleep(0.2)
    assert world.serving() == serving
    assert world.checksum() == before
    assert world.engine_holds()["containers"] == [f"/{world.container} running"]


def test_another_machine_that_has_the_target_is_named(world: DockerProductionWorld) -> None:
    """Its mark is a container; this machine's own locks know nothing of it."""
    labels = {"shipui.run": "RN-0000AAAA", "shipui.epoch": "1", "shipui.promotion": "CP-0000AAAA"}
    runtime = world.installation.runtime(TARGET)
    runtime.fence(labels)
    promotion = world.approved()
    try:
        with pytest.raises(TargetBusy, match="RN-0000AAAA, for CP-0000AAAA"):
            world.deploy(promotion)
    finally:
        runtime.unfence(labels)
    assert world.show(promotion).promotion.status is Status.APPROVED
    assert world.deploy(promotion).outcome is Outcome.DONE


def test_a_build_that_takes_too_long_is_ended(world: DockerProductionWorld) -> None:
    world.configure(run_seconds=6)
    serving, holds = world.serving(), world.engine_holds()
    began = time.monotonic()
    ending = world.deploy(world.approved(build="silent"))
    assert ending.outcome is Outcome.ROLLED_BACK
    assert "took longer than" in ending.plain
    assert time.monotonic() - began < 40
    assert world.serving() == serving
    until = time.monotonic() + 20
    while world.engine_holds() != holds and time.monotonic() < until:
        time.sleep(0.3)
    assert world.engine_holds() == holds


@pytest.mark.long
def test_an_engine_that_restarts(
    tmp_path: Path,
    docker_daemon: Daemon,
    embedded_server: EmbeddedServer,
    records_server: EmbeddedServer,
    fresh_database: MakeDatabase,
) -> None:
    """On an engine of its own: after a deployment, after a rollback, and in the middle of a run. Exactly one version runs each time."""
    own = Daemon(Path(f"{docker_daemon.folder}-restarts"))
    records = migrated(fresh_database(records_server))
    own.start()
    world: DockerProductionWorld | None = None
    try:
        load_base(Engine(own.address))
        world = DockerProductionWorld(tmp_path, fresh_database(embedded_server), records, Engine(own.address))
        assert world.deploy(world.approved()).outcome is Outcome.DONE
        second = world.approved()
        assert world.deploy(second).outcome is Outcome.DONE
        own.restart()
        _one_runs(world, world.show(second).promotion.build)
        assert world.deploy(world.approved(health="sick")).outcome is Outcome.ROLLED_BACK
        own.restart()
        _one_runs(world, world.show(second).promotion.build)
        # In the middle, while the new version is not healthy yet.
        promotion = world.approved(start_seconds=60)
        running = world.start(promotion)
        until = time.monotonic() + 40
        while (
            world.installation.runtime(TARGET).find_container(f"{world.container}-before-{promotion}") is None
            and time.monotonic() < until
        ):
            time.sleep(0.1)
        threading.Thread(target=own.restart).start()
        ending = running.wait(90)
        assert ending is not None
        assert ending.outcome is Outcome.ROLLED_BACK, ending
        _one_runs(world, world.show(second).promotion.build)
    finally:
        if world is not None:
            world.close()
        own.remove()
        drop_role(records)


def _one_runs(world: DockerProductionWorld, build: str) -> None:
    until = time.monotonic() + 30
    while world.serving() != build and time.monotonic() < until:
        time.sleep(0.2)
    assert world.serving() == build
    assert world.engine_holds()["containers"] == [f"/{world.container} running"]
