"""The screens' app: opens the desk, looks after what all screens share, and lets a run outlive them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import App, SystemCommand
from textual.filter import LineFilter, Monochrome, NoColor
from textual.markup import escape
from textual.screen import Screen

from shipui.tui import themes
from shipui.tui.appearance import Appearance, at_first
from shipui.tui.commands.command import Command, bindings
from shipui.tui.commands.everywhere import EVERYWHERE, HELP, PALETTE
from shipui.tui.errands import Answered, Errands
from shipui.tui.hang_up import HangUpWatch
from shipui.tui.hints import Hints
from shipui.tui.keys import SCOPE_EVERYWHERE, SCOPE_PLACES, Keys
from shipui.tui.opening import Opening
from shipui.tui.own_runs import OwnRuns
from shipui.tui.places import DEPLOYMENT, QUEUE, Place, going, place_named
from shipui.tui.plain_signs import PlainSigns
from shipui.tui.screens.opening import OpeningScreen
from shipui.tui.terminal_driver import TerminalDriver

if TYPE_CHECKING:
    from shipui.actions.interruption import Interruption
    from shipui.model.promotion import Promotion
    from shipui.model.run import Run
    from shipui.tui.desk import Desk, Standing
    from shipui.tui.screens.desk_screen import DeskScreen
    from shipui.tui.verifications import Verifications

POLL_SECONDS = 2.0
WIDE = 140
"""Columns from which there is room for a pane beside the list."""
TALL = 34
"""Rows from which the pane below it has room for more."""
_ROOT = Path(__file__).resolve().parents[2] / "shipui.tcss"
STYLESHEET = _ROOT if _ROOT.is_file() else Path(__file__).resolve().parents[1] / "shipui.tcss"


_NO_COLOUR, _PLAIN_SIGNS = NoColor(), PlainSigns()


class ShipuiApp(App[None]):
    """This file and what it imports at its top are all that is loaded before the first paint; the rest comes while that is on the screen."""

    CSS_PATH = STYLESHEET
    TITLE = "shipui"
    BINDINGS = [*bindings(EVERYWHERE, SCOPE_EVERYWHERE), *bindings(going(), SCOPE_PLACES)]  # noqa: RUF012 - as Textual declares it
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (TALL, "-tall")]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(
        self,
        desk: Desk | Opening,
        *,
        keys: Keys | None = None,
        appearance: Appearance | None = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        super().__init__(driver_class=TerminalDriver)
        self._desk = desk
        self._take(keys or Keys(), appearance or Appearance())
        self._came_from: Promotion | None = None
        self.errands = Errands(self)
        self.own_runs = OwnRuns()
        self.standing: Standing | None = None
        self._poll_seconds = poll_seconds
        self._told_attention: set[str] = set()
        self._asked_about: set[str] = set()
        """Interrupted runs: about each is asked once."""
        for theme in themes.OURS:
            self.register_theme(theme)

    @cached_property
    def verifications(self) -> Verifications:
        from shipui.tui.verifications import Verifications

        return Verifications()

    def on_unmount(self) -> None:
        if "verifications" in vars(self):
            self.verifications.cancel_all("shipui was left.")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.DEFAULTS

    @property
    def desk(self) -> Desk:
        return cast("Desk", self._desk)

    def _take(self, keys: Keys, look: Appearance) -> None:
        self.appearance, self.keys, self.hints = look, keys, Hints(look.hints)
        keys.in_letters = look.ascii

    def on_mount(self) -> None:
        self.theme = self.appearance.theme
        if isinstance(self._desk, Opening):
            self.push_screen(OpeningScreen())
            self.call_after_refresh(self._desk.begin, self)
        else:
            self._opened()

    def opened(self, desk: Desk, keys: Keys, look: Appearance) -> None:
        """The install is open: from here on the screens are about it."""
        self._desk = desk
        self._take(keys, look)
        self.theme = look.theme
        if not look.mouse and isinstance(self._driver, TerminalDriver):
            self._driver.leave_mouse()
        self._opened()

    def _opened(self) -> None:
        from shipui.tui.screens.queue import QueueScreen

        self.set_keymap(self.keys.changed)
        if isinstance(self.screen, OpeningScreen):
            self.switch_screen(QueueScreen())
        else:
            self.push_screen(QueueScreen())
        self.set_interval(self._poll_seconds, self.look_again)
        self.look_again()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What is painted goes through these. NO_COLOR takes all colours away: Textual's own answer to it is greys."""
        filters = list(super().get_line_filters())
        if self.no_color:
            filters = [*(each for each in filters if not isinstance(each, Monochrome)), _NO_COLOUR]
        return [*filters, _PLAIN_SIGNS] if self.appearance.ascii else filters

    @on(Answered)
    def _deliver(self, message: Answered) -> None:
        message.deliver()

    # What stands

    def look_again(self) -> None:
        """Ask the records whether anything changed; an idle screen stays as it is."""
        known = self.standing
        self.errands.ask("standing", lambda: self.desk.standing(known), self._stands, self._unreachable)

    def _stands(self, standing: Standing) -> None:
        changed = standing is not self.standing
        self.standing = standing
        for screen in self._desk_screens():
            screen.records_problem("")
        if changed:
            front = self._front()
            if front is not None:
                front.standing_changed(standing)
            self._announce_attention(standing)
            self._ask_about_interrupted(standing)

    def _ask_about_interrupted(self, standing: Standing) -> None:
        from shipui.model.roles import Right
        from shipui.tui import questions
        from shipui.tui.screens.dialogs import ConfirmDialog

        new = {each.id for each in standing.interrupted} - self._asked_about
        if not new or not self.desk.person.may(Right.RECOVER):
            return

        def ask(found: Sequence[Interruption]) -> None:
            unasked = [each for each in found if each.run.id not in self._asked_about]
            front = self._front()
            if not unasked or front is None or not front.is_current:
                return  # asked about when the dialog that is open now has gone
            self._asked_about.update(each.run.id for each in unasked)
            if self.desk.recovers_by_itself:
                front.recover_interrupted(unasked)
            else:
                self.push_screen(
                    ConfirmDialog(questions.recover_interrupted(unasked)),
                    lambda answer: front.recover_interrupted(unasked) if answer is not None else None,
                )

        self.errands.ask("interrupted", self.desk.interruptions, ask, self._unreachable)

    def _announce_attention(self, standing: Standing) -> None:
        for promotion in standing.attention:
            if promotion.id not in self._told_attention:
                self._told_attention.add(promotion.id)
                self.bell()

    def _unreachable(self, error: Exception) -> None:
        front = self._front()
        if front is not None:
            front.records_problem(str(error))

    def _front(self) -> DeskScreen | None:
        """The screen in front, below whatever dialog is open."""
        return next(reversed(self._desk_screens()), None)

    def _desk_screens(self) -> list[DeskScreen]:
        from shipui.tui.screens.desk_screen import DeskScreen

        return [each for each in self.screen_stack if isinstance(each, DeskScreen)]

    @property
    def is_wide(self) -> bool:
        return self.size.width >= WIDE

    @property
    def is_tall(self) -> bool:
        return self.size.height >= TALL

    # Where to go

    def open_run(self, promotion: Promotion, run: Run, *, log_only: bool = False) -> None:
        """A run's screen; of this process if it is ours, else from the records."""
        from shipui.tui.screens.deployment import DeploymentScreen

        self.push_screen(DeploymentScreen(promotion, run, self.own_runs.get(run.id), log_only=log_only))

    @property
    def chosen(self) -> Promotion | None:
        """The promotion that the screen in front is about; else the one of the screen that the way here began at."""
        front = self._front()
        return front.subject if front is not None and front.subject is not None else self._came_from

    def go_to(self, place: Place) -> None:
        """Over the queue, which is home: places do not pile up."""
        self._came_from = self.chosen

        def go() -> None:
            self._pop_to_queue()
            self.push_screen(place.make())

        self.leave_after_asking(go)

    def leave_after_asking(self, go: Callable[[], object]) -> None:
        """`go` takes screens away. Asks first where one of them has something that is not saved."""
        from shipui.tui import questions
        from shipui.tui.screens.dialogs import UnsavedDialog

        unsaved = [words for each in self.screen_stack if (words := getattr(each, "unsaved", ""))]
        if not unsaved:
            go()
            return

        if not isinstance(self.screen, UnsavedDialog):
            self.push_screen(
                UnsavedDialog(questions.leave_unsaved(unsaved[-1])),
                lambda answer: self._go_later(go) if answer is not None else None,
            )

    def _go_later(self, go: Callable[[], object]) -> None:
        """Once the question has gone."""
        self.call_later(go)

    def action_go(self, name: str) -> None:
        """From the screen in front; a dialog that is open is answered first."""
        front = self._front()
        if front is None or not front.is_current:
            return
        place = place_named(name)
        if name == QUEUE.name:
            self._to_queue()
        elif name == DEPLOYMENT.name:
            self._to_deployment()
        elif place is not None and name != front.PLACE:
            self.go_to(place)

    def action_next_theme(self) -> None:
        place = themes.ORDER.index(self.theme) if self.theme in themes.ORDER else -1
        self.theme = themes.ORDER[(place + 1) % len(themes.ORDER)]

    def action_help(self) -> None:
        front = self._front()
        if front is not None and front.is_current:
            front.action_help()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: where to go, then every command of the screen in front, with why not where it may not be done."""
        front = self._front()
        if front is None:
            return
        for command in [*going(), HELP, *front.COMMANDS_HERE, *EVERYWHERE[1:]]:
            if command is not PALETTE:
                why = front.why_not(command)
                key = f"  ({front.key_shown(command)})" if command.key else ""
                help_line = escape(f"Not now: {why}" if why else f"{command.help}{key}")
                yield SystemCommand(command.title, help_line, self._runner(command))

    def _runner(self, command: Command) -> Callable[[], None]:
        everywhere = command in EVERYWHERE or command.action.startswith("go(")

        async def act() -> None:
            action = command.action or command.name
            await self.screen.run_action(f"app.{action}" if everywhere else action)

        return cast("Callable[[], None]", act)

    def _to_queue(self) -> None:
        self.leave_after_asking(self._pop_to_queue)

    def _pop_to_queue(self) -> None:
        while len(self.screen_stack) > 2:
            self.pop_screen()

    def _to_deployment(self) -> None:
        """The run that is under way; else the last one of the chosen promotion, or of the install."""
        run = next((each for each in self.standing.open_runs if each.promotion), None) if self.standing else None
        chosen = self.chosen

        def find() -> tuple[Promotion, Run] | None:
            last = self.desk.details(chosen.id).last_run if run is None and chosen is not None else None
            found = run or last or self.desk.newest_run()
            if found is None or found.promotion is None:
                return None
            return self.desk.details(found.promotion).promotion, found

        def show(found: tuple[Promotion, Run] | None) -> None:
            front = self._front()
            if front is None or not front.is_current:
                return
            if found is None:
                front.say("Nothing was deployed yet: there is no run to show.", "warn")
            elif front.run_id != found[1].id:
                self.leave_after_asking(partial(self._open_over_queue, *found))

        self.errands.ask("open", find, show, self._unreachable)

    def _open_over_queue(self, promotion: Promotion, run: Run) -> None:
        self._pop_to_queue()
        self.open_run(promotion, run)

    # Leaving

    def action_leave(self) -> None:
        """At once while no run of this process is on and everything is saved; else ask."""
        self.leave_after_asking(self._leave)

    def _leave(self) -> None:
        """Of a run that is on: wait, or detach."""
        from shipui.tui.screens.dialogs import LeaveDialog

        under_way = self.own_runs.under_way()
        if not under_way:
            self.exit()
        elif not isinstance(self.screen, LeaveDialog):
            self.push_screen(LeaveDialog(under_way), lambda answer: self.exit() if answer == "detach" else None)

    async def action_quit(self) -> None:
        self.action_leave()


def run(config: Path | None) -> int:
    """Show the screens, open the install behind the first of them, and wait for the runs that were begun here. The exit code.

    ShipuiError when it cannot be opened: settings that are wrong, records that do not answer.
    """
    opening = Opening(config)
    app = ShipuiApp(opening, appearance=at_first(os.environ))
    signals = Signals(app)
    try:
        with signals:
            app.run()
            opening.raise_error()
            if app.return_code:
                # A defect of the screens. Runs go on to their end all the same.
                _wait(app.own_runs, signals)
                return app.return_code
            return _wait(app.own_runs, signals)
    finally:
        opening.close()


class Signals:
    """SIGHUP, SIGTERM, SIGQUIT and a terminal that is gone close the screens, and end no run; the process leaves when the last run has ended.

    They are Python's own handlers, not the event loop's: those end with the loop, and the process would be without any while it waits.
    """

    NUMBERS = (signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT)

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._hang_up = HangUpWatch(self._without_terminal)
        self.terminal_gone = False

    def __enter__(self) -> Signals:
        self._former = [(number, signal.signal(number, self._leave)) for number in self.NUMBERS]
        self._hang_up.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up.stop()
        for number, handler in self._former:
            signal.signal(number, handler)

    def _leave(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self.terminal_gone = True
        self._close_screens()

    def _without_terminal(self) -> None:
        self.terminal_gone = True
        self._close_screens()

    def _close_screens(self) -> None:
        with suppress(RuntimeError, AttributeError):
            # From a signal handler, or another thread, the app cannot be touched; its loop takes the call when it wakes.
            self._app._loop.call_soon_threadsafe(self._app.exit)  # type: ignore[union-attr]


def _wait(own_runs: OwnRuns, signals: Signals) -> int:
    """Until the runs of this process have ended; says so, if anybody can still read it."""
    under_way = own_runs.under_way()
    if not under_way:
        return 0
    from shipui.pipeline.deployment import EXIT_STATUS

    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _say(signals, f"{', '.join(under_way)} goes on without a screen. To stop it: shipui cancel {under_way[0]}")
        code = 0
        for promotion, ending in own_runs.wait():
            _say(signals, f"{promotion}: {ending.plain}")
            code = max(code, EXIT_STATUS[ending.outcome])
        return code
    finally:
        signal.signal(signal.SIGINT, former)


def _say(signals: Signals, words: str) -> None:
    if signals.terminal_gone:
        return
    try:
        print(words, flush=True)
    except OSError:
        signals.terminal_gone = True
        # What is left in the buffer must not fail once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
