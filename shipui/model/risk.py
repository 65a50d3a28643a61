"""What a change's content suggests for the risk of its change request. A person chooses; both are recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shipui.model.change import RiskLevel
from shipui.model.findings import INCOMPLETE, Finding, Severity
from shipui.model.text import counted

MANY_LINES = 400
VERY_MANY_LINES = 2_000
MANY_FILES = 40
_ORDER = {level: place for place, level in enumerate(RiskLevel)}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is looked at."""

    files: int
    lines: int
    """Added and removed."""
    migrations: int
    """Changed files that change the database when they are released."""
    losses: int
    """Database operations that may destroy data."""
    dependencies: int
    """Dependencies that are new or changed."""
    findings: tuple[Finding, ...] = ()
    """Those of the gates that nobody has settled."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    level: RiskLevel
    reasons: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {"level": str(self.level), "reasons": list(self.reasons)}


def suggest(facts: Facts) -> Suggestion:
    """The heaviest of what speaks for a level; every reason for that level, then the lighter ones."""
    reasons = sorted(_reasons(facts), key=lambda each: -_ORDER[each[0]])
    if not reasons:
        return Suggestion(RiskLevel.LOW, ("It is small, and touches neither the database nor the dependencies.",))
    return Suggestion(reasons[0][0], tuple(reason for _, reason in reasons))


def _reasons(facts: Facts) -> Iterable[tuple[RiskLevel, str]]:
    if facts.losses:
        yield RiskLevel.HIGH, f"{counted(facts.losses, 'database operation')} may destroy data."
    elif facts.migrations:
        yield RiskLevel.MEDIUM, f"{counted(facts.migrations, 'migration')} changes the database."
    weighty = [each for each in facts.findings if each.severity in {Severity.CRITICAL, Severity.HIGH}]
    critical = sum(each.severity is Severity.CRITICAL for each in weighty)
    unread = sum(each.rule in INCOMPLETE for each in facts.findings)
    if critical:
        yield RiskLevel.CRITICAL, f"The gates found {counted(critical, 'critical thing')}."
    elif len(weighty) > unread:
        yield RiskLevel.HIGH, f"The gates found {counted(len(weighty) - unread, 'weighty thing')}."
    if unread:
        yield RiskLevel.HIGH, "The gates could not read all of it."
    if facts.dependencies:
        yield RiskLevel.MEDIUM, f"{counted(facts.dependencies, 'dependency', 'dependencies')} changed."
    if facts.lines > VERY_MANY_LINES:
        yield RiskLevel.HIGH, f"{facts.lines} lines changed."
    elif facts.lines > MANY_LINES or facts.files > MANY_FILES:
        yield RiskLevel.MEDIUM, f"{facts.lines} lines in {counted(facts.files, 'file')} changed."
