"""Rules about the comments that allow a finding."""

from __future__ import annotations

from shipui.gates.base import Rule
from shipui.model.findings import Severity

ADDED = Rule(
    id="suppression-added",
    gate="security",
    title="This change adds a comment that would allow a finding",
    why="A comment that allows a finding counts only if it was there before the change: else the author of a flaw could permit it.",
    fix="Take the comment out, and have a reviewer acknowledge the finding instead.",
    severity=Severity.MEDIUM,
)
UNUSED = Rule(
    id="suppression-unused",
    gate="security",
    title="A comment allows a finding that is no longer there",
    why="This comment allows something that the rule does not find here any more. It would hide the next one.",
    fix="Delete the comment.",
    severity=Severity.LOW,
)

RULES = (ADDED, UNUSED)
