"""What a gate found, and what it means: findings, their fingerprints, and the verdict that follows from them.

Severity becomes verdict in `verdict_of`, and nowhere else.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

NOT_RUN = "not run"
"""What the records say where no gate has looked yet: no verdict."""


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


class Verdict(StrEnum):
    """In order of weight: the heaviest of several counts."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    BLOCK = "block"
    ERROR = "error"
    """Something could not be read, or a rule failed: whatever else was found, the examination is not whole."""


NEEDS_REVIEW = "needs-review"
"""Rule of a finding that says: this file (or this part) could not be read, so a person has to look at it."""
GATE_FAILED = "gate-failed"
"""Rule of a finding that says: a rule of shipui's own failed on this file."""
INCOMPLETE = frozenset({NEEDS_REVIEW, GATE_FAILED})

_VERDICTS = {
    Severity.CRITICAL: Verdict.BLOCK,
    Severity.HIGH: Verdict.BLOCK,
    Severity.MEDIUM: Verdict.WARN,
    Severity.LOW: Verdict.WARN,
    Severity.INFO: Verdict.PASS,
}
_WEIGHT = {verdict: weight for weight, verdict in enumerate(Verdict)}
_SEVERITY_ORDER = {severity: place for place, severity in enumerate(Severity)}
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a gate found. Made with `found`; `fingerprint` is given by `fingerprinted`, to all of a gate's together."""

    rule: str
    severity: Severity
    path: str
    """As in the head commit (of a deleted file: as in the base)."""
    line: int | None
    """In the head's file, from 1; None when the finding is about the file as a whole."""
    message: str
    fix: str = ""
    cwe: str | None = None
    """As "CWE-89"."""
    evidence: str = ""
    """The line or part of it, secrets masked."""
    fingerprint: str = ""
    anchor: str = field(default="", repr=False)
    """SHA-256 of the statement's normalised text: never the text itself."""

    @classmethod
    def found(
        cls,
        rule: str,
        severity: Severity,
        path: str,
        line: int | None,
        message: str,
        *,
        statement: str,
        fix: str = "",
        cwe: str | None = None,
        evidence: str = "",
    ) -> Finding:
        """`statement` is the text that makes this finding the same one next time, wherever it stands in its file."""
        return cls(
            rule, severity, path, line, message, fix, cwe, evidence, anchor=_digest(_SPACE.sub(" ", statement).strip())
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "severity": str(self.severity),
            "path": self.path,
            "line": self.line,
            "message": self.message,
            "fix": self.fix,
            "cwe": self.cwe,
            "evidence": self.evidence,
            "fingerprint": self.fingerprint,
        }


@dataclass(frozen=True, slots=True)
class GateReport:
    """`files` and `lines` (changed lines) are what the gate read; what it could not read are findings of a rule in INCOMPLETE."""

    gate: str
    files: int
    lines: int
    findings: tuple[Finding, ...] = ()
    settled: frozenset[str] = frozenset()
    """Fingerprints that a reviewer has acknowledged or called false: they stay in the report and no longer count."""

    @property
    def verdict(self) -> Verdict:
        return verdict_of(each for each in self.findings if each.fingerprint not in self.settled)

    @property
    def unread(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.rule in INCOMPLETE)

    def as_json(self) -> dict[str, Any]:
        return {
            "gate": self.gate,
            "verdict": str(self.verdict),
            "files": self.files,
            "lines": self.lines,
            "findings": [each.as_json() for each in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Report:
    gates: tuple[GateReport, ...]

    @property
    def verdict(self) -> Verdict:
        """The heaviest. Without a single gate nothing was examined, and that is an error."""
        return max((each.verdict for each in self.gates), key=_WEIGHT.__getitem__, default=Verdict.ERROR)

    def as_json(self) -> dict[str, Any]:
        return {"verdict": str(self.verdict), "gates": [each.as_json() for each in self.gates]}


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Critical and high block, medium and low warn, info does neither; what could not be read is an error."""
    return heaviest(weight_of(each.rule, each.severity) for each in findings)


def weight_of(rule: str, severity: Severity) -> Verdict:
    """What one open finding makes of the verdict."""
    return Verdict.ERROR if rule in INCOMPLETE else _VERDICTS[severity]


def heaviest(verdicts: Iterable[Verdict]) -> Verdict:
    return max(verdicts, key=_WEIGHT.__getitem__, default=Verdict.PASS)


def fingerprinted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """In the order of reports (path, line, rule), without repeats, each with its fingerprint.

    The fingerprint is made of rule, path and statement, and of how many equal ones stand before it in the file: not of the line.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    done = []
    for each in sorted(set(findings), key=_place):
        key = (each.rule, each.path, each.anchor)
        done.append(replace(each, fingerprint=_digest("\0".join((*key, str(seen[key]))))[:32]))
        seen[key] += 1
    return tuple(done)


def heaviest_first(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda each: (_SEVERITY_ORDER[each.severity], *_place(each)))


def _place(finding: Finding) -> tuple[str, int, str, str, str, str]:
    return (finding.path, finding.line or 0, finding.rule, finding.anchor, finding.message, finding.evidence)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
