"""One build on its way to a promotion: the six steps as they go, their log, and what came of it. Of this process, another one, or the past."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from shipui.model.events import Event, EventKind, Outcome
from shipui.model.run import Run
from shipui.model.run_view import RunView
from shipui.model.steps import SHIP_STEPS
from shipui.tui import run_words
from shipui.tui.commands.command import Command
from shipui.tui.commands.everywhere import EVERYWHERE
from shipui.tui.commands.shipping import AGAIN, CANCEL, CHANGE, OPEN_PROMOTION, SHIPPING
from shipui.tui.desk import Details
from shipui.tui.desks.shipping import Draft
from shipui.tui.feed import Feed
from shipui.tui.own_runs import OwnRun
from shipui.tui.permission import not_permitted
from shipui.tui.screens.desk_screen import DeskScreen
from shipui.tui.screens.dialogs import NoticeDialog
from shipui.tui.signs import OUTCOME
from shipui.tui.widgets.command_bar import CommandBar
from shipui.tui.widgets.log_view import LogView
from shipui.tui.widgets.paragraphs import Paragraph, Paragraphs
from shipui.tui.widgets.promotion_details import PromotionDetails
from shipui.tui.widgets.step_list import StepList
from shipui.tui.widgets.tones import line, signed, toned

PAINT_SECONDS = 0.25
BATCH = 2_000


class ShippingScreen(DeskScreen):
    COMMANDS_HERE = SHIPPING
    PLACE = "ship"
    HELP_TITLE = "a build that is being shipped"
    AUTO_FOCUS = "LogView"

    def __init__(self, run: Run, own: OwnRun | None = None, draft: Draft | None = None) -> None:
        """`draft` is what was asked for, so that it can be tried again; not known of a run of somebody else's."""
        super().__init__()
        self.run_id = run.id
        self._of = run
        self._own = own
        self._draft = draft
        self._feed = own.feed if own else Feed()
        self._seen = 0
        self._view = RunView.of(SHIP_STEPS)
        self._build = draft.build if draft else ""
        self._promotion = ""
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield self.make_header()
        yield Static(id="run-title")
        yield Static(id="run-where")
        with Vertical(id="run-body"):
            with Vertical(id="run-left"):
                yield StepList()
                yield Paragraphs(id="outcome")
            with Vertical(id="run-right"):
                yield Static(toned(" Log", "strong"), id="log-title")
                yield LogView()
        yield CommandBar([*SHIPPING, *EVERYWHERE], self.why_not)

    def on_mount(self) -> None:
        self.query_one("#outcome").display = False
        if self._own is None:
            self._feed.follow(self.desk, self.run_id, self.records_failed)
        self._timer = self.set_interval(PAINT_SECONDS, self._paint)
        self._paint()

    def on_unmount(self) -> None:
        if self._own is None:
            self._feed.stop.set()

    def on_resize(self) -> None:
        self._repaint()

    # Events

    def _paint(self) -> None:
        """A few times a second: whatever has come since, at once."""
        if not self.alive:
            return
        events = self._feed.since(self._seen, BATCH)
        self._seen += len(events)
        for event in events:
            self._view.add(event)
            self._note(event)
        lines = list(self._view.log)
        self._view.log.clear()
        self.query_one(LogView).add(lines)
        self._repaint()
        if self._view.outcome is not None and not events and self._timer is not None:
            self._timer.stop()
            self._timer = None
            self.shipui.look_again()
            self.query_one(CommandBar).look_again()

    def _note(self, event: Event) -> None:
        """Which build it is, and which promotion came of it: both are in the journal."""
        if event.kind is EventKind.INTENT and event.step == 1:
            self._build = str(event.data.get("build", self._build))
        if event.kind is EventKind.RESULT:
            left = event.data.get("left")
            self._promotion = str(left.get("promotion", self._promotion)) if isinstance(left, dict) else self._promotion

    def _repaint(self) -> None:
        if not self.alive:
            return
        width = max(20, self.size.width)
        title = line(
            toned(f" Shipping {self._build or self.run_id} ", "strong"), toned(f"→ {self._of.target}", limit=70),
            toned(" · ", "calm"), toned(self._draft.title if self._draft else f"by {self._of.person}", limit=300),
        )  # fmt: skip
        words = run_words.where(self._of, self._view, self.desk.now(), interrupted=False)
        where = toned(f" {words}", "busy")
        if self._view.outcome is not None:
            where = line(" ", signed(OUTCOME[self._view.outcome]), toned(f" · {words}", "calm"))
        for name, content in (("#run-title", title), ("#run-where", where)):
            static, cut = self.query_one(name, Static), content.truncate(width, ellipsis=True)
            if static.content != cut:
                static.update(cut)
        self.query_one(StepList).show(self._view, self.desk.now())
        self._show_outcome()

    def _show_outcome(self) -> None:
        outcome, static = self._view.outcome, self.query_one("#outcome", Paragraphs)
        if outcome is None:
            return
        lines: list[Paragraph] = [toned(self._view.plain, OUTCOME[outcome].tone, limit=1_500)]
        if outcome is Outcome.DONE and self._promotion:
            lines.append(line(toned("o", "key"), toned(f" shows {self._promotion}: somebody has to approve it now.")))
        elif self._draft is not None:
            lines.append(
                line(
                    toned("t", "key"),
                    toned(" tries again: it goes on from the step at which it stopped. "),
                    toned("e", "key"),
                    toned(" changes what was asked for."),
                )
            )
        else:
            lines.append(toned("Shipping the build again goes on from the step at which it stopped."))
        static.paragraphs = tuple(lines)
        static.display = True

    # Keys

    def why_not(self, command: Command) -> str:
        if why := not_permitted(command, self.desk.person):
            return why
        match command.name:
            case CANCEL.name:
                return self._why_not_cancel()
            case AGAIN.name | CHANGE.name:
                return self._why_not_again()
            case OPEN_PROMOTION.name:
                return "" if self._promotion else "No promotion has come of it yet."
            case _:
                return super().why_not(command)

    def _why_not_cancel(self) -> str:
        if self._view.outcome is not None:
            return "It has ended."
        return "" if self._own is not None else "It runs in another process; ctrl+c stops it there."

    def _why_not_again(self) -> str:
        if self._view.outcome is None:
            return "It is under way."
        if self._view.outcome is Outcome.DONE:
            return "It has gone well."
        return "" if self._draft is not None else "What was asked for is known only where it was begun."

    def _allowed(self, command: Command) -> bool:
        why = self.why_not(command)
        if why:
            self.refuse(command, why)
        return not why

    def action_back(self) -> None:
        self.app.pop_screen()

    def action_cancel_shipping(self) -> None:
        if self._allowed(CANCEL) and self._own is not None:
            self._own.running.cancel(self.desk.person.name)
            self.say("Asked to stop. Shipping the build again goes on from there.", "warn")

    def action_again(self) -> None:
        draft = self._draft
        if not self._allowed(AGAIN) or draft is None:
            return

        def begun(own: OwnRun) -> None:
            self.shipui.look_again()
            if self.is_current:
                self.app.pop_screen()
                self.app.push_screen(ShippingScreen(own.running.run, own, draft))

        ship = self.desk.shipping.ship
        self.done(f"{draft.build}: trying again …")
        self.shipui.own_runs.begin(self.app, draft.build, lambda: ship(draft), begun, self.tell_error)

    def action_change(self) -> None:
        from shipui.tui.screens.ship import ShipScreen

        draft = self._draft
        if self._allowed(CHANGE) and draft is not None:
            # It was begun from there, and is so again.
            home = next(each for each in reversed(self.app.screen_stack) if isinstance(each, ShipScreen))
            self.app.pop_screen()
            home.ask_for(draft)

    def action_open_promotion(self) -> None:
        promotion = self._promotion
        if not self._allowed(OPEN_PROMOTION):
            return

        def show(details: Details) -> None:
            if self.is_current:
                pane = PromotionDetails(self.why_not)
                pane.now = self.desk.now()
                self.app.push_screen(NoticeDialog(promotion, pane.whole(details), tall=True))

        self.shipui.errands.ask("open", lambda: self.desk.details(promotion), show, self.tell_error)

    def action_log(self) -> None:
        from shipui.tui.screens.log import LogScreen

        self.app.push_screen(LogScreen(self.run_id))

    def action_follow(self) -> None:
        log = self.query_one(LogView)
        log.following = not log.following

    def action_wrap(self) -> None:
        log = self.query_one(LogView)
        log.folding = not log.folding

    def action_jump_to_end(self) -> None:
        self.query_one(LogView).action_scroll_end()

    def action_jump_to_start(self) -> None:
        self.query_one(LogView).action_scroll_home()

    def action_detail(self) -> None:
        lines: list[Paragraph] = []
        for step in self._view.steps:
            if step.plain or step.detail:
                lines.append(toned(f"{step.number}. {step.title}", "strong"))
                lines.append(toned(f"    {step.plain}", limit=3_000))
                lines += [toned(f"    {each}", "calm", limit=2_000) for each in step.detail.splitlines()[:400]]
        lines += [Content(""), toned(f"{self.run_id}, process {self._of.pid} on {self._of.host}", "calm", limit=300)]
        self.app.push_screen(NoticeDialog("Technical detail", lines, tall=True))
