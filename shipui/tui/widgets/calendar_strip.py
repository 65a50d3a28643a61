"""The days ahead, hour by hour: what would be open, partly open, dark or closed; each by a sign of its own, colour only helps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from shipui.model.calendar_days import QUARTERS, CalendarDay, Shade, quarter_of
from shipui.tui.widgets.tones import fit, line, toned

SIGNS: dict[Shade, tuple[str, str]] = {
    Shade.ABSENT: (" ", "calm"),
    Shade.CLOSED: ("·", "calm"),
    Shade.DARK: ("×", "warn"),
    Shade.PARTLY: ("▄", "good"),
    Shade.OPEN: ("█", "good"),
}
NOW = "┃"
_LEGEND = ((Shade.OPEN, "open"), (Shade.PARTLY, "partly"), (Shade.DARK, "blackout"), (Shade.CLOSED, "closed"))
_SHORT, _LONG = 7, 11
"""Cells of a day's name: Tue 24, Tue 24 Nov."""
_CHANGE = 5
"""Cells that say by how much the clock changes."""
_GAP = 2


class CalendarStrip(Widget):
    """In one column of days, or in two of a week each where there is little height."""

    days: reactive[tuple[CalendarDay, ...]] = reactive((), layout=True)
    columns: reactive[int] = reactive(2, layout=True)
    now: reactive[datetime | None] = reactive(None)
    """By the clock of the install; in the first of the days."""

    hint: reactive[str] = reactive("")
    """Said beside the legend."""

    def show(self, days: Sequence[CalendarDay], now: datetime) -> None:
        self.days, self.now = tuple(days), now

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render(self) -> Content:
        return Content("\n").join(self._lines(self.size.width))

    def _lines(self, width: int) -> list[Content]:
        if not self.days:
            return [Content("")]
        rows = -(-len(self.days) // self.columns)
        room = (width - _GAP * (self.columns - 1)) // self.columns
        label = _LONG if self.columns == 1 else _SHORT
        cells = next((each for each in (96, 48) if label + each + _CHANGE <= room), 24)
        weeks = [self.days[place : place + rows] for place in range(0, len(self.days), rows)]
        block = label + cells + _CHANGE + _GAP
        lines = [line(*(fit(_scale(label, cells), block) for _ in weeks))]
        for row in range(rows):
            days = [week[row] for week in weeks if row < len(week)]
            lines.append(line(*(fit(self._day(day, label, cells), block) for day in days)))
        return [each.truncate(max(1, width)) for each in [*lines, line(_legend(), toned(f"   {self.hint}", "calm"))]]

    def _day(self, day: CalendarDay, label: int, cells: int) -> Content:
        today = day is self.days[0]
        name = f"{day.date:%a} {day.date.day:>2}{f' {day.date:%b}' if label == _LONG else ''}"
        pieces = [toned(f"{name:<{label}}", "strong" if today else ("calm" if day.date.weekday() > 4 else "plain"))]
        place = quarter_of(self.now) * cells // QUARTERS if today and self.now is not None else None
        for number, shade in enumerate(day.cells(cells)):
            sign, tone = SIGNS[shade]
            pieces.append(toned(NOW, "strong") if number == place else toned(sign, tone))
        if day.hours != 24:
            pieces.append(toned(f" {day.hours - 24:+g} h", "warn"))
        return line(*pieces)


def _scale(label: int, cells: int) -> Content:
    """The hours, above the cells that begin with them."""
    step = 6 if cells == 24 else 3
    width = cells // 24 * step
    return toned(" " * label + "".join(f"{hour:<{width}}" for hour in range(0, 24, step)), "calm")


def _legend() -> Content:
    pieces = [line(toned(SIGNS[shade][0], SIGNS[shade][1]), toned(f" {word}   ", "calm")) for shade, word in _LEGEND]
    return line(*pieces, toned(NOW, "strong"), toned(" now", "calm"))
