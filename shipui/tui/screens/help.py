"""What can be done on a screen: every command of it, its key, and, where it may not be done now, why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from shipui.tui.commands.command import Command
from shipui.tui.commands.everywhere import EVERYWHERE
from shipui.tui.places import going
from shipui.tui.widgets.paragraphs import Pair, Paragraph, Paragraphs
from shipui.tui.widgets.tones import line, toned


class HelpScreen(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss(None)", "Back", show=False)
    ]
    AUTO_FOCUS = "#words"

    def __init__(
        self,
        title: str,
        commands: Sequence[Command],
        why_not: Callable[[Command], str],
        key_shown: Callable[[Command], str],
    ) -> None:
        super().__init__()
        self._key_shown = key_shown
        self._title = title
        self._commands = commands
        self._why_not = why_not

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="-tall"):
            yield Static(toned(f"Help: {self._title}", "strong"), id="title")
            with VerticalScroll(id="words"):
                yield Paragraphs(self._text())
            yield Static(toned("Escape closes this", "calm"), id="foot")

    def _text(self) -> list[Paragraph]:
        lines: list[Paragraph] = [self._line(each) for each in self._commands]
        lines += [Content(""), toned("Places", "strong"), *(self._line(each) for each in going())]
        lines += [Content(""), toned("Everywhere", "strong"), *(self._line(each) for each in EVERYWHERE)]
        lines += [
            Content(""),
            toned("Lists and logs move with the arrows, page up and down, j, k, g and G.", "calm"),
            toned("Keys can be changed: section [keys] of config.toml.", "calm"),
            toned(
                "Select text with the mouse, ctrl+c copies it; over SSH too. With shift the terminal selects itself.",
                "calm",
            ),
        ]
        return lines

    def _line(self, command: Command) -> Paragraph:
        why, key = self._why_not(command), self._key_shown(command)
        if why:
            return Pair(toned(f"{f'({key})':>8}  {command.title:<15} ", "calm"), toned(why, "calm"))
        head = line(toned(f"{key:>7}   ", "key"), f"{command.title:<15} ")
        return Pair(head, toned(command.help, "calm"))
