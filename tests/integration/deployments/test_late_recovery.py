"""A run that was killed, and recovered so late that the new version may hold days of people's work."""

from __future__ import annotations

import subprocess
import time

import psycopg

from shipui.actions.recover import NOTHING_DECIDED, Decisions, Recovered, recover
from shipui.model.events import Outcome
from shipui.model.promotion import Status
from tests.integration.deployments.production_world import ADMIN, ProductionWorld
from tests.integration.deployments.test_recovery import ROLES, killed_at

WORK = "days of work"


def killed_long_ago(world: ProductionWorld, **behaviour: str) -> str:
    """In step 9, of a new version that never becomes healthy; the promotion."""
    world.configure(attempts=12, timeout_seconds=0.5, more=ROLES)
    promotion = world.approved(health="sick", **behaviour)
    killed_at(world, promotion, 9)
    with psycopg.connect(world.records.superuser_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE run SET started_at = started_at - interval '2 days' WHERE promotion = %s", (promotion,)
        )
    return promotion


def recovered(world: ProductionWorld, decisions: Decisions = NOTHING_DECIDED) -> Recovered:
    (found,) = recover(world.installation, ADMIN, print, decisions=decisions)
    return found


def in_attention(world: ProductionWorld) -> tuple[str, Recovered]:
    promotion = killed_long_ago(world, start_sql=f"INSERT INTO note (body) VALUES ('{WORK}')")
    found = recovered(world)
    assert found.outcome is Outcome.NEEDS_ATTENTION, found
    assert "interrupted long ago, and the database has changed since" in found.plain
    assert world.show(promotion).promotion.status is Status.NEEDS_ATTENTION
    assert WORK in world.notes().values()
    assert not any("_failed_" in name for name in world.databases())
    return promotion, found


def test_nothing_is_discarded_and_a_person_decides_that_the_database_stays(running_world: ProductionWorld) -> None:
    world = running_world
    serving = world.serving()
    promotion, _ = in_attention(world)
    done = recovered(world, Decisions(kept=frozenset({promotion})))
    assert done.outcome is Outcome.ROLLED_BACK, done
    assert f"stays as it is, as {ADMIN.name} decided" in done.plain
    assert world.show(promotion).promotion.status is Status.ROLLED_BACK
    assert world.serving() == serving
    assert WORK in world.notes().values()


def test_the_promotion_s_id_puts_the_database_back(running_world: ProductionWorld) -> None:
    world = running_world
    serving, before = world.serving(), world.checksum()
    promotion, found = in_attention(world)
    assert found.undecided
    done = recovered(world, Decisions(put_back=frozenset({promotion})))
    assert done.outcome is Outcome.ROLLED_BACK, done
    assert world.show(promotion).promotion.status is Status.ROLLED_BACK
    assert (world.serving(), world.checksum()) == (serving, before)
    assert any("_failed_" in name for name in world.databases()), "what the new version accepted is set aside"


def test_the_commands_that_are_shown_put_the_database_back(running_world: ProductionWorld) -> None:
    world = running_world
    serving, before = world.serving(), world.checksum()
    promotion, found = in_attention(world)
    for command in found.commands:
        done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{found.commands}\n{command}\n{done.stderr}"
    settled = recovered(world)
    assert settled.outcome is Outcome.ROLLED_BACK, settled
    assert world.show(promotion).promotion.status is Status.ROLLED_BACK
    until = time.monotonic() + 10
    while world.serving() != serving:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert world.checksum() == before


def test_with_an_unchanged_database_it_rolls_back_by_itself(running_world: ProductionWorld) -> None:
    world = running_world
    serving, before, remains = world.serving(), world.checksum(), world.remains()
    promotion = killed_long_ago(world)
    done = recovered(world)
    assert done.outcome is Outcome.ROLLED_BACK, done
    assert "The database is unchanged." in done.plain
    assert world.show(promotion).promotion.status is Status.ROLLED_BACK
    assert (world.serving(), world.checksum(), world.remains()) == (serving, before, remains)
