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

from shipui.model.promotion import Promotion, Status
from shipui.model.promotion_order import Order
from shipui.tui.desk import Standing
from shipui.tui.signs import STATUS, age, gates_sign
from shipui.tui.widgets.tones import fit, line, signed, toned
from shipui.tui.window_words import short_time

SPACE = 1
NEAR = 50
"""Rows before the last one at which the next page is asked for."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a cell depends on beside its promotion."""

    now: datetime
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    width: int
    """Cells; 0: what is left."""
    cell: Callable[[Promotion, Look], Content]
    above: int = 0
    """Shown in tables of at least so many cells."""
    below: int = 10_000
    """And fewer than so many."""
    sorted_by: tuple[Order, ...] = ()


def _change(promotion: Promotion, _: Look) -> Content:
    return toned(f"{promotion.type} {promotion.risk}", "warn" if promotion.type == "emergency" else "plain")


def _window(promotion: Promotion, look: Look) -> Content:
    """Of what may still be deployed: whether it may be now, or from when on."""
    standing = look.standing
    decision = standing.decisions.get(promotion.change) if standing else None
    if decision is None or standing is None or promotion.status not in {Status.PENDING, Status.APPROVED}:
        return toned("")
    if decision.open:
        return toned("✓ open", "good")
    if decision.next_open is None or standing.zone is None:
        return toned("✗ closed", "warn")
    return toned(short_time(standing.zone, decision.next_open, look.now), "warn")


COLUMNS = (
    Column("STATUS", 13, lambda each, _: signed(STATUS[each.status])),
    Column("ID", 11, lambda each, _: toned(each.id), above=150),
    Column("BUILD", 11, lambda each, _: toned(each.build)),
    Column("PRODUCT", 12, lambda each, _: _product(each, 12), below=118, sorted_by=(Order.PRODUCT,)),
    Column("PRODUCT", 16, lambda each, _: _product(each, 16), above=118, sorted_by=(Order.PRODUCT,)),
    Column("TITLE", 0, lambda each, _: toned(each.title, limit=300)),
    Column("CHANGE", 15, _change, sorted_by=(Order.RISK,)),
    Column("GATES", 9, lambda each, _: signed(gates_sign(each.gate_verdict)), above=96),
    Column("WINDOW", 12, _window, above=106),
    Column("ASKED BY", 12, lambda each, _: toned(each.requested_by, limit=40), above=118),
    Column(
        "AGE",
        4,
        lambda each, look: toned(age(each.requested_at, look.now), "calm"),
        sorted_by=(Order.NEWEST, Order.OLDEST),
    ),
)
"""The first lines of a terminal of 80 columns have room for six; what is left out is in the details."""


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
        self._look: Look | None = None
        self._painted: tuple[int, list[Content]] | None = None
        """What rows that are read anew are compared with."""
        self.order = Order.NEWEST
        self.empty: Sequence[Content] = ()
        """What to say instead of rows."""

    @property
    def chosen(self) -> Promotion | None:
        return self._rows[self._cursor] if self._rows else None

    @property
    def loaded(self) -> int:
        return len(self._rows)

    @property
    def last(self) -> Promotion | None:
        return self._rows[-1] if self._rows else None

    def in_sight_behind(self, row: int) -> list[str]:
        """The IDs of what is on the screen at and behind that row."""
        first = max(row, int(self.scroll_offset.y))
        return [each.id for each in self._rows[first : int(self.scroll_offset.y) + self.size.height]]

    def show(
        self, rows: Sequence[Promotion], *, more: bool, look: Look, behind: Sequence[Promotion] = (), keep: bool = True
    ) -> None:
        """The first rows, read anew. What had been read behind the last of them stays, and of that `behind` was read anew too;
        the cursor stays on the promotion that it was on, if that is there. Not `keep`: other rows, from the first on."""
        kept = self.chosen.id if self.chosen and keep else None
        tail = self._tail(rows) if keep and more else []
        fresh = {each.id: each for each in behind}
        self._rows, self._look = [*rows, *(fresh.get(each.id, each) for each in tail)], look
        self._more = self._more if tail else more
        found = next((index for index, each in enumerate(self._rows) if each.id == kept), None)
        self._cursor = found if found is not None else max(0, min(self._cursor, len(self._rows) - 1))
        if self._painted != (painted := self._in_sight()):
            self._painted = painted
            self._resize()
        self.post_message(self.Moved(self.chosen))

    def _in_sight(self) -> tuple[int, list[Content]]:
        """How many rows there are, and all that is painted of them."""
        return len(self._rows), [
            self._row(row + int(self.scroll_offset.y), self.size.width, row + 1) for row in range(self.size.height - 1)
        ]

    def _tail(self, rows: Sequence[Promotion]) -> list[Promotion]:
        """What is behind the last of these rows already."""
        if not rows:
            return []
        place = next((place for place, each in enumerate(self._rows, 1) if each.id == rows[-1].id), len(self._rows))
        known = {each.id for each in rows}
        return [each for each in self._rows[place:] if each.id not in known]

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
        if self._more and self._cursor >= len(self._rows) - NEAR:
            self.post_message(self.NearEnd())

    def watch_scroll_y(self, old: float, new: float) -> None:
        """The wheel too reaches the end of what was read."""
        super().watch_scroll_y(old, new)
        if self._more and new + self.size.height >= len(self._rows) - NEAR:
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
            content = self._line(self._heading, width)
        else:
            row = y - 1 + self.scroll_offset.y
            content = self._row(row, width, y)
        return Visual.to_strips(self, content, width, 1, style, apply_selection=False)[0]

    def _heading(self, column: Column) -> Content:
        if self.order not in column.sorted_by:
            return toned(column.heading, "calm")
        return toned(f"{column.heading}{'▴' if self.order is Order.OLDEST else '▾'}", "strong")

    def _row(self, row: int, width: int, y: int) -> Content:
        if not self._rows:
            place = y - 2
            return fit(line("  ", self.empty[place]), width) if 0 <= place < len(self.empty) else Content(" " * width)
        if row >= len(self._rows) or self._look is None:
            return Content(" " * width)
        promotion, look = self._rows[row], self._look
        content = self._line(lambda column: column.cell(promotion, look), width)
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
