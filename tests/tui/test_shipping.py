"""From a build that is ready over a form that checks what is typed to a promotion: six steps, watched, stopped, tried again. And on real records."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from textual.widgets import Input

from shipui.model.contribution import Assessment, Criterion, Grade
from shipui.model.errors import TargetBusy
from shipui.model.events import EventKind, Outcome, RunKind
from shipui.model.promotion import Status
from shipui.model.roles import Person, Role
from shipui.model.run import Run
from shipui.records import builds, products, promotions
from shipui.records.connection import Records
from shipui.tui.desks.shipping import Assessed
from tests import records as world
from tests.records import REVISION, RecordsDatabase
from tests.tui.driving import Screens, opened
from tests.tui.fake_desk import FakeDesk, FakeRunning, promotion, run_of
from tests.tui.fake_desks import FakeLogs, FakeShipping, ready_build

SIZES = [(80, 24), (120, 40), (200, 50)]
BUILD = "FB-3DD07E19"


def run(coroutine) -> None:
    asyncio.run(coroutine)


def ship_run(number: int = 1, **other) -> Run:
    return replace(run_of(promotion(number)), kind=RunKind.SHIP, promotion=None, id=f"RN-{number:08X}", **other)


def desk(**other) -> FakeDesk:
    rows = [ready_build(1), ready_build(2, Status.ROLLED_BACK)]
    shipping = FakeShipping(rows, running=FakeRunning(ship_run()))
    return FakeDesk([promotion(1), promotion(2, Status.ROLLED_BACK)], shipping=shipping, **other)


async def typed(screens: Screens, **fields: str) -> None:
    """At once: a key each would take its time."""
    for name, text in fields.items():
        field = screens.app.screen.query_one(f"#field-{name}", Input)
        field.focus()
        field.value = text
        await screens.pilot.pause()


def begun(screens: Screens) -> FakeRunning:
    running = screens.desk.shipping.running
    assert isinstance(running, FakeRunning)
    running.begin()
    running.say(EventKind.INTENT, 1, build=BUILD, sandbox="/srv/sandbox")
    running.say(EventKind.RESULT, 1, state="passed", plain="3 files changed.", seconds=0.4, left={})
    return running


@pytest.mark.parametrize("size", SIZES)
def test_builds_that_are_ready_say_why_they_are(size) -> None:
    async def scenario() -> None:
        async with opened(desk(), size) as screens:
            await screens.go_to("ship")
            await screens.shows("Builds that are ready 2", "○ not asked", "FB-00000001", "↺ rolled back")
            await screens.shows("Enter goes on from there", "/srv/sandboxes/search")
            await screens.press("down")
            await screens.shows("Enter ships it anew", "Step 5, Image build, failed.")
            await screens.press("o")
            await screens.shows("CP-00000002: no run yet")

    run(scenario())


@pytest.mark.parametrize("size", SIZES)
def test_a_form_checks_what_is_typed_and_ships_it(size) -> None:
    async def scenario() -> None:
        async with opened(desk(), size) as screens:
            await screens.go_to("ship")
            await screens.press("n")
            await screens.shows(
                "Ship a build", "[normal]", "[suggested]", "Not now", "The ID that the build studio gave it"
            )
            await typed(screens, build="FB-XYZ")
            await screens.shows("! “FB-XYZ” is not the ID of a build.")
            await screens.press("ctrl+s")
            await screens.settle()
            assert screens.desk.shipping.shipped == []
            await typed(screens, build=BUILD)
            await screens.shows("✓ a build without an open promotion", "product ✓ notes, by default")
            await screens.press("ctrl+s")
            await screens.shows("The git work tree where it was built")
            await typed(screens, sandbox="/srv/sandbox", title="Search [/foo]")
            screens.app.screen.query_one("#field-risk").focus()
            await screens.press("left", "left")
            await screens.shows("[high]", "Approvals and windows depend on it.")
            await screens.press("ctrl+s")
            await screens.shows(f"{BUILD}", "Extract and scan", "Contribution assessment", "Search [/foo]")
            [draft] = screens.desk.shipping.shipped
            assert (draft.build, draft.sandbox, draft.title, draft.risk) == (
                BUILD,
                "/srv/sandbox",
                "Search [/foo]",
                "high",
            )

    run(scenario())


def test_escape_ships_nothing_and_a_known_build_is_filled_in() -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            await screens.go_to("ship")
            await screens.press("enter")
            await screens.shows("Ship FB-00000001 again", "/srv/sandboxes/search", "Search the notes")
            await screens.press("escape")
            await screens.shows("Builds that are ready")
            assert screens.desk.shipping.shipped == []

    run(scenario())


def test_the_six_steps_go_by_and_lead_to_the_promotion() -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            await screens.go_to("ship")
            await screens.press("enter", "ctrl+s")
            await screens.shows("Shipping FB-00000001")
            running = begun(screens)
            await screens.shows("✓ passed 1 Extract and scan", "3 files changed.")
            for number in range(2, 6):
                running.say(EventKind.INTENT, number)
                running.say(
                    EventKind.RESULT, number, state="passed", plain=f"Step {number} went well.", seconds=0.1, left={}
                )
            running.say(EventKind.INTENT, 6)
            left = {"promotion": "CP-00000001", "plain": "CP-00000001 is waiting."}
            running.say(EventKind.RESULT, 6, state="passed", plain="CP-00000001 is waiting.", seconds=0.1, left=left)
            running.end(Outcome.DONE, "CP-00000001 is waiting for approval.")
            await screens.shows("✓ Done", "shows CP-00000001: somebody has to approve it now.")
            await screens.press("t")
            await screens.shows("Try again: not now. It has gone well.")
            await screens.press("o")
            await screens.shows("approvals 0 of 1")

    run(scenario())


def test_what_stopped_is_tried_again_with_what_was_asked_for() -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            await screens.go_to("ship")
            await screens.press("enter", "ctrl+s")
            await screens.shows("Shipping FB-00000001")
            running = begun(screens)
            running.say(EventKind.INTENT, 2)
            await screens.press("x")
            await screens.shows("Asked to stop.")
            assert running.cancelled_by == "ann"
            running.say(EventKind.RESULT, 2, state="failed", plain="There is no product DP-1.", seconds=0.1, left={})
            running.end(Outcome.STOPPED, "Step 2, Register product, failed.")
            await screens.shows("Step 2, Register product, failed.", "tries again")
            screens.desk.shipping.running = FakeRunning(ship_run(2))
            await screens.press("t")
            await screens.until(lambda: len(screens.desk.shipping.shipped) == 2, "it was not tried again")
            first, second = screens.desk.shipping.shipped
            assert first == second
            await screens.until(lambda: screens.app.screen.run_id == "RN-00000002", "the new run is not shown")
            again = screens.desk.shipping.running
            again.end(Outcome.STOPPED, "Step 2, Register product, failed once more.")
            await screens.shows("failed once more")
            await screens.press("e")
            await screens.shows("Ship FB-00000001 again", "/srv/sandboxes/search", "Builds that are ready")
            await screens.press("escape")

    run(scenario())


def test_a_run_of_somebody_else_is_shown_from_the_records_and_a_refusal_is_said() -> None:
    async def scenario() -> None:
        the_desk = desk(logs=FakeLogs([ship_run(5)]))
        running = FakeRunning(ship_run(5))
        running.listen(the_desk.events.append)
        running.begin()
        running.say(EventKind.INTENT, 1, build=BUILD, sandbox="/srv/sandbox")
        async with opened(the_desk) as screens:
            await screens.go_to("log")
            await screens.press("o")
            await screens.shows(f"Shipping {BUILD}", "by ann")
            await screens.press("x")
            await screens.shows("It runs in another process")
            await screens.press("escape")
            the_desk.shipping.error = TargetBusy("ann ships it already.")
            await screens.go_to("ship")
            await screens.press("enter", "ctrl+s")
            await screens.shows("Not done", "ann ships it already.")

    run(scenario())


ASSESSMENT = Assessment(
    (
        Criterion("Fit", Grade.GOOD, ("It stands by itself.",)),
        Criterion("Proprietary content", Grade.OPEN, ("A name may be a customer's.",)),
    ),
    doubts=("notes/pages.py:12: Acme [/foo]",),
)


def test_where_builds_are_shared_a_person_chooses_and_has_accepted_the_certificate() -> None:
    async def scenario() -> None:
        the_desk = desk()
        the_desk.shipping.assessed = Assessed(ASSESSMENT, None, certified=False)
        async with opened(the_desk) as screens:
            await screens.go_to("ship")
            await screens.press("enter", "ctrl+s")
            await screens.shows("Share FB-00000001 with others?", "Recommended: your call", "✓ good", "◐ your call")
            await screens.shows("Acme [/foo]")
            await screens.press("escape")
            await screens.settle()
            assert the_desk.shipping.shipped == []
            await screens.press("enter", "ctrl+s")
            await screens.shows("Share FB-00000001 with others?")
            await screens.press("right", "enter")
            await screens.shows("Nothing is shared before you have accepted this", "the contribution is mine")
            await screens.press("right", "enter")
            await screens.shows("Shipping FB-00000001")
            assert the_desk.shipping.accepted
            assert [each.contribute for each in the_desk.shipping.shipped] == [True]

    run(scenario())


def test_enter_keeps_a_build_here() -> None:
    async def scenario() -> None:
        the_desk = desk()
        the_desk.shipping.assessed = Assessed(ASSESSMENT, None, certified=True)
        async with opened(the_desk) as screens:
            await screens.go_to("ship")
            await screens.press("enter", "ctrl+s")
            await screens.shows("Share FB-00000001 with others?")
            await screens.press("enter")
            await screens.shows("Shipping FB-00000001")
            assert [each.contribute for each in the_desk.shipping.shipped] == [False]

    run(scenario())


def test_a_viewer_may_look_and_is_told_what_shipping_takes() -> None:
    async def scenario() -> None:
        async with opened(desk(person=Person("eve", 1001, Role.VIEWER))) as screens:
            await screens.go_to("ship")
            await screens.shows("(n) Ship a build", "FB-00000001")
            await screens.press("n")
            await screens.shows("That takes the role operator; you are viewer.")
        async with opened(FakeDesk()) as screens:
            await screens.go_to("ship")
            await screens.shows("No build is waiting to be shipped.", "n ships one by its ID")

    run(scenario())


@pytest.fixture
def records(records_database: RecordsDatabase) -> Iterator[Records]:
    records = Records(records_database.url, "shipui/test")
    yield records
    records.close()


def test_on_real_records_what_is_open_or_in_production_is_not_ready(records: Records) -> None:
    with records.transaction() as connection:
        waiting, rejected, rejected_and_asked_again = (world.pending(connection) for _ in range(3))
        fresh = world.new_build()
        builds.add(connection, fresh, "100% new", "/srv/fresh", REVISION, {}, "build-studio")
        for each in (rejected, rejected_and_asked_again):
            promotions.move(connection, each.id, Status.REJECTED, "Not now.", "ann", None)
    with records.transaction() as connection:
        promotions.request(connection, promotions.again(rejected_and_asked_again, "ann"))

        found = builds.ready(connection)
        assert {each.id: each.status for each in found} == {rejected.build: Status.REJECTED, fresh: None}
        ready = next(each for each in found if each.id == rejected.build)
        assert (ready.promotion, ready.reason, ready.version) == (rejected.id, "Not now.", rejected.version)
        assert ready.product_name == "Notes"
        assert [*builds.ready(connection, limit=1), *builds.ready(connection, after=found[0])] == found
        assert [each.id for each in builds.ready(connection, "0% n")] == [fresh]
        assert waiting.build not in {each.id for each in found}
        assert products.find(connection, "Notes") is not None
