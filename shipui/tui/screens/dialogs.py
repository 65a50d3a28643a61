"""Questions before anything changes. The safe answer has the focus, Escape gives it, and nothing is done without the other one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Button, Checkbox, Input, Static

from shipui.tui.widgets.paragraphs import Paragraph, Paragraphs
from shipui.tui.widgets.tick_box import TickBox
from shipui.tui.widgets.tones import toned


@dataclass(frozen=True, slots=True)
class Answer:
    reason: str = ""
    ticked: bool = False
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    title: str
    lines: Sequence[Paragraph]
    yes: str
    """What the other button says."""
    safe: str = "Leave it as it is"
    reason: str = ""
    """The placeholder of the field for a reason; "" for none."""
    reason_needed: bool = False
    choice: str = ""
    """What can be ticked; "" for nothing."""
    choice_needs_reason: bool = False
    choice_needs_typed: str = ""
    """What has to be typed, exactly, when it is ticked."""
    dangerous: bool = False


class ConfirmDialog(ModalScreen[Answer | None]):
    """Answers None for the safe button and Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", show=False),
        Binding("left,up", "app.focus_previous", "Previous", show=False),
        Binding("right,down", "app.focus_next", "Next", show=False),
    ]
    AUTO_FOCUS = "#safe"

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        question = self._question
        with Vertical(id="dialog", classes="-dangerous" if question.dangerous else ""):
            yield Static(toned(question.title, "strong", limit=300), id="title")
            with VerticalScroll(id="words", can_focus=False):
                yield Paragraphs(question.lines)
            if question.choice:
                yield TickBox(Content(question.choice), id="choice", compact=True)
            if question.reason:
                yield Input(
                    placeholder=question.reason, id="reason", max_length=2_000, compact=True, select_on_focus=False
                )
            if question.choice_needs_typed:
                yield Input(
                    placeholder=f"Type {question.choice_needs_typed} to confirm", id="typed", max_length=40, compact=True,
                )  # fmt: skip
            yield Static("", id="problem")
            with Horizontal(id="buttons"):
                yield Button(Content(question.safe), id="safe", compact=True)
                yield Button(Content(question.yes), id="yes", compact=True)

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.cursor_blink = False
            field.select_on_focus = False
        self._show_typed()
        self.call_after_refresh(self._let_scroll)

    def _let_scroll(self) -> None:
        """On a small terminal the words may be longer than their place: then they can be reached by tab."""
        words = self.query_one("#words")
        words.can_focus = words.max_scroll_y > 0

    def on_key(self, event: Key) -> None:
        """Who types while a button has the focus means the field for the reason."""
        fields = list(self.query("#reason").results(Input))
        if fields and isinstance(self.focused, Button) and event.is_printable and event.character:
            event.stop()
            fields[0].focus()
            fields[0].insert_text_at_cursor(event.character)

    @on(Checkbox.Changed)
    def _show_typed(self) -> None:
        for field in self.query("#typed").results(Input):
            field.display = self._ticked

    @property
    def _ticked(self) -> bool:
        return any(each.value for each in self.query(Checkbox))

    @on(Button.Pressed, "#safe")
    def _leave(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#yes")
    @on(Input.Submitted)
    def _agree(self, event: Button.Pressed | Input.Submitted) -> None:
        if isinstance(event, Input.Submitted):
            # Enter in a field goes on to the buttons; it never agrees by itself.
            self.query_one("#yes").focus()
            return
        question, answer = self._question, self._answer()
        if (question.reason_needed or (answer.ticked and question.choice_needs_reason)) and not answer.reason:
            self._refuse("A reason is needed.", "#reason")
        elif answer.ticked and question.choice_needs_typed and answer.typed.upper() != question.choice_needs_typed:
            self._refuse(f"To put the database back as well, type {question.choice_needs_typed}.", "#typed")
        else:
            self.dismiss(answer)

    def _answer(self) -> Answer:
        def text(name: str) -> str:
            return next((each.value.strip() for each in self.query(name).results(Input)), "")

        return Answer(text("#reason"), self._ticked, text("#typed"))

    def _refuse(self, words: str, field: str) -> None:
        self.query_one("#problem", Static).update(toned(f"! {words}", "bad"))
        self.query_one(field).focus()


class UnsavedDialog(ConfirmDialog):
    """Asked before a screen goes away that has something which is not saved."""


class NoticeDialog(ModalScreen[None]):
    """Something was not done, or has to be read; one button."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter", "dismiss(None)", "Back", show=False)]
    AUTO_FOCUS = "#safe"

    def __init__(self, title: str, lines: Sequence[Paragraph], *, tall: bool = False) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self._tall = tall

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="-tall" if self._tall else ""):
            yield Static(toned(self._title, "strong", limit=300), id="title")
            with VerticalScroll(id="words", can_focus=self._tall):
                yield Paragraphs(self._lines)
            with Horizontal(id="buttons"):
                yield Button("Close", id="safe", compact=True)

    @on(Button.Pressed)
    def _close(self) -> None:
        self.dismiss(None)


class LeaveDialog(ModalScreen[str]):
    """A run of this process is under way: `wait`, or `detach`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss('wait')", "Wait", show=False),
        Binding("left,up", "app.focus_previous", "Previous", show=False),
        Binding("right,down", "app.focus_next", "Next", show=False),
    ]
    AUTO_FOCUS = "#wait"

    def __init__(self, promotions: Sequence[str]) -> None:
        super().__init__()
        self._promotions = promotions

    def compose(self) -> ComposeResult:
        names = ", ".join(self._promotions)
        with Vertical(id="dialog"):
            yield Static(toned(f"{names} is under way", "strong", limit=200), id="title")
            with VerticalScroll(id="words", can_focus=False):
                yield Static(
                    Content(
                        "Its run is in this process. It goes on to its end in either case, and rolls back by itself if a step"
                        " fails.\n\nWait: stay here and watch.\nDetach: the screen closes at once; the command comes back when"
                        " the run has ended, and says how."
                    )
                )
            with Horizontal(id="buttons"):
                yield Button("Wait and watch", id="wait", compact=True)
                yield Button("Detach", id="detach", compact=True)

    @on(Button.Pressed)
    def _answer(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id or "wait")
