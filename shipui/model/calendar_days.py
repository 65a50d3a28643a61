"""The days ahead, quarter of an hour by quarter, as the wall clock of the install shows them: what would be open, and what is dark. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from shipui.model.calendar import Calendar, open_periods
from shipui.model.change import Change, ChangeType
from shipui.model.weekly_hours import DAY, SECOND, Span, from_ticks, merged, on_the_wall, to_ticks

QUARTER = 900 * SECOND
QUARTERS = 96
"""Of a day."""
HOUR = 3_600 * SECOND


class Shade(IntEnum):
    ABSENT = 0
    """The clock leaves it out."""
    CLOSED = 1
    DARK = 2
    """A blackout holds."""
    PARTLY = 3
    """Open for a part of it."""
    OPEN = 4


@dataclass(frozen=True, slots=True)
class CalendarDay:
    date: date
    quarters: tuple[Shade, ...]
    """96 of them. A quarter that comes twice is OPEN when it is open both times."""
    hours: float
    """24, unless the clock changes on that day."""

    def cells(self, count: int) -> list[Shade]:
        """The same in `count` pieces of equal length; `count` divides 96."""
        size = QUARTERS // count
        return [_together(self.quarters[place : place + size]) for place in range(0, QUARTERS, size)]


def days_ahead(calendar: Calendar, change: Change, now: datetime, count: int = 14) -> list[CalendarDay]:
    """Today, by the install's clock, and the days that follow; the aware `now` lies in the first of them."""
    today = now.astimezone(calendar.zone).date()
    dates = [today + timedelta(days=number) for number in range(count + 1)]
    edges = [to_ticks(_midnight(each, calendar.zone)) for each in dates]
    first, last = (from_ticks(each, calendar.zone) for each in (edges[0], edges[-1]))
    opened = merged((to_ticks(a), to_ticks(b)) for a, b, _ in open_periods(calendar, change, first, last))
    dark = _dark(calendar, change)
    return [
        CalendarDay(each, _quarters(start, end, calendar.zone, opened, dark), (end - start) / HOUR)
        for each, start, end in zip(dates[:-1], edges[:-1], edges[1:], strict=True)
    ]


def quarter_of(moment: datetime) -> int:
    """Of the day that its own clock shows."""
    return (moment.hour * 60 + moment.minute) // 15


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return on_the_wall(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001 - a wall clock's time has no zone yet


def _dark(calendar: Calendar, change: Change) -> list[Span]:
    if change.type is ChangeType.EMERGENCY:
        return []
    holding = [each for each in calendar.blackouts if change.type not in each.excepts]
    return merged((to_ticks(each.start), to_ticks(each.end)) for each in holding)


def _quarters(start: int, end: int, zone: ZoneInfo, opened: Sequence[Span], dark: Sequence[Span]) -> tuple[Shade, ...]:
    opened, dark = ([(a, b) for a, b in spans if a < end and start < b] for spans in (opened, dark))
    found = [(begins, _shade(begins, ends, opened, dark)) for begins, ends in _steps(start, end)]
    if len(found) == QUARTERS and end - start == DAY:
        return tuple(shade for _, shade in found)  # the clock does not change: it shows them one after the other
    shades: list[list[Shade]] = [[] for _ in range(QUARTERS)]
    for begins, shade in found:
        shades[quarter_of(from_ticks(begins, zone))].append(shade)
    return tuple(_together(each) if each else Shade.ABSENT for each in shades)


def _steps(start: int, end: int) -> Iterator[Span]:
    """Quarters of real time; each lies in one quarter of the wall clock, because clocks change by whole quarters."""
    while start < end:
        until = min(end, (start // QUARTER + 1) * QUARTER)
        yield start, until
        start = until


def _shade(start: int, end: int, opened: Sequence[Span], dark: Sequence[Span]) -> Shade:
    covered = sum(max(0, min(end, b) - max(start, a)) for a, b in opened)
    if covered == end - start:
        return Shade.OPEN
    if covered:
        return Shade.PARTLY
    return Shade.DARK if any(a < end and start < b for a, b in dark) else Shade.CLOSED


def _together(shades: Sequence[Shade]) -> Shade:
    present = {each for each in shades if each is not Shade.ABSENT}
    if not present:
        return Shade.ABSENT
    if present == {Shade.OPEN}:
        return Shade.OPEN
    if present & {Shade.OPEN, Shade.PARTLY}:
        return Shade.PARTLY
    return Shade.DARK if Shade.DARK in present else Shade.CLOSED
