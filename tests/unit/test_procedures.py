"""The procedures are their tables, in order: what comes before what is a promise, and so is what a failure leads to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from shipui.model.steps import DEPLOYMENT_STEPS, ROLLBACK_STEPS, SHIP_STEPS, OnFailure, StepDefinition
from shipui.pipeline.deployment import Deployment
from shipui.pipeline.rollback.procedure import Rollback
from shipui.runs.procedure import Procedure
from shipui.ship.procedure import Ship

PROCEDURES: list[tuple[Procedure[Any], Sequence[StepDefinition]]] = [
    (Deployment(), DEPLOYMENT_STEPS),
    (Rollback(), ROLLBACK_STEPS),
    (Ship(), SHIP_STEPS),
]

ELEVEN = {
    "validate": OnFailure.REFUSE,
    "window_check": OnFailure.REFUSE,
    "database_backup": OnFailure.ROLL_BACK,
    "source_extraction": OnFailure.ROLL_BACK,
    "image_build": OnFailure.ROLL_BACK,
    "rollback_preparation": OnFailure.ROLL_BACK,
    "stop_old_version": OnFailure.ROLL_BACK,
    "start_new_version": OnFailure.ROLL_BACK,
    "health_check": OnFailure.ROLL_BACK,
    "record_deployment": OnFailure.KEEP,
    "cleanup": OnFailure.WARN,
}
"""In order. A healthy deployment is never undone for bookkeeping, and nothing is touched before it is saved."""


@pytest.mark.parametrize(("procedure", "definitions"), PROCEDURES, ids=["deploy", "rollback", "ship"])
def test_a_procedure_has_the_steps_that_are_shown_in_that_order(
    procedure: Procedure[Any], definitions: Sequence[StepDefinition]
) -> None:
    assert [step.definition for step in procedure.steps] == list(definitions)
    assert [each.number for each in definitions] == list(range(1, len(definitions) + 1))


def test_the_eleven_steps_and_what_their_failures_mean() -> None:
    assert [(each.name, each.on_failure) for each in DEPLOYMENT_STEPS] == list(ELEVEN.items())


def test_a_deployment_changes_nothing_before_the_backup() -> None:
    assert Deployment().begins_at() == next(each.number for each in DEPLOYMENT_STEPS if each.name == "database_backup")
