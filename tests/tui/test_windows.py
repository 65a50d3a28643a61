"""The form for the deployment windows: what it shows, that every field is checked, what is written and when, and what nobody loses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.events import Key

from shipui.config.windows_file import read_windows
from shipui.model.change import ChangeType
from shipui.model.errors import NoSpace
from shipui.model.promotion import Status
from shipui.model.roles import Person, Role
from tests.tui.driving import Screens, opened
from tests.tui.fake_desk import FakeDesk, promotion
from tests.tui.fake_windows import FakeWindows

ADMIN = Person("ann", 1000, Role.ADMIN)
TWO = """\
# Ask Olga first.
time_zone = "Europe/Berlin"

# the nights
[[window]]
name = "Weeknights"
days = ["mon", "tue", "wed", "thu"]
start = "22:00"
end = "06:00"
change_types = ["standard", "normal"]
risk_levels = ["low", "medium"]

[[blackout]]
name = "Quarter end"
reason = "the books are being closed"
from = 2026-12-01T00:00:00  # roughly
to = 2026-12-03T00:00:00
"""


def run(coroutine) -> None:
    asyncio.run(coroutine)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "windows.toml"
    path.write_text(TWO)
    return path


def desk(file: Path, person: Person = ADMIN) -> FakeDesk:
    waiting = [promotion(1), promotion(2, Status.APPROVED, type=ChangeType.NORMAL), promotion(3)]
    return FakeDesk(waiting, person=person, window_settings=FakeWindows(file, waiting))


@asynccontextmanager
async def form(desk: FakeDesk, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Screens]:
    async with opened(desk, size) as screens:
        await screens.go_to("windows")
        await screens.until(lambda: "reading" not in screens.text, "never read")
        yield screens


def test_shows_windows_blackouts_and_the_days_ahead(file: Path) -> None:
    async def scenario() -> None:
        async with form(desk(file)) as screens:
            await screens.shows("times in Europe/Berlin", "all saved")
            await screens.shows("Weeknights", "Mon-Thu 22:00-06:00", "standard normal; low-medium")
            await screens.shows("Quarter end", "1 Dec - 3 Dec 2026")
            await screens.shows("normal changes of low risk: ✓ open until Wed 25 Nov 06:00")
            await screens.shows("Of the 3 that wait, 3 could go out now.", "█ open", "× blackout")
            today = next(line for line in screens.text.splitlines() if "Tue 24" in line)
            assert today.split("Tue 24 ")[1].startswith("██████" + "·" * 16 + "█┃"), today  # 23:30 in Berlin
            await screens.press("r", "r")
            await screens.shows("normal changes of high risk: – closed, no window opens within a year")
            await screens.press("t")
            await screens.shows("emergency changes of high risk: ✓ open, nothing restricts it")

    run(scenario())


def test_an_overnight_window_by_keys_alone_is_written_with_the_rest_as_it_was(file: Path) -> None:
    async def scenario() -> None:
        here = desk(file)
        async with form(here) as screens:
            await screens.press("a")
            await screens.shows("New window", "8 h, into the next day")
            await screens.press(*"Sundays", "down", "a", "a", "left", "space", "down")
            await screens.press(*"2100", "enter", *"5")
            await screens.shows("8 h, into the next day")
            await screens.press("ctrl+s")
            await screens.shows("● 1 change not saved", "+ window Sundays Sun 21:00-05:00")
            assert read_windows(file).document.window[-1].name == "Weeknights"
            await screens.press("s")
            await screens.shows("Save 1 change to windows.toml?", "+ window “Sundays”: Sun 21:00-05:00 (next day)")
            await screens.press("enter")  # the safe answer has the focus
            assert file.read_text() == TWO
            await screens.press("s")
            await screens.shows("Save 1 change")
            await screens.press("right", "enter")
            await screens.shows("windows.toml is saved", "all saved")
            assert file.read_text().startswith(TWO[: TWO.index("[[blackout]]")])
            assert read_windows(file).document.window[-1].days == ["sun"]

    run(scenario())


def test_each_field_of_a_window_is_checked_as_it_is_typed(file: Path) -> None:
    async def scenario() -> None:
        async with form(desk(file)) as screens:
            await screens.press("a", *"Weeknights")
            await screens.shows("! another one has this name")
            await screens.press("down", "a", "a")
            await screens.shows("! choose a day")
            await screens.press("down", *"25:00")
            await screens.shows("! a time from 00:00 to 23:59")
            await screens.press("down", "down", *"berli")
            await screens.shows("! perhaps Europe/Berlin")
            await screens.press("right")
            await screens.shows("Europe/Berlin")
            await screens.press("down", "a", "a")
            await screens.shows("! choose a type")
            await screens.press("ctrl+s")
            await screens.shows("New window")  # it does not close
            assert screens.app.screen.focused.id == "name"
            await screens.press("escape")
            await screens.shows("Escape once more leaves what you typed.")
            await screens.press("escape")
            await screens.shows("all saved")

    run(scenario())


def test_the_days_are_drawn_anew_while_a_blackout_is_typed(file: Path) -> None:
    async def scenario() -> None:
        async with form(desk(file)) as screens:
            await screens.press("b")
            await screens.shows("New blackout", "Wednesday, in Europe/Berlin", "1 day; begins in 30 minutes")
            await screens.press(*"Move", "down", *"we move house", "down", *"2026-11-24")
            await screens.shows("normal changes of low risk: – closed, opens Thu 26 Nov 00:00, blackout")
            await screens.shows("2 days; it holds now", "Of the 3 that wait: 3 would have to wait.")
            await screens.press("down", *"2026-11-23")
            await screens.shows("! has to come after from", "The days show the last state without a mistake")

    run(scenario())


def test_who_types_ahead_means_the_field_that_follows(file: Path) -> None:
    async def scenario() -> None:
        async with form(desk(file)) as screens:
            await screens.press("a")
            await screens.shows("New window")
            for key in (
                *"Late",
                "down",
                "down",
                *"2330",
                "enter",
                *"0100",
                "up",
            ):  # as a slow line brings them: at once
                screens.app.post_message(Key(key, key if len(key) == 1 else None))
            await screens.shows("Late", "23:30 to 01:00", "1 h 30 min, into the next day")

    run(scenario())


def test_edit_copy_remove_and_undo_stay_in_the_draft(file: Path) -> None:
    async def scenario() -> None:
        async with form(desk(file)) as screens:
            await screens.press("c")
            await screens.shows("Weeknights, copy")
            await screens.press("ctrl+s")
            await screens.shows("+ window Weeknights,", "1 change not saved")
            await screens.press("home", "x")
            await screens.shows("“Weeknights” is out of the draft; u brings it back", "2 changes not saved")
            await screens.press("u")
            await screens.shows("1 change not saved")
            await screens.press("home", "enter", "down", "space", "ctrl+s")
            await screens.shows("~ window Weeknights Tue-Thu 22:00-06:00", "2 changes not saved")
            await screens.press("d")
            await screens.shows("Throw 2 changes away?")
            await screens.press("right", "enter")
            await screens.shows("all saved")
            assert file.read_text() == TWO

    run(scenario())


def test_a_time_zone_is_completed_and_counts_for_all(file: Path) -> None:
    async def scenario() -> None:
        async with form(desk(file)) as screens:
            await screens.press("z", *["backspace"] * 20, *"america/new_y")
            await screens.press("right")
            await screens.shows("America/New_York")
            await screens.press("ctrl+s")
            await screens.shows("times in America/New_York", "– closed, opens Tue 24 Nov 22:00")
            await screens.shows("3 would have to wait")

    run(scenario())


def test_what_others_wrote_meanwhile_is_brought_together_and_never_lost(file: Path) -> None:
    async def scenario() -> None:
        async with form(desk(file)) as screens:
            await screens.press("enter", "down", "space", "ctrl+s")
            await screens.shows("1 change not saved")
            file.write_text(TWO.replace('name = "Weeknights"', 'name = "Weeknights"  # mine').replace("12-03", "12-05"))
            await screens.press("s")
            await screens.shows("Somebody changed windows.toml", "They ~ blackout “Quarter end”", "You ~ window")
            await screens.press("right", "enter")
            await screens.shows("Both are in the draft now. 1 change to save with s.", "5 Dec 2026")
            await screens.press("s")
            await screens.shows("Save 1 change", "1 comment within what you changed")
            await screens.press("right", "enter")
            await screens.shows("is saved")
            found = read_windows(file)
            assert found.document.window[0].days == ["tue", "wed", "thu"]
            assert "2026-12-05" in found.text
            assert "# Ask Olga first." in found.text
            assert "# roughly" in found.text

    run(scenario())


def test_a_conflict_is_named_and_decided_by_the_person(file: Path) -> None:
    async def scenario() -> None:
        async with form(desk(file)) as screens:
            await screens.press("enter", "down", "space", "ctrl+s", "s")
            await screens.shows("Save 1 change to windows.toml?")
            file.write_text(TWO.replace('end = "06:00"', 'end = "05:00"'))  # while the question is open
            await screens.press("right", "enter")
            await screens.shows("Somebody changed windows.toml")
            await screens.press("tab", "tab", "end")
            await screens.shows("window “Weeknights” theirs: Mon-Thu 22:00-05:00", "mine: Tue-Thu 22:00-06:00")
            await screens.press("escape")
            await screens.shows("1 change not saved")
            assert "05:00" in file.read_text()

    run(scenario())


def test_nothing_unsaved_goes_away_without_a_question(file: Path) -> None:
    async def scenario() -> None:
        async with form(desk(file)) as screens:
            await screens.press("x", "escape")
            await screens.shows("Leave without saving?", "loses 1 change to the deployment windows")
            await screens.press("enter")
            await screens.shows("1 change not saved")
            await screens.press("ctrl+q")
            await screens.shows("Leave without saving?")
            await screens.press("ctrl+q", "escape")
            await screens.shows("1 change not saved")
            await screens.press("escape")
            await screens.shows("Leave without saving?")
            await screens.press("right", "enter")
            await screens.shows("press / to filter")
            assert file.read_text() == TWO

    run(scenario())


def test_who_may_not_edit_reads_and_is_told_why(file: Path) -> None:
    async def scenario() -> None:
        async with form(desk(file, Person("olga", 1001, Role.OPERATOR))) as screens:
            await screens.shows("read only: that takes the role admin", "(a) Add window")
            await screens.press("a")
            await screens.shows("Add window: not now. That takes the role admin; you are operator.")
            await screens.press("enter")
            await screens.shows("Mon-Thu 22:00-06:00 (next day); standard and normal changes, low and medium risk")

    run(scenario())


def test_without_a_file_it_says_so_and_what_to_press(tmp_path: Path) -> None:
    async def scenario() -> None:
        path = tmp_path / "windows.toml"
        async with form(desk(path)) as screens:
            await screens.shows("There are no windows: changes may go out at any time.", "a adds a window")
            await screens.shows("open, nothing restricts it")
            await screens.press("b", *"Move", "down", *"we move house", "ctrl+s", "s")
            await screens.shows("Save 1 change")
            await screens.press("right", "enter")
            await screens.shows("is saved")
            assert read_windows(path).document.blackout[0].reason == "we move house"

    run(scenario())


def test_a_file_with_a_mistake_is_shown_and_left_alone_until_it_is_mended(file: Path) -> None:
    async def scenario() -> None:
        file.write_text(TWO.replace("22:00", "25:00"))
        here = desk(file)
        async with form(here) as screens:
            await screens.shows("! windows.toml has a mistake", 'window[1].start: found "25:00"')
            await screens.press("a")
            await screens.shows("Add window: not now. windows.toml has a mistake; correct it by hand first.")
            file.write_text(TWO)
            here.counter += 1
            await screens.shows("Weeknights", "all saved")

    run(scenario())


def test_a_disk_that_is_full_loses_neither_file_nor_draft(file: Path) -> None:
    async def scenario() -> None:
        here = desk(file)
        here.window_settings.error = NoSpace("There is no room left on the disk.", fix="Make room there.")
        async with form(here) as screens:
            await screens.press("x", "s")
            await screens.shows("Save 1 change")
            await screens.press("right", "enter")
            await screens.shows("Not done", "There is no room left on the disk.", "Make room there.")
            await screens.press("escape")
            await screens.shows("1 change not saved")
            assert file.read_text() == TWO

    run(scenario())


def test_with_a_mouse(file: Path) -> None:
    async def scenario() -> None:
        async with form(desk(file), (120, 40)) as screens:
            await screens.pilot.click("EntryTable", offset=(10, 1), times=2)
            await screens.shows("Window “Weeknights”")
            await screens.pilot.click("#days", offset=(1, 0))
            await screens.pilot.click("#done")
            await screens.shows("Tue-Thu 22:00-06:00", "1 change not saved")

    run(scenario())


@pytest.mark.parametrize("text", ["[/foo] [bold]x", "\x1b]52;c;ZXZpbA==\x07", "\u202ereversed", "x" * 200])
def test_names_and_reasons_are_only_text(file: Path, text: str) -> None:
    written = "".join(f"\\u{ord(each):04x}" for each in text)
    file.write_text(TWO.replace("Weeknights", written).replace("the books are being closed", written))

    async def scenario() -> None:
        async with form(desk(file), (120, 40)) as screens:
            await screens.press("end", "enter")
            await screens.shows("Blackout “Quarter end”")
            await screens.press("escape", "home", "x", "s")
            await screens.shows("Save 1 change")
            assert not {"\x1b", "\x07", "\u202e"} & set(screens.text)

    run(scenario())
