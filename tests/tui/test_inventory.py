"""What runs where since when, which versions there were, and the backlog with what became of each epic. On real records too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from shipui.model.inventory import BacklogEntry, Epic, InventoryEntry, PullRequest, Version
from shipui.model.promotion import Status
from shipui.records import epics, products
from shipui.records.connection import Records
from tests import records as world
from tests.records import RecordsDatabase
from tests.tui.driving import opened
from tests.tui.fake_desk import NOW, FakeDesk, promotion
from tests.tui.fake_desks import FakeInventory

SIZES = [(80, 24), (120, 40), (200, 50)]
RUNS = InventoryEntry(
    "DP-00000001", "Notes", "production", "1.4.0", "FB-00000001", "CP-00000001", NOW - timedelta(days=3)
)
NOTHING = InventoryEntry("DP-00000002", "Shop", "production", None, None, None, None)


def run(coroutine) -> None:
    asyncio.run(coroutine)


def version(number: int, status: Status | None, *, deployed: bool) -> Version:
    at = NOW - timedelta(days=10 - number)
    named = f"CP-{number:08X}" if status else None
    return Version(
        "DP-00000001", f"1.{number}.0", f"FB-{number:08X}", "build-studio", at, at if deployed else None, named, status
    )


def epic(number: int, *, closed: bool, status: Status | None, request: PullRequest | None = None) -> BacklogEntry:
    title = "Search the notes" if number == 1 else "Weekly digest [/foo]\x1b[2J"
    made = Epic(
        f"EP-{number:08X}", f"FB-{number:08X}", "DP-00000001", title, "As asked for by the customers.", "build-studio",
        NOW - timedelta(days=number), NOW if closed else None,
    )  # fmt: skip
    return BacklogEntry(made, "Notes", f"CP-{number:08X}" if status else None, status, request)


def desk() -> FakeDesk:
    versions = [
        version(4, Status.DEPLOYED, deployed=True),
        version(3, Status.SUPERSEDED, deployed=True),
        version(2, None, deployed=False),
    ]
    backlog = [
        epic(
            1,
            closed=False,
            status=Status.PENDING,
            request=PullRequest(17, "https://github.example/notes/pull/17", "open"),
        ),
        epic(2, closed=True, status=Status.DEPLOYED),
    ]
    return FakeDesk([promotion(1), promotion(4)], inventory=FakeInventory([RUNS, NOTHING], versions, backlog))


@pytest.mark.parametrize("size", SIZES)
def test_what_runs_where_since_when_and_by_which_promotion(size) -> None:
    async def scenario() -> None:
        async with opened(desk(), size) as screens:
            await screens.go_to("inventory")
            await screens.shows("✓ runs", "Notes", "1.4.0", "CP-00000001", "3d", "– nothing")
            await screens.shows("1.4.0 runs on production since 2026-11-21 22:30 UTC.")
            await screens.press("down")
            await screens.shows("Nothing of it runs on production.", "(o) Promotion")
            await screens.press("up", "o")
            await screens.shows("CP-00000001: no run yet")

    run(scenario())


@pytest.mark.parametrize("size", SIZES)
def test_the_versions_of_a_product_lead_to_their_promotions(size) -> None:
    async def scenario() -> None:
        async with opened(desk(), size) as screens:
            await screens.go_to("inventory")
            await screens.press("enter")
            await screens.shows("Versions of Notes 3", "✓ deployed", "» superseded", "– registered", "never")
            await screens.press("o")
            await screens.shows("CP-00000004: no run yet")
            await screens.press("escape", "escape")
            await screens.shows("– nothing")

    run(scenario())


@pytest.mark.parametrize("size", SIZES)
def test_the_backlog_says_what_became_of_each_epic(size) -> None:
    async def scenario() -> None:
        async with opened(desk(), size) as screens:
            await screens.go_to("backlog")
            await screens.shows("○ open", "✓ closed", "○ waiting", "#17 is open: https://github.example/notes/pull/17")
            await screens.press("c")
            await screens.shows("The address is copied")
            assert screens.app.clipboard == "https://github.example/notes/pull/17"
            await screens.press("down", "c")
            await screens.shows("Copy link: not now. No pull request of it is known.")
            await screens.press("enter")
            await screens.shows("As asked for by the customers.", "Weekly digest [/foo]␛[2J")

    run(scenario())


def test_empty_lists_say_how_something_gets_there() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk()) as screens:
            await screens.go_to("inventory")
            await screens.shows("There is no product yet.", "registers one")
            await screens.go_to("backlog")
            await screens.shows("The backlog is empty.", "open until it is deployed")

    run(scenario())


@pytest.fixture
def records(records_database: RecordsDatabase) -> Iterator[Records]:
    records = Records(records_database.url, "shipui/test")
    yield records
    records.close()


def test_real_records_are_paged_and_narrowed_down(records: Records) -> None:
    with records.transaction() as connection:
        asked = [world.pending(connection, product=name) for name in ("Notes", "Notes", "Shop", "notes 100%")]
        for number, each in enumerate(asked):
            epics.add(connection, build=each.build, product=each.product, title=f"Epic {number}", body="", by="ann")
        epics.close_for_build(connection, asked[3].build)

        first = products.inventory(connection, limit=2)
        rest = products.inventory(connection, limit=2, after=first[-1])
        assert sorted(each.name for each in [*first, *rest]) == ["Notes", "Shop", "notes 100%"]
        assert [each.name for each in products.inventory(connection, "0%")] == ["notes 100%"]

        known = products.versions(connection, asked[0].product)
        assert [(each.version, each.promotion, each.status) for each in known] == [
            (each.version, each.id, Status.PENDING) for each in (asked[1], asked[0])
        ]
        assert products.versions(connection, asked[0].product, after=known[0]) == known[1:]

        everything = epics.backlog(connection)
        by_ones = []
        while page := epics.backlog(connection, limit=1, after=by_ones[-1] if by_ones else None):
            by_ones += page
        assert by_ones == everything
        assert everything[-1].epic.closed_at is not None
        assert [each.epic.title for each in epics.backlog(connection, "closed")] == ["Epic 3"]
        assert [each.promotion for each in epics.backlog(connection, asked[2].build)] == [asked[2].id]
