"""One run's log, whole: a million lines open at once. It is read as it comes into sight, and followed while the run goes on."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from shipui.actions.show import DEFINITIONS
from shipui.model.events import Event
from shipui.model.promotion import Promotion
from shipui.model.text import counted
from shipui.tui.commands.command import Command
from shipui.tui.commands.everywhere import EVERYWHERE
from shipui.tui.commands.log import LOG
from shipui.tui.commands.runs import OPEN_RUN
from shipui.tui.desks.logs import Found, Opened
from shipui.tui.log_book import BLOCK, LogBook, block_of
from shipui.tui.screens.desk_screen import DeskScreen
from shipui.tui.signs import KIND, OUTCOME
from shipui.tui.widgets.command_bar import CommandBar
from shipui.tui.widgets.paged_log import PagedLog
from shipui.tui.widgets.tones import fit, line, signed, toned

PAINT_SECONDS = 0.25
TAIL = 2
"""Blocks that are read at first: the end of the log."""
LONGEST_COPY = 5_000
"""Lines; terminals refuse more than some hundred kilobytes."""


class LogScreen(DeskScreen):
    COMMANDS_HERE = LOG
    HELP_TITLE = "a log"
    AUTO_FOCUS = "PagedLog"

    def __init__(self, run: str) -> None:
        super().__init__()
        self._run_id = run
        self._opened: Opened | None = None
        self._ended = False
        self._come: deque[Event] = deque()
        self._stop = threading.Event()
        self._search = threading.Event()
        """Of the search that is under way; set to give it up."""
        self._searching = False
        self._from: tuple[int, int] | None = None
        """Where the search began that is being typed."""
        self._painting: Timer | None = None

    def compose(self) -> ComposeResult:
        yield self.make_header()
        yield Static(id="place-title")
        yield Static(id="log-state")
        yield PagedLog()
        with Horizontal(id="search-line"):
            yield Static(Content("/"), id="search-sign")
            yield Input(placeholder="find in the whole log", id="search", compact=True, max_length=200)
        yield CommandBar([*LOG, *EVERYWHERE], self.why_not)

    def on_mount(self) -> None:
        self.query_one("#search", Input).cursor_blink = False
        self.query_one("#search-line").display = False
        run, logs = self._run_id, self.desk.logs

        def read() -> tuple[Opened, Sequence[Event], int]:
            opened = logs.open(run)
            first = max(0, block_of(opened.last) - TAIL + 1) if opened.last else 0
            return opened, logs.read(run, first * BLOCK + 1, opened.last), first

        self._show_title()
        self.shipui.errands.ask(f"log open {id(self)}", read, self._show, self._unread)

    def on_unmount(self) -> None:
        self._stop.set()
        self._search.set()

    def on_resize(self) -> None:
        self._show_title()

    @property
    def subject(self) -> Promotion | None:
        return self._opened.promotion if self._opened is not None else None

    @property
    def log_view(self) -> PagedLog:
        return self.query_one(PagedLog)

    # Reading

    def _show(self, found: tuple[Opened, Sequence[Event], int]) -> None:
        if not self.alive:
            return
        opened, events, first = found
        self._opened = opened
        titles = {step.number: step.title for step in DEFINITIONS[opened.run.kind]}
        book = LogBook(titles, opened.last)
        if book.blocks:
            book.put(first, book.blocks - 1, events)
            book.estimate()
        self.log_view.open(book)
        self._show_title()
        if not book.counted:
            run, last = self._run_id, opened.last
            count = self.desk.logs.counts
            self.shipui.errands.ask(f"log counts {id(self)}", lambda: count(run, last), self._counted, self._unread)
        self._ended = opened.run.finished_at is not None
        if not self._ended:
            threading.Thread(target=self._fill, name=f"follow-{self._run_id}", daemon=True).start()
            self._painting = self.set_interval(PAINT_SECONDS, self._paint)
        self.query_one(CommandBar).look_again()

    def _counted(self, counts: Sequence[tuple[int, int]]) -> None:
        if self.alive and self._opened is not None:
            self.log_view.count(counts, self._opened.last)

    @on(PagedLog.Wanted)
    def _read(self, wanted: PagedLog.Wanted) -> None:
        run, first, last = self._run_id, wanted.first, wanted.last
        read = self.desk.logs.read

        def put(events: Sequence[Event]) -> None:
            if self.alive:
                self.log_view.put(first, last, events)

        numbers = (first * BLOCK + 1, (last + 1) * BLOCK)
        self.shipui.errands.ask(f"log page {id(self)}", lambda: read(run, *numbers), put, self._unread)

    def _unread(self, error: Exception) -> None:
        self.records_problem(str(error))
        if self.alive:
            self.log_view.give_up()

    # Following

    def _fill(self) -> None:
        """On a thread of its own: what comes from now on, until the run has ended or the screen is gone."""
        assert self._opened is not None
        try:
            for batch in self.desk.logs.follow(self._run_id, self._opened.last, self._stop):
                self._come.extend(batch)
        except Exception as error:  # noqa: BLE001 - shown on the screen
            caught = error
            self.app.call_later(lambda: self._unread(caught))
        else:
            self._ended = True

    def _paint(self) -> None:
        """A few times a second: whatever has come since, at once."""
        if not self.alive:
            return
        ended = self._ended
        new = [self._come.popleft() for _ in range(len(self._come))]
        if new:
            self.log_view.grow(new)
        if ended and self._painting is not None:
            self._painting.stop()
            self._painting = None
            self._read_run()

    def _read_run(self) -> None:
        def show(opened: Opened) -> None:
            self._opened = opened
            if self.alive:
                self._show_title()

        run, logs = self._run_id, self.desk.logs
        self.shipui.errands.ask(f"log run {id(self)}", lambda: logs.open(run), show, self._unread)

    # Words

    def _show_title(self) -> None:
        opened, width = self._opened, max(20, self.size.width)
        if opened is None:
            title = line(toned(f" Log of {self._run_id} ", "strong"), toned(" reading …", "calm"))
        else:
            run, promotion = opened.run, opened.promotion
            state = signed(OUTCOME[run.outcome]) if run.outcome else toned("▸ under way", "busy")
            what = f"{KIND[run.kind]} of {promotion.id}" if promotion else f"{KIND[run.kind]} on {run.target}"
            title = line(
                toned(f" Log of {run.id} ", "strong"), state, toned(f"  {what}", limit=80), toned(" · ", "calm"),
                toned(promotion.title if promotion else run.plain, limit=300),
            )  # fmt: skip
        self._update("#place-title", fit(title, width))
        self._show_state()

    @on(PagedLog.Moved)
    def _show_state(self) -> None:
        if not self.alive:
            return
        log, width = self.log_view, max(20, self.size.width)
        book = log.book
        total = f"{'' if book.counted else 'about '}{book.total:,} line{'' if book.total == 1 else 's'}"
        if self._opened is not None and not book.total:
            total = "no line yet" if not self._ended else "no line"
        pieces = line(
            toned(f" {total}", "plain"),
            toned(f" · from line {log.first_line + 1:,}" if book.total else "", "calm"),
            toned("   f", "key"), f" {'following' if log.following else 'paused'}",
            toned("   w", "key"), f" {'folded' if log.folding else 'cut'}",
            toned("   g", "key"), " start",
            toned("   G", "key"), " end",
            toned("   ▸ searching …" if self._searching else "", "busy"),
        )  # fmt: skip
        self._update("#log-state", fit(pieces, width))

    def _update(self, widget: str, content: Content) -> None:
        static = self.query_one(widget, Static)
        if static.content != content:
            static.update(content)

    # Keys

    def why_not(self, command: Command) -> str:
        if command is OPEN_RUN and self._opened is not None and self._opened.promotion is None:
            return "This run belongs to no promotion."
        return super().why_not(command)

    def action_back(self) -> None:
        search = self.query_one("#search-line")
        if search.display or self._searching:
            self._give_up_search()
            search.display = False
            self.log_view.sought, self.log_view.match = "", None
            self.log_view.focus()
        else:
            self.app.pop_screen()

    def action_open_run(self) -> None:
        opened = self._opened
        if opened is None or opened.promotion is None:
            self.refuse(OPEN_RUN, self.why_not(OPEN_RUN))
            return
        self.app.pop_screen()
        self.shipui.open_run(opened.promotion, opened.run)

    def action_follow(self) -> None:
        self.log_view.following = not self.log_view.following

    def action_wrap(self) -> None:
        self.log_view.folding = not self.log_view.folding

    def action_jump_to_end(self) -> None:
        self.log_view.action_scroll_end()

    def action_jump_to_start(self) -> None:
        self.log_view.action_scroll_home()

    def action_copy_log(self) -> None:
        self._copy(self.log_view.lines_in_sight())

    def action_copy_all(self) -> None:
        book = self.log_view.book
        if book.total > LONGEST_COPY:
            self.say(f"{book.total:,} lines are too many for a clipboard. y copies those in sight.", "warn")
            return
        run, read, last = self._run_id, self.desk.logs.read, book.last

        def copy(events: Sequence[Event]) -> None:
            whole = LogBook(book.titles, last)
            whole.put(0, whole.blocks - 1, events)
            self._copy([whole.text(number) or "" for number in range(whole.total)])

        self.shipui.errands.ask("log copy", lambda: read(run, 1, last), copy, self._unread)

    def _copy(self, lines: Sequence[str]) -> None:
        self.app.copy_to_clipboard("\n".join(lines))
        self.say(f"{counted(len(lines), 'line') or 'Nothing'} copied, if your terminal allows it (OSC 52).", "good")

    # Searching

    def action_search(self) -> None:
        self.query_one("#search-line").display = True
        self.query_one("#search", Input).focus()
        self._from = None

    @on(Input.Changed, "#search")
    def _typed(self, event: Input.Changed) -> None:
        """From where the search began, that line included: going on typing does not go on in the log."""
        log = self.log_view
        if self._from is None:
            number, index = log.book.place(log.first_line)
            self._from = (number, index - 1)
        log.sought, log.match = event.value, None
        self._find(self._from, forwards=True, typed=True)

    @on(Input.Submitted, "#search")
    def _searched(self) -> None:
        self.log_view.focus()
        self._from = None

    def action_next_match(self) -> None:
        self._again(forwards=True)

    def action_previous_match(self) -> None:
        self._again(forwards=False)

    def _again(self, *, forwards: bool) -> None:
        log = self.log_view
        if not log.sought:
            self.action_search()
            return
        last_seen = min(log.book.total - 1, log.first_line + log.size.height - 1)
        start = log.match or log.book.place(log.first_line if forwards else last_seen)
        self._find(start, forwards=forwards, typed=False)

    def _find(self, start: tuple[int, int], *, forwards: bool, typed: bool) -> None:
        self._give_up_search()
        log, text, run, logs = self.log_view, self.log_view.sought, self._run_id, self.desk.logs
        if not text or not log.book.total:
            return
        stop = self._search = threading.Event()
        last, titles = log.book.last, log.book.titles
        self._searching = True
        self._show_state()

        def look() -> tuple[Found, Sequence[Event]] | None:
            found = logs.find(run, text, start, last, stop, titles, forwards=forwards)
            if found is None:
                return None
            block = block_of(found.number)
            return found, logs.read(run, block * BLOCK + 1, (block + 1) * BLOCK)

        def show(answer: tuple[Found, Sequence[Event]] | None) -> None:
            if self.alive and not stop.is_set():
                self._found(answer, typed=typed, forwards=forwards)

        self.shipui.errands.ask(f"log search {id(self)}", look, show, self._not_searched)

    def _found(self, answer: tuple[Found, Sequence[Event]] | None, *, typed: bool, forwards: bool) -> None:
        self._searching = False
        log = self.log_view
        if answer is None:
            log.match = None
            log.refresh()
            self.say("No line of the log has that text.", "warn")
        else:
            found, events = answer
            block = block_of(found.number)
            if not log.book.has_read(block):
                log.put(block, block, events)
            log.match = (found.number, found.index)
            place = log.book.line_of(*log.match)
            if place is not None:
                log.show_line(place)
            if found.around and not typed:
                self.say(f"Searched on from the {'beginning' if forwards else 'end'}.", "plain")
        self._show_state()

    def _not_searched(self, error: Exception) -> None:
        self._searching = False
        self._unread(error)

    def _give_up_search(self) -> None:
        self._search.set()
        if self._searching:
            self._searching = False
            self._show_state()
