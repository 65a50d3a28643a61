"""Where a recovery leads, by the journal; and when it comes so late that production may hold people's work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shipui.model.events import Event, EventKind, RunKind
from shipui.model.run import Run
from shipui.model.steps import DEPLOYMENT_STEPS
from shipui.pipeline.production import is_late
from shipui.runs.interrupted import read_interrupted
from shipui.runs.prospect import Prospect, Way, prospect

NOW = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)


def ahead(*entries: tuple[EventKind, int | None, dict[str, Any]]) -> Prospect:
    events = [
        Event("RN-00000001", number, NOW, kind, step, data) for number, (kind, step, data) in enumerate(entries, 1)
    ]
    return prospect(DEPLOYMENT_STEPS, read_interrupted(events))


def passed(last: int) -> list[tuple[EventKind, int | None, dict[str, Any]]]:
    return [
        entry
        for number in range(1, last + 1)
        for entry in ((EventKind.INTENT, number, {}), (EventKind.RESULT, number, {"state": "passed", "left": {}}))
    ]


def numbers(steps: tuple[Any, ...]) -> list[int]:
    return [each.number for each in steps]


def test_nothing_had_begun() -> None:
    found = ahead()
    assert (found.way, found.begun, found.failed) == (Way.BACK, (), False)


def test_in_the_middle_of_a_step_everything_that_had_begun_is_taken_back_the_newest_first() -> None:
    found = ahead(*passed(4), (EventKind.INTENT, 5, {}))
    assert (found.way, found.at.number, numbers(found.begun)) == (Way.BACK, 5, [5, 4, 3, 2, 1])


def test_what_is_taken_back_already_is_not_taken_back_again() -> None:
    failure = {"state": "failed", "plain": "no", "left": {}}
    undone = (EventKind.UNDO_RESULT, 5, {"ok": True, "plain": ""})
    found = ahead(
        *passed(4), (EventKind.INTENT, 5, {}), (EventKind.RESULT, 5, failure), (EventKind.UNDO_INTENT, 5, {}), undone
    )
    assert (found.way, found.failed, numbers(found.begun)) == (Way.BACK, True, [4, 3, 2, 1])


@pytest.mark.parametrize(
    ("last", "begun", "rest"), [(8, 9, [9, 10, 11]), (9, None, [10, 11]), (10, 11, [11]), (11, None, [])]
)
def test_forwards_once_only_looking_and_bookkeeping_is_left(last: int, begun: int | None, rest: list[int]) -> None:
    entries = [*passed(last), *([(EventKind.INTENT, begun, {})] if begun else [])]
    found = ahead(*entries)
    assert (found.way, numbers(found.rest)) == (Way.FORWARDS, rest)


def test_a_health_check_that_had_failed_is_not_asked_again() -> None:
    failure = {"state": "failed", "plain": "it is sick", "left": {}}
    found = ahead(*passed(8), (EventKind.INTENT, 9, {}), (EventKind.RESULT, 9, failure))
    assert (found.way, found.at.number, found.failed) == (Way.BACK, 9, True)


@pytest.mark.parametrize(
    ("minutes", "late"), [(0, False), (10, False), (19, False), (21, True), (3000, True), (-5, False), (-3000, True)]
)
def test_late_is_ten_minutes_after_the_limit_or_when_the_clock_cannot_say(minutes: int, late: bool) -> None:
    run = Run("RN-00000001", RunKind.DEPLOY, "shop", None, 2, "olga", "m", "h", 1, 600.0, NOW)
    assert is_late(run, NOW + timedelta(minutes=minutes)) is late
