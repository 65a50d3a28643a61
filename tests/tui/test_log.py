"""Any run's log: all of it, wherever one looks; searched to its ends, followed while it grows. On a desk of its own, and on real records."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from textual.widgets import Input

from shipui.model.events import Event, EventKind, Outcome, RunKind
from shipui.model.promotion import Status
from shipui.records import journal
from shipui.records.connection import Records
from shipui.records.runs import open_run
from shipui.tui.desks.logs import RecordsLogs
from shipui.tui.screens.log import LogScreen
from shipui.tui.widgets.paged_log import PagedLog
from tests.records import RecordsDatabase
from tests.tui.driving import Screens, opened
from tests.tui.fake_desk import NOW, FakeDesk, promotion, run_of
from tests.tui.fake_desks import FakeLogs, log_event

LINES = 20_000
PROMOTION = promotion(1, Status.DEPLOYED)
RUN = run_of(PROMOTION, outcome=Outcome.DONE, plain="It is deployed.")
SIZES = [(80, 24), (120, 40), (200, 50)]


def run(coroutine) -> None:
    asyncio.run(coroutine)


def long_log(count: int = LINES, per_event: int = 5) -> list[Event]:
    """Line 777 alone speaks of a needle, and so does line 15,000, in capitals."""
    special = {777: "a needle in the hay", 15_000: "A NEEDLE again", 3_333: "wide " * 60}
    words = [special.get(number, f"line {number:,} of the log") for number in range(1, count + 1)]
    return [
        log_event(place // per_event + 1, *words[place : place + per_event]) for place in range(0, count, per_event)
    ]


def desk(events: list[Event] | None = None, *, live: bool = False) -> FakeDesk:
    the_run = replace(RUN, finished_at=None, outcome=None) if live else RUN
    logs = FakeLogs([the_run], long_log() if events is None else events, PROMOTION)
    return FakeDesk([PROMOTION], logs=logs, runs={PROMOTION.id: the_run})


async def open_log(screens: Screens) -> PagedLog:
    await screens.go_to("log")
    await screens.press("enter")
    await screens.until(lambda: isinstance(screens.app.screen, LogScreen), "the log was not opened")
    await screens.shows("Log of RN-00000001")
    return screens.app.screen.query_one(PagedLog)


@pytest.mark.parametrize("size", SIZES)
def test_the_runs_are_listed_and_lead_to_their_log_and_back(size) -> None:
    async def scenario() -> None:
        async with opened(desk(), size) as screens:
            await screens.go_to("log")
            await screens.shows("Logs of runs 1", "✓ Done", "Deployment", "CP-00000001", "by ann on ops1")
            await screens.press("enter")
            await screens.shows("Log of RN-00000001", "✓ Done", "20,000 lines", "line 20,000 of the log", "following")
            await screens.press("escape")
            await screens.shows("Logs of runs 1")
            await screens.press("o")
            await screens.shows("Deployment of CP-00000001")

    run(scenario())


def test_only_what_is_looked_at_is_read() -> None:
    async def scenario() -> None:
        the_desk = desk()
        async with opened(the_desk) as screens:
            await open_log(screens)
            await screens.press("g")
            await screens.shows("line 1 of the log", "from line 1", "paused")
            await screens.press("pagedown", "pagedown", "down")
            await screens.shows("line 50 of the log")
            await screens.press("G")
            await screens.shows("line 20,000 of the log", "following")
            read = sum(last - first + 1 for first, last in the_desk.logs.reads)
            assert read < LINES / 5 / 4

    run(scenario())


def test_is_searched_in_both_directions_and_around() -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            log = await open_log(screens)
            await screens.press("slash", *"needle")
            await screens.shows("a needle in the hay")
            await screens.press("enter", "n")
            await screens.shows("A NEEDLE again")
            await screens.press("n")
            await screens.shows("a needle in the hay", "Searched on from the beginning.")
            await screens.press("N")
            await screens.shows("A NEEDLE again", "Searched on from the end.")
            await screens.press("slash", "x")
            await screens.shows("No line of the log has that text.")
            await screens.press("escape")
            assert log.sought == ""
            await screens.press("escape")
            await screens.shows("Logs of runs")

    run(scenario())


def test_a_live_run_is_followed_and_going_up_holds_still() -> None:
    async def scenario() -> None:
        the_desk = desk(long_log(100), live=True)
        async with opened(the_desk) as screens:
            await open_log(screens)
            await screens.shows("▸ under way", "line 100 of the log")
            the_desk.logs.coming.put([log_event(21, "the newest")])
            await screens.shows("the newest", "101 lines")
            await screens.press("up", "up", "up")
            await screens.shows("paused")
            the_desk.logs.coming.put([log_event(22, *map(str, range(200)))])
            await screens.shows("301 lines")
            assert "the newest" not in screens.text
            assert "line 98 of the log" in screens.text
            await screens.press("f")
            await screens.shows("199", "following")
            the_desk.logs.run_rows = [RUN]
            the_desk.logs.coming.put(None)
            await screens.shows("✓ Done")

    run(scenario())


def test_long_lines_are_folded_to_their_end_or_cut_and_moved_along() -> None:
    words = " ".join(f"word{number}" for number in range(600))
    events = [log_event(1, "first", words, "last")]

    async def scenario() -> None:
        async with opened(desk(events)) as screens:
            await open_log(screens)
            await screens.shows("first", "word0", "last", "3 lines")
            assert "word20" not in screens.text
            await screens.press(*["right"] * 10)
            await screens.shows("word20")
            await screens.press("w")
            await screens.shows("folded", "word599", "last")
            assert "first" not in screens.text
            await screens.press("g")
            await screens.shows("first", "word0", "paused")
            rows = [row[1:].rstrip("▁▂▃▄▅▆▇█ ") for row in screens.text.splitlines()]
            begin = rows.index("first") + 1
            assert words.startswith("".join(f"{row:<77}" for row in rows[begin : begin + 8])), "characters are missing"
            await screens.press("pagedown")
            await screens.until(lambda: "first" not in screens.text, "it did not move on within the line")
            await screens.press(*["pagedown"] * 5)
            await screens.shows("last", "following")
            await screens.press(*["pageup"] * 7)
            await screens.shows("first")

    run(scenario())


def test_what_is_in_sight_is_copied_and_all_of_it_if_it_is_not_too_long() -> None:
    async def scenario() -> None:
        async with opened(desk(long_log(40))) as screens:
            await open_log(screens)
            await screens.press("Y")
            await screens.shows("40 lines copied")
            assert screens.app.clipboard.splitlines()[0] == "line 1 of the log"
            await screens.press("y")
            await screens.until(
                lambda: len(screens.app.clipboard.splitlines()) < 20, "more was copied than is in sight"
            )
            assert screens.app.clipboard.splitlines()[-1] == "line 40 of the log"
        async with opened(desk()) as screens:
            await open_log(screens)
            await screens.press("Y")
            await screens.shows("20,000 lines are too many for a clipboard.")

    run(scenario())


def test_a_log_without_a_line_says_so() -> None:
    async def scenario() -> None:
        async with opened(desk([])) as screens:
            await open_log(screens)
            await screens.shows("no line")
            await screens.press("slash", "a", "enter", "n", "G", "g", "w", "y")
            await screens.shows("Nothing copied")

    run(scenario())


def test_text_from_outside_is_only_text() -> None:
    hostile = "[/foo] \x1b]52;c;ZXZpbA==\x07 \u202e\x00"

    async def scenario() -> None:
        async with opened(desk([log_event(1, hostile)])) as screens:
            await open_log(screens)
            await screens.shows("[/foo] ␛]52;c;ZXZpbA==␇")
            assert not {"\x1b", "\x07", "\u202e", "\x00"} & set(screens.text)

    run(scenario())


# On real records


@pytest.fixture
def records(records_database: RecordsDatabase) -> Iterator[Records]:
    records = Records(records_database.url, "shipui/test")
    yield records
    records.close()


def written(records: Records, events: list[Event]) -> str:
    """A run that is under way, with those events; its ID."""
    with records.transaction() as connection:
        new = open_run(
            connection, kind=RunKind.SHIP, promotion=None, target="notes", machine="m", host="ops1", pid=1, person="ann",
            limit_seconds=600,
        )  # fmt: skip
        journal.append(connection, [replace(each, run=new.id) for each in events])
    return new.id


async def sought_from(screens: Screens, end: str, text: str) -> None:
    """From the beginning (g) or the end (G) on; the text is there at once, a key each would take its time."""
    await screens.press(end, "slash")
    screens.app.screen.query_one("#search", Input).value = text
    await screens.press("enter")


def test_real_records_are_counted_searched_and_followed(records: Records) -> None:
    events = long_log()
    last = events[-1].number
    strange = [
        Event("", last + 1, NOW, EventKind.PROGRESS, 1, {"done": 1, "total": 2, "unit": "lines"}),
        Event(
            "", last + 2, NOW, EventKind.RESULT, 1, {"state": "passed", "plain": 'Größe \x00 "100%" ok', "seconds": 1}
        ),
    ]
    run_id = written(records, [*events, *strange])
    logs = RecordsLogs(records)

    async def scenario() -> None:
        async with opened(FakeDesk(logs=logs)) as screens:
            await screens.go_to("log")
            await screens.press("enter")
            await screens.shows(f"{LINES + 1:,} lines", '1. Extract and scan: Größe ␀ "100%" ok')
            for sought, line in {
                "NEEDLE in": "a needle in the hay",
                "größe ␀": "Größe ␀",
                '"100%" ok': "Größe ␀",
                "extract and": "1. Extract and scan",
                "line 1 of": "line 1 of the log",
            }.items():
                await sought_from(screens, "G", sought)
                await screens.shows(line)
            await sought_from(screens, "g", 'lines":')
            await screens.shows("No line of the log has that text.")
            await screens.press("escape", "G")
            with records.transaction() as connection:
                journal.append(connection, [replace(log_event(last + 3, "it goes on"), run=run_id)])
            await screens.shows("it goes on", f"{LINES + 2:,} lines")

    run(scenario())
