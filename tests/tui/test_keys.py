"""Keys: one command each, changeable in the settings, the same on the footer, in help and under the fingers; digits lead to the places."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shipui.model.errors import BadSettings
from shipui.model.events import Outcome
from shipui.model.promotion import Status
from shipui.tui.keys import all_commands, checked, clashes_of
from shipui.tui.places import PLACES, going
from shipui.tui.screens.desk_screen import DeskScreen
from tests.tui.driving import opened
from tests.tui.fake_desk import FakeDesk, promotion, run_of

FILE = Path("/etc/shipui/config.toml")


def run(coroutine) -> None:
    asyncio.run(coroutine)


def test_no_two_commands_of_a_screen_share_a_key() -> None:
    assert clashes_of(all_commands()) == []


def test_the_commands_of_every_place_can_be_named_in_the_settings() -> None:
    known = all_commands()
    for place in PLACES:
        screen = place.make()
        assert isinstance(screen, DeskScreen)
        scope = type(screen).__module__.rpartition(".")[2]
        assert {f"{scope}.{each.name}" for each in screen.COMMANDS_HERE} <= known.keys(), place.name


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"queue.aprove": "A"}, "keys.queue.aprove: found a command that is not known; expected perhaps queue.approve"),
        ({"queue.approve": "d"}, 'keys.queue.approve: found "d", which is the key of queue.deploy already'),
        ({"queue.approve": "?"}, 'keys.queue.approve: found "?", which is the key of everywhere.help already'),
        ({"everywhere.help": "a"}, 'keys.everywhere.help: found "a", which is the key of queue.approve already'),
        ({"queue.approve": "j"}, 'keys.queue.approve: found "j", which moves in lists and dialogs'),
        ({"queue.approve": "banana"}, 'keys.queue.approve: found "banana"; expected a character'),
        ({"places.queue": "2"}, "which is the key of places.deployment already"),
    ],
)
def test_a_mistake_in_the_keys_names_the_file_and_the_key(changed: dict[str, str], said: str) -> None:
    with pytest.raises(BadSettings) as caught:
        checked(changed, FILE)
    assert str(FILE) in caught.value.plain
    assert said in caught.value.plain


def test_keys_may_change_places() -> None:
    keys = checked({"queue.approve": "d", "queue.deploy": "a"}, FILE)
    assert keys.changed == {"queue.approve": "d", "queue.deploy": "a"}


def test_a_changed_key_works_and_is_shown_and_the_old_one_does_nothing() -> None:
    async def scenario() -> None:
        keys = checked({"queue.approve": "A", "everywhere.help": "f1"}, FILE)
        async with opened(FakeDesk([promotion(1)]), keys=keys) as screens:
            await screens.shows("A Approve", "f1 Help")
            await screens.press("a")
            await screens.settle()
            assert "Approve CP-00000001?" not in screens.text
            await screens.press("A")
            await screens.shows("Approve CP-00000001?")
            await screens.press("escape", "f1")
            await screens.shows("Help: the queue", "A Approve")

    run(scenario())


def test_digits_lead_to_the_places_and_home_again_but_are_text_in_a_field() -> None:
    subject = promotion(1, Status.DEPLOYED)
    past = run_of(subject, outcome=Outcome.DONE, plain="It is deployed.")

    async def scenario() -> None:
        async with opened(FakeDesk([subject], runs={subject.id: past})) as screens:
            await screens.press("2")
            await screens.shows("Deployment of CP-00000001")
            await screens.press("1")
            await screens.shows("press / to filter")
            await screens.press("slash", "2")
            await screens.settle()
            assert "Deployment of CP-00000001" not in screens.text

    run(scenario())


def test_without_any_run_the_way_to_the_deployment_says_so() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk([promotion(1)])) as screens:
            await screens.press("2")
            await screens.shows("Nothing was deployed yet")

    run(scenario())


def test_the_palette_has_the_places_first_and_then_every_command() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk([promotion(1)]), (120, 40)) as screens:
            titles = [each.title for each in screens.app.get_system_commands(screens.app.screen)]
            assert titles[: len(going()) + 1] == [*(each.title for each in going()), "Help"]
            assert {"Approve", "Deploy", "Roll back", "Recover", "Leave"} <= set(titles)

    run(scenario())
