"""Another major version of PostgreSQL in production than the one that shipui brings along."""

from __future__ import annotations

import sys

import pytest

from shipui.model.events import Outcome
from shipui.model.promotion import Status
from tests.integration.deployments.conftest import MakeWorld
from tests.integration.deployments.production_world import TARGET, ProductionWorld
from tests.servers import DebianServer

RELEASE = f'[target.{TARGET}.release]\ncommand = ["{sys.executable}", "-B", "release.py"]'
MIGRATION = "ALTER TABLE note RENAME body TO words; DELETE FROM note WHERE id % 2 = 0; SELECT nextval('invoice_number')"


@pytest.fixture
def debian_world(make_world: MakeWorld, debian_server: DebianServer) -> ProductionWorld:
    """With a first version deployed."""
    world = make_world(debian_server)
    world.configure(attempts=10, timeout_seconds=0.5, more=RELEASE)
    ending = world.deploy(world.approved())
    assert ending.outcome is Outcome.DONE, ending
    return world


def test_a_good_build_goes_into_production(debian_world: ProductionWorld) -> None:
    world = debian_world
    promotion = world.approved(release_sql="ALTER TABLE note ADD COLUMN colour text DEFAULT 'red'")
    ending = world.deploy(promotion)
    assert ending.outcome is Outcome.DONE, ending
    story = world.show(promotion)
    assert story.promotion.status is Status.DEPLOYED
    assert world.serving() == story.promotion.build
    assert len(world.notes()) == 200
    assert story.backup in world.backups()


@pytest.mark.parametrize(
    ("behaviour", "step"),
    [
        ({"health": "sick", "start_sql": MIGRATION}, 9),
        ({"release": "fails after", "release_sql": MIGRATION}, 8),
    ],
    ids=["the new version corrupts it", "the release command fails when it has migrated"],
)
def test_the_database_comes_back_with_the_old_version(
    debian_world: ProductionWorld, behaviour: dict[str, str], step: int
) -> None:
    world = debian_world
    serving, before, remains, databases = world.serving(), world.checksum(), world.remains(), world.databases()
    world.write("just before")
    written = world.checksum()
    promotion = world.approved(**behaviour)
    ending, cut = world.deploy_seen(promotion)
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert ending.failed_step == step
    assert "is put back to the moment when the old version stopped" in ending.plain
    assert ending.plain.endswith("The old version runs again.")
    assert world.checksum() == written == cut != before
    assert (world.serving(), world.remains()) == (serving, remains)
    (aside,) = world.databases() - databases
    assert f"kept in {aside}" in ending.plain
    assert world.show(promotion).promotion.status is Status.ROLLED_BACK
