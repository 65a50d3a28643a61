"""Every example of every rule for migrations: flagged by its rule, or not."""

from __future__ import annotations

import pytest

from shipui.config.settings import GateSettings
from shipui.gates.base import Example, Rule
from shipui.gates.destructive_operations import DestructiveOperations
from shipui.gates.rules import destructive_operations, long_locks
from tests.gates.changes import change_of_example

RULES = (*destructive_operations.RULES, *long_locks.RULES)


def _rules_found(example: Example) -> set[str]:
    return {each.rule for each in DestructiveOperations().examine(change_of_example(example), GateSettings()).findings}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_examples_are_flagged_by_their_rule(rule: Rule) -> None:
    assert rule.flagged
    for example in rule.flagged:
        assert rule.id in _rules_found(example), example.text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_harmless_examples_are_not_flagged(rule: Rule) -> None:
    assert rule.unflagged
    for example in rule.unflagged:
        found = _rules_found(example)
        assert rule.id not in found
        assert "needs-review" not in found, example.text
