"""The audit trail's screen: narrowed down by typing and by keys, read by pages, and checked so that nobody overlooks the result."""

from __future__ import annotations

import asyncio

import pytest

from shipui.records.audit import Sought, Term
from shipui.tui.audit_filter import parse, toggled
from shipui.tui.desk import PAGE
from shipui.tui.widgets.item_table import ItemTable
from tests.tui.driving import opened
from tests.tui.fake_desk import FakeDesk, promotion
from tests.tui.fake_desks import FakeAudit, entry

SIZES = [(80, 24), (120, 40), (200, 50)]


def run(coroutine) -> None:
    asyncio.run(coroutine)


def desk() -> FakeDesk:
    rows = [
        entry(4, "bob", "backup verified", "CP-00000002", backup="pre-promote.dump", ok=True),
        entry(3, "bob", "approved", "CP-00000001", reason="looks right"),
        entry(2, "build-studio", "shipping begun", "FB-00000001", sandbox="/srv/sandbox"),
        entry(1, "ann", "windows saved", "windows"),
    ]
    return FakeDesk([promotion(1), promotion(2)], audit=FakeAudit(rows))


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("", Sought()),
        ("digest bob", Sought(text=("digest", "bob"))),
        ("by:ann on:CP-00000001 late", Sought(Term("ann"), Term("CP-00000001"), None, ("late",))),
        ('did:"backup verified"', Sought(action=Term("backup verified", whole=True))),
        ('by: did:"', Sought(text=("by:",))),
        ('"two words"', Sought(text=("two words",))),
    ],
)
def test_what_is_typed(text: str, sought: Sought) -> None:
    assert parse(text) == sought


def test_a_field_is_put_in_place_and_taken_away_again() -> None:
    once = toggled('late by:"bob"', "by", "ann")
    assert once == 'late by:"ann"'
    assert toggled(once, "by", "ann") == "late"


@pytest.mark.parametrize("size", SIZES)
def test_shows_who_did_what_to_which(size) -> None:
    async def scenario() -> None:
        async with opened(desk(), size) as screens:
            await screens.go_to("audit")
            await screens.shows("Audit trail 4", "bob backup verified CP-00000002", "build-studio shipping begun")
            await screens.shows(
                "press / to filter: words, by:PERSON", "bob (operator)" if size == SIZES[0] else "UID 1000"
            )
            await screens.press("enter")
            await screens.shows("Entry 4", "10.0.0.7 50000", "pre-promote.dump", "b" * 30)

    run(scenario())


def test_is_narrowed_down_by_keys_and_by_typing() -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            await screens.go_to("audit")
            table = screens.app.screen.query_one(ItemTable)

            async def rows(*ids: int) -> None:
                await screens.until(lambda: [each.id for each in table.rows] == list(ids), f"not the rows {ids}")

            await screens.press("p")
            await rows(4, 3)
            await screens.press("s")
            await rows(4)
            await screens.press("s", "p")
            await rows(4, 3, 2, 1)
            await screens.press("down", "a")
            await rows(3)
            await screens.press("slash", "ctrl+u", *"by:nobody")
            await screens.shows("No entry matches that filter.")
            await screens.press("escape")
            await rows(4, 3, 2, 1)

    run(scenario())


def test_reads_page_by_page_by_the_number_of_the_last() -> None:
    async def scenario() -> None:
        the_desk = FakeDesk(audit=FakeAudit([entry(number) for number in range(3 * PAGE, 0, -1)]))
        async with opened(the_desk) as screens:
            await screens.go_to("audit")
            table = screens.app.screen.query_one(ItemTable)
            for pages in (2, 3):
                await screens.press("end")
                await screens.until(lambda pages=pages: len(table.rows) == pages * PAGE, "the next page was not read")
            assert the_desk.audit.asked[-1][2] == PAGE + 1
            await screens.press("end")
            the_desk.audit.rows.insert(0, entry(3 * PAGE + 1, "eve"))
            the_desk.counter += 1
            await screens.until(lambda: table.rows[0].person == "eve", "what is new did not come by itself")
            assert len(table.rows) == 3 * PAGE + 1
            assert table.chosen.id == 1

    run(scenario())


def test_a_whole_trail_is_said_to_be_whole() -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            await screens.go_to("audit")
            await screens.press("v")
            await screens.shows("The audit trail is whole", "the file outside the database")
            await screens.press("escape")
            await screens.shows("✓ whole, checked at 22:30 UTC")

    run(scenario())


def test_a_trail_that_was_tampered_with_is_loud_and_stays_so() -> None:
    async def scenario() -> None:
        the_desk = desk()
        the_desk.audit.problems = ["Entry 2 was changed after it was written."]
        async with opened(the_desk) as screens:
            await screens.go_to("audit")
            await screens.press("v")
            await screens.shows("The audit trail is NOT whole", "Entry 2 was changed", "shipui audit verify")
            await screens.press("escape")
            await screens.shows("! NOT WHOLE: 1 problem")

    run(scenario())


def test_leads_to_the_promotion_and_says_where_there_is_none() -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            await screens.go_to("audit")
            await screens.press("o")
            await screens.shows("CP-00000002: no run yet")
            await screens.press("escape", "end", "o")
            await screens.shows("It belongs to no promotion.")

    run(scenario())
