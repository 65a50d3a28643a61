"""The queue as a table, drawn line by line: it costs what is in sight, however many rows there are, and asks for more at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from shipui.model.promotion import Promotion
from shipui.tui.signs import STATUS, age
from shipui.tui.widgets.tones import fit, line, signed, toned

SPACE = 1


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    width: int
    """Cells; 0: what is left."""
    cell: Callable[[Promotion, datetime], Content]
    above: int = 0
    """Shown in tables of at least so many cells."""
    below: int = 10_000
    """And fewer than so many."""


def _change(promotion: Promotion, _: datetime) -> Content:
    return toned(f"{promotion.type} {promotion.risk}", "warn" if promotion.type == "emergency" else "plain")


COLUMNS = (
    Column("STATUS", 13, lambda each, _: signed(STATUS[each.status])),
    Column("ID", 11, lambda each, _: toned(each.id), above=100),
    Column("BUILD", 11, lambda each, _: toned(each.build)),
    Column("PRODUCT", 12, lambda each, _: _product(each, 12), below=100),
    Column("PRODUCT", 16, lambda each, _: _product(each, 16), above=100),
    Column("TITLE", 0, lambda each, _: toned(each.title, limit=300)),
    Column("CHANGE", 15, _change, below=100),
    Column("CHANGE", 18, _change, above=100),
    Column("ASKED BY", 14, lambda each, _: toned(each.requested_by, limit=40), above=120),
    Column("AGE", 4, lambda each, now: toned(age(each.requested_at, now), "calm")),
)


def _product(promotion: Promotion, width: int) -> Content:
    """The version is never cut off by a long name."""
    version = toned(promotion.version, limit=20)
    name = toned(promotion.product_name, limit=60)
    room = max(1, width - version.cell_length - 1)
    return line(name.truncate(room, ellipsis=True), " ", version)


class PromotionTable(ScrollView, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "edge(0)", "First", show=False),
        Binding("end,G", "edge(-1)", "Last", show=False),
    ]

    class Moved(Message):
        """Another promotion is chosen, or the chosen one was read anew."""

        def __init__(self, promotion: Promotion | None) -> None:
            super().__init__()
            self.promotion = promotion

    class Opened(Message):
        pass

    class NearEnd(Message):
        """There is more to read, and the last row is near."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Promotion] = []
        self._cursor = 0
        self._more = False
        self._now: datetime | None = None
        self.empty: Sequence[Content] = ()
        """What to say instead of rows."""

    @property
    def chosen(self) -> Promotion | None:
        return self._rows[self._cursor] if self._rows else None

    @property
    def loaded(self) -> int:
        return len(self._rows)

    def show(self, rows: Sequence[Promotion], *, more: bool, now: datetime) -> None:
        """New rows; the cursor stays on the promotion that it was on, if that is among them."""
        kept = self.chosen.id if self.chosen else None
        self._rows, self._more, self._now = list(rows), more, now
        found = next((index for index, each in enumerate(self._rows) if each.id == kept), None)
        self._cursor = found if found is not None else max(0, min(self._cursor, len(self._rows) - 1))
        self._resize()
        self.post_message(self.Moved(self.chosen))

    def append(self, rows: Sequence[Promotion], *, more: bool) -> None:
        known = {each.id for each in self._rows}
        self._rows += [each for each in rows if each.id not in known]
        self._more = more
        self._resize()

    def to_top(self) -> None:
        self._cursor = 0
        self.scroll_to(0, 0, animate=False)

    def _resize(self) -> None:
        self.virtual_size = Size(max(0, self.size.width), len(self._rows) + 1)
        self.refresh()

    # Moving

    def action_move(self, by: int) -> None:
        self._go(self._cursor + by)

    def action_page(self, by: int) -> None:
        self._go(self._cursor + by * max(1, self.size.height - 2))

    def action_edge(self, which: int) -> None:
        self._go(0 if which == 0 else len(self._rows) - 1)

    def _go(self, to: int) -> None:
        if not self._rows:
            return
        former, self._cursor = self._cursor, max(0, min(to, len(self._rows) - 1))
        # The heading is the first line of the view: a row needs to be below it.
        self.scroll_to_region(Region(0, self._cursor, 1, 2), animate=False, force=True)
        self.refresh()
        if self._cursor != former:
            self.post_message(self.Moved(self.chosen))
        if self._more and self._cursor >= len(self._rows) - self.size.height:
            self.post_message(self.NearEnd())

    def on_click(self, event: events.Click) -> None:
        row = event.y + self.scroll_offset.y - 1
        if event.y == 0 or not 0 <= row < len(self._rows):
            return
        if row == self._cursor and event.chain == 2:
            self.post_message(self.Opened())
        self._go(row)

    def on_resize(self) -> None:
        self._resize()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    # Painting

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        style = self.visual_style
        if y == 0:
            content = self._line(lambda column: toned(column.heading, "calm"), width)
        else:
            row = y - 1 + self.scroll_offset.y
            content = self._row(row, width, y)
        return Visual.to_strips(self, content, width, 1, style, apply_selection=False)[0]

    def _row(self, row: int, width: int, y: int) -> Content:
        if not self._rows:
            place = y - 2
            return fit(line("  ", self.empty[place]), width) if 0 <= place < len(self.empty) else Content(" " * width)
        if row >= len(self._rows) or self._now is None:
            return Content(" " * width)
        promotion, now = self._rows[row], self._now
        content = self._line(lambda column: column.cell(promotion, now), width)
        if row == self._cursor:
            content = line(Content.styled("▌", "$primary"), content[1:])
            content = content.stylize_before("bold on $cursor" if self.has_focus else "on $cursor")
        return content

    def _line(self, cell: Callable[[Column], Content], width: int) -> Content:
        columns = [each for each in COLUMNS if each.above <= width < each.below]
        fixed = sum(each.width for each in columns) + SPACE * (len(columns) - 1) + 3
        rest = max(6, width - fixed)
        pieces: list[Content | str] = ["  "]
        for column in columns:
            pieces += [fit(cell(column), column.width or rest), " " * SPACE]
        return fit(line(*pieces), width)
