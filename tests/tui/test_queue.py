"""The queue: what it shows, how it is narrowed down, that it follows what others do, and that it never reads everything."""

from __future__ import annotations

import asyncio

import pytest

from shipui.model.change import RiskLevel
from shipui.model.errors import Unreachable
from shipui.model.findings import Severity
from shipui.model.promotion import Status
from shipui.tui.desk import PAGE
from shipui.tui.widgets.promotion_table import PromotionTable
from tests.tui.driving import opened
from tests.tui.fake_desk import CLOSED, OPEN, FakeDesk, promotion

HOSTILE = [
    "[/foo] [bold]not bold[/bold]",
    "\x1b]52;c;ZXZpbA==\x07clipboard",
    "\x1b[2Jcleared \u202ereversed",
    "x" * 10_000,
    "two\nlines\r\tand a tab\x00",
    "宽字符 🎉 wide",
]


def several() -> list:
    return [
        promotion(1),
        promotion(2, Status.APPROVED, "Weekly digest by mail"),
        promotion(3, Status.DEPLOYED, "The page in German"),
        promotion(4, Status.ROLLED_BACK, "Pin important notes", reason="Step 5, Image build, failed."),
    ]


def run(coroutine) -> None:
    asyncio.run(coroutine)


def test_says_whose_production_it_is_and_who_i_am() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk(several())) as screens:
            first = screens.text.splitlines()[0]
            assert "PRODUCTION" in first
            assert "shop › Queue" in first
            assert "ann · operator" in first
            await screens.shows("Window open until 06:00", "nothing is under way")

    run(scenario())


def test_an_install_for_rehearsals_says_that_it_is_none_of_production() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk(several(), production=False)) as screens:
            assert "REHEARSAL" in screens.text
            assert "PRODUCTION" not in screens.text

    run(scenario())


def test_every_state_has_a_glyph_and_a_word() -> None:
    everything = [promotion(number, status) for number, status in enumerate(Status, 1)]

    async def scenario() -> None:
        async with opened(FakeDesk(everything)) as screens:
            await screens.shows(
                "○ waiting", "● approved", "▸ deploying", "✓ deployed", "↺ rolled back", "! ATTENTION", "✗ rejected",
                "– withdrawn", "» superseded",
            )  # fmt: skip
            await screens.shows("CP-00000008 NEEDS ATTENTION")

    run(scenario())


def test_filters_as_you_type_and_escape_shows_everything_again() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk(several())) as screens:
            await screens.shows("press / to filter")
            await screens.press("slash", *"digest")
            await screens.until(lambda: "FB-00000001" not in screens.text, "the list was not narrowed down")
            assert "FB-00000002" in screens.text
            await screens.press("escape")
            await screens.shows("FB-00000001", "FB-00000002")

    run(scenario())


def test_letters_typed_in_the_filter_are_text_and_no_commands() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk(several())) as screens:
            await screens.press("slash", "a", "r", "w", "d", "question_mark")
            await screens.shows("Nothing matches that filter", "Escape clears it")
            assert screens.app.screen.query_one("#filter").value == "arwd?"

    run(scenario())


def test_goes_from_state_to_state() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk(several())) as screens:
            await screens.press("right")
            await screens.until(lambda: "FB-00000002" not in screens.text, "other states are still listed")
            assert "FB-00000001" in screens.text
            await screens.press("right")
            await screens.until(lambda: "FB-00000001" not in screens.text, "other states are still listed")
            assert "FB-00000002" in screens.text

    run(scenario())


def test_an_empty_queue_says_how_a_build_gets_there() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk()) as screens:
            await screens.shows("The queue is empty.", "shipui ship")

    run(scenario())


def test_shows_what_others_do_without_a_key() -> None:
    async def scenario() -> None:
        desk = FakeDesk(several())
        async with opened(desk) as screens:
            await screens.shows("waiting 1")
            desk.change("CP-00000001", Status.REJECTED, "Rejected by bob.")
            await screens.shows("✗ rejected", "waiting 0", "Rejected by bob.")

    run(scenario())


def test_the_cursor_stays_on_its_promotion_when_others_come_in() -> None:
    async def scenario() -> None:
        desk = FakeDesk(several())
        async with opened(desk) as screens:
            await screens.press("down", "down")
            desk.promotions.insert(0, promotion(9))
            desk.counter += 1
            await screens.shows("FB-00000009")
            chosen = screens.app.screen.query_one(PromotionTable).chosen
            assert chosen is not None
            assert chosen.id == "CP-00000003"

    run(scenario())


def test_reads_page_by_page() -> None:
    async def scenario() -> None:
        desk = FakeDesk([promotion(number) for number in range(1, 3 * PAGE)])
        async with opened(desk) as screens:
            table = screens.app.screen.query_one(PromotionTable)
            assert table.loaded == PAGE
            await screens.press("end")
            await screens.until(lambda: table.loaded == 2 * PAGE, "the next page was not read")
            await screens.press("end")
            await screens.until(lambda: table.loaded == 3 * PAGE - 1, "the last page was not read")
            assert all(limit <= 5 * PAGE + 1 for limit, _ in desk.asked_pages)

    run(scenario())


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_is_only_text(text: str, size: tuple[int, int]) -> None:
    async def scenario() -> None:
        other = {"product_name": text, "requested_by": text, "reason": text, "gate_verdict": text}
        async with opened(FakeDesk([promotion(1, title=text, **other)]), size) as screens:
            await screens.press("a")
            await screens.shows("Approve CP-00000001?")
            await screens.press("escape", "enter")
            await screens.shows("no run yet")
            shown = screens.text
            assert not {"\x1b", "\x07", "\u202e", "\x00", "\r", "\t"} & set(shown)
            if text.startswith("[/foo]"):
                assert "[/foo] [bold]not bold[/bold]" in shown

    run(scenario())


def test_a_records_database_that_does_not_answer_is_said_and_forgotten_when_it_does() -> None:
    async def scenario() -> None:
        desk = FakeDesk(several())
        async with opened(desk) as screens:
            desk.broken = Unreachable("The records database does not answer.")
            await screens.shows("! The records database does not answer.")
            desk.broken = None
            await screens.until(lambda: "does not answer" not in screens.text, "the problem is still said")

    run(scenario())


def test_an_idle_screen_is_not_painted_again() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk(several())) as screens:
            await screens.settle()
            painted: list[object] = []
            display = screens.app._display
            screens.app._display = lambda *what: (painted.append(what), display(*what))[1]  # type: ignore[method-assign]
            await asyncio.sleep(0.5)
            assert painted == []
            await screens.press("down")
            assert painted != []

    run(scenario())


def test_sorts_and_says_by_what() -> None:
    async def scenario() -> None:
        desk = FakeDesk([promotion(1), promotion(2, risk=RiskLevel.CRITICAL)])
        async with opened(desk) as screens:
            await screens.shows("s newest first", "AGE▾")
            assert screens.text.index("FB-00000001") < screens.text.index("FB-00000002")
            await screens.press("s", "s", "s")
            await screens.shows("s highest risk first", "CHANGE▾")
            await screens.until(
                lambda: screens.text.index("FB-00000002") < screens.text.index("FB-00000001"),
                "the order is the old one",
            )

    run(scenario())


def test_what_lies_deep_stays_in_sight_when_something_changes() -> None:
    async def scenario() -> None:
        desk = FakeDesk([promotion(number) for number in range(1, 10 * PAGE)])
        async with opened(desk) as screens:
            table = screens.app.screen.query_one(PromotionTable)
            while table.loaded < 7 * PAGE:
                loaded = table.loaded
                await screens.press("end")
                await screens.until(lambda loaded=loaded: table.loaded > loaded, "no more rows were read")  # type: ignore[misc]
            await screens.press("end")
            chosen = table.chosen
            assert chosen is not None
            desk.change(chosen.id, Status.WITHDRAWN)
            await screens.shows("– withdrawn")
            assert table.chosen is not None
            assert table.chosen.id == chosen.id

    run(scenario())


def test_the_details_say_what_is_against_it_or_what_would_happen() -> None:
    async def scenario() -> None:
        waiting = promotion(1, gate_verdict="block", diff_statistics={"files": 3})
        desk = FakeDesk([waiting, promotion(2, Status.APPROVED)], severities={Severity.HIGH: 2}, decision=CLOSED)
        async with opened(desk, (200, 50)) as screens:
            await screens.shows(
                "✗ block: 2 high", "3 files", "one more person must approve it", "Step 2 would refuse it."
            )
            desk.decision = OPEN
            await screens.press("down")
            await screens.shows("it would take the place of nothing", "At most 10 minutes")

    run(scenario())
