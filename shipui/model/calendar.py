"""The deployment calendar: whether a change may go out at an instant, and when it next may. Pure; section names as in windows.toml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import combinations
from zoneinfo import ZoneInfo

from shipui.model.change import Change, ChangeType, RiskLevel
from shipui.model.text import visible
from shipui.model.weekly_hours import DAY, SECOND, Span, WeeklyHours, from_ticks, merged, to_ticks

LOOK_AHEAD = 366 * DAY
NEVER = "no window opens within a year"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Window:
    name: str
    days: frozenset[int]
    """Monday is 0; the day on which it starts."""
    start: time
    end: time | None
    """None is 24:00. Before or equal to `start`: the next day."""
    change_types: frozenset[ChangeType]
    risk_levels: frozenset[RiskLevel]
    zone: ZoneInfo

    def fits(self, change: Change) -> bool:
        return change.type in self.change_types and change.risk in self.risk_levels


@dataclass(frozen=True, slots=True)
class Blackout:
    name: str
    reason: str
    start: datetime
    end: datetime
    """Both aware; half-open."""
    excepts: frozenset[ChangeType]


@dataclass(frozen=True, slots=True)
class Calendar:
    zone: ZoneInfo
    windows: tuple[Window, ...] = ()
    blackouts: tuple[Blackout, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    open: bool
    reason: str
    """Plain words."""
    next_open: datetime | None
    """Aware, in the install's zone; None when open, or when nothing opens within a year."""
    window: str | None
    """The name of the window that is open, also while a blackout forbids it."""
    blackout: str | None
    """The name of the blackout that forbids it."""
    closes: datetime | None = None
    """When the period that is open now ends; None: closed, unrestricted, or open for more than a year."""


def decide(calendar: Calendar, change: Change, instant: datetime) -> Decision:
    """Whether `change` may go out at the aware `instant`. Emergency changes pass both windows and blackouts."""
    now = _ticks(instant)
    if change.type is ChangeType.EMERGENCY:
        return Decision(True, _emergency_reason(calendar, now), None, None, None)
    view = _View(calendar, change)
    window = view.window_at(now)
    blackout = view.blackout_at(now)
    if blackout is None and view.hours_open(now):
        closes = view.closing(now, now + LOOK_AHEAD)
        return Decision(True, view.open_reason(now, window, closes), None, window, None, view.shown(closes))
    opens = view.opening(now, now + LOOK_AHEAD)
    if blackout is None:
        return Decision(False, view.closed_reason(now, opens), view.shown(opens), None, None)
    reason = view.blackout_reason(now, blackout, opens)
    return Decision(False, reason, view.shown(opens), window, blackout.name)


def open_periods(
    calendar: Calendar, change: Change, start: datetime, end: datetime
) -> list[tuple[datetime, datetime, str | None]]:
    """When `change` may go out between two aware instants: (start, end, window's name), in order and apart, in the install's zone.

    Where windows overlap, the one that comes first in the calendar gives the name; a period has no name where nothing restricts the
    change. Periods of different windows may adjoin.
    """
    first, last = _ticks(start), _ticks(end)
    view = _View(calendar, change)
    if change.type is ChangeType.EMERGENCY:
        found: Iterable[tuple[int, int, str | None]] = [(first, last, None)] if first < last else []
    else:
        found = view.periods(first, last)
    zone = calendar.zone
    return [(from_ticks(begins, zone), from_ticks(ends, zone), name) for begins, ends, name in found]


def overlaps(calendar: Calendar) -> list[str]:
    """A sentence for each pair of blackouts that overlap: allowed, and seldom meant."""
    return [
        f"Blackouts {_quoted(one.name)} and {_quoted(other.name)} overlap; while they do, both hold."
        for one, other in combinations(calendar.blackouts, 2)
        if one.start < other.end and other.start < one.end
    ]


def _ticks(instant: datetime) -> int:
    if instant.tzinfo is None:
        raise ValueError("an instant needs its offset from UTC")
    return to_ticks(instant)


class _View:
    """What one kind of change sees of a calendar."""

    def __init__(self, calendar: Calendar, change: Change) -> None:
        self._zone = calendar.zone
        self._change = change
        self._unrestricted = not calendar.windows
        self._windows = [(each.name, _hours(each.zone, [each])) for each in calendar.windows if each.fits(change)]
        self._hours = _hours_by_zone([each for each in calendar.windows if each.fits(change)])
        self._blackouts = [each for each in calendar.blackouts if change.type not in each.excepts]
        self._dark = merged((to_ticks(each.start), to_ticks(each.end)) for each in self._blackouts)

    def window_at(self, now: int) -> str | None:
        return next((name for name, hours in self._windows if hours.is_open(now)), None)

    def hours_open(self, now: int) -> bool:
        return self._unrestricted or any(hours.is_open(now) for hours in self._hours)

    def blackout_at(self, now: int) -> Blackout | None:
        """The one that lasts longest of those that hold now."""
        holding = [each for each in self._blackouts if to_ticks(each.start) <= now < to_ticks(each.end)]
        return max(holding, key=lambda each: each.end, default=None)

    def closing(self, now: int, limit: int) -> int | None:
        """The end of the period that is open now: windows that overlap or adjoin are one. None when it lasts to `limit`."""
        dark = self._next_dark(now)
        until = limit if dark is None else min(limit, dark)
        end = until if self._unrestricted else _chained(self._hours, now, until)
        return None if end >= limit else end

    def opening(self, now: int, limit: int) -> int | None:
        """The first instant from now on, up to and with `limit`, that a window holds and no blackout does."""
        instant = now
        for start, end in [*self._dark, (limit + 1, limit + 1)]:
            if end <= instant:
                continue
            found = instant if self._unrestricted else self._window_opening(instant, limit)
            if found is None or found < start:
                return found
            instant = max(found, end)
            if instant > limit:
                return None
        return None

    def periods(self, first: int, last: int) -> Iterator[tuple[int, int, str | None]]:
        now = first
        while now < last and (found := self.opening(now, last - 1)) is not None:
            dark = self._next_dark(found)
            until = last if dark is None else min(last, dark)
            name, end = None, until
            if not self._unrestricted:
                name, hours = next(each for each in self._windows if each[1].is_open(found))
                end = hours.closing(found, until)
            yield found, end, name
            now = end

    def shown(self, instant: int | None) -> datetime | None:
        return None if instant is None else from_ticks(instant, self._zone)

    def open_reason(self, now: int, window: str | None, closes: int | None) -> str:
        if window is None and closes is None:
            return "Open: there are no deployment windows, so changes may go out at any time."
        if window is None:
            return f"Open: there are no deployment windows, and no blackout until {self._until(now, closes)}."
        until = f" until {self._until(now, closes)}" if closes is not None else ""
        return f"Open: window {_quoted(window)}{until}."

    def closed_reason(self, now: int, opens: int | None) -> str:
        if not self._hours:
            kind = f"{self._change.type} changes of {self._change.risk} risk"
            return f"Closed: no window is for {kind}, so {NEVER}."
        return f"Closed: {NEVER if opens is None else self._next_words(now, opens)}."

    def blackout_reason(self, now: int, blackout: Blackout, opens: int | None) -> str:
        end = to_ticks(blackout.end)
        because = visible(blackout.reason).strip().rstrip(".")
        words = f"Closed: blackout {_quoted(blackout.name)} until {self._moment(now, end)}"
        if because:
            words += f", because {because}"
        if opens is None:
            return f"{words}; {NEVER}."
        return f"{words}." if opens == end else f"{words}; {self._next_words(now, opens)}."

    def _next_words(self, now: int, opens: int) -> str:
        when = self._moment(now, opens)
        window = self.window_at(opens)
        return f"it is open again {when}" if window is None else f"the next window, {_quoted(window)}, opens {when}"

    def _next_dark(self, now: int) -> int | None:
        return next((start for start, end in self._dark if end > now), None)

    def _window_opening(self, now: int, limit: int) -> int | None:
        found = [opens for hours in self._hours if (opens := hours.opening(now, limit)) is not None]
        return min(found, default=None)

    def _until(self, now: int, instant: int | None) -> str:
        """The time alone when it comes within a day."""
        assert instant is not None
        if instant - now < DAY:
            return _clock(from_ticks(instant, self._zone))
        return self._moment(now, instant)

    def _moment(self, now: int, instant: int) -> str:
        """Tue 24 Nov 22:00; with the year when that is another one."""
        when = from_ticks(instant, self._zone)
        year = f" {when.year}" if when.year != from_ticks(now, self._zone).year else ""
        return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]}{year} {_clock(when)}"


def _emergency_reason(calendar: Calendar, now: int) -> str:
    holding = [each.name for each in calendar.blackouts if to_ticks(each.start) <= now < to_ticks(each.end)]
    also = f", also blackout {_quoted(holding[0])}" if holding else ""
    return f"Open: an emergency change passes windows and blackouts{also}."


def _clock(when: datetime) -> str:
    return f"{when:%H:%M:%S}" if when.second else f"{when:%H:%M}"


def _quoted(name: str) -> str:
    return f"“{visible(name)}”"


def _hours_by_zone(windows: Sequence[Window]) -> list[WeeklyHours]:
    zones = dict.fromkeys(each.zone for each in windows)
    return [_hours(zone, [each for each in windows if each.zone is zone]) for zone in zones]


def _hours(zone: ZoneInfo, windows: Iterable[Window]) -> WeeklyHours:
    return WeeklyHours(zone, (span for window in windows for span in _spans(window)))


def _spans(window: Window) -> Iterator[Span]:
    start = _since_midnight(window.start)
    end = DAY if window.end is None else _since_midnight(window.end)
    if end <= start:
        end += DAY
    for day in window.days:
        yield day * DAY + start, day * DAY + end


def _since_midnight(wall: time) -> int:
    return ((wall.hour * 60 + wall.minute) * 60 + wall.second) * SECOND + wall.microsecond


def _chained(hours: Sequence[WeeklyHours], now: int, limit: int) -> int:
    """The instant, at most `limit`, at which none of them is open any more."""
    idle = 0
    index = 0
    while idle < len(hours) and now < limit:
        end = hours[index].closing(now, limit)
        idle = 0 if end > now else idle + 1
        now = end
        index = (index + 1) % len(hours)
    return now
