"""The windows and blackouts of a draft, one line each; the marks say what is not saved yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from textual.content import Content
from textual.geometry import Size

from shipui.config.windows_document import BlackoutEntry, WindowEntry
from shipui.config.windows_words import days_words
from shipui.model.change import ChangeType, RiskLevel
from shipui.tui.widgets.item_table import Column, ItemTable
from shipui.tui.widgets.tones import toned

Entry = WindowEntry | BlackoutEntry


@dataclass(frozen=True, slots=True)
class EntryRow:
    entry: Entry
    mark: str
    """+ new, ~ changed, "" as it is in the file."""
    over: bool = False
    """A blackout that has passed."""

    @property
    def kind(self) -> str:
        return "window" if isinstance(self.entry, WindowEntry) else "blackout"


def _name(row: EntryRow, _: datetime) -> Content:
    return toned(row.entry.name, "calm" if row.over else "plain", limit=200)


def _when(row: EntryRow, _: datetime) -> Content:
    entry = row.entry
    if isinstance(entry, WindowEntry):
        zone = f" {entry.time_zone}" if entry.time_zone else ""
        all_day = (entry.start, entry.end) == ("00:00", "24:00")
        hours = ", all day" if all_day else f" {entry.start}-{entry.end}"
        return toned(f"{days_words(entry.days)}{hours}{zone}")
    start = _day(entry.start, year=entry.end.year - entry.start.year > 1)
    return toned(f"{start} - {_day(entry.end, year=True)}", "calm" if row.over else "plain")


def _what(row: EntryRow, _: datetime) -> Content:
    """standard normal; low-medium. For a blackout: only emergency."""
    entry = row.entry
    if row.over:
        return toned("over", "calm")
    if isinstance(entry, WindowEntry):
        return toned(_kinds(entry))
    types = [str(each) for each in ChangeType if each in entry.excepts]
    return toned(f"only {' '.join(types)}" if types else "none")


COLUMNS: tuple[Column[EntryRow], ...] = (
    Column("", 1, lambda row, _: toned(row.mark, "key")),
    Column("KIND", 8, lambda row, _: toned(row.kind, "calm" if row.over else "plain")),
    Column("NAME", 14, _name, below=100),
    Column("NAME", 30, _name, above=100),
    Column("WHEN", 23, _when, below=100),
    Column("WHEN", 34, _when, above=100),
    Column("FOR", 0, _what),
)


class EntryTable(ItemTable[EntryRow]):
    def __init__(self) -> None:
        super().__init__(COLUMNS, lambda row: (row.kind, row.entry.name))

    @property
    def entry(self) -> Entry | None:
        return self.chosen.entry if self.chosen is not None else None

    def choose(self, entry: Entry) -> None:
        places = [place for place, each in enumerate(self.rows) if each.entry == entry]
        if places:
            self._go(places[0])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Where its height is its own: all rows, or what it says instead, and a blank line."""
        return 2 + (len(self.rows) or len(self.empty) + 1)


def _kinds(entry: WindowEntry) -> str:
    types = [str(each) for each in ChangeType if each in entry.change_types]
    places = [place for place, each in enumerate(RiskLevel) if each in entry.risk_levels]
    names = [str(list(RiskLevel)[place]) for place in places]
    gapless = len(places) > 1 and places[-1] - places[0] == len(places) - 1
    risks = f"{names[0]}-{names[-1]}" if gapless else " ".join(names)
    what = "all changes" if len(types) == len(ChangeType) else " ".join(types)
    return what if len(places) == len(RiskLevel) else f"{what}; {risks}"


def _day(moment: datetime, *, year: bool) -> str:
    """28 Dec 2026, with the time unless it is midnight."""
    time = f" {moment:%H:%M}" if (moment.hour, moment.minute) != (0, 0) else ""
    return f"{moment.day} {moment:%b}{f' {moment.year}' if year else ''}{time}"
