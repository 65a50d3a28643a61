"""When a pull request may be merged without a person, and what stands in the way otherwise. Pure, and the only place that decides it."""

from __future__ import annotations

from collections.abc import Iterable

from shipui.model.evidence import Evidence, not_proved
from shipui.model.findings import Report, Verdict

_SAID = {
    Verdict.WARN: "warns",
    Verdict.BLOCK: "blocks",
    Verdict.ERROR: "could not read everything",
}


def standing_in_the_way(report: Report | None, evidence: Evidence | None, gates: Iterable[str]) -> list[str]:
    """One sentence each; an empty list: all of `gates` pass, and type check, all tests and all acceptance criteria passed.

    `gates` are the names of those that there are: one that did not report has not passed. What a reviewer has settled does not
    count against a gate.
    """
    return [*_gates_in_the_way(report, gates), *not_proved(evidence)]


def _gates_in_the_way(report: Report | None, gates: Iterable[str]) -> list[str]:
    said = {each.gate: each.verdict for each in report.gates} if report is not None else {}
    reasons = [f"The gate {name} did not run." for name in gates if name not in said]
    return reasons + [f"The gate {name} {_SAID[verdict]}." for name, verdict in said.items() if verdict in _SAID]
