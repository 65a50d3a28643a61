"""Commands for a person to run by hand, to read and to copy with one key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from shipui.model.text import counted
from shipui.tui.widgets.paragraphs import Paragraph, Paragraphs
from shipui.tui.widgets.tones import toned


class CommandsDialog(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", show=False),
        Binding("c", "copy", "Copy", show=False),
    ]
    AUTO_FOCUS = "#words"

    def __init__(self, title: str, introduction: str, commands: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._introduction = introduction
        self._commands = commands

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="-tall"):
            yield Static(toned(self._title, "strong", limit=300), id="title")
            with VerticalScroll(id="words"):
                yield Paragraphs(self._lines())
            yield Static("", id="problem")
            with Horizontal(id="buttons"):
                yield Button(Content("Copy (c)"), id="copy", compact=True)
                yield Button("Close", id="safe", compact=True)

    def _lines(self) -> list[Paragraph]:
        lines: list[Paragraph] = [Content(self._introduction), Content("")]
        return [
            *lines,
            *(toned(each, "key" if not each.startswith("#") else "calm", limit=4_000) for each in self._commands),
        ]

    @on(Button.Pressed, "#copy")
    def action_copy(self) -> None:
        self.app.copy_to_clipboard("\n".join(self._commands))
        said = f"✓ {counted(len(self._commands), 'line')} copied, if your terminal allows it (OSC 52)."
        self.query_one("#problem", Static).update(toned(said, "good"))

    @on(Button.Pressed, "#safe")
    def _close(self) -> None:
        self.dismiss(None)
