"""Every row of "if it fails": what the operator reads, what serves, that the database is untouched, and that nothing is left."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shipui.actions.deploy import deploy
from shipui.limits.deadline import Deadline
from shipui.model.events import Event, EventKind, Outcome
from shipui.model.promotion import Status
from shipui.model.steps import StepState
from tests.integration.deployments.production_world import OPERATOR, TARGET, ProductionWorld, Writer

RELEASE = f'[target.{TARGET}.release]\ncommand = ["{sys.executable}", "-B", "release.py"]'
MIGRATION = "ALTER TABLE note RENAME body TO words; DELETE FROM note WHERE id % 2 = 0; SELECT nextval('invoice_number')"
UNCHANGED = "The current application keeps running; nothing was changed."
BACK = "The old version runs again."
QUICK = {"attempts": 12, "timeout_seconds": 0.3}


@dataclass
class Case:
    step: int
    says: str
    """How the sentence goes on after "Step N, Title, failed: "."""
    then: str
    """What it says about production."""
    behaviour: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    restored: bool = False


CASES = {
    "the build fails": Case(5, "The build command “", UNCHANGED, {"build": "fails"}),
    "the build command is missing": Case(
        5,
        "The build command “no-such-program” could not be started.",
        UNCHANGED,
        settings={"build": ["no-such-program"]},
    ),
    "the release command fails": Case(8, "the release command ended with exit code 1.", BACK, {"release": "fails"}),
    "the release command fails after it has migrated": Case(
        8,
        "the release command ended with exit code 1.",
        BACK,
        {"release": "fails after", "release_sql": MIGRATION},
        restored=True,
    ),
    "the new version exits at once": Case(
        9,
        "it ended by itself, with exit code 3. Its last line was: “I cannot start: the answer is 41”. ",
        BACK,
        {"start": "exits"},
    ),
    "sick": Case(9, "it was not healthy after 12 attempts: it answers with HTTP status 503", BACK, {"health": "sick"}),
    "silent": Case(9, "it was not healthy after 12 attempts: no answer within 0.3 s.", BACK, {"health": "silent"}),
    "drips": Case(9, "it was not healthy after 12 attempts: no answer within 0.3 s.", BACK, {"health": "drips"}),
    "another version answers": Case(
        9,
        "it was not healthy after 12 attempts: it answers, but as version FB-00000000, not FB-",
        BACK,
        {"health": "old"},
    ),
    "the new version exits later": Case(
        9, "it ended by itself, with exit code 4.", BACK, {"start": "exits later", "health": "sick"}
    ),
    "sick, and it has changed the database": Case(
        9,
        "it was not healthy after 12 attempts: it answers with HTTP status 503",
        BACK,
        {"health": "sick", "start_sql": MIGRATION},
        restored=True,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_failure_leaves_production_as_it_was(shared_world: ProductionWorld, name: str) -> None:
    world, case = shared_world, CASES[name]
    world.configure(**{**QUICK, **case.settings}, more=RELEASE)
    serving, before, databases, remains = world.serving(), world.checksum(), world.databases(), world.remains()
    promotion = world.approved(**case.behaviour)
    ending, cut = world.deploy_seen(promotion)
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert ending.failed_step == case.step
    title = world.show(promotion).deployment.view.step(case.step).title  # type: ignore[union-attr]
    assert ending.plain.startswith(f"Step {case.step}, {title}, failed: {case.says}"), ending.plain
    assert ending.plain.endswith(case.then), ending.plain
    # The marker is the whole server's: other activity on it makes shipui put an unchanged database back, never the reverse.
    restored = "is put back to the moment when the old version stopped" in ending.plain
    assert restored or not case.restored
    assert not restored or case.step > 7
    assert world.checksum() == before == (cut or before)
    assert world.serving() == serving
    assert world.remains() == remains
    story = world.show(promotion)
    assert story.promotion.status is Status.ROLLED_BACK
    assert story.promotion.reason == ending.plain
    assert story.deployment is not None
    assert story.deployment.view.step(case.step).state is StepState.FAILED
    assert story.backup in world.backups()
    made = world.databases() - databases
    assert len(made) == (1 if restored else 0)
    if restored:
        (aside,) = made
        assert f"kept in {aside}" in ending.plain


def test_what_a_failed_new_version_logged_is_kept(shared_world: ProductionWorld) -> None:
    world = shared_world
    world.configure(**QUICK)
    promotion = world.approved(start="exits")
    ending = world.deploy(promotion)
    assert "I cannot start: the answer is 41" in ending.plain
    story = world.show(promotion)
    assert story.deployment is not None
    assert any("the answer is 41" in line for line in story.deployment.view.log)


@pytest.mark.parametrize(("step", "folder"), [(4, "contexts"), (6, "specifications")])
def test_a_folder_that_cannot_be_written_is_a_plain_failure(
    shared_world: ProductionWorld, step: int, folder: str
) -> None:
    world = shared_world
    world.configure()
    place: Path = getattr(world.installation.folders, folder)
    serving, before = world.serving(), world.checksum()
    promotion = world.approved()
    if place.is_dir():
        place.rename(place.with_name("away"))
    place.write_text("in the way")
    try:
        ending = world.deploy(promotion)
    finally:
        place.unlink()
        if place.with_name("away").is_dir():
            place.with_name("away").rename(place)
    assert ending.outcome is Outcome.ROLLED_BACK
    assert ending.failed_step == step
    assert "shipui itself failed" not in ending.plain
    assert "this machine did not allow it" in ending.plain
    assert ending.plain.endswith(UNCHANGED)
    assert (world.serving(), world.checksum()) == (serving, before)


def test_a_client_that_keeps_the_database_open_stops_the_deployment(shared_world: ProductionWorld) -> None:
    world = shared_world
    world.configure()
    serving, before, remains = world.serving(), world.checksum(), world.remains()
    promotion = world.approved()
    with psycopg.connect(world.database.url, application_name="nightly report"):
        ending = world.deploy(promotion)
    assert ending.outcome is Outcome.ROLLED_BACK
    assert ending.failed_step == 7
    assert "other clients go on using the database: nightly report (user" in ending.plain
    assert ending.plain.endswith(BACK)
    assert (world.serving(), world.checksum(), world.remains()) == (serving, before, remains)


def test_with_other_clients_accepted_a_person_decides_about_the_database(running_world: ProductionWorld) -> None:
    world = running_world
    world.configure(database='other_clients = "accept"', **QUICK)  # type: ignore[arg-type]
    promotion = world.approved(health="sick", start_sql="INSERT INTO note (body) VALUES ('from the new version')")
    with psycopg.connect(world.database.url, application_name="nightly report"):
        ending = world.deploy(promotion)
    assert ending.outcome is Outcome.NEEDS_ATTENTION
    assert "a person has to decide" in ending.plain
    # From the backup, or from the copy if the server moved its marker in between.
    assert any("pg_restore" in command or "RENAME TO" in command for command in ending.commands), ending
    assert world.serving() is None
    story = world.show(promotion)
    assert story.promotion.status is Status.NEEDS_ATTENTION
    assert story.deployment is not None
    assert any("Other clients go on using the database: nightly report" in note for note in story.deployment.view.notes)
    assert "from the new version" in world.notes().values()


def test_a_window_that_closes_during_the_build_postpones(shared_world: ProductionWorld) -> None:
    world = shared_world
    world.configure(**QUICK)
    serving, before, remains = world.serving(), world.checksum(), world.remains()
    promotion = world.approved(health="sick")
    running = deploy(world.installation, OPERATOR, promotion)

    def close(event: Event) -> None:
        if event.kind is EventKind.INTENT and event.step == 5:
            world.windows(
                'time_zone = "UTC"\n[[blackout]]\nname = "Audit"\nreason = "the auditors are here"\n'
                "from = 2020-01-01T00:00:00\nto = 2100-01-01T00:00:00\n"
            )

    running.listen(close)
    try:
        ending = running.start().wait(60)
    finally:
        (world.folder / "windows.toml").unlink(missing_ok=True)
    assert ending is not None
    assert ending.outcome is Outcome.POSTPONED
    assert "The window closed before the downtime began." in ending.plain
    assert "the auditors are here" in ending.plain
    assert ending.plain.endswith(UNCHANGED)
    assert world.show(promotion).promotion.status is Status.APPROVED
    assert (world.serving(), world.checksum(), world.remains()) == (serving, before, remains)
    again = world.deploy(promotion)  # it can be tried again, without a new approval
    assert (again.outcome, again.failed_step) == (Outcome.ROLLED_BACK, 9)


def test_the_first_deployment_leaves_nothing_running_when_it_fails(world: ProductionWorld) -> None:
    world.configure(**QUICK)  # type: ignore[arg-type]
    before = world.checksum()
    ending = world.deploy(world.approved(health="sick", start_sql=MIGRATION))
    assert ending.outcome is Outcome.ROLLED_BACK
    assert ending.plain.endswith("Nothing runs, as before.")
    assert world.serving() is None
    assert world.processes() == []
    assert world.remains()["containers"] == []
    assert world.checksum() == before


def test_an_old_version_that_was_down_is_left_down_and_that_is_said(running_world: ProductionWorld) -> None:
    world = running_world
    world.configure(**QUICK)  # type: ignore[arg-type]
    runtime = world.installation.runtime(TARGET)
    old = runtime.current()
    assert old is not None
    runtime.stop(old, 1, Deadline(20))
    ending = world.deploy(world.approved(health="sick"))
    assert ending.outcome is Outcome.ROLLED_BACK
    assert ending.plain.endswith("The old version was not running before, and is left so.")
    assert world.serving() is None
    assert world.processes() == []


def test_every_row_that_the_old_version_accepted_is_there_after_a_failure(shared_world: ProductionWorld) -> None:
    world = shared_world
    world.configure(**QUICK)
    promotion = world.approved(health="sick", start_sql=MIGRATION)
    with Writer(world) as writer:
        ending = world.deploy(promotion)
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert len(writer.accepted) > 0
    assert writer.accepted.items() <= world.notes().items()
