"""Sentences that several reports share."""

from __future__ import annotations

from collections import Counter

from shipui.model.findings import GateReport, Report, Severity, Verdict
from shipui.model.text import counted, listed

MEANING = {
    Verdict.PASS: "Nothing was found that stands in the way.",
    Verdict.WARN: "Something was found that a person should look at. It does not block.",
    Verdict.BLOCK: "Something was found that must be mended, or accepted by a reviewer with a reason.",
    Verdict.ERROR: "Something could not be examined, so nobody can say that it is clean.",
}
SETTLED = "accepted by a reviewer"


def summary(report: GateReport) -> str:
    """ "3 files, 120 lines read: 1 high, 2 medium"."""
    read = f"{counted(report.files, 'file') or 'no file'}, {counted(report.lines, 'changed line') or 'no line'} read"
    by_severity = Counter(each.severity for each in report.findings)
    found = listed([f"{by_severity[severity]} {severity}" for severity in Severity if by_severity[severity]])
    return f"{read}: {found or 'nothing found'}"


def place(path: str, line: int | None) -> str:
    return path if line is None else f"{path}:{line}"


def total(report: Report) -> int:
    return sum(len(each.findings) for each in report.gates)
