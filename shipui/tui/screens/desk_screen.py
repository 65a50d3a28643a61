"""What every screen over the desk has: the header, help, why something may not be done, and the way from a key over a question to an action."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.content import Content
from textual.screen import Screen

from shipui.model.errors import ShipuiError
from shipui.model.promotion import Promotion, Status
from shipui.tui import questions
from shipui.tui.commands.command import Command, bindings
from shipui.tui.commands.promotions import APPROVE, CANCEL, DEPLOY, MERGE, RECOVER, REJECT, RETRY, ROLL_BACK, WITHDRAW
from shipui.tui.desk import Desk, Details, Running, Standing
from shipui.tui.own_runs import OwnRun
from shipui.tui.permission import why_never, why_not
from shipui.tui.places import going
from shipui.tui.screens.dialogs import Answer, ConfirmDialog, NoticeDialog, Question
from shipui.tui.widgets.command_bar import CommandBar
from shipui.tui.widgets.install_header import InstallHeader, Way
from shipui.tui.widgets.paragraphs import Paragraph
from shipui.tui.widgets.tones import toned

if TYPE_CHECKING:
    from shipui.actions.interruption import Interruption
    from shipui.actions.recover import Recovered
    from shipui.tui.app import ShipuiApp

Ask = Callable[[Details], Question]
Do = Callable[[Promotion, Answer], None]


class DeskScreen(Screen[None]):
    """One in tui/screens/NAME.py has its commands in tui/commands/NAME.py: as NAME.COMMAND their keys can be changed in the settings."""

    COMMANDS_HERE: ClassVar[Sequence[Command]] = ()
    HELP_TITLE: ClassVar[str] = ""
    PLACE: ClassVar[str] = ""
    """The name of the place that it is, if it is one; NAME unless it says otherwise."""
    run_id: str = ""
    """The run that it shows, if it shows one."""

    def __init_subclass__(cls, **options: Any) -> None:
        scope = cls.__module__.rpartition(".")[2]
        if "PLACE" not in vars(cls):
            cls.PLACE = scope
        if "COMMANDS_HERE" in vars(cls):
            cls.BINDINGS = bindings(cls.COMMANDS_HERE, scope)
        super().__init_subclass__(**options)

    details: Details | None = None
    """Of the promotion that the screen is about at present, once they are read."""

    @property
    def shipui(self) -> ShipuiApp:
        return cast("ShipuiApp", self.app)

    @property
    def desk(self) -> Desk:
        return self.shipui.desk

    @property
    def subject(self) -> Promotion | None:
        """The promotion that keys are about."""
        return None

    @property
    def unsaved(self) -> str:
        """What would be lost if it went away now, such as "3 changes to the deployment windows"."""
        return ""

    @property
    def alive(self) -> bool:
        """Whether its parts are still there: an answer may come after the screen has gone."""
        return self.is_attached and bool(self.query(CommandBar))

    def make_header(self) -> InstallHeader:
        person = self.desk.person
        place = next((each.title for each in going() if each.name == self.PLACE), "")
        ways = [Way(self.key_shown(each), each.title, each.action) for each in going() if each.key]
        return InstallHeader(
            self.desk.name, person.name, person.role.word, production=self.desk.production, place=place, ways=ways
        )

    def key_shown(self, command: Command) -> str:
        """The key of a command of this screen, for people."""
        return self.shipui.keys.shown(type(self).__module__.rpartition(".")[2], command)

    def why_not(self, command: Command) -> str:
        return why_not(command, self.desk.person, self.subject, self.details, self.shipui.standing)

    def standing_changed(self, standing: Standing) -> None:
        """The records changed, or the windows did; called when the screen is the one in front, and when it comes to it."""
        for header in self.query(InstallHeader):
            header.standing = standing

    def records_problem(self, words: str) -> None:
        for header in self.query(InstallHeader):
            header.problem = words

    def records_failed(self, error: Exception) -> None:
        """The same from another thread."""
        self.app.call_later(lambda: self.records_problem(str(error)))

    def on_screen_resume(self) -> None:
        if self.shipui.standing is not None:
            self.standing_changed(self.shipui.standing)

    def action_help(self) -> None:
        from shipui.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.HELP_TITLE, self.COMMANDS_HERE, self.why_not, self.key_shown))

    # From a key to an action

    def action_approve(self) -> None:
        self._ask(APPROVE, questions.approve, self._approve)

    def action_reject(self) -> None:
        self._ask(REJECT, questions.reject, self._reject)

    def action_withdraw(self) -> None:
        self._ask(WITHDRAW, questions.withdraw, self._withdraw)

    def action_retry(self) -> None:
        self._ask(RETRY, questions.retry, self._retry)

    def action_cancel(self) -> None:
        self._ask(CANCEL, questions.cancel, self._cancel)

    def action_deploy(self) -> None:
        self._ask(DEPLOY, lambda details: questions.deploy(details, self.desk.person), self._deploy)

    def action_roll_back(self) -> None:
        self._ask(ROLL_BACK, questions.roll_back, self._roll_back)

    def _ask(self, command: Command, question: Ask, do: Do) -> None:
        """Read the promotion anew, ask, and only then do it. What may not be done is said instead."""
        promotion = self.subject
        why = why_never(command, self.desk.person, promotion)
        if promotion is None or why:
            self.refuse(command, why)
            return

        def put(details: Details) -> None:
            now = details.promotion
            why_now = why_not(command, self.desk.person, now, details, self.shipui.standing)
            if why_now:
                self.refuse(command, why_now)
            elif self.is_current:
                self.app.push_screen(
                    ConfirmDialog(question(details)),
                    lambda answer: do(now, answer) if answer is not None else None,
                )

        self.shipui.errands.ask("question", lambda: self.desk.details(promotion.id), put, self.tell_error)

    def refuse(self, command: Command, why: str) -> None:
        self.say(f"{command.title}: not now. {why}", "warn")

    def _approve(self, promotion: Promotion, answer: Answer) -> None:
        def told(after: Promotion) -> None:
            waits = after.status is Status.PENDING
            self.done(f"{after.id} is approved." if not waits else f"Noted. {after.id} needs more approvals.")

        self._do(lambda: self.desk.approve(promotion.id, answer.reason), told)

    def _reject(self, promotion: Promotion, answer: Answer) -> None:
        self._do(
            lambda: self.desk.reject(promotion.id, answer.reason), lambda after: self.done(f"{after.id} is rejected.")
        )

    def _withdraw(self, promotion: Promotion, answer: Answer) -> None:
        self._do(
            lambda: self.desk.withdraw(promotion.id, answer.reason),
            lambda after: self.done(f"{after.id} is withdrawn."),
        )

    def _retry(self, promotion: Promotion, answer: Answer) -> None:
        self._do(
            lambda: self.desk.retry(promotion.id),
            lambda after: self.done(f"{after.id} asks for {after.build} again. It waits for approval."),
        )

    def _cancel(self, promotion: Promotion, answer: Answer) -> None:
        self._do(
            lambda: self.desk.cancel(promotion.id),
            lambda _: self.done(f"{promotion.id} was asked to stop. It rolls back now."),
        )

    def _deploy(self, promotion: Promotion, answer: Answer) -> None:
        from shipui.model.change import ChangeType

        emergency = promotion.type is ChangeType.EMERGENCY
        self._begin(
            promotion,
            lambda: self.desk.deploy(promotion.id, emergency=emergency, override=answer.ticked, reason=answer.reason),
        )

    def _roll_back(self, promotion: Promotion, answer: Answer) -> None:
        self._begin(
            promotion,
            lambda: self.desk.roll_back(promotion.id, restore_database=answer.ticked, typed=answer.typed),
        )

    def action_merge(self) -> None:
        self._ask(MERGE, questions.merge, self._merge)

    def _merge(self, promotion: Promotion, answer: Answer) -> None:
        self.done(f"{promotion.build}: asking the code host …")
        self._do(lambda: self.desk.merge(promotion.id), self.done)

    def action_recover(self) -> None:
        self._ask(RECOVER, questions.recover, self._recover)

    def _recover(self, promotion: Promotion, answer: Answer) -> None:
        self.done(f"{promotion.id}: looking at what is there …")
        self.shipui.own_runs.finish(
            self.app,
            promotion.id,
            lambda: self.desk.recover(promotion.id, put_back=answer.ticked),
            self.tell_recovered,
            self.tell_error,
        )

    def recover_interrupted(self, found: Sequence[Interruption]) -> None:
        """Its run's screen shows how it goes; the recovery writes the same journal."""
        run = found[0].run
        promotion = run.promotion or run.id
        self.done(f"{promotion}: recovering …")
        self.shipui.own_runs.finish(self.app, promotion, self.desk.recover, self.tell_recovered, self.tell_error)

    def tell_recovered(self, recovered: Sequence[Recovered]) -> None:
        self.shipui.look_again()
        lines: list[Paragraph] = []
        for each in recovered:
            lines += [toned(each.promotion, "strong"), toned(each.plain, limit=3_000)]
            lines += [toned(f"    {command}", "key", limit=2_000) for command in each.commands]
            lines += [Content("")]
        self.app.push_screen(NoticeDialog("Recovered", lines[:-1] or [Content("There was nothing to recover.")]))

    def _begin(self, promotion: Promotion, call: Callable[[], Running]) -> None:
        def begun(own: OwnRun) -> None:
            self.shipui.look_again()
            self.show_run(promotion, own)

        self.done(f"{promotion.id}: beginning …")
        self.shipui.own_runs.begin(self.app, promotion.id, call, begun, self.tell_error)

    def show_run(self, promotion: Promotion, own: OwnRun) -> None:
        self.shipui.open_run(promotion, own.running.run)

    def _do(self, call: Callable[[], object], told: Callable[..., None]) -> None:
        self.shipui.errands.ask(f"action-{id(call)}", call, told, self.tell_error)

    def say(self, words: str, tone: str) -> None:
        """One line at the foot of the screen, for a few seconds."""
        for bar in self.query(CommandBar):
            bar.say(words, tone)

    def done(self, words: str) -> None:
        self.say(words, "good")
        self.shipui.look_again()

    def tell_error(self, error: Exception) -> None:
        """A refusal or a failure, in plain words; a defect is said as one."""
        self.shipui.look_again()
        if isinstance(error, ShipuiError):
            lines: list[Paragraph] = [toned(error.plain, limit=3_000)]
            lines += [Content(""), toned(error.fix, "good", limit=2_000)] if error.fix else []
            lines += [Content(""), toned(error.detail, "calm", limit=4_000)] if error.detail else []
            title = "Not done"
        else:
            title = "shipui itself failed"
            lines = [toned(f"{type(error).__name__}: {error}", "bad", limit=3_000)]
        self.app.push_screen(NoticeDialog(title, lines))
