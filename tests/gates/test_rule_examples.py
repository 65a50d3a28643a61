"""Every rule's own examples: what must be flagged is, and what must not be is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from shipui.config.settings import GateSettings
from shipui.gates.base import Example, Rule
from shipui.gates.engine import examine
from shipui.gates.rules.catalogue import all_rules
from shipui.gates.rules.page import rules_page
from tests.gates.changes import change_of_example

ROOT = Path(__file__).resolve().parents[2]
FLAGGED = [(rule, example) for rule in all_rules() for example in rule.flagged]
UNFLAGGED = [(rule, example) for rule in all_rules() for example in rule.unflagged]


def rules_found(rule: Rule, example: Example) -> set[str]:
    report = examine(change_of_example(example), GateSettings(), gates=[rule.gate])
    return {finding.rule for gate in report.gates for finding in gate.findings}


@pytest.mark.parametrize(("rule", "example"), FLAGGED, ids=lambda each: getattr(each, "id", "") or each.text[:40])
def test_flagged(rule: Rule, example: Example) -> None:
    assert rule.id in rules_found(rule, example)


@pytest.mark.parametrize(("rule", "example"), UNFLAGGED, ids=lambda each: getattr(each, "id", "") or each.text[:40])
def test_not_flagged(rule: Rule, example: Example) -> None:
    assert rule.id not in rules_found(rule, example)


def test_every_rule_explains_itself() -> None:
    for rule in all_rules():
        assert rule.title, rule.id
        assert rule.why.endswith((".", "?")), rule.id
        assert rule.fix.endswith("."), rule.id


def test_the_page_of_rules_is_up_to_date() -> None:
    assert (ROOT / "docs" / "rules.md").read_text("utf-8") == rules_page(), "run `make docs`"
