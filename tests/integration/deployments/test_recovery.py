"""A shipui that is killed in the middle of a deployment, and what `recover` makes of it."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import time

import pytest

from shipui.actions.recover import interrupted_runs, recover
from shipui.model.errors import TargetBusy
from shipui.model.events import Outcome
from shipui.model.promotion import Status
from shipui.records import runs
from tests.integration.deployments.production_world import ADMIN, TARGET, ProductionWorld

ROLES = f'[roles]\nadmin = ["{pwd.getpwuid(os.getuid()).pw_name}"]'
"""Whoever runs the tests may deploy by the command line."""


def killed_at(world: ProductionWorld, promotion: str, step: int, *, after: float = 0.4) -> None:
    """Deploy in a process of its own, and SIGKILL that a moment after the step has begun."""
    process = subprocess.Popen(
        [sys.executable, "-m", "shipui", "--config", str(world.config), "deploy", promotion],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 40
        while True:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < until
            with world.installation.records.transaction() as connection:
                run = runs.open_on(connection, TARGET)
            if run is not None and run.step == step:
                break
            time.sleep(0.02)
        time.sleep(after)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    until = time.monotonic() + 5
    while not interrupted_runs(world.installation):  # the records' server has to notice that the session is gone
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture
def roles(shared_world: ProductionWorld) -> ProductionWorld:
    shared_world.configure(attempts=40, more=ROLES)
    return shared_world


@pytest.mark.parametrize(
    ("step", "behaviour"),
    [
        (5, {"build": "silent"}),
        (9, {"health": "sick", "start_sql": "DELETE FROM note; SELECT nextval('invoice_number')"}),
    ],
)
def test_the_old_version_serves_again_after_a_kill(
    roles: ProductionWorld, step: int, behaviour: dict[str, str]
) -> None:
    world = roles
    serving, before, remains = world.serving(), world.checksum(), world.remains()
    promotion = world.approved(**behaviour)
    killed_at(world, promotion, step, after=1.0)
    assert [each.promotion for each in interrupted_runs(world.installation)] == [promotion]
    with pytest.raises(TargetBusy, match="recover"):
        world.deploy(world.approved())
    said: list[str] = []
    (recovered,) = recover(world.installation, ADMIN, said.append)
    assert recovered.outcome is Outcome.ROLLED_BACK, recovered
    assert recovered.exit_code == 1
    assert world.show(promotion).promotion.status is Status.ROLLED_BACK
    assert (world.serving(), world.checksum()) == (serving, before)
    assert world.remains() == remains
    assert recover(world.installation, ADMIN, said.append) == []


def test_a_version_that_turns_out_healthy_stays(running_world: ProductionWorld) -> None:
    """Killed while it waited for the health check; when recovery looks, the new version is well."""
    world = running_world
    world.configure(attempts=40, more=ROLES)
    promotion = world.approved(start_seconds=3)
    killed_at(world, promotion, 9, after=0.2)
    (recovered,) = recover(world.installation, ADMIN, lambda _: None)
    assert recovered.outcome is Outcome.DONE, recovered
    assert "is deployed and healthy" in recovered.plain
    story = world.show(promotion)
    assert story.promotion.status is Status.DEPLOYED
    assert world.serving() == story.promotion.build
    assert len(world.remains()["containers"]) == 1


def test_killed_during_the_copy_of_the_database(running_world: ProductionWorld) -> None:
    """Step 7, at any instant of it: the old version serves, and its database is open."""
    world = running_world
    world.configure(attempts=40, more=ROLES)
    serving, before = world.serving(), world.checksum()
    promotion = world.approved()
    killed_at(world, promotion, 7, after=0.15)
    (recovered,) = recover(world.installation, ADMIN, lambda _: None)
    if recovered.outcome is Outcome.DONE:  # it had come further than we thought
        assert world.serving() == world.show(promotion).promotion.build
        return
    assert recovered.outcome is Outcome.ROLLED_BACK, recovered
    assert (world.serving(), world.checksum()) == (serving, before)
    assert world.databases() == set()
