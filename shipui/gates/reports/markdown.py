"""The report as a pull request's comment. Text from outside stands in code spans, or with its markup escaped: it is never interpreted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.reports.words import MEANING, SETTLED, place, summary, total
from shipui.model.findings import Finding, GateReport, Report, Verdict, heaviest_first
from shipui.model.text import visible

MARK = "<!-- shipui gates -->"
"""Begins the comment, so that it can be found again and updated."""
MOST_FINDINGS = 60
"""Of each gate: a comment may have some 65,000 characters."""
_SIGNS = {Verdict.PASS: "✅", Verdict.WARN: "⚠️", Verdict.BLOCK: "⛔", Verdict.ERROR: "❌"}
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|<>~@&])")


def markdown(report: Report) -> str:
    return "\n".join(_lines(report)) + "\n"


def overview(report: Report) -> Iterator[str]:
    """What the gates say, without their findings."""
    yield f"## {_SIGNS[report.verdict]} Gates: {report.verdict}"
    yield ""
    yield MEANING[report.verdict]
    yield ""
    yield "| gate | verdict | |"
    yield "| --- | --- | --- |"
    for gate in report.gates:
        yield f"| {gate.gate} | {_SIGNS[gate.verdict]} {gate.verdict} | {summary(gate)} |"


def _lines(report: Report) -> Iterator[str]:
    yield MARK
    yield from overview(report)
    for gate in report.gates if total(report) else ():
        yield from _gate(gate)


def _gate(gate: GateReport) -> Iterator[str]:
    if not gate.findings:
        return
    yield ""
    yield f"### {gate.gate}"
    yield ""
    for finding in heaviest_first(gate.findings)[:MOST_FINDINGS]:
        yield from _finding(finding, gate)
    if len(gate.findings) > MOST_FINDINGS:
        yield f"- … and {len(gate.findings) - MOST_FINDINGS} more."


def _finding(finding: Finding, gate: GateReport) -> Iterator[str]:
    settled = f" ({SETTLED})" if finding.fingerprint in gate.settled else ""
    cwe = f", {finding.cwe}" if finding.cwe else ""
    yield f"- **{finding.severity}** {_code(place(finding.path, finding.line))}: {finding.rule}{cwe}{settled}"
    yield f"  {_escaped(finding.message)}"
    if finding.evidence:
        yield f"  {_code(finding.evidence)}"
    if finding.fix:
        yield f"  *To do:* {_escaped(finding.fix)}"
    yield f"  <sub>{finding.fingerprint}</sub>"


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", visible(text, limit=600))


def _code(text: str) -> str:
    """A code span whose fence is longer than any run of backticks in it."""
    shown = visible(text, limit=300)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {shown} {fence}" if longest else f"`{shown}`"
