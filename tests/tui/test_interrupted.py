"""An interrupted run, when the screens open: an operator is asked, and nothing is done without them, unless the settings say so."""

from __future__ import annotations

import asyncio

from shipui.actions.interruption import Interruption
from shipui.model.promotion import Status
from shipui.model.roles import Person, Role
from tests.tui.driving import opened
from tests.tui.fake_desk import FakeDesk, promotion, run_of

WHAT = "RN-00000001 (deploy of CP-00000001, begun by ann on ops1) was interrupted at step 8, Start new version."
WILL = "It is taken back: step 8, Start new version."


def interrupted(**other: object) -> FakeDesk:
    subject = promotion(1, Status.EXECUTING)
    found = Interruption(run_of(subject), WHAT, ("The database has changed since the old version stopped.",), WILL)
    return FakeDesk([subject], interrupted=[found], **other)  # type: ignore[arg-type]


def test_an_operator_reads_what_was_found_and_what_will_be_done_and_decides() -> None:
    async def scenario() -> None:
        desk = interrupted()
        async with opened(desk) as screens:
            await screens.shows("A run was interrupted", WHAT, "The database has changed", WILL, "Not now")
            assert desk.done == []
            await screens.press("tab", "enter")
            await screens.shows("Recovered", "The old version runs again.")
            assert desk.done == [("recover", "", False)]

    asyncio.run(scenario())


def test_not_now_is_the_safe_answer_and_is_not_asked_again() -> None:
    async def scenario() -> None:
        desk = interrupted()
        async with opened(desk) as screens:
            await screens.shows("A run was interrupted")
            await screens.press("enter")
            await screens.until(lambda: "Not now" not in screens.text, "the question is still there")
            desk.counter += 1
            await screens.settle()
            assert "Not now" not in screens.text
            assert desk.done == []
            await screens.shows("INTERRUPTED")

    asyncio.run(scenario())


def test_a_viewer_is_not_asked() -> None:
    async def scenario() -> None:
        desk = interrupted(person=Person("eve", 1001, Role.VIEWER))
        async with opened(desk) as screens:
            await screens.shows("INTERRUPTED")
            assert "A run was interrupted" not in screens.words

    asyncio.run(scenario())


def test_by_itself_where_the_settings_say_so() -> None:
    async def scenario() -> None:
        desk = interrupted(recovers_by_itself=True)
        async with opened(desk) as screens:
            await screens.shows("Recovered", "The old version runs again.")
            assert desk.done == [("recover", "", False)]

    asyncio.run(scenario())


def test_what_needs_attention_is_tried_again_and_its_database_put_back_only_when_the_id_is_typed() -> None:
    async def scenario() -> None:
        desk = FakeDesk([promotion(1, Status.NEEDS_ATTENTION, reason="The way back failed.")])
        async with opened(desk) as screens:
            await screens.press("R")
            await screens.shows("Try again to finish CP-00000001?", "The way back failed.")
            await screens.press("tab", "tab", "space")  # the choice
            await screens.shows("Type CP-00000001 to confirm")
            screens.app.screen.query_one("#yes").focus()
            await screens.press("enter")
            await screens.shows("type CP-00000001")
            assert desk.done == []
            await screens.press(*"CP-00000001")
            screens.app.screen.query_one("#yes").focus()
            await screens.press("enter")
            await screens.shows("Recovered")
            assert desk.done == [("recover", "CP-00000001", True)]

    asyncio.run(scenario())
