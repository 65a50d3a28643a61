"""A long log, drawn line by line: follow or pause, fold or cut long lines, find text, select with the mouse. Adding costs what is new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.cells import cell_len, chop_cells
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.visual import Visual

from shipui.model.text import visible

KEPT = 20_000
"""Lines; the oldest are dropped."""


class LogView(ScrollView, can_focus=True):
    """Each line is one line: text from outside was made visible, and is again here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_by(-1)", "Up", show=False),
        Binding("down,j", "scroll_by(1)", "Down", show=False),
        Binding("pageup", "scroll_pages(-1)", "Page up", show=False),
        Binding("pagedown,space", "scroll_pages(1)", "Page down", show=False),
        Binding("left", "scroll_side(-8)", "Left", show=False),
        Binding("right", "scroll_side(8)", "Right", show=False),
    ]

    class Followed(Message):
        """It follows, or has paused."""

    following: reactive[bool] = reactive(True, init=False)
    folding: reactive[bool] = reactive(False, init=False)
    sought: reactive[str] = reactive("", init=False)

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._rows: list[tuple[int, int, int]] = []
        """While folding: (line, first character, end) of each row on the screen."""
        self._widest = 0
        self._match: int | None = None

    # Content

    def add(self, lines: Iterable[str]) -> None:
        new = [visible(each) for each in lines]
        if not new:
            return
        self.lines += new
        dropped = len(self.lines) - KEPT
        if dropped > 0:
            del self.lines[:dropped]
            self._match = None
            self._measure(self.lines, anew=True)
        else:
            self._measure(new, anew=False)
        self._resize()

    def _measure(self, new: Sequence[str], *, anew: bool) -> None:
        if anew:
            self._rows, self._widest = [], 0
        self._widest = max(self._widest, max((cell_len(each) for each in new), default=0))
        if self.folding:
            first = len(self.lines) - len(new)
            width = max(10, self.scrollable_content_region.width)
            for index, text in enumerate(new, first):
                start = 0
                for piece in chop_cells(text, width) or [""]:
                    self._rows.append((index, start, start + len(piece)))
                    start += len(piece)

    def _resize(self) -> None:
        count = len(self._rows) if self.folding else len(self.lines)
        self.virtual_size = Size(self.size.width if self.folding else self._widest, count)
        if self.following:
            self.scroll_end(animate=False, force=True, immediate=True, x_axis=False)
        self.refresh()

    def on_resize(self) -> None:
        if self.folding:
            self._measure(self.lines, anew=True)
        self._resize()

    # Moving

    def watch_following(self, following: bool) -> None:
        self.post_message(self.Followed())
        if following:
            self.scroll_end(animate=False, force=True, immediate=True, x_axis=False)

    def watch_folding(self) -> None:
        self._measure(self.lines, anew=True)
        self.scroll_to(x=0, animate=False)
        self._resize()

    def action_scroll_end(self) -> None:
        self.following = True

    def action_scroll_home(self) -> None:
        self._move(0)

    def action_scroll_by(self, rows: int) -> None:
        self._move(self.scroll_offset.y + rows)

    def action_scroll_pages(self, pages: int) -> None:
        self._move(self.scroll_offset.y + pages * max(1, self.size.height - 1))

    def action_scroll_side(self, cells: int) -> None:
        self.scroll_to(x=max(0, self.scroll_offset.x + cells), animate=False)

    def _move(self, to: int) -> None:
        """Going up pauses; reaching the end follows again."""
        self.following = to >= self.max_scroll_y
        self.scroll_to(y=max(0, to), animate=False, force=True)

    def on_mouse_scroll_up(self) -> None:
        self.following = False

    # Finding

    def find(self, text: str, *, forwards: bool = True, again: bool = False) -> bool:
        """Go to the next line that has `text`, whatever its case; whether there is one."""
        self.sought = text
        self.refresh()
        if not text or not self.lines:
            self._match = None
            return False
        wanted, count = text.casefold(), len(self.lines)
        step = 1 if forwards else -1
        start = self._match if self._match is not None else (count - 1 if forwards else 0)
        if self._match is not None and not again:
            start -= step
        for distance in range(1, count + 1):
            place = (start + step * distance) % count
            if wanted in self.lines[place].casefold():
                self._match = place
                self._show_line(place)
                return True
        self._match = None
        return False

    def _show_line(self, place: int) -> None:
        row = place
        if self.folding:
            row = next((index for index, (number, _, _) in enumerate(self._rows) if number == place), 0)
        self.following = False
        self.scroll_to(y=max(0, row - self.size.height // 2), animate=False, force=True)

    # Painting

    def render_line(self, y: int) -> Strip:
        left, top = self.scroll_offset
        width, row = self.size.width, top + y
        if self.folding:
            if row >= len(self._rows):
                return Strip.blank(width, self.rich_style)
            number, start, end = self._rows[row]
        else:
            if row >= len(self.lines):
                return Strip.blank(width, self.rich_style)
            number, start, end = row, 0, len(self.lines[row])
        content = self._content(number, row, start, end)
        strip = Visual.to_strips(
            self, content, max(width, cell_len(content.plain)), 1, self.visual_style, apply_selection=False
        )[0]
        strip = strip.crop_extend(left, left + width, self.rich_style)
        return strip.apply_offsets(left, row)

    def _content(self, number: int, row: int, start: int, end: int) -> Content:
        text = self.lines[number]
        content = Content(text[start:end])
        if self.sought:
            lowered, wanted = content.plain.casefold(), self.sought.casefold()
            place = lowered.find(wanted)
            while place >= 0:
                style = "reverse bold" if number == self._match else "underline $accent"
                content = content.stylize(style, place, place + len(wanted))
                place = lowered.find(wanted, place + len(wanted))
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(row)) is not None:
            first, last = span
            last = len(content) if last == -1 else last
            content = content.stylize("reverse", first, last)
        return content

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        rows = [self.lines[number][start:end] for number, start, end in self._rows] if self.folding else self.lines
        return selection.extract("\n".join(rows)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()
