"""Every example of every rule for dependencies: flagged by its rule, or not."""

from __future__ import annotations

import pytest

from shipui.config.settings import GateSettings
from shipui.gates.base import Example, Rule
from shipui.gates.dependencies import Dependencies
from shipui.gates.rules import dependencies
from tests.gates.changes import change_of_example


def _rules_found(example: Example) -> set[str]:
    return {each.rule for each in Dependencies().examine(change_of_example(example), GateSettings()).findings}


@pytest.mark.parametrize("rule", dependencies.RULES, ids=lambda rule: rule.id)
def test_examples_are_flagged_by_their_rule(rule: Rule) -> None:
    for example in rule.flagged:
        assert rule.id in _rules_found(example), example


@pytest.mark.parametrize("rule", dependencies.RULES, ids=lambda rule: rule.id)
def test_harmless_examples_are_not_flagged(rule: Rule) -> None:
    for example in rule.unflagged:
        found = _rules_found(example)
        assert rule.id not in found, example
        assert not found & {"needs-review", "gate-failed"}, example
