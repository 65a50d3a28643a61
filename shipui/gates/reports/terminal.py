"""The report as lines for a terminal: no markup, no colour, no text from outside that a terminal would act on."""

from __future__ import annotations

from collections.abc import Iterator

from shipui.gates.reports.words import MEANING, SETTLED, place, summary
from shipui.model.findings import Finding, GateReport, Report, heaviest_first
from shipui.model.text import visible


def terminal_lines(report: Report) -> Iterator[str]:
    for gate in report.gates:
        yield f"{gate.gate}: {str(gate.verdict).upper()}  ({summary(gate)})"
        for finding in heaviest_first(gate.findings):
            yield from _finding(finding, gate)
        yield ""
    yield f"Verdict: {str(report.verdict).upper()}. {MEANING[report.verdict]}"


def _finding(finding: Finding, gate: GateReport) -> Iterator[str]:
    settled = f", {SETTLED}" if finding.fingerprint in gate.settled else ""
    where = visible(place(finding.path, finding.line), limit=300)
    cwe = f", {finding.cwe}" if finding.cwe else ""
    yield ""
    yield f"  {finding.severity}  {where}  {finding.rule}{cwe}{settled}"
    yield f"    {visible(finding.message, limit=600)}"
    if finding.evidence:
        yield f"    > {visible(finding.evidence, limit=200)}"
    if finding.fix:
        yield f"    To do: {visible(finding.fix, limit=600)}"
    yield f"    Fingerprint: {finding.fingerprint}"
