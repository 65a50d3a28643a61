"""A few things to tick, side by side in one line: left and right go from one to the next, space ticks, a ticks all or none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from shipui.tui.widgets.tones import line, toned


class TickRow(Widget, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Left", show=False),
        Binding("right", "move(1)", "Right", show=False),
        Binding("space", "tick", "Tick", show=False),
        Binding("a", "tick_all", "All", show=False),
    ]
    cursor: reactive[int] = reactive(0)
    chosen: reactive[frozenset[str]] = reactive(frozenset())

    class Changed(Message):
        """Something was ticked, or is ticked no more."""

    def __init__(self, options: Sequence[str], chosen: Collection[str], *, id: str) -> None:
        super().__init__(id=id)
        self._options = list(options)
        self.set_reactive(TickRow.chosen, frozenset(chosen))

    @property
    def values(self) -> tuple[str, ...]:
        """What is ticked, in the order of the options."""
        return tuple(each for each in self._options if each in self.chosen)

    def action_move(self, by: int) -> None:
        self.cursor = (self.cursor + by) % len(self._options)

    def action_tick(self) -> None:
        self._become(self.chosen ^ {self._options[self.cursor]})

    def action_tick_all(self) -> None:
        every = frozenset(self._options)
        self._become(frozenset() if self.chosen >= every else every)

    def _become(self, chosen: frozenset[str]) -> None:
        self.chosen = chosen
        self.post_message(self.Changed())

    def on_click(self, event: events.Click) -> None:
        position = 0
        for place, option in enumerate(self._options):
            width = self._piece(option).cell_length + 1
            if position <= event.x < position + width:
                self.cursor = place
                self.action_tick()
                return
            position += width

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render(self) -> Content:
        pieces: list[Content | str] = []
        for place, option in enumerate(self._options):
            piece = self._piece(option)
            if self.has_focus and place == self.cursor:
                piece = piece.stylize("bold underline on $cursor")
            pieces += [piece, " "]
        return line(*pieces)

    def _piece(self, option: str) -> Content:
        ticked = option in self.chosen
        return toned(f"[{'x' if ticked else ' '}]{option}", "plain" if ticked else "calm")

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return sum(self._piece(each).cell_length + 1 for each in self._options)
