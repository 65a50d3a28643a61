"""No room left, on small disks of their own: what the operator reads, and that production goes on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from shipui.actions.approve import approve
from shipui.actions.audit import verify
from shipui.actions.deploy import deploy
from shipui.model.errors import Failed
from shipui.model.events import Event, EventKind, Outcome
from shipui.model.promotion import Status
from shipui.model.steps import StepState
from tests.integration.deployments.production_world import OPERATOR, ProductionWorld

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount the small disks that these tests fill")
UNCHANGED = "The current application keeps running; nothing was changed."


@contextmanager
def small_disk(folder: Path, size: str, *, most_files: int = 1000) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = f"size={size},mode=0700,nr_inodes={most_files + 1}"
    with mounted("-t", "tmpfs", "-o", options, "tmpfs", str(folder)):
        yield


@contextmanager
def mounted(*arguments: str) -> Iterator[None]:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this machine does not let root mount: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", arguments[-1]], check=True)


def test_no_room_for_the_backup(running_world: ProductionWorld) -> None:
    world = running_world
    with psycopg.connect(world.database.url) as connection:
        connection.execute(
            "CREATE TABLE heavy AS SELECT gen_random_uuid() AS a, gen_random_uuid() AS b FROM generate_series(1, 100000)"
        )
    serving, before, remains, databases = world.serving(), world.checksum(), world.remains(), world.databases()
    promotion = world.approved()
    with small_disk(world.installation.folders.backups, "2m"):
        ending, cut = world.deploy_seen(promotion)
        assert world.backups() == set()
        assert list(world.installation.folders.backups.iterdir()) == []
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert ending.failed_step == 3
    assert "disk" in ending.plain
    assert "full" in ending.plain
    assert ending.plain.endswith(UNCHANGED)
    assert cut is None
    assert world.show(promotion).promotion.status is Status.ROLLED_BACK
    assert (world.serving(), world.checksum(), world.remains(), world.databases()) == (
        serving,
        before,
        remains,
        databases,
    )


def test_no_room_for_the_files_of_the_new_version(running_world: ProductionWorld) -> None:
    world = running_world
    serving, before, remains = world.serving(), world.checksum(), world.remains()
    place = world.sandbox()
    (place / "picture.bin").write_bytes(os.urandom(400_000))
    world.commit(place, "A picture")
    promotion = world.ship(place)
    approve(world.installation, OPERATOR, promotion)
    with small_disk(world.installation.folders.contexts, "128k"):
        ending, cut = world.deploy_seen(promotion)
        assert list(world.installation.folders.contexts.iterdir()) == []
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert ending.failed_step == 4
    assert "not enough room for the source code" in ending.plain
    assert ending.plain.endswith(UNCHANGED)
    assert cut is None
    assert world.show(promotion).promotion.status is Status.ROLLED_BACK
    assert (world.serving(), world.checksum(), world.remains()) == (serving, before, remains)


def test_no_room_for_the_notes_of_the_way_back(running_world: ProductionWorld) -> None:
    world = running_world
    serving, before, remains = world.serving(), world.checksum(), world.remains()
    promotion = world.approved()
    folder = world.installation.folders.specifications
    with small_disk(folder, "4k"):
        (folder / "filler").write_bytes(b"x" * 4096)
        ending, cut = world.deploy_seen(promotion)
        assert [each.name for each in folder.iterdir()] == ["filler"]
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert ending.failed_step == 6
    assert "full" in ending.plain
    assert ending.plain.endswith(UNCHANGED)
    assert cut is None
    assert (world.serving(), world.checksum(), world.remains()) == (serving, before, remains)


def test_no_room_for_the_lock(running_world: ProductionWorld) -> None:
    """Nothing begins without it: the refusal names the file, and the promotion is still approved."""
    world = running_world
    promotion = world.approved()
    with small_disk(world.installation.locks, "4k", most_files=0):
        with pytest.raises(Failed) as told:
            deploy(world.installation, OPERATOR, promotion)
        assert str(world.installation.locks) in told.value.plain
        assert "No space left on device" in told.value.plain
    assert world.show(promotion).promotion.status is Status.APPROVED
    assert world.deploy(promotion).outcome is Outcome.DONE


def test_no_room_for_the_head_of_the_audit_trail(running_world: ProductionWorld) -> None:
    """The entries themselves are in the records: the run goes on, and the trail verifies."""
    world = running_world
    promotion = world.ship(world.sandbox())
    with mounted("--bind", "/dev/full", str(world.installation.audit_head)):
        approve(world.installation, OPERATOR, promotion)
        assert world.deploy(promotion).outcome is Outcome.DONE
    assert world.show(promotion).promotion.status is Status.DEPLOYED
    assert verify(world.installation, OPERATOR) == []


@pytest.mark.parametrize(("away", "back"), [(3, 6), (8, 10)])
def test_neither_records_nor_room_to_keep_what_they_should_say(
    running_world: ProductionWorld, away: int, back: int
) -> None:
    """The run goes on to its end, and writes down all of it as soon as the records answer."""
    world = running_world
    promotion = world.approved()
    database = world.records.superuser_url.rpartition("/")[2].partition("?")[0]
    server = world.records.superuser_url.replace(f"/{database}", "/postgres", 1)

    def allow(allowed: bool) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS {allowed}')
            if not allowed:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database,)
                )

    def watch(event: Event) -> None:
        if event.kind is EventKind.RESULT and event.step in {away, back}:
            allow(event.step == back)

    running = deploy(world.installation, OPERATOR, promotion)
    running.listen(watch)
    with small_disk(world.installation.spools, "4k"):
        (world.installation.spools / "filler").write_bytes(b"x" * 4096)
        try:
            ending = running.start().wait(90)
        finally:
            allow(True)
    assert ending is not None
    assert ending.outcome is Outcome.DONE, ending
    story = world.show(promotion)
    assert story.promotion.status is Status.DEPLOYED
    assert world.serving() == story.promotion.build
    assert story.deployment is not None
    assert [step.state for step in story.deployment.view.steps] == [StepState.PASSED] * 11
    assert any("in memory alone" in note for note in story.deployment.view.notes)
