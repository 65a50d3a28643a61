"""A run on the screen: live from this process, replayed from the journal, its log, its outcome, and leaving while it is on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shipui.model.events import Event, EventKind, Outcome
from shipui.model.promotion import Status
from shipui.tui.widgets.log_view import KEPT, LogView
from tests.tui.driving import Screens, opened
from tests.tui.fake_desk import NOW, FakeDesk, FakeRunning, promotion, run_of


def run(coroutine) -> None:
    asyncio.run(coroutine)


async def deploying(screens: Screens) -> FakeRunning:
    """On the run's screen, nothing has happened yet."""
    await screens.press("d")
    await screens.shows("Deploy CP-00000001 into production?")
    await screens.press("right", "enter")
    await screens.shows("Deployment of CP-00000001")
    running = screens.desk.running
    assert running is not None
    return running


def approved() -> FakeDesk:
    return FakeDesk([promotion(1, Status.APPROVED)])


def test_shows_steps_as_they_go() -> None:
    async def scenario() -> None:
        async with opened(approved()) as screens:
            running = await deploying(screens)
            running.begin()
            running.pass_steps(1, 2)
            running.say(EventKind.INTENT, 3)
            running.say(EventKind.PROGRESS, 3, done=150_000_000, total=300_000_000, unit="bytes")
            await screens.shows("✓ passed 1 Validate", "▸ running 3 Database backup", "· waiting 11 Cleanup")
            await screens.shows("50% 150 MB of 300 MB", "Step 3 of 11: Database backup", "9:19 left of 10 minutes")

    run(scenario())


def test_a_step_of_unknown_length_has_no_bar() -> None:
    async def scenario() -> None:
        async with opened(approved()) as screens:
            running = await deploying(screens)
            running.begin()
            running.say(EventKind.INTENT, 3)
            running.say(EventKind.PROGRESS, 3, done=1_500_000, total=None, unit="bytes")
            await screens.shows("1.5 MB so far")
            assert "░" not in screens.text

    run(scenario())


def test_shows_the_rollback_as_it_happens_and_what_to_do_next() -> None:
    async def scenario() -> None:
        async with opened(approved()) as screens:
            running = await deploying(screens)
            running.begin()
            running.pass_steps(1, 4)
            running.say(EventKind.INTENT, 5)
            running.say(EventKind.RESULT, 5, state="failed", plain="It has a syntax error.", seconds=2, detail="exit 1")
            await screens.shows("✗ failed 5 Image build", "It has a syntax error.")
            running.say(EventKind.UNDO_INTENT, 4)
            await screens.shows("Rolling back")
            running.say(EventKind.UNDO_RESULT, 4, ok=True, plain="The files are removed.", detail="", seconds=0.1)
            await screens.shows("↺ undone 4 Source extraction")
            running.end(
                Outcome.ROLLED_BACK, "Step 5, Image build, failed: it has a syntax error.", detail="exit 1 [/b]"
            )
            await screens.shows("↺ Rolled back", "it has a syntax error.", "t asks for the same build again")
            await screens.press("d")
            await screens.shows("Technical detail", "exit 1 [/b]")

    run(scenario())


def test_needs_attention_shows_the_commands() -> None:
    async def scenario() -> None:
        async with opened(approved()) as screens:
            running = await deploying(screens)
            running.begin()
            running.end(
                Outcome.NEEDS_ATTENTION, "The way back failed.", commands=["psql -d notes", "docker start notes"]
            )
            await screens.shows("! NEEDS ATTENTION", "Finish it by hand", "shipui recover")
            await screens.press("c")
            await screens.shows("2 commands copied")
            assert screens.app.clipboard == "psql -d notes\ndocker start notes"
            await screens.press("d")
            await screens.shows("in this order", "psql -d notes", "docker start notes")

    run(scenario())


def test_replays_a_past_run() -> None:
    async def scenario() -> None:
        subject = promotion(1, Status.DEPLOYED)
        past = run_of(subject, outcome=Outcome.DONE, plain="It is deployed.")
        kinds = [
            (EventKind.RUN_STARTED, None, {"limit_seconds": 600}),
            (EventKind.INTENT, 1, {}),
            (EventKind.RESULT, 1, {"state": "passed", "plain": "All is ready.", "seconds": 0.2}),
            (EventKind.LOG, None, {"lines": ["one", "\x1b[31mtwo"]}),
            (EventKind.RUN_FINISHED, None, {"outcome": "done", "plain": "It is deployed."}),
        ]
        at = NOW - timedelta(seconds=5)
        events = [Event(past.id, number, at, kind, step, data) for number, (kind, step, data) in enumerate(kinds, 1)]
        async with opened(FakeDesk([subject], runs={subject.id: past}, events=events)) as screens:
            await screens.press("enter")
            await screens.shows("✓ Done", "It is deployed.", "All is ready.", "␛[31mtwo")
            await screens.press("escape")
            await screens.shows("press / to filter")

    run(scenario())


def test_the_log_follows_pauses_folds_and_finds() -> None:
    async def scenario() -> None:
        async with opened(approved(), (80, 40)) as screens:
            running = await deploying(screens)
            running.begin()
            running.say(EventKind.LOG, lines=[f"line {number}" for number in range(500)] + ["long " * 40 + "END"])
            await screens.shows("501 lines", "f following")
            log = screens.app.screen.query_one(LogView)
            await screens.until(lambda: log.scroll_offset.y == log.max_scroll_y > 0, "it does not follow")
            await screens.press("f")
            await screens.shows("f paused")
            place = log.scroll_offset.y
            running.say(EventKind.LOG, lines=["newest"])
            await screens.shows("502 lines")
            assert log.scroll_offset.y == place
            assert "END" not in screens.text
            await screens.press("w", "f")
            await screens.shows("END", "newest", "w folded")
            await screens.press("slash", *"line 77", "enter")
            await screens.shows("line 77")
            await screens.press("end")
            await screens.shows("newest", "f following")

    run(scenario())


def test_a_huge_log_costs_little_and_keeps_its_newest_lines() -> None:
    async def scenario() -> None:
        async with opened(approved()) as screens:
            running = await deploying(screens)
            running.begin()
            for batch in range(30):
                running.say(EventKind.LOG, lines=[f"batch {batch} line {number}" for number in range(1000)])
            log = screens.app.screen.query_one(LogView)
            await screens.shows("batch 29 line 999")
            assert len(log.lines) == KEPT

    run(scenario())


def test_escape_goes_back_and_enter_comes_in_again_without_losing_anything() -> None:
    async def scenario() -> None:
        async with opened(approved()) as screens:
            running = await deploying(screens)
            running.begin()
            running.pass_steps(1, 2)
            await screens.shows("✓ passed 2 Window check")
            await screens.press("escape")
            await screens.shows("press / to filter")
            running.pass_steps(3, 3)
            await screens.press("enter")
            await screens.shows("✓ passed 1 Validate", "✓ passed 3 Database backup")

    run(scenario())


def test_ctrl_q_leaves_at_once_while_no_run_is_on() -> None:
    async def scenario() -> None:
        async with opened(approved()) as screens:
            await screens.press("ctrl+q")
            await screens.until(lambda: not screens.app.is_running, "it did not leave")

    run(scenario())


def test_ctrl_q_asks_while_a_run_is_on_and_waiting_is_the_safe_answer() -> None:
    async def scenario() -> None:
        async with opened(approved()) as screens:
            running = await deploying(screens)
            running.begin()
            await screens.press("ctrl+q")
            await screens.shows("CP-00000001 is under way", "Detach")
            assert screens.app.focused is not None
            assert screens.app.focused.id == "wait"
            await screens.press("enter")
            await screens.until(lambda: "CP-00000001 is under way" not in screens.text, "the question is still there")
            assert screens.app.is_running
            await screens.press("ctrl+q", "right", "enter")
            await screens.until(lambda: not screens.app.is_running, "it did not leave")
            assert screens.app.own_runs.under_way() == ["CP-00000001"]
            running.end(Outcome.DONE, "It is deployed.")
            assert screens.app.own_runs.wait() == []

    run(scenario())


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_says_what_to_do(outcome: Outcome) -> None:
    async def scenario() -> None:
        async with opened(approved()) as screens:
            running = await deploying(screens)
            running.begin()
            running.end(outcome, "So it ended.")
            await screens.shows("So it ended.")
            assert "Traceback" not in screens.text

    run(scenario())


def test_any_of_its_runs_can_be_looked_at_again() -> None:
    subject = promotion(1, Status.DEPLOYED)
    first = replace(run_of(subject, outcome=Outcome.REFUSED, plain="The window was closed."), id="RN-0000000F")
    last = run_of(subject, outcome=Outcome.DONE, plain="It is deployed.")

    async def scenario() -> None:
        async with opened(FakeDesk([subject], runs={subject.id: last}, earlier_runs=[first])) as screens:
            await screens.press("enter")
            await screens.shows("run 2 of 2")
            await screens.press("left_square_bracket")
            await screens.shows("run 1 of 2")
            await screens.press("left_square_bracket")
            await screens.shows("There is no earlier run of CP-00000001.")
            await screens.press("right_square_bracket")
            await screens.shows("run 2 of 2")

    run(scenario())


def test_what_is_taken_back_is_named_while_it_is_and_what_never_began_is_not_said_to_wait() -> None:
    async def scenario() -> None:
        async with opened(approved()) as screens:
            running = await deploying(screens)
            running.begin()
            running.pass_steps(1, 4)
            running.say(EventKind.INTENT, 5)
            running.say(EventKind.RESULT, 5, state="failed", plain="No.", seconds=2)
            running.say(EventKind.UNDO_INTENT, 4)
            await screens.shows("Rolling back: taking back step 4, Source extraction", "↺ undoing 4 Source extraction")
            running.say(EventKind.UNDO_RESULT, 4, ok=True, plain="The files are removed.", detail="", seconds=0.1)
            running.end(Outcome.ROLLED_BACK, "It did not work.")
            await screens.shows("↺ undone 4 Source extraction", "– not run 6 Rollback preparation")

    run(scenario())


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
def test_text_from_outside_is_only_text_on_a_run(size: tuple[int, int]) -> None:
    hostile = "\x1b]52;c;ZXZpbA==\x07 [/foo] [bold]b[/bold] \u202e" + "x" * 10_000

    async def scenario() -> None:
        subject = promotion(1, Status.APPROVED, hostile, product_name=hostile, target=hostile)
        async with opened(FakeDesk([subject]), size) as screens:
            running = await deploying(screens)
            running.begin()
            running.pass_steps(1, 1)
            running.say(EventKind.INTENT, 2)
            running.say(EventKind.PROGRESS, 2, done=1, total=2, unit=hostile)
            running.say(EventKind.LOG, lines=[hostile])
            running.end(Outcome.ROLLED_BACK, hostile, detail=hostile, commands=[hostile])
            await screens.shows("↺ Rolled back", "[/foo] [bold]b[/bold]")
            await screens.press("d")
            await screens.shows("Technical detail")
            assert not {"\x1b", "\x07", "\u202e"} & set(screens.text)
            await screens.press("escape", "ctrl+p")
            await screens.settle()
            assert not {"\x1b", "\x07", "\u202e"} & set(screens.text)

    run(scenario())
