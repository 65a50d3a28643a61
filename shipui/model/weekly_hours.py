"""Hours that repeat every week by the wall clock of a zone: whether they are open, until when, and when they next are. Pure.

An instant is a whole number of microseconds since 1970-01-01 UTC. It is open when the zone's wall clock then shows a time within the
hours. Everything about clock changes follows from that: an hour that is shown twice counts twice, and a start or end that the clock
leaves out falls on the first instant after the jump.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = 1_000_000
DAY = 86_400 * SECOND
WEEK = 7 * DAY
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_SINCE_MONDAY = 3 * DAY
"""The first of January 1970 was a Thursday."""

Span = tuple[int, int]
"""Half-open."""


def to_ticks(instant: datetime) -> int:
    return (instant - _EPOCH) // _TICK


def from_ticks(ticks: int, zone: ZoneInfo) -> datetime:
    return (_EPOCH + ticks * _TICK).astimezone(zone)


def merged(spans: Iterable[Span]) -> list[Span]:
    """In order, with those that overlap or adjoin made one; empty ones are left out."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return result


class WeeklyHours:
    """Spans of the wall clock, in ticks since Monday 00:00; what reaches past Sunday goes on on Monday. No span is longer than a week."""

    def __init__(self, zone: ZoneInfo, spans: Iterable[Span]) -> None:
        within = [piece for start, end in spans for piece in ((start, min(end, WEEK)), (0, end - WEEK))]
        whole = merged(within)
        self._zone = zone
        self._starts = [start for start, _ in whole]
        self._ends = [end for _, end in whole]

    def is_open(self, instant: int) -> bool:
        return self._look(instant)[0]

    def closing(self, instant: int, limit: int) -> int:
        """The end of the hours that are open at `instant`, at most `limit`; `instant` itself when they are closed."""
        while instant < limit:
            is_open, until = self._look(instant)
            if not is_open:
                return instant
            instant = until
        return limit

    def opening(self, instant: int, limit: int) -> int | None:
        """The first open instant from `instant` on, up to and with `limit`."""
        while self._starts and instant <= limit:
            is_open, until = self._look(instant)
            if is_open:
                return instant
            instant = until
        return None

    def _look(self, instant: int) -> tuple[bool, int]:
        """Whether it is open, and until when this holds at least: the end of the span, or the next change of the clock."""
        offset, changes = _offset(self._zone, instant)
        if not self._starts:
            return False, changes
        wall = (instant + offset + _SINCE_MONDAY) % WEEK
        index = bisect_right(self._starts, wall) - 1
        if index >= 0 and wall < self._ends[index]:
            return True, min(changes, instant + self._end(index) - wall)
        following = self._starts[index + 1] if index + 1 < len(self._starts) else self._starts[0] + WEEK
        return False, min(changes, instant + following - wall)

    def _end(self, index: int) -> int:
        end = self._ends[index]
        goes_on = end == WEEK and self._starts[0] == 0
        return WEEK + self._ends[0] if goes_on else end


def _offset(zone: ZoneInfo, instant: int) -> tuple[int, int]:
    """The zone's distance from UTC in ticks, and the instant until which it is known to stay so."""
    year = (_EPOCH + instant * _TICK).year
    starts, offsets = _offsets_of_year(zone, year)
    index = bisect_right(starts, instant) - 1
    return offsets[index], starts[index + 1]


@lru_cache(maxsize=512)
def _offsets_of_year(zone: ZoneInfo, year: int) -> tuple[list[int], list[int]]:
    """The instants of a UTC year at which the zone's offset changes (the year's own start first, its end last), and the offsets."""
    first = to_ticks(datetime(year, 1, 1, tzinfo=UTC))
    end = to_ticks(datetime(year + 1, 1, 1, tzinfo=UTC))
    starts, offsets = [first], [_offset_at(zone, first)]
    for day in range(first, end, DAY):
        low, high = day, min(day + DAY, end - SECOND)
        while (after := _offset_at(zone, high)) != offsets[-1]:
            start = _first_change(zone, low, high, offsets[-1])
            starts.append(start)
            offsets.append(_offset_at(zone, start))
            if offsets[-1] == after:
                break
            low = start
    return [*starts, end], offsets


def _first_change(zone: ZoneInfo, low: int, high: int, before: int) -> int:
    """Between `low`, where the offset is `before`, and `high`, where it is another: to the second, which is as fine as zones are."""
    while high - low > SECOND:
        middle = low + (high - low) // SECOND // 2 * SECOND
        if _offset_at(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset_at(zone: ZoneInfo, instant: int) -> int:
    offset = from_ticks(instant, zone).utcoffset()
    assert offset is not None
    return offset // _TICK


def on_the_wall(wall: datetime, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """The instant, in `zone`, at which its clock shows the naive `wall`: the first of two, or the `last`.

    A time that the clock leaves out is the first instant after the jump.
    """
    shown = wall.replace(tzinfo=zone, fold=int(last))
    instant = to_ticks(shown.astimezone(UTC))
    if from_ticks(instant, zone).replace(tzinfo=None) == wall:
        return shown
    before, after = sorted(to_ticks(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)) for fold in (0, 1))
    low = before // SECOND * SECOND
    return from_ticks(_first_change(zone, low, after + SECOND, _offset_at(zone, low)), zone)
