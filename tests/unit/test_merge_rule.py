"""When a pull request merges by itself: the four gates pass, and type check, all tests and all acceptance criteria passed. Never else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipui.gates.gate_list import GATES
from shipui.model.evidence import Criterion, Evidence, SuiteResult
from shipui.model.findings import NEEDS_REVIEW, Finding, GateReport, Report, Severity, Verdict, fingerprinted
from shipui.model.merge_rule import standing_in_the_way

NAMES = tuple(GATES)
PROVED = Evidence("c" * 40, True, SuiteResult(3, 3, 0), (Criterion("It works.", True),))
CLEAN = Report(tuple(GateReport(name, 1, 1) for name in NAMES))


def finding(severity: Severity, rule: str = "a-rule") -> Finding:
    (made,) = fingerprinted([Finding.found(rule, severity, "a.py", 1, "It is so.", statement="x")])
    return made


def with_finding(gate: str, found: Finding, *, settled: bool = False) -> Report:
    accepted = frozenset({found.fingerprint}) if settled else frozenset()
    return Report(
        tuple(replace(each, findings=(found,), settled=accepted) if each.gate == gate else each for each in CLEAN.gates)
    )


def test_everything_passed() -> None:
    assert standing_in_the_way(CLEAN, PROVED, NAMES) == []


@pytest.mark.parametrize("gate", NAMES)
@pytest.mark.parametrize("severity", [each for each in Severity if each is not Severity.INFO])
def test_whatever_a_gate_finds_stops_it_until_a_reviewer_has_settled_it(gate: str, severity: Severity) -> None:
    (why,) = standing_in_the_way(with_finding(gate, finding(severity)), PROVED, NAMES)
    assert gate in why
    assert standing_in_the_way(with_finding(gate, finding(severity), settled=True), PROVED, NAMES) == []


def test_what_could_not_be_read_stops_it() -> None:
    assert standing_in_the_way(with_finding(NAMES[0], finding(Severity.INFO, NEEDS_REVIEW)), PROVED, NAMES)


def test_a_gate_that_did_not_run_has_not_passed() -> None:
    assert standing_in_the_way(Report(CLEAN.gates[1:]), PROVED, NAMES) == [f"The gate {NAMES[0]} did not run."]
    assert len(standing_in_the_way(None, PROVED, NAMES)) == 4


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (None, "There is no evidence of a type check, of tests or of acceptance criteria."),
        (replace(PROVED, type_check=None), "There is no evidence of a type check."),
        (replace(PROVED, type_check=False), "The type check failed."),
        (replace(PROVED, tests=None), "There is no evidence of tests."),
        (replace(PROVED, tests=SuiteResult(0, 0, 0)), "There is no evidence of tests."),
        (replace(PROVED, tests=SuiteResult(3, 2, 1)), "1 of 3 tests failed."),
        (replace(PROVED, tests=SuiteResult(3, 2, 0)), "1 did not run."),
        (replace(PROVED, criteria=()), "There is no evidence of acceptance criteria."),
        (replace(PROVED, criteria=(*PROVED.criteria, Criterion("No.", False))), "1 of 2 acceptance criteria failed."),
    ],
)
def test_missing_evidence_is_not_passed_evidence(evidence: Evidence | None, said: str) -> None:
    assert standing_in_the_way(CLEAN, evidence, NAMES) == [said]


evidences = st.builds(
    Evidence,
    st.just("c" * 40),
    st.none() | st.booleans(),
    st.none() | st.builds(SuiteResult, st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)),
    st.lists(st.builds(Criterion, st.just("It works."), st.booleans()), max_size=3).map(tuple),
)
gate_reports = st.builds(
    lambda name, severities, settled: GateReport(
        name,
        1,
        1,
        found := fingerprinted(
            [Finding.found("r", each, "a.py", None, "", statement=str(n)) for n, each in enumerate(severities)]
        ),
        frozenset(each.fingerprint for each in found) if settled else frozenset(),
    ),
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(list(Severity)), max_size=2),
    st.booleans(),
)
reports = st.none() | st.lists(gate_reports, max_size=5, unique_by=lambda each: each.gate).map(
    lambda all_: Report(tuple(all_))
)


@given(reports, st.none() | evidences)
def test_it_merges_exactly_when_every_part_of_the_rule_holds(report: Report | None, evidence: Evidence | None) -> None:
    gates_pass = (
        report is not None
        and {each.gate for each in report.gates} == set(NAMES)
        and all(each.verdict is Verdict.PASS for each in report.gates)
    )
    proved = (
        evidence is not None
        and evidence.type_check is True
        and evidence.tests is not None
        and evidence.tests.total >= 1
        and (evidence.tests.passed, evidence.tests.failed) == (evidence.tests.total, 0)
        and len(evidence.criteria) >= 1
        and all(each.passed for each in evidence.criteria)
    )
    assert (standing_in_the_way(report, evidence, NAMES) == []) == (gates_pass and proved)
