"""The deployment windows in one line for the header: whether changes may go out now, which, and until or from when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from shipui.model.calendar import Blackout, Calendar, Decision, decide
from shipui.model.change import Change, ChangeType, RiskLevel
from shipui.model.text import listed, visible

_PLANNED = (ChangeType.STANDARD, ChangeType.NORMAL)


def windows_now(
    calendar: Calendar, now: datetime, decided: Mapping[Change, Decision] | None = None
) -> tuple[str, bool | None]:
    """The words, and whether it is open: None when only for some kinds of change. Emergencies pass always and are left out.

    `decided` spares deciding again what has been.
    """
    planned = [Change(kind, risk) for kind in _PLANNED for risk in RiskLevel]
    decisions = {each: decided[each] if decided else decide(calendar, each, now) for each in planned}
    opened = {change: each for change, each in decisions.items() if each.open}
    if not calendar.windows and not calendar.blackouts:
        return "No windows are set: open at any time", True
    if len(opened) == len(decisions):
        return f"Window open{_until(calendar, list(opened.values()), now)}", True
    if opened:
        return f"Window open for {_which(list(opened))}{_until(calendar, list(opened.values()), now)}", None
    blackout = next((each for each in calendar.blackouts if each.start <= now < each.end), None)
    if blackout is not None and any(each.blackout == blackout.name for each in decisions.values()):
        return _blackout(calendar, blackout, now), False
    openings = [each.next_open for each in decisions.values() if each.next_open is not None]
    if not openings:
        return "Window closed, and none opens within a year", False
    return f"Window closed, opens {short_time(calendar.zone, min(openings), now)}", False


def _blackout(calendar: Calendar, blackout: Blackout, now: datetime) -> str:
    why = blackout.reason or blackout.name
    return f"Blackout until {short_time(calendar.zone, blackout.end, now)}: {visible(why, limit=60)}"


def _until(calendar: Calendar, decisions: list[Decision], now: datetime) -> str:
    closings = [each.closes for each in decisions if each.closes is not None]
    return f" until {short_time(calendar.zone, min(closings), now)}" if closings else ""


def short_time(zone: tzinfo, instant: datetime, now: datetime) -> str:
    """As short as can be without a doubt, in that zone: 06:00, Tue 22:00, 4 Jan, 4 Jan 06:00, 4 Jan 2028."""
    there = instant.astimezone(zone)
    clock = f"{there:%H:%M}"
    if timedelta(0) <= instant - now < timedelta(hours=18):
        return clock
    if timedelta(0) <= instant - now < timedelta(days=6):
        return f"{there:%a} {clock}"
    day = f"{there.day} {there:%b}" + (f" {there.year}" if (instant - now).days > 300 else "")
    return day if clock == "00:00" and there.second == 0 else f"{day} {clock}"


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
