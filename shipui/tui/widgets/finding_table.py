"""Findings as a list under headings, drawn line by line: it costs what is in sight, however many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

from shipui.model.review import GateFinding, Review, Since
from shipui.model.text import counted, visible
from shipui.tui.finding_order import Arrangement, Heading, Order
from shipui.tui.finding_signs import GONE, SEVERITY, standing_of
from shipui.tui.widgets.tones import fit, line, signed, toned

STATE = 11
WEIGHT = 11
RULE = 24
NEW = 4
MESSAGE_FROM = 120
"""Columns from which there is room for what a finding says."""


class FindingTable(ScrollView, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "edge(0)", "First", show=False),
        Binding("end,G", "edge(-1)", "Last", show=False),
    ]

    class Moved(Message):
        """Another finding is chosen, or what is known of it has changed."""

    class Opened(Message):
        pass

    def __init__(self) -> None:
        super().__init__()
        self._shown = Arrangement()
        self._review: Review | None = None
        self._order = Order.SEVERITY
        self._now: datetime | None = None
        self._cursor = 0
        self.marked: dict[str, GateFinding] = {}
        """By fingerprint, in the order in which they were marked."""
        self.empty: Sequence[Content] = ()
        """What to say instead of rows."""

    # Content

    @property
    def chosen(self) -> GateFinding | None:
        row = self._shown.rows[self._cursor] if self._cursor < len(self._shown.rows) else None
        return row if isinstance(row, GateFinding) else None

    @property
    def count(self) -> int:
        return self._shown.count

    def show(self, shown: Arrangement, review: Review, order: Order, now: datetime) -> None:
        """New rows; the cursor stays on its finding, or else where it was."""
        kept = self.chosen.finding.fingerprint if self.chosen else ""
        self._shown, self._review, self._order, self._now = shown, review, order, now
        if self.marked:
            there = {each.finding.fingerprint for each in review.present}
            self.marked = {key: each for key, each in self.marked.items() if key in there}
        self.virtual_size = Size(max(0, self.size.width), len(shown.rows))
        place = (shown.places or {}).get(kept)
        self._go(place if place is not None else self._cursor, tell=True)

    def to_top(self) -> None:
        self._cursor = 0
        self.scroll_to(0, 0, animate=False)

    # Marking

    def mark(self) -> None:
        """Mark the chosen one, or take its mark away, and go on."""
        chosen = self.chosen
        if chosen is None:
            return
        if self.marked.pop(chosen.finding.fingerprint, None) is None and chosen.since is not Since.GONE:
            self.marked[chosen.finding.fingerprint] = chosen
        self.action_move(1)
        self.refresh()

    def mark_all(self) -> None:
        """All that are shown; if they are marked already, none."""
        shown = {each.finding.fingerprint: each for each in self._findings() if each.since is not Since.GONE}
        self.marked = {} if self.marked.keys() >= shown.keys() else {**self.marked, **shown}
        self.refresh()

    def unmark(self) -> None:
        self.marked = {}
        self.refresh()

    def _findings(self) -> Iterator[GateFinding]:
        return (each for each in self._shown.rows if isinstance(each, GateFinding))

    # Moving

    def action_move(self, by: int) -> None:
        to = self._cursor + by
        if 0 <= to < len(self._shown.rows) and isinstance(self._shown.rows[to], Heading):
            to += 1 if by > 0 else -1
        self._go(to)

    def action_page(self, by: int) -> None:
        self._go(self._cursor + by * max(1, self.size.height - 1))

    def action_edge(self, which: int) -> None:
        self._go(0 if which == 0 else len(self._shown.rows) - 1)

    def next_open(self, by: int) -> bool:
        """Go to the next one that is not settled, or the one before, round the end; whether there is one."""
        rows, review, now = self._shown.rows, self._review, self._now
        if review is None or now is None:
            return False
        for distance in range(1, len(rows) + 1):
            place = (self._cursor + by * distance) % len(rows)
            row = rows[place]
            if isinstance(row, GateFinding) and row.since is not Since.GONE and not review.settled(row.finding, now):
                self._go(place)
                return True
        return False

    def _go(self, to: int, *, tell: bool = False) -> None:
        rows = self._shown.rows
        if not rows:
            self._cursor = 0
            self.refresh()
            self.post_message(self.Moved())
            return
        former, to = self._cursor, max(0, min(to, len(rows) - 1))
        if isinstance(rows[to], Heading):
            # Each has a finding below it.
            to += 1
        self._cursor = to
        # A heading comes into sight with its first finding.
        above = int(isinstance(rows[to - 1], Heading)) if to else 0
        self.scroll_to_region(Region(0, to - above, 1, 1 + above), animate=False, force=True)
        self.refresh()
        if tell or to != former:
            self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        row = event.y + self.scroll_offset.y
        if not 0 <= row < len(self._shown.rows) or isinstance(self._shown.rows[row], Heading):
            return
        if row == self._cursor and event.chain == 2:
            self.post_message(self.Opened())
        self._go(row)

    def on_resize(self) -> None:
        self.virtual_size = Size(max(0, self.size.width), len(self._shown.rows))
        self.refresh()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    # Painting

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        content = self._line(y + self.scroll_offset.y, y, width)
        return Visual.to_strips(self, fit(content, width), width, 1, self.visual_style, apply_selection=False)[0]

    def _line(self, row: int, y: int, width: int) -> Content:
        rows = self._shown.rows
        if not rows:
            place = y - 1
            return line("  ", self.empty[place]) if 0 <= place < len(self.empty) else Content("")
        if row >= len(rows) or self._review is None or self._now is None:
            return Content("")
        each = rows[row]
        if isinstance(each, Heading):
            return _heading(each, width)
        content = fit(self._finding(each, width, self._review, self._now), width)
        if row == self._cursor:
            content = line(Content.styled("▌", "$primary"), content[1:])
            content = content.stylize_before("bold on $cursor" if self.has_focus else "on $cursor")
        return content

    def _finding(self, each: GateFinding, width: int, review: Review, now: datetime) -> Content:
        finding = each.finding
        gone = each.since is Since.GONE
        state = GONE if gone else standing_of(finding, review, now)
        settled = gone or review.settled(finding, now)
        mark = Content.styled("*", "bold $accent") if finding.fingerprint in self.marked else Content(" ")
        new = toned("new", "warn") if each.since is Since.NEW else Content("")
        head = line(" ", mark, " ", fit(signed(state), STATE), fit(signed(SEVERITY[finding.severity]), WEIGHT))
        rest = max(12, width - head.cell_length - NEW - 1)
        message = rest - RULE - 1 - 34 if width >= MESSAGE_FROM else 0
        place = rest - RULE - 1 if not message else 34
        tone = "calm" if settled else "plain"
        pieces: list[Content | str] = [
            fit(_place(each, place, whole=self._order is not Order.FILE), place),
            " ",
            fit(toned(finding.rule, tone), RULE),
            " ",
        ]
        if message:
            pieces += [fit(toned(finding.message, "calm", limit=300), message - 1), " "]
        return line(head, *pieces, fit(new, NEW))


def _heading(heading: Heading, width: int) -> Content:
    reviewed = f", {heading.reviewed} reviewed" if heading.reviewed else ""
    tail = toned(f"  {counted(heading.count, 'finding')}{reviewed}", "calm")
    return line(" ", _from_its_end(heading.words, width - tail.cell_length - 2).stylize("bold"), tail)


def _place(each: GateFinding, width: int, *, whole: bool) -> Content:
    """Where it is; of a path that is too long, the end is what tells."""
    finding = each.finding
    number = f":{finding.line}" if finding.line is not None else ""
    if not whole:
        return toned(f"line {finding.line}" if finding.line is not None else "the whole file")
    return _from_its_end(finding.path + number, width)


def _from_its_end(text: str, width: int) -> Content:
    shown = visible(text[-2_000:])
    if Content(shown).cell_length <= width:
        return Content(shown)
    end = shown[-(width - 1) :]
    while Content(end).cell_length > width - 1:
        end = end[1:]
    return Content(f"…{end}")
