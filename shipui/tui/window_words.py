"""The deployment windows in one line for the header: whether changes may go out now, which, and until or from when."""

from __future__ import annotations

from datetime import datetime

from shipui.model.calendar import Calendar, Decision, decide
from shipui.model.change import Change, ChangeType, RiskLevel
from shipui.model.text import listed, visible

_PLANNED = (ChangeType.STANDARD, ChangeType.NORMAL)


def windows_now(calendar: Calendar, now: datetime) -> tuple[str, bool | None]:
    """The words, and whether it is open: None when only for some kinds of change. Emergencies pass always and are left out."""
    decisions = {
        Change(kind, risk): decide(calendar, Change(kind, risk), now) for kind in _PLANNED for risk in RiskLevel
    }
    opened = {change: each for change, each in decisions.items() if each.open}
    if len(opened) == len(decisions):
        return f"Window open{_until(calendar, list(opened.values()))}", True
    if opened:
        return f"Window open for {_which(list(opened))}{_until(calendar, list(opened.values()))}", None
    blackout = next((each.blackout for each in decisions.values() if each.blackout), None)
    why = f"Blackout “{visible(blackout, limit=30)}”" if blackout else "Window closed"
    openings = [each.next_open for each in decisions.values() if each.next_open is not None]
    if not openings:
        return f"{why}; none opens within a year", False
    return f"{why}; opens {min(openings).astimezone(calendar.zone):%a %d %b %H:%M}", False


def _until(calendar: Calendar, decisions: list[Decision]) -> str:
    closings = [each.closes for each in decisions if each.closes is not None]
    return f" until {min(closings).astimezone(calendar.zone):%a %H:%M}" if closings else ""


def _which(changes: list[Change]) -> str:
    """ "standard changes", "low and medium risk", or both."""
    kinds = [kind for kind in _PLANNED if any(each.type is kind for each in changes)]
    risks = [risk for risk in RiskLevel if any(each.risk is risk for each in changes)]
    if len(changes) != len(kinds) * len(risks):
        return "some changes"
    words = []
    if len(kinds) < len(_PLANNED):
        words.append(f"{listed([str(kind) for kind in kinds])} changes")
    if len(risks) < len(RiskLevel):
        words.append(f"{listed([str(risk) for risk in risks])} risk")
    return ", ".join(words)
