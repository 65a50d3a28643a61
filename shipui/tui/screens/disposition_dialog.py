"""The question before findings are settled: which, why, and until when. The safe answer has the focus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from shipui.model.disposition import EXAMPLE, DispositionKind, end_of
from shipui.model.errors import BadInput
from shipui.model.review import GateFinding
from shipui.tui.widgets.paragraphs import Pair, Paragraph, Paragraphs
from shipui.tui.widgets.tones import toned

LISTED = 4
"""Findings that are named."""
_TITLES = {
    DispositionKind.ACKNOWLEDGED: "Accept {}?",
    DispositionKind.FALSE_POSITIVE: "Call {} false?",
    DispositionKind.REOPENED: "Reopen {}?",
}
_MEANING = {
    DispositionKind.ACKNOWLEDGED: ("It is true and may stay.", "They are true and may stay."),
    DispositionKind.FALSE_POSITIVE: ("It is not true.", "They are not true."),
    DispositionKind.REOPENED: (
        "It counts again, whatever was said before.",
        "They count again, whatever was said before.",
    ),
}
"""Of one, and of several."""
_SETTLED = "Nothing waits for that any more, here and when the build is shipped again."
_YES = {
    DispositionKind.ACKNOWLEDGED: "Accept",
    DispositionKind.FALSE_POSITIVE: "False positive",
    DispositionKind.REOPENED: "Reopen",
}


@dataclass(frozen=True, slots=True)
class Saying:
    reason: str
    until: str
    """As it was typed; "" for good."""


class DispositionDialog(ModalScreen[Saying | None]):
    """Answers None for the safe button and Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", show=False),
        Binding("up", "app.focus_previous", "Previous", show=False),
        Binding("down", "app.focus_next", "Next", show=False),
    ]
    AUTO_FOCUS = "#safe"

    def __init__(self, kind: DispositionKind, findings: Sequence[GateFinding], now: datetime) -> None:
        super().__init__()
        self._kind = kind
        self._findings = findings
        self._now = now

    def compose(self) -> ComposeResult:
        what = "this finding" if len(self._findings) == 1 else f"{len(self._findings)} findings"
        with Vertical(id="dialog"):
            yield Static(toned(_TITLES[self._kind].format(what), "strong"), id="title")
            with VerticalScroll(id="words", can_focus=False):
                yield Paragraphs(self._words())
            yield Input(
                placeholder="Why (needed): just type",
                id="reason",
                max_length=2_000,
                compact=True,
                select_on_focus=False,
            )
            if self._kind is not DispositionKind.REOPENED:
                yield Input(
                    placeholder=f"Until which day, such as {EXAMPLE}; empty: for good", id="until", max_length=40, compact=True,
                    select_on_focus=False,
                )  # fmt: skip
            yield Static("", id="problem")
            with Horizontal(id="buttons"):
                yield Button(Content("Leave it as it is"), id="safe", compact=True)
                yield Button(Content(_YES[self._kind]), id="yes", compact=True)

    def _words(self) -> list[Paragraph]:
        lines: list[Paragraph] = []
        for each in self._findings[:LISTED]:
            finding = each.finding
            place = f"{finding.path}:{finding.line}" if finding.line is not None else finding.path
            lines.append(Pair(toned(f"{finding.severity!s:<9}"), toned(f"{place}  {finding.rule}", limit=160)))
        if len(self._findings) > LISTED:
            lines.append(toned(f"         and {len(self._findings) - LISTED} more", "calm"))
        meaning = _MEANING[self._kind][len(self._findings) > 1]
        settled = "" if self._kind is DispositionKind.REOPENED else f" {_SETTLED}"
        return [*lines, Content(""), toned(meaning + settled, "calm")]

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.cursor_blink = False

    def on_key(self, event: Key) -> None:
        """Who types while a button has the focus means the reason."""
        if isinstance(self.focused, Button) and event.is_printable and event.character:
            event.stop()
            field = self.query_one("#reason", Input)
            field.focus()
            field.insert_text_at_cursor(event.character)

    @on(Input.Changed, "#until")
    def _check_until(self) -> None:
        self._tell(self._until_problem())

    @on(Button.Pressed, "#safe")
    def _leave(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    def _next_field(self) -> None:
        """Enter goes on to the next field, then to the buttons; it never agrees by itself."""
        self.app.action_focus_next()
        if isinstance(self.focused, Button):
            self.query_one("#yes").focus()

    @on(Button.Pressed, "#yes")
    def _agree(self) -> None:
        reason, until = self._text("#reason"), self._text("#until")
        problem = self._until_problem()
        if not reason:
            self._tell("A reason is needed: whoever approves this reads it.")
            self.query_one("#reason").focus()
        elif problem:
            self._tell(problem)
            self.query_one("#until").focus()
        else:
            self.dismiss(Saying(reason, until))

    def _until_problem(self) -> str:
        """The zone is the install's, which the action knows; a day more or less is no mistake here."""
        text = self._text("#until")
        if not text:
            return ""
        try:
            end = end_of(text, ZoneInfo("UTC"))
        except BadInput as error:
            return f"{error.plain} {error.fix}"
        return "" if end > self._now else "That day is past."

    def _text(self, name: str) -> str:
        return next((each.value.strip() for each in self.query(name).results(Input)), "")

    def _tell(self, words: str) -> None:
        self.query_one("#problem", Static).update(toned(f"! {words}", "bad") if words else Content(""))
