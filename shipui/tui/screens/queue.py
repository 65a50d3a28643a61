"""The queue: every promotion, what state it is in, and what may be done with it."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from shipui.model.promotion import Promotion, Status
from shipui.model.promotion_order import Order
from shipui.tui.commands.everywhere import EVERYWHERE, HELP, PALETTE
from shipui.tui.commands.queue import OPEN, QUEUE, SORT
from shipui.tui.desk import PAGE, Details, Standing
from shipui.tui.screens.desk_screen import DeskScreen
from shipui.tui.signs import STATUS
from shipui.tui.widgets.command_bar import CommandBar
from shipui.tui.widgets.promotion_details import PromotionDetails
from shipui.tui.widgets.promotion_table import Look, PromotionTable
from shipui.tui.widgets.status_tabs import StatusTabs
from shipui.tui.widgets.tones import line, toned

TYPING_SECONDS = 0.15
SETTLE_SECONDS = 0.1
AGE_SECONDS = 60


class QueueScreen(DeskScreen):
    COMMANDS_HERE = QUEUE
    HELP_TITLE = "the queue"
    AUTO_FOCUS = "PromotionTable"

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._typing: Timer | None = None
        self._settling: Timer | None = None
        self._order = Order.NEWEST
        self._shown: tuple[Status | None, str, Order] | None = None
        """What the table's rows were asked for by."""

    def compose(self) -> ComposeResult:
        yield self.make_header()
        yield StatusTabs()
        with Horizontal(id="filter-line"):
            yield Static(Content("/"), id="filter-sign")
            yield Input(
                placeholder="press / to filter by ID, build, title, product or person", id="filter", compact=True,
                max_length=200,
            )  # fmt: skip
            yield Static(id="order")
        with Vertical(id="body"):
            yield PromotionTable()
            with VerticalScroll(id="details", can_focus=False):
                yield PromotionDetails(self.why_not)
        yield Static(id="hint")
        yield CommandBar([*QUEUE, *EVERYWHERE], self.why_not)

    def on_mount(self) -> None:
        field = self.query_one("#filter", Input)
        field.cursor_blink = False
        self._show_order()
        self._show_hint()
        self.set_interval(AGE_SECONDS, self._read_rows)

    @property
    def table(self) -> PromotionTable:
        return self.query_one(PromotionTable)

    @property
    def subject(self) -> Promotion | None:
        return self.table.chosen

    @property
    def status(self) -> Status | None:
        return self.query_one(StatusTabs).chosen

    def on_resize(self) -> None:
        pane = self.query_one(PromotionDetails)
        pane.form = "whole" if self.shipui.is_wide else ("middle" if self.shipui.is_tall else "short")

    # Reading

    def standing_changed(self, standing: Standing) -> None:
        super().standing_changed(standing)
        if not self.alive:
            return
        self.query_one(StatusTabs).counts = standing.counts
        self._read_rows()

    def _read_rows(self) -> None:
        asked = status, text, order = self.status, self._text, self._order
        same = asked == self._shown
        limit = max(PAGE, min(self.table.loaded, 5 * PAGE)) if same else PAGE
        seen = self.table.in_sight_behind(limit) if same else []

        def read() -> tuple[list[Promotion], list[Promotion]]:
            rows = self.desk.page(status, text, limit + 1, order=order)
            return rows, self.desk.as_they_are(seen) if seen else []

        def show(found: tuple[list[Promotion], list[Promotion]]) -> None:
            if not self.alive or asked != (self.status, self._text, self._order):
                return
            rows, behind = found
            self.table.empty = self._empty(status, text)
            self.table.order = order
            look = Look(self.desk.now(), self.shipui.standing)
            keep = asked == self._shown
            if not keep:
                self.table.to_top()
            self.table.show(rows[:limit], more=len(rows) > limit, look=look, behind=behind, keep=keep)
            self._shown = asked
            self.records_problem("")

        self.shipui.errands.ask("rows", read, show, self._unread)

    @on(PromotionTable.NearEnd)
    def _read_more(self) -> None:
        asked = status, text, order = self.status, self._text, self._order
        last = self.table.last
        if last is None or asked != self._shown:
            return

        def add(rows: list[Promotion]) -> None:
            if (
                self.alive
                and self._shown == (self.status, self._text, self._order) == asked
                and last == self.table.last
            ):
                self.table.append(rows[:PAGE], more=len(rows) > PAGE)

        def read() -> list[Promotion]:
            return self.desk.page(status, text, PAGE + 1, after=last, order=order)

        self.shipui.errands.ask("more rows", read, add, self._unread)

    def _unread(self, error: Exception) -> None:
        self.records_problem(str(error))

    def _empty(self, status: Status | None, text: str) -> list[Content]:
        if text:
            return [toned("Nothing matches that filter.", "strong"), toned("Escape clears it.", "calm")]
        if status is not None:
            return [
                toned(f"No promotion is {STATUS[status].word.lower()}.", "strong"),
                toned("← and → go to the other states.", "calm"),
            ]
        return [
            toned("The queue is empty.", "strong"),
            toned("A finished build gets here by being shipped:", "calm"),
            line("    ", toned("shipui ship FB-… --sandbox DIR --title T", "key")),
        ]

    # The chosen one

    @on(PromotionTable.Moved)
    def _moved(self, event: PromotionTable.Moved) -> None:
        promotion = event.promotion
        if not self.alive:
            return
        if self.details is not None and (promotion is None or promotion.id != self.details.promotion.id):
            self.details = None
        self.query_one(CommandBar).look_again()
        if promotion is None:
            self.query_one(PromotionDetails).details = None
            return
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLE_SECONDS, lambda: self._read_details(promotion.id))

    def _read_details(self, promotion_id: str) -> None:
        def show(details: Details) -> None:
            if not self.alive or self.subject is None or self.subject.id != promotion_id:
                return
            self.details = details
            pane = self.query_one(PromotionDetails)
            pane.now, pane.problem = self.desk.now(), ""
            pane.details = details
            pane.tell_again()
            self.query_one(CommandBar).look_again()

        def failed(error: Exception) -> None:
            if self.alive:
                self.query_one(PromotionDetails).problem = str(error)

        self.shipui.errands.ask("details", lambda: self.desk.details(promotion_id), show, failed)

    # Keys

    @on(PromotionTable.Opened)
    def action_open(self) -> None:
        self._open(log_only=False)

    def action_log(self) -> None:
        self._open(log_only=True)

    def action_findings(self) -> None:
        from shipui.tui.screens.findings import FindingsScreen

        if self.subject is not None:
            self.app.push_screen(FindingsScreen(self.subject))

    def _open(self, *, log_only: bool) -> None:
        promotion = self.subject
        if promotion is None:
            return

        def show(details: Details) -> None:
            if not self.is_current:
                return
            if details.last_run is None:
                self._show_whole(details)
            else:
                self.shipui.open_run(details.promotion, details.last_run, log_only=log_only)

        self.shipui.errands.ask("open", lambda: self.desk.details(promotion.id), show, self.tell_error)

    def _show_whole(self, details: Details) -> None:
        """Nothing has run yet: all that is known of it, also on a terminal that has no room for the pane."""
        from shipui.tui.screens.dialogs import NoticeDialog

        pane = PromotionDetails(self.why_not)
        pane.now = self.desk.now()
        self.app.push_screen(NoticeDialog(f"{details.promotion.id}: no run yet", pane.whole(details), tall=True))

    def action_next_tab(self) -> None:
        self.query_one(StatusTabs).step(1)

    def action_previous_tab(self) -> None:
        self.query_one(StatusTabs).step(-1)

    @on(StatusTabs.Chosen)
    def _tab(self) -> None:
        self._read_rows()

    def action_refresh(self) -> None:
        self.shipui.look_again()
        self._read_rows()

    def _show_hint(self) -> None:
        hint = self.query_one("#hint", Static)
        hint.display = self.shipui.hints.wanted()
        pieces = [("↑ ↓", "choose"), (self.key_shown(OPEN), "opens"), (self.key_shown(HELP), "says what can be done")]
        words = [line(toned(key, "key"), f" {does}, ") for key, does in pieces]
        palette = self.key_shown(PALETTE).rpartition(" ")[2]
        hint.update(
            line(
                " New here? ", *words, toned(palette, "key"), " finds everything. ", toned("esc", "key"), " hides this."
            )
        )

    def action_sort(self) -> None:
        self._order = self._order.next
        self._show_order()
        self._read_rows()

    def _show_order(self) -> None:
        key = self.key_shown(SORT)
        self.query_one("#order", Static).update(line(toned(f"{key} ", "key"), toned(f"{self._order} ", "calm")))

    def action_filter(self) -> None:
        self.query_one("#filter", Input).focus()

    def action_clear_filter(self) -> None:
        """Enter keeps the filter and goes to the list; Escape takes it away."""
        field = self.query_one("#filter", Input)
        hint = self.query_one("#hint")
        if hint.display and not field.value and not field.has_focus:
            hint.display = False
            self.shipui.hints.put_away()
        if field.value:
            field.value = ""
        self.table.focus()

    @on(Input.Submitted, "#filter")
    def _to_list(self) -> None:
        self.table.focus()

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        self._text = event.value.strip()
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(TYPING_SECONDS, self._filter)

    def _filter(self) -> None:
        self._read_rows()
