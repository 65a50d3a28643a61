"""Verdicts and fingerprints."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shipui.model.findings import (
    GATE_FAILED,
    NEEDS_REVIEW,
    Finding,
    GateReport,
    Report,
    Severity,
    Verdict,
    fingerprinted,
    verdict_of,
)


def finding(
    line: int = 3, *, rule: str = "js-xss", severity: Severity = Severity.HIGH, statement: str = "a.b = c"
) -> Finding:
    return Finding.found(rule, severity, "src/a.js", line, "Why.", statement=statement)


@pytest.mark.parametrize(
    ("severities", "verdict"),
    [
        ([], Verdict.PASS),
        ([Severity.INFO], Verdict.PASS),
        ([Severity.INFO, Severity.LOW], Verdict.WARN),
        ([Severity.MEDIUM], Verdict.WARN),
        ([Severity.HIGH, Severity.LOW], Verdict.BLOCK),
        ([Severity.CRITICAL], Verdict.BLOCK),
    ],
)
def test_severity_becomes_verdict(severities: list[Severity], verdict: Verdict) -> None:
    assert verdict_of(finding(severity=each) for each in severities) is verdict


@pytest.mark.parametrize("rule", [NEEDS_REVIEW, GATE_FAILED])
def test_what_could_not_be_examined_is_an_error_whatever_else_was_found(rule: str) -> None:
    assert verdict_of([finding(), finding(rule=rule, severity=Severity.INFO)]) is Verdict.ERROR


def test_a_report_without_gates_is_an_error() -> None:
    assert Report(()).verdict is Verdict.ERROR


def test_a_fingerprint_survives_a_move_and_another_layout() -> None:
    before = fingerprinted([finding(3, statement="el.innerHTML =\n   x")])[0]
    after = fingerprinted([finding(90, statement="el.innerHTML = x")])[0]
    assert before.fingerprint == after.fingerprint


def test_fingerprints_differ_by_rule_path_statement_and_occurrence() -> None:
    base = finding()
    found = [
        *fingerprinted([base, replace(base, line=9)]),
        *fingerprinted([finding(rule="js-ssrf")]),
        *fingerprinted([replace(base, path="src/b.js")]),
        *fingerprinted([finding(statement="a.b = d")]),
    ]
    assert len({each.fingerprint for each in found}) == 5


def test_what_was_accepted_stays_in_the_report_and_no_longer_counts() -> None:
    found = fingerprinted([finding()])
    report = GateReport("security", 1, 1, found, frozenset({found[0].fingerprint}))
    assert report.verdict is Verdict.PASS
    assert len(report.findings) == 1


def test_the_shape_of_json() -> None:
    report = Report((GateReport("security", 2, 40, fingerprinted([finding()])),)).as_json()
    assert list(report) == ["verdict", "gates"]
    assert list(report["gates"][0]) == ["gate", "verdict", "files", "lines", "findings"]
    assert list(report["gates"][0]["findings"][0]) == [
        "rule",
        "severity",
        "path",
        "line",
        "message",
        "fix",
        "cwe",
        "evidence",
        "fingerprint",
    ]
