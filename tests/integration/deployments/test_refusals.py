"""Steps 1 and 2: what is missing is said, the promotion stays as it was, and nothing is touched."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shipui.actions.approve import approve
from shipui.actions.production_run import Wish, begin
from shipui.model.change import RiskLevel
from shipui.model.errors import Refused, WrongState
from shipui.model.events import Outcome, RunKind
from shipui.model.promotion import Status
from shipui.model.roles import Person, Role
from shipui.pipeline.deployment import EXIT_STATUS, Deployment
from shipui.records import promotions
from tests.integration.deployments.production_world import OPERATOR, TARGET, ProductionWorld

SECOND = Person("omar", 4003, Role.OPERATOR)


@pytest.fixture
def untouched(shared_world: ProductionWorld) -> Iterator[ProductionWorld]:
    """Whatever the test does: the same version serves the same data afterwards, and no run has left anything."""
    world = shared_world
    world.configure()
    before = (world.serving(), world.checksum(), world.remains(), world.databases(), world.backups())
    yield world
    world.configure()
    (world.folder / "windows.toml").unlink(missing_ok=True)
    assert (world.serving(), world.checksum(), world.remains(), world.databases(), world.backups()) == before


def refused(world: ProductionWorld, promotion: str, step: int, status: Status = Status.APPROVED) -> str:
    """What is said when it is deployed."""
    ending = world.deploy(promotion)
    assert ending.outcome is Outcome.REFUSED, ending
    assert EXIT_STATUS[ending.outcome] == 3
    assert ending.failed_step == step
    story = world.show(promotion)
    assert story.promotion.status is status
    assert story.deployment is not None
    assert story.deployment.run.plain == ending.plain
    return ending.plain


def run_anyway(world: ProductionWorld, promotion: str) -> Any:
    """The pipeline itself, without the action's own look at the state."""
    with world.installation.records.transaction() as connection:
        found = promotions.get(connection, promotion)
    return begin(world.installation, OPERATOR, found, RunKind.DEPLOY, Deployment(), Wish(), {}).start().wait(60)


def test_what_was_not_approved_is_not_deployed_by_any_way(untouched: ProductionWorld) -> None:
    world = untouched
    promotion = world.ship(world.sandbox())
    with pytest.raises(WrongState, match="waiting for approval"):
        world.deploy(promotion)
    ending = run_anyway(world, promotion)
    assert ending.outcome is Outcome.REFUSED
    assert "waiting for approval" in ending.plain
    with psycopg.connect(world.records.url, autocommit=True) as connection:
        with pytest.raises(psycopg.Error, match="cannot become executing"):
            connection.execute("UPDATE promotion SET status = 'executing' WHERE id = %s", (promotion,))
        connection.execute("UPDATE promotion SET status = 'approved' WHERE id = %s", (promotion,))
        with pytest.raises(psycopg.Error, match="nobody's approval of its content stands"):
            connection.execute("UPDATE promotion SET status = 'executing' WHERE id = %s", (promotion,))
    ending = run_anyway(world, promotion)
    assert ending.outcome is Outcome.REFUSED
    assert "nobody has" in ending.plain


def test_the_approval_lapses_when_the_sandbox_moves_on(untouched: ProductionWorld) -> None:
    world = untouched
    place = world.sandbox()
    promotion = world.ship(place)
    approve(world.installation, OPERATOR, promotion)
    (place / "more.txt").write_text("later")
    head = world.commit(place, "Later")
    said = refused(world, promotion, 1, Status.PENDING)
    assert said.startswith(f"The approval of {promotion} has lapsed: the sandbox moved on from ")
    assert head[:12] in said
    assert "Ship the build again" in said
    assert world.show(promotion).approvals == []


def test_a_sandbox_that_is_gone(untouched: ProductionWorld) -> None:
    world = untouched
    place = world.sandbox()
    promotion = world.ship(place)
    approve(world.installation, OPERATOR, promotion)
    shutil.rmtree(place)
    said = refused(world, promotion, 1)
    assert said.startswith("The sandbox of FB-")
    assert str(place) in said
    assert said.endswith(f"Put it back as it was, or withdraw the promotion: shipui withdraw {promotion}")


def test_what_was_shipped_under_another_account_is_kept_by_whoever_deploys_it(running_world: ProductionWorld) -> None:
    world = running_world
    promotion = world.approved()
    shutil.rmtree(world.installation.install.state / "sources.git")
    assert world.deploy(promotion).outcome is Outcome.DONE
    assert world.serving() == world.show(promotion).promotion.build


def test_content_that_is_not_what_was_approved_although_its_commit_is(untouched: ProductionWorld) -> None:
    """Somebody with the rights of the database's superuser puts another diff under the approval."""
    world = untouched
    promotion = world.approved()
    commit = world.show(promotion).promotion.revision.commit
    with psycopg.connect(world.records.superuser_url, autocommit=True) as connection:
        connection.execute("UPDATE revision SET diff_digest = repeat('0', 64) WHERE commit = %s", (commit,))
    said = refused(world, promotion, 1, Status.PENDING)
    assert "is not what was approved, although its commit has the same name" in said
    assert world.show(promotion).approvals == []


def test_a_target_that_is_switched_off(untouched: ProductionWorld) -> None:
    world = untouched
    promotion = world.approved()
    world.configure(target="enabled = false")
    assert refused(world, promotion, 1).startswith(f"Deployments to {TARGET} are switched off.")


def test_a_promotion_that_is_disabled(untouched: ProductionWorld) -> None:
    world = untouched
    promotion = world.approved()
    with world.installation.records.transaction() as connection:
        promotions.set_enabled(connection, promotion, False)
    assert refused(world, promotion, 1).startswith(f"{promotion} is disabled.")


def test_as_many_people_as_the_risk_asks_for(untouched: ProductionWorld) -> None:
    world = untouched
    promotion = world.ship(world.sandbox(), risk=RiskLevel.HIGH)
    approve(world.installation, OPERATOR, promotion)
    world.configure(more="[approvals]\nneeded = { high = 2 }")
    said = refused(world, promotion, 1)
    assert said.startswith(f"{promotion} needs 2 approvals of this content, and olga approved it.")
    other = world.ship(world.sandbox(), risk=RiskLevel.HIGH)
    assert approve(world.installation, OPERATOR, other).status is Status.PENDING
    with pytest.raises(Refused, match="already"):
        approve(world.installation, OPERATOR, other)
    assert approve(world.installation, SECOND, other).status is Status.APPROVED


def test_a_production_database_that_does_not_answer(untouched: ProductionWorld) -> None:
    world = untouched
    promotion = world.approved()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        world.configure(database_url=f"postgresql://somebody@127.0.0.1:{taken.getsockname()[1]}/shop")
        said = refused(world, promotion, 1)
    assert "does not answer" in said
    assert "Is the server up" in said


def test_a_role_that_may_not_create_databases(untouched: ProductionWorld) -> None:
    world = untouched
    promotion = world.approved()
    alter = f'ALTER ROLE "{world.database.owner}" '
    with psycopg.connect(world.database.superuser_url, autocommit=True) as connection:
        connection.execute(alter + "NOCREATEDB")
        try:
            assert "CREATEDB" in refused(world, promotion, 1)
        finally:
            connection.execute(alter + "CREATEDB")


def test_what_is_not_committed_is_said_and_not_deployed(running_world: ProductionWorld) -> None:
    world = running_world
    place = world.sandbox()
    promotion = world.ship(place)
    approve(world.installation, OPERATOR, promotion)
    (place / "behaviour.json").write_text('{"build": "fails"}')
    assert world.deploy(promotion).outcome is Outcome.DONE
    story = world.show(promotion)
    assert story.deployment is not None
    assert any(
        "1 file is not committed in the sandbox (behaviour.json)" in note for note in story.deployment.view.notes
    )


def test_a_closed_window_says_when_the_next_one_opens(untouched: ProductionWorld) -> None:
    world = untouched
    promotion = world.approved()
    world.windows(
        'time_zone = "UTC"\n[[window]]\nname = "Nights"\ndays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]\n'
        'start = "00:00"\nend = "24:00"\nchange_types = ["standard"]\nrisk_levels = ["low"]\n'
        '[[blackout]]\nname = "Books"\nreason = "the books are being closed"\n'
        "from = 2020-01-01T00:00:00\nto = 2027-06-01T00:00:00\n"
    )
    said = refused(world, promotion, 2)
    assert "the books are being closed" in said
    assert "1 Jun 2027" in said
    assert f"{promotion} was not deployed; it is still approved." in said


def test_windows_that_cannot_be_read_never_mean_open(untouched: ProductionWorld) -> None:
    world = untouched
    promotion = world.approved()
    world.windows("time_zone = 7\n")
    said = refused(world, promotion, 2)
    assert "windows.toml" in said
    assert "time_zone" in said


def test_a_backup_that_fails_changes_nothing(shared_world: ProductionWorld) -> None:
    world = shared_world
    world.configure()
    before = (world.serving(), world.checksum(), world.remains(), world.databases(), world.backups())
    promotion = world.approved()
    backups: Path = world.installation.folders.backups
    with psycopg.connect(world.database.superuser_url, autocommit=True) as connection:
        # Owned by nobody that the role is a member of: it cannot be read, so it cannot be saved.
        connection.execute("CREATE TABLE secret (id int); REVOKE ALL ON secret FROM PUBLIC")
        try:
            ending = world.deploy(promotion)
        finally:
            connection.execute("DROP TABLE secret")
    assert ending.outcome in {Outcome.ROLLED_BACK, Outcome.REFUSED}, ending
    assert ending.failed_step in {1, 3}
    assert "secret" in ending.plain + ending.detail
    assert backups.is_dir()
    assert (world.serving(), world.checksum(), world.remains(), world.databases(), world.backups()) == before
