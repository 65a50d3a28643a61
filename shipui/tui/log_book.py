"""The lines of a long log, of which only some have been read: how many there are, where each is, and what the ones that were read say.

A log is cut into blocks of so many events. A block's number of lines is estimated until it has been counted or read; a line is known by its
block and its place in it, which stay the same when estimates before it are set right.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from rich.cells import cell_len

from shipui.model.events import Event
from shipui.model.run_log import log_lines
from shipui.model.text import visible

BLOCK = 32
"""Events. One holds at most 500 lines, and in a calm log one."""
PAGES_KEPT = 96


@dataclass(slots=True)
class Page:
    """A block that was read."""

    lines: list[str] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    """Of each line: its event's number, and which of that event's lines it is."""

    def add(self, event: Event, titles: Mapping[int, str]) -> int:
        """How many lines it added. Text from outside is made visible."""
        new = [visible(each) for each in log_lines(event, titles)]
        self.lines += new
        self.places += [(event.number, index) for index in range(len(new))]
        return len(new)


def block_of(number: int) -> int:
    """The block that an event belongs to."""
    return (number - 1) // BLOCK


class LogBook:
    def __init__(self, titles: Mapping[int, str], last: int = 0) -> None:
        """`titles` of the run's steps; `last` is the number of the newest event that is there at first."""
        self.titles = titles
        self.last = last
        self.revision = 0
        """Another one when anything has changed."""
        self.widest = 0
        """Cells of the widest line that was read."""
        self._counts = [BLOCK] * (block_of(last) + 1) if last else []
        self._exact = [False] * len(self._counts)
        self._pages: OrderedDict[int, Page] = OrderedDict()
        self._fresh: dict[int, Event] = {}
        """What came while it was followed, of the newest blocks: a page that was read meanwhile may not have it."""
        self._sums: list[int] | None = None

    # How many, and where

    @property
    def blocks(self) -> int:
        return len(self._counts)

    @property
    def counted(self) -> bool:
        """Whether the number of lines is known, rather than estimated."""
        return all(self._exact)

    @property
    def total(self) -> int:
        sums = self._totals()
        return sums[-1] if sums else 0

    def locate(self, line: int) -> tuple[int, int]:
        """Block and place in it of a line, the first being 0; of the last line if there are not so many."""
        sums = self._totals()
        if not sums or not sums[-1]:
            return 0, 0
        line = max(0, min(line, sums[-1] - 1))
        block = bisect_right(sums, line)
        return block, line - (sums[block - 1] if block else 0)

    def line_at(self, block: int, place: int) -> int:
        sums = self._totals()
        return (sums[block - 1] if block else 0) + place

    def text(self, line: int) -> str | None:
        """None when its block has not been read."""
        block, place = self.locate(line)
        page = self._pages.get(block)
        if page is None or place >= len(page.lines):
            return None
        return page.lines[place]

    def place(self, line: int) -> tuple[int, int]:
        """The event's number and the line's index in it; if its block has not been read, about where it is."""
        block, place = self.locate(line)
        page = self._pages.get(block)
        return page.places[place] if page is not None and place < len(page.places) else (block * BLOCK + 1, 0)

    def line_of(self, number: int, index: int) -> int | None:
        """The line of an event; None when its block has not been read."""
        block = block_of(number)
        page = self._pages.get(block)
        if page is None or (number, index) not in page.places:
            return None
        return self.line_at(block, page.places.index((number, index)))

    def has_read(self, block: int) -> bool:
        if block in self._pages:
            self._pages.move_to_end(block)
            return True
        return False

    def _totals(self) -> list[int]:
        if self._sums is None:
            self._sums = list(accumulate(self._counts))
        return self._sums

    # What becomes known

    def put(self, first: int, last: int, events: Iterable[Event]) -> None:
        """The blocks from `first` to `last` were read: these are their events."""
        pages = {block: Page() for block in range(first, last + 1)}
        known = {each.number: each for each in events if each.number <= self.last} | {
            number: each for number, each in self._fresh.items() if first <= block_of(number) <= last
        }
        for number in sorted(known):
            pages[block_of(number)].add(known[number], self.titles)
        for block, page in pages.items():
            if block < len(self._counts):
                self._pages[block] = page
                self._pages.move_to_end(block)
                self._counts[block], self._exact[block] = len(page.lines), True
                self._widen(page.lines)
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        self._changed()

    def estimate(self) -> None:
        """Blocks that were not read are taken to be like those that were."""
        read = [len(page.lines) for page in self._pages.values()]
        mean = max(1, sum(read) // len(read)) if read else BLOCK
        for block, exact in enumerate(self._exact):
            if not exact:
                self._counts[block] = mean
        self._changed()

    def count(self, counts: Sequence[tuple[int, int]], last: int) -> None:
        """Lines per block, of all blocks that end before the event `last`; what is not named has none."""
        by_block = dict(counts)
        whole = self.blocks if last >= self.last else block_of(last)
        for block in range(min(whole, self.blocks)):
            if not self._exact[block]:
                self._counts[block], self._exact[block] = by_block.get(block, 0), True
        self._changed()

    def grow(self, events: Iterable[Event]) -> int:
        """Newer events have come; how many lines they add. Repeats are left out."""
        added = 0
        for event in events:
            if event.number <= self.last:
                continue
            self.last = event.number
            block = block_of(event.number)
            while len(self._counts) <= block:
                self._counts.append(0)
                self._exact.append(True)
                self._pages[len(self._counts) - 1] = Page()
            self._fresh[event.number] = event
            new = len(log_lines(event, self.titles))
            page = self._pages.get(block)
            if page is not None:
                page.add(event, self.titles)
                self._widen(page.lines[len(page.lines) - new :])
            self._counts[block] += new
            added += new
        oldest = self.last - 2 * BLOCK
        self._fresh = {number: each for number, each in self._fresh.items() if number > oldest}
        self._changed()
        return added

    def _widen(self, lines: Iterable[str]) -> None:
        self.widest = max([self.widest, *(len(each) if each.isascii() else cell_len(each) for each in lines)])

    def _changed(self) -> None:
        self._sums = None
        self.revision += 1
