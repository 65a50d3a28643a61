"""Whatever hangs, hangs no longer than the run may take; and a person's cancel is the same."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from shipui.actions.cancel import cancel
from shipui.install import Installation
from shipui.model.events import Event, EventKind, Outcome
from shipui.model.promotion import Status
from shipui.records import journal
from shipui.runs.running import RunningRun
from tests.integration.deployments.production_world import OPERATOR, TARGET, ProductionWorld

RELEASE = f'[target.{TARGET}.release]\ncommand = ["{sys.executable}", "-B", "release.py"]'
LIMIT = 5.0

HANGS = {
    "a silent build": (5, "building the image", {"build": "silent"}),
    "a hung release command": (8, "starting the new version", {"release": "hangs"}),
    "a silent health endpoint": (9, "waiting for the new version to be healthy", {"health": "silent"}),
}


def events(world: ProductionWorld, run: str) -> list[Event]:
    with world.installation.records.transaction() as connection:
        return journal.read(connection, run)


def forward_seconds(world: ProductionWorld, run: str) -> float:
    """From the start until the step failed, as the journal says."""
    all_events = events(world, run)
    failed = next(e for e in all_events if e.kind is EventKind.RESULT and e.data["state"] == "failed")
    return (failed.at - all_events[0].at).total_seconds()


def require_as_before(world: ProductionWorld, before: tuple[Any, ...], run: str) -> None:
    assert (world.serving(), world.checksum(), world.remains()) == before
    assert [each for each in world.processes() if run in each] == []


def state(world: ProductionWorld) -> tuple[Any, ...]:
    return world.serving(), world.checksum(), world.remains()


@pytest.mark.parametrize("name", HANGS)
def test_what_hangs_is_ended_with_the_run(shared_world: ProductionWorld, name: str) -> None:
    world = shared_world
    step, doing, behaviour = HANGS[name]
    world.configure(run_seconds=LIMIT, timeout_seconds=60, more=RELEASE)
    before = state(world)
    promotion = world.approved(**behaviour)
    running = world.start(promotion)
    ending = running.wait(60)
    assert ending is not None
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert ending.failed_step == step
    assert f"It took longer than 5 seconds, while {doing}." in ending.plain
    assert LIMIT - 0.5 <= forward_seconds(world, running.run.id) <= LIMIT + 3
    require_as_before(world, before, running.run.id)


def test_a_dump_that_waits_on_a_lock_is_ended_with_the_run(shared_world: ProductionWorld) -> None:
    world = shared_world
    world.configure(run_seconds=LIMIT)
    before = state(world)
    promotion = world.approved()
    with psycopg.connect(world.database.url) as other:
        other.execute("LOCK TABLE note IN ACCESS EXCLUSIVE MODE")
        running = world.start(promotion)
        ending = running.wait(60)
    assert ending is not None
    assert ending.outcome in {Outcome.ROLLED_BACK, Outcome.REFUSED}
    assert "It took longer than 5 seconds, while " in ending.plain
    assert ending.plain.endswith("The current application keeps running; nothing was changed.")
    assert LIMIT - 0.5 <= forward_seconds(world, running.run.id) <= LIMIT + 3
    require_as_before(world, before, running.run.id)
    assert ending.failed_step == 3
    assert len(world.backups()) == len([each for each in world.backups() if each.endswith(".dump")])
    assert sessions_of(world, running.run.id) == []


def sessions_of(world: ProductionWorld, run: str) -> list[str]:
    """What the run still does in production's server."""
    with psycopg.connect(world.database.superuser_url) as connection:
        rows = connection.execute(
            "SELECT query FROM pg_stat_activity WHERE application_name LIKE %s", (f"shipui/{run}/%",)
        ).fetchall()
    return [query for (query,) in rows]


def by_whoever_watches(world: ProductionWorld, running: RunningRun, promotion: str) -> None:
    running.cancel("olga")


def by_another_process(world: ProductionWorld, running: RunningRun, promotion: str) -> None:
    other = Installation.open(world.config)
    try:
        cancel(other, OPERATOR, promotion)
    finally:
        other.close()


@pytest.mark.parametrize("ask", [by_whoever_watches, by_another_process])
@pytest.mark.parametrize("name", HANGS)
def test_cancel_ends_what_hangs(
    shared_world: ProductionWorld, name: str, ask: Callable[[ProductionWorld, RunningRun, str], None]
) -> None:
    world = shared_world
    step, doing, behaviour = HANGS[name]
    world.configure(timeout_seconds=60, more=RELEASE)
    before = state(world)
    promotion = world.approved(**behaviour)
    running = world.start(promotion)
    while not any(e.step == step for e in events(world, running.run.id)):
        assert not running.finished
        time.sleep(0.05)
    time.sleep(0.3)
    asked = time.monotonic()
    ask(world, running, promotion)
    ending = running.wait(60)
    assert ending is not None
    assert ending.outcome is Outcome.ROLLED_BACK
    assert f"Cancelled by olga, while {doing}." in ending.plain
    assert time.monotonic() - asked < 12
    assert world.show(promotion).promotion.status is Status.ROLLED_BACK
    require_as_before(world, before, running.run.id)


def test_cancel_ends_a_dump_that_waits_on_a_lock(shared_world: ProductionWorld) -> None:
    world = shared_world
    world.configure()
    before, backups = state(world), world.backups()
    promotion = world.approved()
    with psycopg.connect(world.database.url) as other:
        other.execute("LOCK TABLE note IN ACCESS EXCLUSIVE MODE")
        running = world.start(promotion)
        while not any("LOCK TABLE" in query for query in sessions_of(world, running.run.id)):
            assert not running.finished
            time.sleep(0.05)
        asked = time.monotonic()
        running.cancel("olga")
        ending = running.wait(60)
    assert ending is not None
    assert ending.outcome is Outcome.ROLLED_BACK
    assert "Cancelled by olga, while backing up the database." in ending.plain
    assert time.monotonic() - asked < 12
    require_as_before(world, before, running.run.id)
    assert world.backups() == backups
    assert sessions_of(world, running.run.id) == []
