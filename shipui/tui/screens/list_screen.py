"""What every list beside the queue has: rows read by pages, a filter, details of the chosen row, and the way to its promotion and its log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from shipui.tui.commands.command import Command
from shipui.tui.commands.everywhere import EVERYWHERE
from shipui.tui.desk import PAGE, Details, Standing
from shipui.tui.permission import not_permitted
from shipui.tui.screens.desk_screen import DeskScreen
from shipui.tui.screens.dialogs import NoticeDialog
from shipui.tui.widgets.command_bar import CommandBar
from shipui.tui.widgets.item_table import Column, ItemTable
from shipui.tui.widgets.paragraphs import Paragraph, Paragraphs
from shipui.tui.widgets.promotion_details import PromotionDetails
from shipui.tui.widgets.tones import line, toned

T = TypeVar("T")
TYPING_SECONDS = 0.15
SHORT, MIDDLE, WHOLE = "short", "middle", "whole"


class ListScreen(DeskScreen, Generic[T]):
    AUTO_FOCUS = "ItemTable"
    TITLE_SHOWN: ClassVar[str] = ""
    FILTER_HINT: ClassVar[str] = "press / to filter"

    def __init__(self) -> None:
        super().__init__(classes="-list")
        self.filter_text = ""
        self._typing: Timer | None = None
        self._read = False

    # What a list says of itself

    def columns(self) -> Sequence[Column[T]]:
        raise NotImplementedError

    def identify(self, item: T) -> object:
        """What stays the same of a row when it is read again."""
        raise NotImplementedError

    def read_rows(self, text: str, limit: int, after: T | None) -> Sequence[T]:
        """At most `limit` rows that the filter lets through, from the first on or behind `after`. On a thread; may block."""
        raise NotImplementedError

    def describe(self, item: T, form: str) -> list[Paragraph]:
        """The details: short (five lines), middle or whole."""
        raise NotImplementedError

    def when_empty(self, text: str) -> list[Content]:
        """What to say where no row is."""
        raise NotImplementedError

    def title_words(self) -> Content:
        """What stands beside the title."""
        table = self.table
        return toned(f"{len(table.rows)}{' and more' if table.more else ''}" if self._read else "reading …", "calm")

    def promotion_of(self, item: T) -> str | None:
        """The promotion that a row belongs to."""
        return None

    # Its parts

    def compose(self) -> ComposeResult:
        yield self.make_header()
        yield Static(id="place-title")
        with Horizontal(id="filter-line"):
            yield Static(Content("/"), id="filter-sign")
            yield Input(placeholder=self.FILTER_HINT, id="filter", compact=True, max_length=200)
        with Vertical(id="body"):
            yield ItemTable(self.columns(), self.identify)
            with VerticalScroll(id="details", can_focus=False):
                yield Paragraphs(id="about")
        yield CommandBar([*self.COMMANDS_HERE, *EVERYWHERE], self.why_not)

    def on_mount(self) -> None:
        self.query_one("#filter", Input).cursor_blink = False
        self.show_title()

    def on_resize(self) -> None:
        self.show_details()

    @property
    def table(self) -> ItemTable[T]:
        return self.query_one(ItemTable)

    @property
    def chosen(self) -> T | None:
        return self.table.chosen if self.alive else None

    @property
    def form(self) -> str:
        return WHOLE if self.shipui.is_wide else (MIDDLE if self.shipui.is_tall else SHORT)

    def now(self) -> datetime:
        return self.desk.now()

    # Reading

    def standing_changed(self, standing: Standing) -> None:
        super().standing_changed(standing)
        if self.alive:
            self.read_again()

    def read_again(self) -> None:
        text = self.filter_text
        limit = max(PAGE, min(len(self.table.rows), 5 * PAGE))

        def show(rows: Sequence[T]) -> None:
            if not self.alive or text != self.filter_text:
                return
            self._read = True
            self.table.empty = self.when_empty(text)
            self.table.show(rows[:limit], more=len(rows) > limit, now=self.now())
            self.records_problem("")
            self.show_title()

        group = f"{type(self).__name__} rows"
        self.shipui.errands.ask(group, lambda: self.read_rows(text, limit + 1, None), show, self._unread)

    @on(ItemTable.NearEnd)
    def _read_more(self) -> None:
        text, rows = self.filter_text, self.table.rows
        if not rows:
            return
        last, loaded = rows[-1], len(rows)

        def add(found: Sequence[T]) -> None:
            if self.alive and (text, loaded) == (self.filter_text, len(self.table.rows)):
                self.table.append(found[:PAGE], more=len(found) > PAGE)
                self.show_title()

        group = f"{type(self).__name__} more"
        self.shipui.errands.ask(group, lambda: self.read_rows(text, PAGE + 1, last), add, self._unread)

    def _unread(self, error: Exception) -> None:
        self.records_problem(str(error))

    # Painting

    def show_title(self) -> None:
        title = line(toned(f" {self.TITLE_SHOWN}  ", "strong"), self.title_words())
        title = title.truncate(max(20, self.size.width), ellipsis=True)
        static = self.query_one("#place-title", Static)
        if static.content != title:
            static.update(title)

    @on(ItemTable.Moved)
    def show_details(self) -> None:
        if not self.alive:
            return
        item = self.chosen
        self.query_one("#about", Paragraphs).paragraphs = tuple(self.describe(item, self.form)) if item else ()
        self.query_one("#details").scroll_to(0, 0, animate=False)
        self.query_one(CommandBar).look_again()

    # Keys

    def why_not(self, command: Command) -> str:
        return not_permitted(command, self.desk.person) or super().why_not(command)

    def allowed(self, command: Command) -> bool:
        """Whether it may be done now; if not, says why."""
        why = self.why_not(command)
        if why:
            self.refuse(command, why)
        return not why

    @on(ItemTable.Opened)
    async def _opened(self) -> None:
        await self.run_action("open")

    def action_open(self) -> None:
        """All that is known of the row, also where there is no room for the pane."""
        item = self.chosen
        if item is not None:
            self.app.push_screen(NoticeDialog(self.heading_of(item), self.describe(item, WHOLE), tall=True))

    def heading_of(self, item: T) -> str:
        return str(self.identify(item))

    def action_refresh(self) -> None:
        self.shipui.look_again()
        self.read_again()

    def action_filter(self) -> None:
        self.query_one("#filter", Input).focus()

    def action_back(self) -> None:
        field = self.query_one("#filter", Input)
        if field.value or field.has_focus:
            field.value = ""
            self.table.focus()
        else:
            self.app.pop_screen()

    def filter_by(self, text: str) -> None:
        self.query_one("#filter", Input).value = text

    @on(Input.Submitted, "#filter")
    def _to_list(self) -> None:
        self.table.focus()

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(TYPING_SECONDS, self._filter)

    def _filter(self) -> None:
        text = self.query_one("#filter", Input).value.strip()
        if text != self.filter_text:
            self.filter_text = text
            self.table.forget()
            self.read_again()

    def action_open_promotion(self) -> None:
        self._go_to_run(log=False)

    def action_log(self) -> None:
        self._go_to_run(log=True)

    def _go_to_run(self, *, log: bool) -> None:
        item = self.chosen
        promotion = self.promotion_of(item) if item is not None else None
        if promotion is None:
            self.say("It belongs to no promotion.", "warn")
            return

        def show(details: Details) -> None:
            if not self.is_current:
                return
            if details.last_run is None:
                pane = PromotionDetails(self.why_not)
                pane.now = self.now()
                self.app.push_screen(NoticeDialog(f"{promotion}: no run yet", pane.whole(details), tall=True))
            elif log:
                self.open_log(details.last_run.id)
            else:
                self.shipui.open_run(details.promotion, details.last_run)

        self.shipui.errands.ask("open", lambda: self.desk.details(promotion), show, self.tell_error)

    def open_log(self, run: str) -> None:
        from shipui.tui.screens.log import LogScreen

        self.app.push_screen(LogScreen(run))
