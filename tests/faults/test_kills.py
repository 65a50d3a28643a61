"""SIGKILL before and after every entry of the journal; then `shipui recover`; then a look from outside.

Each test is a row of the table in docs/reliability.md: what died, at which instant, and what came of it.
"""

from __future__ import annotations

import pytest

from tests.faults import instants
from tests.faults.instants import deaths
from tests.faults.mortals import Ended
from tests.faults.rows import Told, rows
from tests.faults.scene import CORRUPTING, GOOD, Scene, Standing, WayBack, visited

LATE_WRITER = "result 3"
"""Somebody writes between the backup and the downtime: a cut-over copy is made."""


def recovered(scene: Scene, death: str = "") -> Ended:
    ended = scene("recover", death=death)
    if death:
        assert ended.killed, f"it was to die {death}:\n{ended.output}\n{ended.entries}"
    else:
        assert ended.code in {0, 1}, ended.output
        again = scene("recover")
        assert again.code == 0, again.output
        assert "RN-" not in again.output, (
            again.output
        )  # of other installs here it may end what a dead shipui had started
    return ended


def killed(ended: Ended, death: str) -> None:
    assert ended.killed, f"it was to die {death}:\n{ended.output}\n{ended.entries}"


@rows(
    deaths(instants.GOOD_DEPLOYMENT),
    often=("after intent 3", "after result 7", "before result 8", "after intent 9", "after record_deployment"),
)
def test_a_good_deployment(scene: Scene, death: str, told: Told) -> None:
    before = scene.standing()
    promotion = scene.approved(**GOOD)
    killed(scene("deploy", promotion, death=death), death)
    recovered(scene)
    told("a good deployment", death, scene.require_deployed_or_not(before, before.content, promotion))


@rows(
    deaths(instants.FAILING_DEPLOYMENT),
    often=("before backup_made", "after audit again", "after undo_intent 8", "before undo_result 7"),
)
def test_a_failing_deployment(scene: Scene, death: str, told: Told) -> None:
    before = scene.standing()
    promotion = scene.approved(**CORRUPTING)
    ended = scene("deploy", promotion, death=death, visit_after=LATE_WRITER)
    killed(ended, death)
    recovered(scene)
    accepted = visited(before.content, ended)
    told(
        "a deployment that fails and spoils the database",
        death,
        scene.require_deployed_or_not(before, accepted, promotion),
    )


def way_back(scene: Scene, *, restoring: bool) -> tuple[str, WayBack]:
    """A deployment, and something that was written after it."""
    previous = scene.standing()
    promotion = scene.deployed()
    scene.world.write("after the deployment")
    before = scene.standing()
    return promotion, WayBack(previous, before, previous.content if restoring else before.content)


def roll_back(scene: Scene, promotion: str, *, restoring: bool, death: str) -> None:
    options = ("--restore-database", "--confirm", promotion) if restoring else ()
    killed(scene("rollback", promotion, *options, death=death), death)


@rows(deaths(instants.ROLLBACK), often=("after intent 3", "after record_rollback"))
def test_a_rollback(scene: Scene, death: str, told: Told) -> None:
    promotion, way = way_back(scene, restoring=False)
    roll_back(scene, promotion, restoring=False, death=death)
    recovered(scene)
    told("a rollback", death, scene.require_rolled_back_or_not(way, promotion))


@rows(deaths(instants.ROLLBACK), often=("before result 3",))
def test_a_rollback_with_its_database(scene: Scene, death: str, told: Told) -> None:
    promotion, way = way_back(scene, restoring=True)
    roll_back(scene, promotion, restoring=True, death=death)
    recovered(scene)
    told("a rollback with its database", death, scene.require_rolled_back_or_not(way, promotion))


@rows(deaths(instants.RECOVERED_BACK), often=("after undo_intent 8", "after undo_result 7"))
def test_a_recovery_that_goes_back(scene: Scene, death: str, told: Told) -> None:
    before = scene.standing()
    promotion = scene.approved(**CORRUPTING)
    ended = scene("deploy", promotion, death="after intent 9", visit_after=LATE_WRITER)
    killed(ended, "after intent 9")
    recovered(scene, death)
    recovered(scene)
    accepted = visited(before.content, ended)
    told("a recovery that goes back", death, scene.require_deployed_or_not(before, accepted, promotion))


@rows(deaths(instants.RECOVERED_FORWARDS), often=("after record_deployment",))
def test_a_recovery_that_goes_forwards(scene: Scene, death: str, told: Told) -> None:
    before = scene.standing()
    promotion = scene.approved(**GOOD)
    killed(scene("deploy", promotion, death="after result 9"), "after result 9")
    recovered(scene, death)
    recovered(scene)
    told("a recovery that goes forwards", death, scene.require_deployed_or_not(before, before.content, promotion))


@rows(deaths(instants.RECOVERED_ROLLBACK), often=("after undo_intent 3",))
def test_a_recovery_of_a_rollback(scene: Scene, death: str, told: Told) -> None:
    promotion, way = way_back(scene, restoring=True)
    roll_back(scene, promotion, restoring=True, death="after result 3")
    recovered(scene, death)
    recovered(scene)
    told("a recovery of a rollback with its database", death, scene.require_rolled_back_or_not(way, promotion))


@pytest.mark.matrix
def test_no_entry_is_left_out(scene: Scene) -> None:
    """The instants are those that runs which nobody kills come to."""
    assert scene("deploy", scene.approved(**CORRUPTING)).entries == instants.FAILING_DEPLOYMENT
    promotion = scene.approved(**GOOD)
    assert scene("deploy", promotion).entries == instants.GOOD_DEPLOYMENT
    assert scene("rollback", promotion).entries == instants.ROLLBACK
    for death, entries in (
        ("after intent 9", instants.RECOVERED_BACK),
        ("after result 9", instants.RECOVERED_FORWARDS),
    ):
        behaviour = CORRUPTING if entries == instants.RECOVERED_BACK else GOOD
        killed(scene("deploy", scene.approved(**behaviour), death=death), death)
        assert recovered(scene).entries == entries
    promotion, _ = way_back(scene, restoring=True)
    roll_back(scene, promotion, restoring=True, death="after result 3")
    assert recovered(scene).entries == instants.RECOVERED_ROLLBACK


def test_what_is_not_sound_is_seen(scene: Scene) -> None:
    """The look from outside finds a row too many, a missing record and a stray folder: else no row above would mean anything."""
    before: Standing = scene.standing()
    promotion = scene.approved(**GOOD)
    stray = scene.world.installation.install.state / "contexts" / "RN-00000000"
    stray.mkdir(parents=True)
    with pytest.raises(AssertionError, match="contexts"):
        scene.require_deployed_or_not(before, before.content, promotion)
    stray.rmdir()
    scene.world.write("a row too many")
    with pytest.raises(AssertionError, match="a row too many"):
        scene.require_deployed_or_not(before, before.content, promotion)
    backup = next(scene.world.installation.folders.backups.iterdir())
    aside = backup.rename(backup.with_suffix(".aside"))
    with pytest.raises(AssertionError, match="backups"):
        scene.require_deployed_or_not(before, scene.content(), promotion)
    aside.rename(backup)
    assert "old version serves" in scene.require_deployed_or_not(before, scene.content(), promotion)
