"""Many processes want the same target at the same moment: one run at a time, and nobody is lost."""

from __future__ import annotations

import itertools

import pytest

from shipui.model.events import RunKind
from shipui.model.promotion import Status
from shipui.records import runs
from tests.faults.rows import ON_PROCESSES, Told
from tests.faults.scene import GOOD, Scene

pytestmark = ON_PROCESSES
MANY = 50
QUEUE = 20


@pytest.mark.slow
def test_one_promotion_is_deployed_by_fifty_at_once(scene: Scene, told: Told) -> None:
    promotion = scene.approved(**GOOD)
    scene.start(*[("deploy", promotion)] * MANY)
    ended = scene.shipui.end()
    codes = sorted(each.code for each in ended)
    assert codes == [0] + [3] * (MANY - 1), [each.output for each in ended if each.code not in {0, 3}]
    assert scene.promotion(promotion).status is Status.DEPLOYED
    with scene.world.installation.records.transaction() as connection:
        assert len([run for run in runs.of_promotion(connection, promotion) if run.kind is RunKind.DEPLOY]) == 1
    told("fifty processes deploy one promotion", "all at once", "one run; forty-nine are refused, exit code 3")


@pytest.mark.matrix
@pytest.mark.timeout(400)
def test_twenty_wait_for_one_another(scene: Scene, told: Told) -> None:
    before = scene.standing()
    waiting = [scene.approved(**GOOD) for _ in range(QUEUE)]
    scene.start(*[("deploy", promotion, "--wait") for promotion in waiting])
    ended = scene.shipui.end()
    assert [each.code for each in ended] == [0] * QUEUE, [each.output for each in ended if each.code]
    statuses = [scene.promotion(each).status for each in waiting]
    assert sorted(statuses) == [Status.DEPLOYED] + [Status.SUPERSEDED] * (QUEUE - 1)
    with scene.world.installation.records.transaction() as connection:
        spans = sorted(
            (run.started_at, run.finished_at)
            for promotion in waiting
            for run in runs.of_promotion(connection, promotion)
            if run.kind is RunKind.DEPLOY
        )
    assert len(spans) == QUEUE
    for (_, ended_at), (began_at, _) in itertools.pairwise(spans):
        assert ended_at is not None
        assert ended_at <= began_at, "two runs at once"
    scene.require_tidy(before, scene.standing())
    told("twenty promotions of one target, with --wait", "all at once", "one after the other; none is lost")
