"""The windows and blackouts of a draft, one line each; the marks say what is not saved yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from shipui.config.windows_document import BlackoutEntry, WindowEntry
from shipui.config.windows_words import days_words
from shipui.model.change import ChangeType, RiskLevel
from shipui.tui.widgets.tones import fit, line, toned

Entry = WindowEntry | BlackoutEntry


@dataclass(frozen=True, slots=True)
class EntryRow:
    entry: Entry
    mark: str
    """+ new, ~ changed, "" as it is in the file."""
    over: bool = False
    """A blackout that has passed."""


class EntryList(ScrollView, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "move(-10)", "Page up", show=False),
        Binding("pagedown", "move(10)", "Page down", show=False),
        Binding("home,g", "move(-10000)", "First", show=False),
        Binding("end,G", "move(10000)", "Last", show=False),
    ]

    class Moved(Message):
        """Another one is chosen."""

    class Opened(Message):
        pass

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[EntryRow] = []
        self._cursor = 0
        self.empty: Sequence[Content] = ()
        """What to say instead of rows."""

    @property
    def chosen(self) -> Entry | None:
        return self._rows[self._cursor].entry if self._rows else None

    def show(self, rows: Sequence[EntryRow]) -> None:
        """The cursor stays on its entry; where that is gone, or has another name now, in its place."""
        kept = _identity(self.chosen)
        self._rows = list(rows)
        found = next((place for place, each in enumerate(rows) if _identity(each.entry) == kept), None)
        self._cursor = found if found is not None else max(0, min(self._cursor, len(rows) - 1))
        self._resize()

    def choose(self, entry: Entry) -> None:
        for place, each in enumerate(self._rows):
            if each.entry == entry:
                self._go(place)

    def action_move(self, by: int) -> None:
        self._go(self._cursor + by)

    def _go(self, row: int) -> None:
        if not self._rows:
            return
        self._cursor = max(0, min(row, len(self._rows) - 1))
        # The heading is the first line of the view: a row needs to be below it.
        self.scroll_to_region(Region(0, self._cursor, 1, 2), animate=False, force=True)
        self.refresh()
        self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        row = event.y - 1 + self.scroll_offset.y
        if event.y < 1 or not 0 <= row < len(self._rows):
            return
        if row == self._cursor and event.chain == 2:
            self.post_message(self.Opened())
        self._go(row)

    def _resize(self) -> None:
        self.virtual_size = Size(max(0, self.size.width), len(self._rows) + 1)
        self.refresh(layout=self.styles.is_auto_height)

    def on_resize(self) -> None:
        self._resize()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Where its height is its own: all rows, or what it says instead, and a blank line."""
        return 2 + (len(self._rows) or len(self.empty) + 1)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        content = self._heading(width) if y == 0 else self._row(y - 1 + self.scroll_offset.y, y, width)
        return Visual.to_strips(self, content, width, 1, self.visual_style, apply_selection=False)[0]

    def _heading(self, width: int) -> Content:
        return _cells(lambda column: toned(column, "calm"), ("", "KIND", "NAME", "WHEN", "FOR"), width)

    def _row(self, row: int, y: int, width: int) -> Content:
        if not self._rows:
            place = y - 2
            return fit(line("  ", self.empty[place]), width) if 0 <= place < len(self.empty) else Content(" " * width)
        if row >= len(self._rows):
            return Content(" " * width)
        shown = self._rows[row]
        tone = "calm" if shown.over else "plain"
        content = _cells(lambda text: toned(text, tone, limit=200), _texts(shown), width)
        if row == self._cursor:
            content = line(Content.styled("▌", "$primary"), content[1:])
            content = content.stylize_before("bold on $cursor" if self.has_focus else "on $cursor")
        return content


def _cells(cell: Callable[[str], Content], texts: tuple[str, str, str, str, str], width: int) -> Content:
    mark, kind, name, when, what = texts
    names, times = (13, 25) if width < 100 else (30, 34)
    rest = max(6, width - names - times - 15)
    pieces: list[Content | str] = []
    for text, room in ((kind, 8), (name, names), (when, times), (what, rest)):
        pieces += [fit(cell(text), room), " "]
    return fit(line(" ", toned(f"{mark:<2}", "key"), *pieces), width)


def _texts(row: EntryRow) -> tuple[str, str, str, str, str]:
    entry = row.entry
    if isinstance(entry, WindowEntry):
        zone = f" {entry.time_zone}" if entry.time_zone else ""
        hours = "all day" if (entry.start, entry.end) == ("00:00", "24:00") else f"{entry.start}-{entry.end}"
        return (
            row.mark,
            "window",
            entry.name,
            f"{days_words(entry.days)}{' ' if hours[0].isdigit() else ', '}{hours}{zone}",
            _kinds(entry),
        )
    when = f"{_day(entry.start, year=entry.start.year != entry.end.year)} - {_day(entry.end, year=True)}"
    return row.mark, "blackout", entry.name, when, "over" if row.over else _excepts(entry)


def _kinds(entry: WindowEntry) -> str:
    """standard normal; low-medium."""
    types = [str(each) for each in ChangeType if each in entry.change_types]
    places = [place for place, each in enumerate(RiskLevel) if each in entry.risk_levels]
    names = [str(list(RiskLevel)[place]) for place in places]
    gapless = len(places) > 1 and places[-1] - places[0] == len(places) - 1
    risks = f"{names[0]}-{names[-1]}" if gapless else " ".join(names)
    what = "all changes" if len(types) == len(ChangeType) else " ".join(types)
    return what if len(places) == len(RiskLevel) else f"{what}; {risks}"


def _excepts(entry: BlackoutEntry) -> str:
    types = [str(each) for each in ChangeType if each in entry.excepts]
    return f"only {' '.join(types)}" if types else "none"


def _day(moment: datetime, *, year: bool) -> str:
    """28 Dec 2026, with the time unless it is midnight."""
    time = f" {moment:%H:%M}" if (moment.hour, moment.minute) != (0, 0) else ""
    return f"{moment.day} {moment:%b}{f' {moment.year}' if year else ''}{time}"


def _identity(entry: Entry | None) -> tuple[bool, str] | None:
    return None if entry is None else (isinstance(entry, WindowEntry), entry.name)
