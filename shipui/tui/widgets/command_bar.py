"""The keys of a screen, in one or two lines at its foot. What may not be done now stays there, dimmed, its key in brackets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from shipui.tui.commands import Command
from shipui.tui.widgets.tones import line, toned


class CommandBar(Widget):
    """`why_not` says why a command may not be done now ("" when it may)."""

    revision: reactive[int] = reactive(0, layout=True)

    def __init__(self, commands: Sequence[Command], why_not: Callable[[Command], str]) -> None:
        super().__init__()
        self._commands = [each for each in commands if each.footer]
        self._why_not = why_not

    def look_again(self) -> None:
        self.revision += 1

    def render(self) -> Content:
        lines = [line(" ", *(piece for _, piece in row)) for row in self._rows(self.size.width)]
        return Content("\n").join(lines)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._rows(width))

    def _rows(self, width: int) -> list[list[tuple[Command, Content]]]:
        """As many lines as it takes: at most two on a terminal of 80 columns."""
        rows: list[list[tuple[Command, Content]]] = [[]]
        used = 1
        for command in self._commands:
            piece = self._piece(command)
            if used + piece.cell_length - 1 > width and rows[-1]:
                rows.append([])
                used = 1
            rows[-1].append((command, piece))
            used += piece.cell_length
        return rows

    def _piece(self, command: Command) -> Content:
        if self._why_not(command):
            return toned(f"({command.key_shown}) {command.title}  ", "calm").stylize("dim")
        return line(toned(command.key_shown, "key"), toned(f" {command.title}  "))

    async def on_click(self, event: events.Click) -> None:
        rows = self._rows(self.size.width)
        if not 0 <= event.y < len(rows):
            return
        position = 1
        for command, piece in rows[event.y]:
            if position <= event.x < position + piece.cell_length:
                await self.screen.run_action(command.name)
                return
            position += piece.cell_length
