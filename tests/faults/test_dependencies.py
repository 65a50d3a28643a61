"""What a run depends on fails in the middle of it: the production database's server restarts, a container cannot be removed, the disk is full.

Each ends in a known state, with a sentence.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shipui.actions.deploy import deploy
from shipui.actions.recover import recover
from shipui.databases.embedded import EmbeddedServer
from shipui.limits.deadline import Deadline
from shipui.model.errors import ToolFailed
from shipui.model.events import Event, EventKind, Outcome
from shipui.model.promotion import Status
from shipui.runs.procedure import Ending
from shipui.runtimes.base import Container
from shipui.runtimes.process import ProcessRuntime
from tests.faults.rows import Told
from tests.faults.scene import CORRUPTING, GOOD, SETTINGS
from tests.integration.deployments import conftest as deployments
from tests.integration.deployments.production_world import ADMIN, OPERATOR, ProductionWorld
from tests.integration.deployments.test_full_disk import small_disk
from tests.records import drop_role, migrated
from tests.servers import MakeDatabase, make_database

pytestmark = pytest.mark.slow
records_server = deployments.records_server
UNCHANGED = "The current application keeps running; nothing was changed."


@pytest.fixture
def world(
    tmp_path: Path, server: EmbeddedServer, records_server: EmbeddedServer, fresh_database: MakeDatabase
) -> Iterator[ProductionWorld]:
    records = migrated(fresh_database(records_server))
    made = ProductionWorld(tmp_path, make_database(server), records)
    made.configure(attempts=60, more=SETTINGS)
    yield made
    made.close()
    drop_role(records)


def first_version(world: ProductionWorld) -> tuple[str | None, str]:
    """What serves, and the database's checksum."""
    ending = world.deploy(world.approved(**GOOD))
    assert ending.outcome is Outcome.DONE, ending
    return world.serving(), world.checksum()


def deployed(world: ProductionWorld, promotion: str, kind: EventKind, step: int, act: Callable[[], None]) -> Ending:
    """`act` is called on the run's thread, just as that entry is written."""

    def look(event: Event) -> None:
        if (event.kind, event.step) == (kind, step):
            act()

    running = deploy(world.installation, OPERATOR, promotion)
    running.listen(look)
    ending = running.start().wait(110)
    assert ending is not None
    return ending


def restarted(server: EmbeddedServer, *, after: float = 0.0, away: float = 2.0) -> threading.Thread:
    """Stops within `after` seconds, and is there again `away` seconds later."""

    def go() -> None:
        time.sleep(after)
        server.stop(Deadline(60))
        time.sleep(away)
        server.start(Deadline(60))

    thread = threading.Thread(target=go)
    thread.start()
    return thread


def test_the_database_restarts_during_the_dump(world: ProductionWorld, server: EmbeddedServer, told: Told) -> None:
    serving, before = first_version(world)
    promotion = world.approved(**GOOD)
    threads: list[threading.Thread] = []
    ending = deployed(world, promotion, EventKind.INTENT, 3, lambda: threads.append(restarted(server, away=1.0)))
    threads[0].join()
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert ending.failed_step == 3
    assert ending.plain.endswith(UNCHANGED)
    assert (world.serving(), world.checksum()) == (serving, before)
    assert world.remains()["half-made"] == []
    told("step 3", "the production database restarts", "rolled back; nothing was changed")


def test_the_database_restarts_when_it_is_to_be_put_back(
    world: ProductionWorld, server: EmbeddedServer, told: Told
) -> None:
    serving, before = first_version(world)
    promotion = world.approved(**CORRUPTING)

    def look(event: Event) -> None:
        if (event.kind, event.step) == (EventKind.UNDO_INTENT, 8):
            server.stop(Deadline(60))
        elif event.kind is EventKind.NOTE and "waited for" in event.data["plain"]:
            server.start(Deadline(60))

    running = deploy(world.installation, OPERATOR, promotion)
    running.listen(look)
    ending = running.start().wait(110)
    assert ending is not None
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert (world.serving(), world.checksum()) == (serving, before)
    told("a rollback", "the production database restarts", "waited for; rolled back, the old version serves")


def test_the_database_does_not_come_back_and_later_it_does(
    world: ProductionWorld, server: EmbeddedServer, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shipui.pipeline.database_away.RETURN_SECONDS", 0.5)
    serving, before = first_version(world)
    promotion = world.approved(**CORRUPTING)
    ending = deployed(world, promotion, EventKind.UNDO_INTENT, 8, lambda: server.stop(Deadline(60)))
    assert ending.outcome is Outcome.NEEDS_ATTENTION, ending
    assert "could not be put back" in ending.plain
    assert ending.commands
    assert world.show(promotion).promotion.status is Status.NEEDS_ATTENTION
    server.start(Deadline(60))
    (again,) = recover(world.installation, ADMIN, print)
    assert (again.outcome, again.exit_code) == (Outcome.ROLLED_BACK, 1), again
    assert world.show(promotion).promotion.status is Status.ROLLED_BACK
    assert (world.serving(), world.checksum()) == (serving, before)
    told("a rollback", "the production database is gone, and comes back later", "needs attention; then recovered")


def test_a_new_container_that_cannot_be_removed_keeps_nobody_from_the_old_version(
    world: ProductionWorld, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving, before = first_version(world)
    promotion = world.approved(**CORRUPTING)
    refused: list[str] = []

    def refuse(_: ProcessRuntime, container: Container) -> None:
        refused.append(container.id)
        raise ToolFailed("device or resource busy.")

    with monkeypatch.context() as patch:
        patch.setattr(ProcessRuntime, "remove", refuse)
        ending = world.deploy(promotion)
    assert refused
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert (world.serving(), world.checksum()) == (serving, before)
    story = world.show(promotion).deployment
    assert story is not None
    assert any("is stopped, but could not be removed (device or resource busy.)" in each for each in story.view.notes)
    told("a rollback", "the new container cannot be removed", "rolled back, the old version serves; it is said")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount the small disks that these tests fill")
@pytest.mark.parametrize("step", [5, 6, 8])
def test_the_runtime_s_disk_is_full(world: ProductionWorld, told: Told, step: int) -> None:
    """From just before that step on: its releases, containers and tags lie there."""
    place = world.installation.install.state / "process"
    with small_disk(place, "4m"):
        serving, before = first_version(world)
        promotion = world.approved(**GOOD)
        filler = place / "filler"

        def fill() -> None:
            with contextlib.suppress(OSError):  # full
                filler.write_bytes(b"x" * 5_000_000)

        ending = deployed(world, promotion, EventKind.INTENT, step, fill)
        assert ending.outcome in {Outcome.ROLLED_BACK, Outcome.NEEDS_ATTENTION}, ending
        assert "full" in ending.plain or "No space left" in ending.plain, ending.plain
        filler.unlink()
        if ending.outcome is Outcome.NEEDS_ATTENTION:
            recover(world.installation, ADMIN, print)
        assert world.show(promotion).promotion.status is Status.ROLLED_BACK
        assert (world.serving(), world.checksum()) == (serving, before)
        world.close()
    told(f"step {step}", "the runtime's disk is full", "rolled back, the old version serves; it is said")
