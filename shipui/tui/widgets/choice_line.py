"""One of a few words, all in sight: left and right choose, so does a click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from shipui.tui.widgets.tones import line, toned


class ChoiceLine(Widget, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Previous", show=False),
        Binding("right,space", "step(1)", "Next", show=False),
    ]

    class Changed(Message):
        pass

    value: reactive[str] = reactive("")

    def __init__(self, options: Sequence[str], value: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._options = options
        self.set_reactive(ChoiceLine.value, value)

    def action_step(self, by: int) -> None:
        place = self._options.index(self.value) if self.value in self._options else 0
        self._choose(self._options[(place + by) % len(self._options)])

    def _choose(self, value: str) -> None:
        self.value = value
        self.post_message(self.Changed())

    def _pieces(self) -> list[Content]:
        """The chosen one in brackets too, so that it is known without colours."""
        return [
            toned(f"[{each}]", "strong").stylize("reverse" if self.has_focus else "") if each == self.value else toned(f" {each} ", "calm")
            for each in self._options
        ]  # fmt: skip

    def render(self) -> Content:
        return line(*self._pieces())

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        position = 0
        for option, piece in zip(self._options, self._pieces(), strict=True):
            if position <= event.x < position + piece.cell_length:
                self._choose(option)
                return
            position += piece.cell_length
