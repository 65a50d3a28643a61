"""How a long log is known piece by piece: whatever was read, counted or came meanwhile, in whatever order, each line is in its place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shipui.model.events import Event, EventKind
from shipui.tui.log_book import BLOCK, LogBook, block_of

AT = datetime(2026, 11, 24, tzinfo=UTC)


def log(number: int, lines: int = 1) -> Event:
    return Event("RN-1", number, AT, EventKind.LOG, None, {"lines": [f"{number}.{index}" for index in range(lines)]})


def events(first: int, last: int) -> list[Event]:
    """Of every third there is no line; of the others one, two or three."""
    return [log(number, number % 3 or 3) for number in range(first, last + 1) if number % 4]


def lines(*numbered: Event) -> list[str]:
    return [words for each in numbered for words in each.data["lines"]]


def counted(last: int) -> list[tuple[int, int]]:
    found: dict[int, int] = {}
    for each in events(1, last):
        found[block_of(each.number)] = found.get(block_of(each.number), 0) + len(each.data["lines"])
    return sorted(found.items())


LAST = 5 * BLOCK + 7


def test_lines_are_estimated_until_they_are_counted_and_then_each_is_in_its_place() -> None:
    book = LogBook({}, LAST)
    book.put(4, 5, events(4 * BLOCK + 1, LAST))
    book.estimate()
    assert not book.counted
    last_words = lines(*events(LAST, LAST))[-1]
    assert book.text(book.total - 1) == last_words
    book.count(counted(LAST), LAST)
    everything = lines(*events(1, LAST))
    assert book.counted
    assert book.total == len(everything)
    assert book.text(book.total - 1) == last_words
    assert book.text(0) is None
    book.put(0, 3, events(1, 4 * BLOCK))
    assert [book.text(number) for number in range(book.total)] == everything


def test_a_line_keeps_its_block_when_estimates_before_it_are_set_right() -> None:
    book = LogBook({}, LAST)
    book.put(5, 5, events(5 * BLOCK + 1, LAST))
    book.estimate()
    place = book.locate(book.total - 2)
    words = book.text(book.total - 2)
    book.count(counted(LAST), LAST)
    assert book.text(book.line_at(*place)) == words


def test_what_comes_while_a_page_is_being_read_is_neither_lost_nor_doubled() -> None:
    book = LogBook({}, 10)
    read_before = events(1, 10)
    assert book.grow(events(9, 14)) == len(lines(*events(11, 14)))
    book.put(0, 0, read_before)
    assert [book.text(number) for number in range(book.total)] == lines(*events(1, 14))
    book.put(0, 0, events(1, 14))
    assert [book.text(number) for number in range(book.total)] == lines(*events(1, 14))


def test_a_log_that_begins_empty_grows_over_many_blocks() -> None:
    book = LogBook({})
    assert (book.total, book.text(0), book.counted) == (0, None, True)
    for number in range(1, 20 * BLOCK):
        book.grow([log(number)])
    assert book.total == 20 * BLOCK - 1
    assert book.text(book.total - 1) == f"{20 * BLOCK - 1}.0"


def test_results_are_lines_too_and_text_from_outside_is_made_visible() -> None:
    result = Event("RN-1", 1, AT, EventKind.RESULT, 5, {"plain": "It went\x1b[2J well.", "state": "passed"})
    undo = Event("RN-1", 2, AT, EventKind.UNDO_RESULT, 5, {"plain": "", "ok": True})
    book = LogBook({5: "Image build"}, 2)
    book.put(0, 0, [result, undo])
    assert book.total == 1
    assert book.text(0) == "5. Image build: It went␛[2J well."


@pytest.mark.parametrize("line", [-5, 0, 10_000])
def test_any_line_can_be_asked_for(line: int) -> None:
    book = LogBook({}, 3)
    book.put(0, 0, events(1, 3))
    assert book.text(line) in lines(*events(1, 3))


def test_a_line_is_found_by_its_event() -> None:
    book = LogBook({}, LAST)
    book.put(5, 5, events(5 * BLOCK + 1, LAST))
    number = 5 * BLOCK + 2
    line = book.line_of(number, 0)
    assert line is not None
    assert book.text(line) == f"{number}.0"
    assert book.place(line) == (number, 0)
    assert book.line_of(2, 0) is None
