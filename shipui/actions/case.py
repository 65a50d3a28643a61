"""The case that whoever approves a promotion decides on: the change's size, what proves it, its pull request, the window, what it may destroy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from shipui.gates.gate_list import GATES
from shipui.install import Installation
from shipui.model.calendar import Decision, decide
from shipui.model.contribution import RecordedContribution
from shipui.model.errors import ShipuiError
from shipui.model.evidence import RecordedEvidence
from shipui.model.findings import Finding, GateReport, Report, Severity
from shipui.model.merge_rule import standing_in_the_way
from shipui.model.promotion import Promotion
from shipui.records import builds, contributions, evidence, pull_requests
from shipui.records.pull_requests import RecordedPullRequest

DESTRUCTIVE = "destructive-operations"


@dataclass(frozen=True, slots=True)
class RiskAdvice:
    suggested: str
    reasons: tuple[str, ...]
    chosen: str
    chosen_by: str | None
    """None: nobody chose, and the suggestion was used."""

    def as_json(self) -> dict[str, Any]:
        return {
            "suggested": self.suggested,
            "reasons": list(self.reasons),
            "chosen": self.chosen,
            "chosen_by": self.chosen_by,
        }


@dataclass(frozen=True, slots=True)
class Case:
    statistics: dict[str, int]
    """files, additions, deletions."""
    evidence: RecordedEvidence | None
    in_the_way: tuple[str, ...]
    """Why its pull request may not be merged without a person."""
    pull_request: RecordedPullRequest | None
    complete: bool
    """The pull request with this content is merged. Merged is not deployed."""
    window: Decision | None
    """Whether a change like this one may be deployed now; None: the calendar cannot be read."""
    window_words: str
    destructive: tuple[Finding, ...]
    """Database operations that lose something, settled or not; `settled` of their gate's report tells which."""
    to_acknowledge: tuple[Finding, ...]
    """Those of them that nobody has settled yet."""
    contribution: RecordedContribution | None
    risk: RiskAdvice | None

    @property
    def merge_is_free(self) -> bool:
        """Its pull request is open, and nothing of ours keeps it from being merged: `merge` may be tried."""
        pull = self.pull_request
        return pull is not None and pull.is_open and not self.in_the_way

    def as_json(self) -> dict[str, Any]:
        waiting = {each.fingerprint for each in self.to_acknowledge}
        return {
            "statistics": self.statistics,
            "evidence": self.evidence.as_json() if self.evidence else None,
            "in_the_way": list(self.in_the_way),
            "pull_request": self.pull_request.as_json() if self.pull_request else None,
            "complete": self.complete,
            "window": {
                "open": self.window.open if self.window else None,
                "reason": self.window_words,
                "next_open": self.window.next_open.isoformat() if self.window and self.window.next_open else None,
                "window": self.window.window if self.window else None,
                "blackout": self.window.blackout if self.window else None,
            },
            "destructive": [
                {**each.as_json(), "acknowledged": each.fingerprint not in waiting} for each in self.destructive
            ],
            "contribution": self.contribution.as_json() if self.contribution else None,
            "risk_suggestion": self.risk.as_json() if self.risk else None,
        }


def case_of(
    installation: Installation, connection: psycopg.Connection[Any], promotion: Promotion, reports: Sequence[GateReport]
) -> Case:
    """`reports` are what the gates said of its present content."""
    proof = evidence.of_revision(connection, promotion.build, promotion.revision)
    window, words = _window(installation, promotion)
    destructive = [
        (each, each.fingerprint in report.settled)
        for report in reports
        if report.gate == DESTRUCTIVE
        for each in report.findings
        if each.severity in {Severity.CRITICAL, Severity.HIGH}
    ]
    report = Report(tuple(reports)) if reports else None
    return Case(
        statistics={name: int(promotion.diff_statistics.get(name, 0)) for name in ("files", "additions", "deletions")},
        evidence=proof,
        in_the_way=tuple(standing_in_the_way(report, proof.evidence if proof else None, GATES)),
        pull_request=pull_requests.of_build(connection, promotion.build),
        complete=builds.is_complete(connection, promotion.build, promotion.revision.commit),
        window=window,
        window_words=words,
        destructive=tuple(each for each, _ in destructive),
        to_acknowledge=tuple(each for each, settled in destructive if not settled),
        contribution=contributions.of_build(connection, promotion.build),
        risk=_risk(promotion),
    )


def _window(installation: Installation, promotion: Promotion) -> tuple[Decision | None, str]:
    try:
        found = decide(installation.calendar(), promotion.change, datetime.now(UTC))
    except ShipuiError as error:
        return None, str(error)
    return found, found.reason


def _risk(promotion: Promotion) -> RiskAdvice | None:
    told = promotion.diff_statistics.get("risk_suggestion")
    if not isinstance(told, dict):
        return None
    chosen_by = promotion.diff_statistics.get("risk_chosen_by")
    return RiskAdvice(told["level"], tuple(told["reasons"]), str(promotion.risk), chosen_by)
