"""What the calendar says of a change, and what another calendar would mean for those that wait: in short words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from shipui.model.calendar import NEVER, Decision
from shipui.model.change import Change
from shipui.model.text import listed, visible
from shipui.model.window_effect import Effect


def change_words(change: Change) -> str:
    return f"{change.type} changes of {change.risk} risk"


def decision_words(decision: Decision, zone: ZoneInfo, now: datetime) -> str:
    """open until Wed 25 Nov 06:00; closed, opens …; closed, opens …, blackout “…”; closed, no window opens within a year."""
    if decision.open:
        if decision.closes is None:
            return "open, nothing restricts it" if decision.window is None else "open, without an end within a year"
        return f"open until {_moment(decision.closes, zone, now)}"
    when = NEVER if decision.next_open is None else f"opens {_moment(decision.next_open, zone, now)}"
    return f"closed, {when}{f', blackout “{visible(decision.blackout, limit=40)}”' if decision.blackout else ''}"


def summary(effects: Sequence[Effect], *, changed: bool) -> str:
    """One line. `changed`: there are two calendars to compare."""
    total = sum(len(each.promotions) for each in effects)
    if not total:
        return "No promotion waits, so none is affected."
    who = "the one that waits" if total == 1 else f"the {total} that wait"
    if not changed:
        could = sum(len(each.promotions) for each in effects if each.after.open)
        return f"Of {who}, {could or 'none'} could go out now."
    parts = [f"{count} {words}" for words, count in _counts(effects).items() if count]
    return f"Of {who}: {listed(parts)}." if parts else f"Nothing changes for {who}."


def details(effects: Sequence[Effect], before: ZoneInfo, after: ZoneInfo, now: datetime) -> list[tuple[str, str]]:
    """For each kind of change for which something differs: which promotions, and what was and what would be."""
    told = []
    for each in effects:
        if each.differs:
            which = f"{listed([promotion.id for promotion in each.promotions], most=3)} ({each.change.type}, {each.change.risk})"
            was, will = decision_words(each.before, before, now), decision_words(each.after, after, now)
            told.append((which, f"{was} → {will}"))
    return told


def _counts(effects: Sequence[Effect]) -> dict[str, int]:
    counts = {"can go out now": 0, "would have to wait": 0, "could go out at other times": 0}
    for each in effects:
        if not each.differs:
            continue
        if each.before.open == each.after.open:
            words = "could go out at other times"
        else:
            words = "can go out now" if each.after.open else "would have to wait"
        counts[words] += len(each.promotions)
    return counts


def _moment(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    shown = moment.astimezone(zone)
    year = f" {shown.year}" if shown.year != now.astimezone(zone).year else ""
    return f"{shown:%a} {shown.day} {shown:%b}{year} {shown:%H:%M}"
