"""Where the recovery of an interrupted run leads, from its journal alone: said before anything is done, and then done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shipui.model.steps import OnFailure, StepDefinition
from shipui.runs.interrupted import Interrupted


class Way(StrEnum):
    END = "end"
    """It had ended; only its end is not in the records."""
    FORWARDS = "forwards"
    """Only looking and bookkeeping is left."""
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Prospect:
    way: Way
    at: StepDefinition
    """Where it was interrupted, or which step had failed by then."""
    failed: bool
    rest: tuple[StepDefinition, ...]
    """What did not pass: the steps that going forwards takes."""
    begun: tuple[StepDefinition, ...]
    """What had begun and is not taken back yet, the newest first: the steps that going back undoes."""


def prospect(steps: Sequence[StepDefinition], interrupted: Interrupted) -> Prospect:
    by_number = {each.number: each for each in steps}
    blamed = next((number for number in interrupted.failed if not is_bookkeeping(by_number[number])), None)
    at = by_number[blamed or interrupted.at or 1]
    rest = tuple(each for each in steps if each.number not in interrupted.left)
    begun = [each for each in steps if each.number in interrupted.intents and each.number not in interrupted.undone]
    way = Way.BACK
    if interrupted.ending is not None:
        way = Way.END
    elif blamed is None and not interrupted.going_back and _may_go_on(rest, interrupted):
        way = Way.FORWARDS
    return Prospect(way, at, blamed is not None, rest, tuple(reversed(begun)))


def _may_go_on(rest: Sequence[StepDefinition], interrupted: Interrupted) -> bool:
    """Only bookkeeping is left; or that, after a step which only looks and was under way."""
    if rest and rest[0].repeatable and rest[0].number in interrupted.intents:
        rest = rest[1:]
    return all(is_bookkeeping(each) for each in rest)


def is_bookkeeping(definition: StepDefinition) -> bool:
    """Production is as it should be by then: nothing from here on is a reason to go back."""
    return definition.on_failure in {OnFailure.KEEP, OnFailure.WARN}
