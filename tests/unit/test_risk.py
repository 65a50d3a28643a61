"""The risk that a change suggests, with the reasons for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shipui.model.change import RiskLevel
from shipui.model.findings import NEEDS_REVIEW, Finding, Severity
from shipui.model.risk import Facts, suggest

SMALL = Facts(files=2, lines=30, migrations=0, losses=0, dependencies=0)


def found(severity: Severity, rule: str = "r") -> Finding:
    return Finding.found(rule, severity, "a.py", 1, "", statement="")


@pytest.mark.parametrize(
    ("facts", "level", "said"),
    [
        (SMALL, RiskLevel.LOW, "It is small"),
        (replace(SMALL, migrations=1), RiskLevel.MEDIUM, "1 migration changes the database."),
        (replace(SMALL, migrations=1, losses=2), RiskLevel.HIGH, "2 database operations may destroy data."),
        (replace(SMALL, dependencies=3), RiskLevel.MEDIUM, "3 dependencies changed."),
        (replace(SMALL, lines=401), RiskLevel.MEDIUM, "401 lines in 2 files changed."),
        (replace(SMALL, lines=2001), RiskLevel.HIGH, "2001 lines changed."),
        (replace(SMALL, findings=(found(Severity.CRITICAL),)), RiskLevel.CRITICAL, "1 critical thing."),
        (replace(SMALL, findings=(found(Severity.HIGH),)), RiskLevel.HIGH, "1 weighty thing."),
        (replace(SMALL, findings=(found(Severity.HIGH, NEEDS_REVIEW),)), RiskLevel.HIGH, "could not read all"),
        (replace(SMALL, findings=(found(Severity.LOW),)), RiskLevel.LOW, "It is small"),
    ],
)
def test_what_speaks_for_a_risk(facts: Facts, level: RiskLevel, said: str) -> None:
    suggestion = suggest(facts)
    assert suggestion.level is level
    assert said in suggestion.reasons[0]


def test_the_heaviest_reason_counts_and_comes_first() -> None:
    suggestion = suggest(replace(SMALL, dependencies=1, losses=1))
    assert suggestion.level is RiskLevel.HIGH
    assert suggestion.reasons == ("1 database operation may destroy data.", "1 dependency changed.")
