"""A promotion that needs attention, and the ways out of it: a person's decision, a person's hand, or the cause being gone."""

from __future__ import annotations

import subprocess
import time

import psycopg
import pytest

from shipui.actions.recover import NOTHING_DECIDED, Decisions, Recovered, recover
from shipui.model.events import Outcome
from shipui.model.promotion import Status
from tests.integration.deployments.production_world import ADMIN, ProductionWorld

NEW_NOTE = "from the new version"


@pytest.fixture
def stuck(running_world: ProductionWorld) -> tuple[ProductionWorld, str, str | None, tuple[str, ...]]:
    """The world, the promotion that needs attention, what served before, and the commands that were shown."""
    world = running_world
    world.configure(attempts=12, database='other_clients = "accept"')
    serving = world.serving()
    promotion = world.approved(health="sick", start_sql=f"INSERT INTO note (body) VALUES ('{NEW_NOTE}')")
    with psycopg.connect(world.database.url, application_name="nightly report"):
        ending = world.deploy(promotion)
    assert ending.outcome is Outcome.NEEDS_ATTENTION, ending
    return world, promotion, serving, ending.commands


def recovered(world: ProductionWorld, decisions: Decisions = NOTHING_DECIDED) -> Recovered:
    (found,) = recover(world.installation, ADMIN, print, decisions=decisions)
    return found


def test_recover_tries_again_and_says_what_still_stands_in_the_way(
    stuck: tuple[ProductionWorld, str, str | None, tuple[str, ...]],
) -> None:
    world, promotion, _, commands = stuck
    again = recovered(world)
    assert again.outcome is Outcome.NEEDS_ATTENTION
    assert "a person has to decide" in again.plain
    assert len(again.commands) == len(commands)
    assert world.show(promotion).promotion.status is Status.NEEDS_ATTENTION
    assert NEW_NOTE in world.notes().values()


def test_a_person_decides_that_the_database_stays(
    stuck: tuple[ProductionWorld, str, str | None, tuple[str, ...]],
) -> None:
    world, promotion, serving, _ = stuck
    done = recovered(world, Decisions(kept=frozenset({promotion})))
    assert done.outcome is Outcome.ROLLED_BACK, done.plain
    assert f"stays as it is, as {ADMIN.name} decided" in done.plain
    assert world.show(promotion).promotion.status is Status.ROLLED_BACK
    assert world.serving() == serving
    assert NEW_NOTE in world.notes().values()
    assert recover(world.installation, ADMIN, print) == []


def test_the_commands_that_are_shown_finish_it_by_hand(
    stuck: tuple[ProductionWorld, str, str | None, tuple[str, ...]],
) -> None:
    world, promotion, serving, commands = stuck
    for command in commands:
        done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert NEW_NOTE not in world.notes().values()
    settled = recovered(world)
    assert settled.outcome is Outcome.ROLLED_BACK, settled.plain
    assert world.show(promotion).promotion.status is Status.ROLLED_BACK
    until = time.monotonic() + 10  # started by hand, so nobody waited until it answers
    while world.serving() != serving:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert NEW_NOTE not in world.notes().values()
