"""Runs and their logs, as their screens need them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shipui.model.events import Event
from shipui.model.promotion import Promotion
from shipui.model.run import Run
from shipui.model.run_log import log_lines
from shipui.model.text import visible
from shipui.records import journal, promotions, run_log, runs
from shipui.records.connection import Records
from shipui.records.follow import follow
from shipui.tui.log_book import BLOCK


@dataclass(frozen=True, slots=True)
class Opened:
    run: Run
    promotion: Promotion | None
    last: int
    """The number of its newest event; 0 when there is none."""


@dataclass(frozen=True, slots=True)
class Found:
    number: int
    """Of the event."""
    index: int
    """Of the line among that event's."""
    around: bool
    """It was found only by going on from the other end."""


@dataclass(frozen=True, slots=True)
class Way:
    """What is looked for, from where on and in which direction."""

    text: str
    start: tuple[int, int]
    """An event's number, and the index of one of its lines; -1 is before the first."""
    titles: Mapping[int, str]
    forwards: bool

    def match(self, event: Event, *, around: bool) -> int | None:
        """The index of the nearest of the event's lines that has the text, whatever its case, and is on the way.

        Of the event at which the search began that is those behind the start; those up to it, the start too, once the search has gone around.
        """
        wanted = self.text.casefold()
        lines = log_lines(event, self.titles)
        found = [index for index, words in enumerate(lines) if wanted in visible(words).casefold()]
        if event.number == self.start[0]:
            found = [index for index in found if self._is_ahead(index) != around]
        if not found:
            return None
        return found[0] if self.forwards else found[-1]

    def _is_ahead(self, index: int) -> bool:
        return index > self.start[1] if self.forwards else index < self.start[1]


class LogsDesk(Protocol):
    """Every method may block, and raises ShipuiError."""

    def runs(self, text: str, limit: int, after: Run | None) -> Sequence[Run]:
        """The newest first."""
        ...

    def open(self, run_id: str) -> Opened: ...
    def counts(self, run_id: str, last: int) -> Sequence[tuple[int, int]]:
        """(block, lines) of the blocks that have any, up to the event `last`."""
        ...

    def read(self, run_id: str, first: int, last: int) -> Sequence[Event]:
        """The events of those numbers that have lines."""
        ...

    def find(
        self, run_id: str, text: str, start: tuple[int, int], last: int, stop: threading.Event,
        titles: Mapping[int, str], *, forwards: bool,
    ) -> Found | None:  # fmt: skip
        """The nearest line behind (or before) `start`, an event's number and a line's index; once around. None also when `stop` is set."""
        ...

    def follow(self, run_id: str, after: int, stop: threading.Event) -> Iterator[list[Event]]: ...


class RecordsLogs:
    def __init__(self, records: Records) -> None:
        self._records = records

    def runs(self, text: str, limit: int, after: Run | None) -> Sequence[Run]:
        with self._records.transaction() as connection:
            return runs.listed(connection, text, limit, after)

    def open(self, run_id: str) -> Opened:
        with self._records.transaction() as connection:
            # Its row first: if it had ended by then, nothing comes after its last event.
            run = runs.get(connection, run_id)
            last = journal.last_number(connection, run_id)
            promotion = promotions.get(connection, run.promotion) if run.promotion else None
        return Opened(run, promotion, last)

    def counts(self, run_id: str, last: int) -> Sequence[tuple[int, int]]:
        with self._records.transaction() as connection:
            return run_log.counts(connection, run_id, BLOCK, last)

    def read(self, run_id: str, first: int, last: int) -> Sequence[Event]:
        with self._records.transaction() as connection:
            return run_log.read(connection, run_id, first, last)

    def find(
        self, run_id: str, text: str, start: tuple[int, int], last: int, stop: threading.Event,
        titles: Mapping[int, str], *, forwards: bool,
    ) -> Found | None:  # fmt: skip
        number = start[0]
        ahead, around = ((number, last), (1, number)) if forwards else ((1, number), (number, last))
        way = Way(text, start, titles, forwards)
        return self._nearest(run_id, way, *ahead, stop, around=False) or self._nearest(
            run_id, way, *around, stop, around=True
        )

    def _nearest(
        self, run_id: str, way: Way, low: int, high: int, stop: threading.Event, *, around: bool
    ) -> Found | None:
        while low <= high and not stop.is_set():
            with self._records.transaction() as connection:
                event = run_log.candidate(connection, run_id, way.text, low, high, stop, forwards=way.forwards)
            if event is None:
                return None
            index = way.match(event, around=around)
            if index is not None:
                return Found(event.number, index, around)
            low, high = (event.number + 1, high) if way.forwards else (low, event.number - 1)
        return None

    def follow(self, run_id: str, after: int, stop: threading.Event) -> Iterator[list[Event]]:
        return follow(self._records, run_id, after, stop)
