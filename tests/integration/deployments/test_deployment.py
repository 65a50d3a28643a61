"""The main path and the way back, on real parts: what an operator and the application's users would notice."""

from __future__ import annotations

import re

from shipui.model.events import Outcome
from shipui.model.promotion import Status
from shipui.model.steps import StepState
from tests.integration.deployments.production_world import ProductionWorld, Writer


def test_a_good_build_goes_into_production(running_world: ProductionWorld) -> None:
    world = running_world
    before = world.notes()
    promotion = world.approved(release_sql="ALTER TABLE note ADD COLUMN colour text")
    with Writer(world) as writer:
        ending = world.deploy(promotion)
    assert ending.outcome is Outcome.DONE, ending
    story = world.show(promotion)
    assert story.promotion.status is Status.DEPLOYED
    assert world.serving() == story.promotion.build
    assert story.deployment is not None
    assert [step.state for step in story.deployment.view.steps] == [StepState.PASSED] * 11
    assert all(step.seconds is not None for step in story.deployment.view.steps)
    assert re.fullmatch(rf"pre-promote-{story.promotion.build}-\d{{14}}\.dump", story.backup or "")
    assert "pg_restore" in "\n".join(story.deployment.view.log)
    after = world.notes()
    assert before.items() <= after.items()
    assert writer.accepted.items() <= after.items()
    assert len(writer.accepted) > 0


def test_a_build_that_corrupts_the_database_is_taken_back_with_its_database(running_world: ProductionWorld) -> None:
    world = running_world
    serving = world.serving()
    promotion = world.approved(
        start_sql="DELETE FROM note WHERE id % 2 = 0; ALTER TABLE note RENAME body TO rubbish; SELECT nextval('invoice_number')",
        health="sick",
    )
    with Writer(world) as writer:
        ending = world.deploy(promotion)
        accepted_until_the_end = dict(writer.accepted)
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert ending.failed_step == 9
    assert ending.plain.startswith("Step 9, Health check, failed: it was not healthy after 25 attempts")
    assert "The old version runs again." in ending.plain
    assert world.show(promotion).promotion.status is Status.ROLLED_BACK
    assert world.serving() == serving
    notes = world.notes()
    assert accepted_until_the_end.items() <= notes.items()
    assert len([body for body in notes.values() if body.startswith("note ")]) == 200
