"""One run: its steps as they go, its log, its outcome. The same for a run of this process, of another one, and of the past."""

from __future__ import annotations

import time
from collections import deque

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from shipui.actions.show import DEFINITIONS
from shipui.model.promotion import Promotion
from shipui.model.run import Run
from shipui.model.run_view import LOG_LINES_KEPT, RunView
from shipui.model.text import counted
from shipui.tui import run_words
from shipui.tui.commands.command import Command
from shipui.tui.commands.deployment import DEPLOYMENT, EARLIER_RUN, LATER_RUN
from shipui.tui.commands.everywhere import EVERYWHERE
from shipui.tui.commands.promotions import CANCEL
from shipui.tui.desk import Details, Standing
from shipui.tui.feed import Feed
from shipui.tui.own_runs import OwnRun
from shipui.tui.screens.desk_screen import DeskScreen
from shipui.tui.screens.dialogs import NoticeDialog
from shipui.tui.signs import KIND, OUTCOME
from shipui.tui.widgets.command_bar import CommandBar
from shipui.tui.widgets.log_view import LogView
from shipui.tui.widgets.paragraphs import Paragraphs, folded
from shipui.tui.widgets.step_list import StepList
from shipui.tui.widgets.tones import fit, line, signed, toned

PAINT_SECONDS = 0.25
LOG_SECONDS = 0.5
"""A log that flows is painted no more often: each time costs a slow line the whole view."""
BATCH = 2_000
OUTCOME_LINES, OUTCOME_LINES_WIDE = 3, 20


class DeploymentScreen(DeskScreen):
    COMMANDS_HERE = DEPLOYMENT
    HELP_TITLE = "a run"
    AUTO_FOCUS = "LogView"

    def __init__(self, promotion: Promotion, run: Run, own: OwnRun | None, *, log_only: bool = False) -> None:
        super().__init__(classes="-log-only" if log_only else "")
        self._promotion = promotion
        self._run = run
        self.run_id = run.id
        self._own = own
        self._feed = own.feed if own else Feed()
        self._seen = 0
        self._view = RunView.of(DEFINITIONS[run.kind])
        self._view.log = deque(maxlen=LOG_LINES_KEPT)
        self._timer: Timer | None = None
        self._told_end = False
        self._log_at = 0.0

    def compose(self) -> ComposeResult:
        yield self.make_header()
        yield Static(id="run-title")
        yield Static(id="run-where")
        with Vertical(id="run-body"):
            with Vertical(id="run-left"):
                yield StepList()
                yield Paragraphs(id="outcome")
            with Vertical(id="run-right"):
                yield Static(id="log-title")
                yield LogView()
                with Horizontal(id="search-line"):
                    yield Static(Content("/"), id="search-sign")
                    yield Input(placeholder="find in the log", id="search", compact=True, max_length=200)
        yield CommandBar([*DEPLOYMENT, *EVERYWHERE], self.why_not)

    def on_mount(self) -> None:
        self.query_one("#search", Input).cursor_blink = False
        self.query_one("#search-line").display = False
        self.query_one("#outcome").display = False
        self._show_title()
        if self._own is None:
            self._feed.follow(self.desk, self._run.id, self.records_failed)
        self._timer = self.set_interval(PAINT_SECONDS, self._paint)
        self._paint()
        self._read_details()

    def on_unmount(self) -> None:
        if self._own is None:
            self._feed.stop.set()

    def on_resize(self) -> None:
        self._show_title()
        self._repaint()

    @property
    def subject(self) -> Promotion | None:
        return self._promotion

    @property
    def run_shown(self) -> Run:
        return self._run

    @property
    def log_view(self) -> LogView:
        return self.query_one(LogView)

    # Events

    def _paint(self) -> None:
        """A few times a second: whatever has come since, at once."""
        if not self.alive:
            return
        events = self._feed.since(self._seen, BATCH)
        self._seen += len(events)
        for event in events:
            self._view.add(event)
        self._add_log(hurry=self._view.outcome is not None or len(events) == BATCH)
        self._repaint()
        if self._view.outcome is not None and not events and not self._view.log and self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._ended()

    def _add_log(self, *, hurry: bool) -> None:
        if not self._view.log or (not hurry and time.monotonic() - self._log_at < LOG_SECONDS):
            return
        self._log_at = time.monotonic()
        lines = list(self._view.log)
        self._view.log.clear()
        self.log_view.add(lines)

    def _ended(self) -> None:
        if not self._told_end:
            self._told_end = True
            self._read_details()
            self.shipui.look_again()

    def _repaint(self) -> None:
        self.query_one(StepList).show(self._view, self.desk.now())
        self._show_where()
        self._show_outcome()
        self._show_log_title()

    def standing_changed(self, standing: Standing) -> None:
        super().standing_changed(standing)
        self._read_details()
        self._show_where()

    def _read_details(self) -> None:
        def show(details: Details) -> None:
            if self.alive:
                self.details = details
                self._promotion = details.promotion
                self._show_title()
                self._repaint()
                self.query_one(CommandBar).look_again()

        promotion = self._promotion.id
        self.shipui.errands.ask("run details", lambda: self.desk.details(promotion), show, lambda _: None)

    def show_run(self, promotion: Promotion, own: OwnRun) -> None:
        """A run that was begun here takes this one's place."""
        self.app.pop_screen()
        super().show_run(promotion, own)

    # Words

    def _update(self, widget: str, content: Content) -> None:
        """Only what looks different is sent to the terminal."""
        static = self.query_one(widget, Static)
        if static.content != content:
            # Each of these is one line high: nothing else moves, so nothing else is painted.
            static.update(content, layout=False)

    def _show_title(self) -> None:
        promotion = self._promotion
        title = line(
            toned(f" {KIND[self._run.kind]} of {promotion.id} ", "strong"),
            self._which_run(),
            toned(f"{promotion.product_name} {promotion.version} → {promotion.target}", limit=70),
            toned(" · ", "calm"),
            toned(promotion.title, limit=300),
        )
        self._update("#run-title", title.truncate(max(20, self.size.width), ellipsis=True))

    def _which_run(self) -> Content:
        """Where a promotion has several runs: which this is, and the keys for the others."""
        runs = self.details.runs if self.details else ()
        place = next((place for place, each in enumerate(runs, 1) if each.id == self._run.id), 0)
        if len(runs) < 2 or not place:
            return Content("")
        keys = f"{self.key_shown(EARLIER_RUN)} {self.key_shown(LATER_RUN)}"
        return line(toned(f"run {place} of {len(runs)} ", "busy"), toned(f"{keys} ", "key"))

    def _show_where(self) -> None:
        standing = self.shipui.standing
        interrupted = standing is not None and any(each.id == self._run.id for each in standing.interrupted)
        words = run_words.where(self._run, self._view, self.desk.now(), interrupted=interrupted)
        if self._view.outcome is not None:
            content = line(" ", signed(OUTCOME[self._view.outcome]), toned(f" · {words}", "calm"))
        else:
            tone = "loud" if interrupted else ("warn" if self._view.rolling_back else "busy")
            content = toned(f" {words}", tone)
        self._update("#run-where", content.truncate(max(20, self.size.width), ellipsis=True))

    def _show_outcome(self) -> None:
        outcome = self._view.outcome
        static = self.query_one("#outcome", Paragraphs)
        if outcome is None:
            static.display = False
            return
        sign = OUTCOME[outcome]
        plain = toned(self._view.plain, sign.tone if sign.tone != "loud" else "bad", limit=3_000)
        lines = folded([plain], max(20, static.size.width or self.size.width - 4))
        most = OUTCOME_LINES_WIDE if self.shipui.is_wide else OUTCOME_LINES
        if len(lines) > most:
            lines = [*lines[: most - 1], toned("… (d shows all of it)", "calm")]
        lines.append(toned(run_words.next_step(self._run.kind, outcome)))
        backup = self.details.backup if self.details else None
        if backup is not None and backup.run == self._run.id:
            where = backup.path if self.shipui.is_wide else f"{backup.name} (d says where)"
            lines.append(line(toned("Backup: ", "calm"), toned(where, limit=400)))
        static.paragraphs = tuple(lines)
        static.display = True

    @on(LogView.Followed)
    def _show_log_title(self) -> None:
        log = self.log_view
        following = "following" if log.following else "paused"
        folding = "folded" if log.folding else "cut"
        pieces = line(
            toned(" Log ", "strong"),
            toned(f"{len(log.lines)} lines  ", "calm"),
            toned("f", "key"), f" {following}  ",
            toned("w", "key"), f" {folding}  ",
            toned("/", "key"), " search",
        )  # fmt: skip
        self._update("#log-title", fit(pieces, max(20, self.query_one("#run-right").size.width)))

    # Keys

    def why_not(self, command: Command) -> str:
        if command is CANCEL and self._view.outcome is not None:
            return "This run has ended."
        return super().why_not(command)

    def action_back(self) -> None:
        search = self.query_one("#search-line")
        if search.display:
            search.display = False
            self.log_view.find("")
            self.log_view.focus()
        else:
            self.app.pop_screen()

    def action_earlier_run(self) -> None:
        self._to_run(-1)

    def action_later_run(self) -> None:
        self._to_run(1)

    def _to_run(self, by: int) -> None:
        runs = self.details.runs if self.details else ()
        place = next((place for place, each in enumerate(runs) if each.id == self._run.id), -1)
        if place < 0 or not 0 <= place + by < len(runs):
            self.say(f"There is no {'later' if by > 0 else 'earlier'} run of {self._promotion.id}.", "warn")
            return
        self.app.pop_screen()
        self.shipui.open_run(self._promotion, runs[place + by])

    def action_follow(self) -> None:
        self.log_view.following = not self.log_view.following

    def action_wrap(self) -> None:
        self.log_view.folding = not self.log_view.folding
        self._show_log_title()

    def action_log(self) -> None:
        self.toggle_class("-log-only")
        self.log_view.focus()

    def action_jump_to_end(self) -> None:
        self.log_view.action_scroll_end()

    def action_jump_to_start(self) -> None:
        self.log_view.action_scroll_home()

    def action_search(self) -> None:
        self.query_one("#search-line").display = True
        self.query_one("#search", Input).focus()

    @on(Input.Changed, "#search")
    def _search(self, event: Input.Changed) -> None:
        self.log_view.find(event.value)

    @on(Input.Submitted, "#search")
    def _searched(self) -> None:
        self.log_view.focus()

    def action_next_match(self) -> None:
        self._find(forwards=True)

    def action_previous_match(self) -> None:
        self._find(forwards=False)

    def _find(self, *, forwards: bool) -> None:
        sought = self.log_view.sought
        if not sought:
            self.action_search()
        elif not self.log_view.find(sought, forwards=forwards, again=True):
            self.say("No line of the log has that text.", "warn")

    def action_copy_log(self) -> None:
        self.app.copy_to_clipboard("\n".join(self.log_view.lines))
        self.say(f"{len(self.log_view.lines)} lines copied, if your terminal allows it (OSC 52).", "good")

    def action_copy_commands(self) -> None:
        commands_by_hand = self._view.commands
        if not commands_by_hand:
            self.say("There is nothing to do by hand here.", "warn")
            return
        self.app.copy_to_clipboard("\n".join(commands_by_hand))
        many = counted(len(commands_by_hand), "command")
        self.say(f"{many} copied, if your terminal allows it (OSC 52).", "good")

    def action_detail(self) -> None:
        self.app.push_screen(NoticeDialog("Technical detail", self._detail(), tall=True))

    def _detail(self) -> list[Content]:
        run, view = self._run, self._view
        lines = []
        if view.commands:
            lines += [toned("To finish it by hand, in this order", "strong")]
            lines += [toned(f"    {command}", "key", limit=2_000) for command in view.commands]
            lines += [Content("")]
        if view.plain:
            lines += [toned("Outcome", "strong"), toned(f"    {view.plain}", limit=6_000)]
            lines += [*_detail_lines(view.detail), Content("")]
        for step in view.steps:
            if step.plain or step.detail or step.undone:
                lines.append(toned(f"{step.number}. {step.title}", "strong"))
                lines += [toned(f"    {step.plain}", limit=3_000)] if step.plain else []
                lines += [toned(f"    undone: {step.undone}", "warn", limit=3_000)] if step.undone else []
                lines += _detail_lines(step.detail)
        backup = self.details.backup if self.details else None
        if backup is not None and backup.run == run.id:
            lines += [Content(""), toned("Backup", "strong"), toned(f"    {backup.path}", limit=2_000)]
        lines += [
            Content(""),
            toned(f"{run.id}, process {run.pid} on {run.host}, epoch {run.epoch}", "calm", limit=300),
        ]
        lines.append(toned(f"The same on the command line: shipui show {self._promotion.id}", "calm"))
        return lines


def _detail_lines(detail: str) -> list[Content]:
    return [toned(f"    {each}", "calm", limit=2_000) for each in detail.splitlines()[:400]]
