"""A log of any length, drawn line by line and read block by block as it comes into sight: what a million lines cost is what a screen shows.

Follow or pause, fold or cut long lines, find text, select with the mouse. Where the lines come from is a LogSource's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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

from shipui.model.events import Event
from shipui.tui.log_book import LogBook
from shipui.tui.widgets.tones import toned

BESIDE = 2
"""Blocks that are read beside those in sight."""


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    text: str | None
    """Of the whole line; None: it is being read."""
    start: int
    end: int
    """Characters of it that the row shows."""


class PagedLog(ScrollView, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_by(-1)", "Up", show=False),
        Binding("down,j", "scroll_by(1)", "Down", show=False),
        Binding("pageup", "scroll_pages(-1)", "Page up", show=False),
        Binding("pagedown,space", "scroll_pages(1)", "Page down", show=False),
        Binding("left", "scroll_side(-8)", "Left", show=False),
        Binding("right", "scroll_side(8)", "Right", show=False),
    ]

    class Wanted(Message):
        """Blocks that are in sight have not been read; whoever shows the log reads them and calls `put`."""

        def __init__(self, first: int, last: int) -> None:
            super().__init__()
            self.first = first
            self.last = last

    class Moved(Message):
        """Other lines are in sight, or it follows, or pauses, or folds."""

    following: reactive[bool] = reactive(True, init=False)
    folding: reactive[bool] = reactive(False, init=False)
    sought: reactive[str] = reactive("", init=False)

    def __init__(self) -> None:
        super().__init__()
        self.book = LogBook({})
        self.match: tuple[int, int] | None = None
        """Event and index of the line that was found last."""
        self._skipped = 0
        """While folding: rows of the first line that are above the screen."""
        self._moving = False
        self._waiting = False
        self._rows: list[Row] = []
        self._rows_of: object = None

    # Content

    def open(self, book: LogBook) -> None:
        self.book = book
        self._settle(None)

    def put(self, first: int, last: int, events: Iterable[Event]) -> None:
        self._waiting = False
        top = self._top()
        self.book.put(first, last, events)
        self._settle(top)

    def give_up(self) -> None:
        """What was wanted cannot be read at present; asked for again when the log is moved."""
        self._waiting = False

    def count(self, counts: Sequence[tuple[int, int]], last: int) -> None:
        top = self._top()
        self.book.count(counts, last)
        self._settle(top)

    def grow(self, events: Iterable[Event]) -> None:
        top = self._top()
        if self.book.grow(events):
            self._settle(top)

    def _top(self) -> tuple[int, int]:
        return self.book.locate(self.scroll_offset.y)

    def _settle(self, top: tuple[int, int] | None) -> None:
        """The same line stays at the top, whatever became known of those before it."""
        self._resize()
        if self.following or top is None:
            self._to_end()
        else:
            self._go(self.book.line_at(*top), self._skipped)
        self.refresh()
        self.post_message(self.Moved())
        self.call_after_refresh(self._show_position)

    def _show_position(self) -> None:
        """A scrollbar that has only just appeared does not know where it is."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = self.scroll_y

    @property
    def _room(self) -> int:
        """Cells of a row, without the scrollbar."""
        return max(10, self.scrollable_content_region.width)

    def _resize(self) -> None:
        """Folded, each line can be the first on the screen; cut, the last one stays at the bottom."""
        below = max(0, self.size.height - 1) if self.folding and self.book.total else 0
        self.virtual_size = Size(self._room if self.folding else self.book.widest, self.book.total + below)

    def on_resize(self) -> None:
        self._settle(self._top())

    # Moving

    @property
    def first_line(self) -> int:
        return self.scroll_offset.y

    def lines_in_sight(self) -> list[str]:
        seen: dict[int, str] = {}
        for row in self._in_sight():
            if row.text is not None:
                seen[row.line] = row.text
        return list(seen.values())

    def watch_following(self, following: bool) -> None:
        if following:
            self._to_end()
        self.post_message(self.Moved())

    def watch_folding(self) -> None:
        top = self._top()
        self._skipped = 0
        self.scroll_to(x=0, animate=False, force=True, immediate=True)
        self._settle(top)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self._moving and round(old_value) != round(new_value):
            # By the wheel, or the scrollbar.
            self._skipped = 0
            self.following = self._at_end()
            self.post_message(self.Moved())

    def action_scroll_by(self, rows: int) -> None:
        self._step(rows)

    def action_scroll_pages(self, pages: int) -> None:
        self._step(pages * max(1, self.size.height - 1))

    def action_scroll_side(self, cells: int) -> None:
        self.scroll_to(x=max(0, self.scroll_offset.x + cells), animate=False)

    def action_scroll_end(self) -> None:
        self.following = True
        self._to_end()

    def action_scroll_home(self) -> None:
        self.following = False
        self._go(0, 0)

    def show_line(self, line: int) -> None:
        """In the middle of the screen."""
        self.following = False
        self._go(max(0, line - self.size.height // 2), 0)

    def _step(self, rows: int) -> None:
        """So many rows of the screen; going up pauses, reaching the end follows again."""
        line, skipped = self.scroll_offset.y, self._skipped
        if not self.folding:
            line += rows
        elif rows > 0:
            line, skipped = self._down(line, skipped + rows)
        else:
            line, skipped = self._up(line, skipped + rows)
        end = self._end()
        self.following = (line, skipped) >= end
        self._go(*min((max(0, line), skipped), end))

    def _down(self, line: int, rows: int) -> tuple[int, int]:
        while line < self.book.total - 1 and rows >= (height := self._height(line)):
            line, rows = line + 1, rows - height
        return line, rows

    def _up(self, line: int, rows: int) -> tuple[int, int]:
        while rows < 0 and line > 0:
            line -= 1
            rows += self._height(line)
        return line, max(0, rows)

    def _end(self) -> tuple[int, int]:
        """First line, and rows of it above the screen, when the last line is at the bottom."""
        total, height = self.book.total, max(1, self.size.height)
        if not self.folding:
            return max(0, total - height), 0
        return self._up(total, -height) if total else (0, 0)

    def _at_end(self) -> bool:
        return (self.scroll_offset.y, self._skipped) >= self._end()

    def _to_end(self) -> None:
        self._go(*self._end())

    def _go(self, line: int, skipped: int) -> None:
        self._moving, self._skipped = True, skipped
        self.scroll_to(y=line, animate=False, force=True, immediate=True)
        self._moving = False
        self.refresh()
        self.post_message(self.Moved())

    # Rows

    def _pieces(self, text: str | None) -> list[tuple[int, int]]:
        """The characters of each row that a line takes."""
        if text is None or not self.folding:
            return [(0, len(text or ""))]
        pieces, start = [], 0
        for piece in chop_cells(text, self._room) or [""]:
            pieces.append((start, start + len(piece)))
            start += len(piece)
        return pieces

    def _height(self, line: int) -> int:
        return len(self._pieces(self.book.text(line)))

    def _in_sight(self) -> list[Row]:
        """The rows of the screen, from the top; worked out once for each look of it."""
        key = (self.scroll_offset.y, self._skipped, self.size, self._room, self.folding, self.book.revision)
        if key == self._rows_of:
            return self._rows
        rows: list[Row] = []
        line, skip, total = self.scroll_offset.y, self._skipped, self.book.total
        while line < total and len(rows) < self.size.height:
            text = self.book.text(line)
            rows += [Row(line, text, start, end) for start, end in self._pieces(text)[skip:]]
            line, skip = line + 1, 0
        self._rows, self._rows_of = rows[: self.size.height], key
        self._want(self._rows)
        return self._rows

    def _want(self, rows: Sequence[Row]) -> None:
        blocks = sorted({self.book.locate(row.line)[0] for row in rows})
        missing = [block for block in blocks if not self.book.has_read(block)]
        if missing and not self._waiting:
            self._waiting = True
            first, last = max(0, missing[0] - BESIDE), min(self.book.blocks - 1, missing[-1] + BESIDE)
            self.post_message(self.Wanted(first, last))

    # Painting

    def render_line(self, y: int) -> Strip:
        rows, width = self._in_sight(), self.size.width
        if y >= len(rows):
            return Strip.blank(width, self.rich_style)
        row, left = rows[y], self.scroll_offset.x
        content = self._content(row)
        room = max(width, cell_len(content.plain))
        strip = Visual.to_strips(self, content, room, 1, self.visual_style, apply_selection=False)[0]
        strip = strip.crop_extend(left, left + width, self.rich_style)
        return strip.apply_offsets(left + row.start, row.line)

    def _content(self, row: Row) -> Content:
        if row.text is None:
            return toned("…", "calm")
        content = Content(row.text[row.start : row.end])
        if self.sought:
            found = self.match is not None and self.book.place(row.line) == self.match
            content = _marked(content, self.sought, "reverse bold" if found else "underline $accent")
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(row.line)) is not None:
            first, last = span
            last = len(row.text) if last == -1 else last
            first, last = max(first, row.start) - row.start, min(last, row.end) - row.start
            content = content.stylize("reverse", first, last) if first < last else content
        return content

    def watch_sought(self) -> None:
        self.refresh()

    # Selecting

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Of the lines that have been read."""
        first = selection.start.y if selection.start is not None else 0
        last = selection.end.y if selection.end is not None else self.book.total - 1
        lines = []
        for line in range(first, min(last, self.book.total - 1) + 1):
            text, span = self.book.text(line), selection.get_span(line)
            if text is not None and span is not None:
                lines.append(text[span[0] : None if span[1] == -1 else span[1]])
        return "\n".join(lines), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()


def _marked(content: Content, sought: str, style: str) -> Content:
    lowered, wanted = content.plain.casefold(), sought.casefold()
    place = lowered.find(wanted)
    while place >= 0:
        content = content.stylize(style, place, place + len(wanted))
        place = lowered.find(wanted, place + len(wanted))
    return content
