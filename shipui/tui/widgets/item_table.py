"""A list of anything as a table, drawn line by line: it costs what is in sight, however many rows there are, and asks for more at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from shipui.tui.widgets.tones import fit, line, toned

T = TypeVar("T")
SPACE = 1
NEAR = 20
"""Rows before the last one at which the next page is asked for."""


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    heading: str
    width: int
    """Cells; 0: what is left."""
    cell: Callable[[T, datetime], Content]
    above: int = 0
    """Shown in tables of at least so many cells."""
    below: int = 10_000
    """And fewer than so many."""


class ItemTable(ScrollView, Generic[T], can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown,space", "page(1)", "Page down", show=False),
        Binding("home,g", "edge(0)", "First", show=False),
        Binding("end,G", "edge(-1)", "Last", show=False),
    ]

    class Moved(Message):
        """Another row is chosen, or the chosen one was read anew."""

    class Opened(Message):
        pass

    class NearEnd(Message):
        """There is more to read, and the last row is near."""

    def __init__(self, columns: Sequence[Column[T]], identify: Callable[[T], object]) -> None:
        """`identify` gives what stays the same of a row when it is read again."""
        super().__init__()
        self._columns = columns
        self._identify = identify
        self._rows: list[T] = []
        self._cursor = 0
        self._now: datetime | None = None
        self.more = False
        """Whether the records have more than was read."""
        self.empty: Sequence[Content] = ()
        """What to say instead of rows."""

    @property
    def chosen(self) -> T | None:
        return self._rows[self._cursor] if self._rows else None

    @property
    def rows(self) -> Sequence[T]:
        return self._rows

    def show(self, rows: Sequence[T], *, more: bool, now: datetime) -> None:
        """The first rows, read anew. What had been read behind the last of them stays; so does the cursor, on its row."""
        kept = self._identify(self.chosen) if self.chosen is not None else None
        before = [self._identify(each) for each in self._rows]
        tail: list[T] = []
        if more and rows and (last := self._identify(rows[-1])) in before:
            tail = self._rows[before.index(last) + 1 :]
            more = more if not tail else self.more
        self._rows, self.more, self._now = [*rows, *tail], more, now
        found = next((index for index, each in enumerate(self._rows) if self._identify(each) == kept), None)
        self._cursor = found if found is not None else max(0, min(self._cursor, len(self._rows) - 1))
        self._resize()
        self.post_message(self.Moved())

    def append(self, rows: Sequence[T], *, more: bool) -> None:
        known = {self._identify(each) for each in self._rows}
        self._rows += [each for each in rows if self._identify(each) not in known]
        self.more = more
        self._resize()

    def forget(self) -> None:
        """Other rows follow, such as those of another filter."""
        self._rows, self._cursor, self.more = [], 0, False
        self.scroll_to(0, 0, animate=False)

    def _resize(self) -> None:
        self.virtual_size = Size(max(0, self.size.width), len(self._rows) + 1)
        self.refresh()

    # Moving

    def action_move(self, by: int) -> None:
        self._go(self._cursor + by)

    def action_page(self, by: int) -> None:
        self._go(self._cursor + by * max(1, self.size.height - 2))

    def action_edge(self, place: int) -> None:
        self._go(0 if place == 0 else len(self._rows) - 1)

    def _go(self, row: int) -> None:
        if not self._rows:
            return
        row = max(0, min(row, len(self._rows) - 1))
        if row != self._cursor:
            self._cursor = row
            self.post_message(self.Moved())
        self.scroll_to_region(Region(0, row, 1, 2), animate=False, force=True, immediate=True)
        self.refresh()
        if self.more and row >= len(self._rows) - NEAR:
            self.post_message(self.NearEnd())

    def on_click(self, event: events.Click) -> None:
        row = event.y - 1 + self.scroll_offset.y
        if event.y < 1 or not 0 <= row < len(self._rows):
            return
        if row == self._cursor and event.chain == 2:
            self.post_message(self.Opened())
        self._go(row)

    def watch_scroll_y(self, old: float, new: float) -> None:
        """The wheel too reaches the end of what was read."""
        super().watch_scroll_y(old, new)
        if self.more and new + self.size.height >= len(self._rows) - NEAR:
            self.post_message(self.NearEnd())

    def on_resize(self) -> None:
        self._resize()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    # Painting

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        content = self._heading(width) if y == 0 else self._row(y - 1 + self.scroll_offset.y, width, y)
        return Visual.to_strips(self, content, width, 1, self.visual_style, apply_selection=False)[0]

    def _heading(self, width: int) -> Content:
        return self._line(lambda column: toned(column.heading, "calm"), width)

    def _row(self, row: int, width: int, y: int) -> Content:
        if not self._rows:
            place = y - 2
            return fit(line("  ", self.empty[place]), width) if 0 <= place < len(self.empty) else Content(" " * width)
        if row >= len(self._rows) or self._now is None:
            return Content(" " * width)
        item, now = self._rows[row], self._now
        content = self._line(lambda column: column.cell(item, now), width)
        if row == self._cursor:
            content = line(Content.styled("▌", "$primary"), content[1:])
            content = content.stylize_before("bold on $cursor" if self.has_focus else "on $cursor")
        return content

    def _line(self, cell: Callable[[Column[T]], Content], width: int) -> Content:
        columns = [each for each in self._columns if each.above <= width < each.below]
        fixed = sum(each.width for each in columns) + SPACE * (len(columns) - 1) + 3
        rest = max(6, width - fixed)
        pieces: list[Content | str] = ["  "]
        for column in columns:
            pieces += [fit(cell(column), column.width or rest), " " * SPACE]
        return fit(line(*pieces), width)
