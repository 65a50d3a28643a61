"""What the windows mean: whether a kind of change may go out now, the next fourteen days, and what that is for those that wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from shipui.model.calendar import Calendar, decide
from shipui.model.calendar_days import days_ahead
from shipui.model.change import Change
from shipui.model.promotion import Promotion
from shipui.model.window_effect import effects
from shipui.tui import window_effects
from shipui.tui.widgets.calendar_strip import CalendarStrip
from shipui.tui.widgets.tones import line, toned


@dataclass(frozen=True, slots=True)
class Outlook:
    before: Calendar
    """As windows.toml has it."""
    after: Calendar
    """As it would be."""
    change: Change
    waiting: Sequence[Promotion]
    now: datetime
    note: str = ""
    """Said in place of the last line."""


class WindowPreview(Vertical):
    DEFAULT_CLASSES = "window-preview"

    def compose(self) -> ComposeResult:
        yield Static(classes="preview-words")
        yield CalendarStrip()
        yield Static(classes="preview-effects")

    def show(self, outlook: Outlook) -> None:
        calendar, now = outlook.after, outlook.now
        decision = decide(calendar, outlook.change, now)
        said = window_effects.decision_words(decision, calendar.zone, now)
        glyph, tone = ("✓", "good") if decision.open else ("–", "warn")
        kind = toned(f"{window_effects.change_words(outlook.change)}: ", "strong")
        self._say(".preview-words", line(kind, toned(f"{glyph} {said}", tone)))
        strip = self.query_one(CalendarStrip)
        strip.show(days_ahead(calendar, outlook.change, now), now.astimezone(calendar.zone))
        if outlook.note:
            self._say(".preview-effects", toned(outlook.note, "warn"))
            return
        changed = outlook.before != outlook.after
        found = effects(outlook.before, outlook.after, outlook.waiting, now)
        tone = "strong" if any(each.differs for each in found) else "calm"
        self._say(".preview-effects", toned(window_effects.summary(found, changed=changed), tone))

    @property
    def columns(self) -> int:
        return self.query_one(CalendarStrip).columns

    @columns.setter
    def columns(self, columns: int) -> None:
        self.query_one(CalendarStrip).columns = columns

    def _say(self, where: str, words: Content) -> None:
        static = self.query_one(where, Static)
        if static.content != words:
            static.update(words)
