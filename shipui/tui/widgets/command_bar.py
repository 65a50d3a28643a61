"""The keys of a screen, in one or two lines at its foot. What may not be done now stays there, dimmed, its key in brackets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from shipui.tui.commands.command import Command
from shipui.tui.widgets.tones import line, toned

SAID_SECONDS = 6.0


class CommandBar(Widget):
    """`why_not` says why a command may not be done now ("" when it may)."""

    revision: reactive[int] = reactive(0, layout=True)
    message: reactive[Content | None] = reactive(None)
    """Said in place of the last line, for a few seconds: nothing is covered, nothing moves."""

    def __init__(self, commands: Sequence[Command], why_not: Callable[[Command], str]) -> None:
        super().__init__()
        self._commands = [each for each in commands if each.footer]
        self._why_not = why_not
        self._hush: Timer | None = None
        self._shown: list[list[tuple[Command, Content]]] | None = None

    def look_again(self) -> None:
        """Painted anew only if it would look different."""
        if self._shown is None or self._rows(self.size.width) != self._shown:
            self.revision += 1

    def say(self, words: str, tone: str) -> None:
        self.message = toned(f" {words}", tone, limit=500)
        if self._hush is not None:
            self._hush.stop()
        self._hush = self.set_timer(SAID_SECONDS, self._fall_silent)

    def _fall_silent(self) -> None:
        self.message = None

    def render(self) -> Content:
        self._shown = self._rows(self.size.width)
        lines = [line(" ", *(piece for _, piece in row)) for row in self._shown]
        if self.message is not None:
            lines[-1] = self.message.truncate(max(1, self.size.width), ellipsis=True)
        return Content("\n").join(lines)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._rows(width))

    def _rows(self, width: int) -> list[list[tuple[Command, Content]]]:
        """As many lines as it takes: at most two on a terminal of 80 columns."""
        commands = [each for each in self._commands if not (each.only_where_possible and self._why_not(each))]
        whole = self._arranged(commands, width)
        spared = self._arranged([each for each in commands if not each.spare], width)
        return spared if len(spared) < len(whole) else whole

    def _arranged(self, commands: Sequence[Command], width: int) -> list[list[tuple[Command, Content]]]:
        rows: list[list[tuple[Command, Content]]] = [[]]
        used = 1
        for command in commands:
            piece = self._piece(command)
            if used + piece.cell_length - 1 > width and rows[-1]:
                rows.append([])
                used = 1
            rows[-1].append((command, piece))
            used += piece.cell_length
        return rows

    def _piece(self, command: Command) -> Content:
        key = self._key_shown(command)
        if self._why_not(command):
            return toned(f"({key}) {command.title}  ", "calm")
        return line(toned(key, "key"), toned(f" {command.title}  "))

    def _key_shown(self, command: Command) -> str:
        shown = getattr(self.screen, "key_shown", None)
        return str(shown(command)) if callable(shown) else command.key_shown

    async def on_click(self, event: events.Click) -> None:
        rows = self._rows(self.size.width)
        if not 0 <= event.y < len(rows):
            return
        position = 1
        for command, piece in rows[event.y]:
            if position <= event.x < position + piece.cell_length:
                await self.screen.run_action(command.action or command.name)
                return
            position += piece.cell_length
