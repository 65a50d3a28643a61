"""How severities, verdicts and what was said of a finding look: each a glyph and a word."""

from __future__ import annotations

from datetime import datetime

from shipui.model.disposition import DispositionKind
from shipui.model.findings import Finding, Severity, Verdict
from shipui.model.review import Review
from shipui.tui.signs import Sign

SEVERITY: dict[Severity, Sign] = {
    Severity.CRITICAL: Sign("◆", "critical", "bad"),
    Severity.HIGH: Sign("▲", "high", "bad"),
    Severity.MEDIUM: Sign("■", "medium", "warn"),
    Severity.LOW: Sign("▪", "low", "calm"),
    Severity.INFO: Sign("·", "info", "calm"),
}

VERDICT: dict[str, Sign] = {
    Verdict.PASS: Sign("✓", "pass", "good"),
    Verdict.WARN: Sign("■", "warn", "warn"),
    Verdict.BLOCK: Sign("✗", "block", "bad"),
    Verdict.ERROR: Sign("!", "error", "bad"),
}

OPEN = Sign("○", "open", "plain")
ENDED = Sign("○", "ended", "warn")
GONE = Sign("–", "gone", "calm")
SAID: dict[str, Sign] = {
    DispositionKind.ACKNOWLEDGED: Sign("✓", "accepted", "good"),
    DispositionKind.FALSE_POSITIVE: Sign("✗", "false", "good"),
    DispositionKind.REOPENED: Sign("○", "reopened", "warn"),
}


def standing_of(finding: Finding, review: Review, now: datetime) -> Sign:
    """What was said of it, and whether that still counts."""
    said = review.said.get(finding.fingerprint)
    if said is None:
        return OPEN
    if said.kind != DispositionKind.REOPENED and not said.settles(now):
        return ENDED
    return SAID.get(said.kind, OPEN)
