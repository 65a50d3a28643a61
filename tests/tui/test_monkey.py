"""A monkey at the keyboard: random keys on every screen, and whatever it presses, nothing crashes and Escape still leads home.

Two seconds a screen here; a minute each in `make test-monkey`. A failure names its seed: MONKEY_SEED=… plays the same keys again.
"""

from __future__ import annotations

import asyncio
import os
import random
import time

import pytest

from shipui.model.events import Event, EventKind, Outcome
from shipui.model.findings import Severity
from shipui.model.promotion import Status
from shipui.model.roles import Person, Role
from shipui.tui.places import going
from shipui.tui.screens.queue import QueueScreen
from tests.tui import test_audit, test_backups, test_inventory, test_log, test_shipping
from tests.tui.driving import Screens, opened
from tests.tui.fake_desk import NOW, FakeDesk, FakeRunning, promotion, run_of
from tests.tui.fake_findings import FakeFindings, finding

SECONDS = float(os.environ.get("MONKEY_SECONDS", "2"))
KEYS = [
    *"abcdefghijklmnopqrstuvwxyz", *"ABCGNRWXY", *"0123456789", "slash", "question_mark", "space", "[", "]", "enter", "enter", "escape",
    "escape", "tab", "shift+tab", "up", "down", "left", "right", "pageup", "pagedown", "home", "end", "backspace", "delete", "f2", "f5",
    "ctrl+p", "ctrl+a", "ctrl+e", "ctrl+u", "ctrl+k",
]  # fmt: skip
"""All but what leaves the program."""
SIZES = [(80, 24), (120, 40), (200, 50), (40, 10)]


def _desk() -> FakeDesk:
    subjects = [promotion(number, status) for number, status in enumerate(Status, 1)] + [
        promotion(number, title="[/foo] \x1b]52;c;x\x07 \u202e" * 20) for number in range(20, 140)
    ]
    past = run_of(subjects[0], outcome=Outcome.ROLLED_BACK, plain="It [/did] not work.")
    events = [
        Event(past.id, 1, NOW, EventKind.RUN_STARTED, None, {"limit_seconds": 600}),
        Event(past.id, 2, NOW, EventKind.LOG, None, {"lines": [f"line {number}" for number in range(300)]}),
        Event(
            past.id, 3, NOW, EventKind.RUN_FINISHED, None, {"outcome": "rolled_back", "plain": "It [/did] not work."}
        ),
    ]
    found = [
        finding(number, list(Severity)[number % 5], f"[/foo]{number % 7}.py", message="[bold] \x1b[2J")
        for number in range(60)
    ]
    return FakeDesk(
        subjects,
        person=Person("ann", 1000, Role.ADMIN),
        runs={subjects[0].id: past},
        events=events,
        findings=FakeFindings(found),
        backups=test_backups.desk().backups,
        audit=test_audit.desk().audit,
        logs=test_log.desk().logs,
        inventory=test_inventory.desk().inventory,
        shipping=test_shipping.desk().shipping,
    )


async def _home(screens: Screens) -> None:
    """By Escape alone, in as many presses as screens and dialogs can lie over one another."""
    for _ in range(40):
        if isinstance(screens.app.screen, QueueScreen) and not screens.app.screen.query_one("#filter").has_focus:
            return
        await screens.press("escape")
        await screens.pilot.pause(0.02)
    raise AssertionError(f"Escape does not lead home from\n{screens.text}")


def _end(running: FakeRunning | None) -> None:
    if running is not None and not running.finished:
        running.end(Outcome.DONE, "It is deployed.")


@pytest.mark.parametrize("place", going(), ids=lambda each: each.name)
def test_nothing_that_is_pressed_crashes_or_locks_a_screen(place) -> None:
    seed = int(os.environ.get("MONKEY_SEED") or random.SystemRandom().randrange(1 << 32))
    monkey = random.Random(seed)
    pressed: list[str] = []

    async def scenario() -> None:
        desk = _desk()
        end = time.monotonic() + SECONDS
        async with opened(desk) as screens:
            while time.monotonic() < end:
                await screens.press(place.key or "1")
                for _ in range(25):
                    pressed.append(monkey.choice(KEYS))
                    await screens.press(pressed[-1])
                    if time.monotonic() > end:
                        break
                size = monkey.choice(SIZES)
                pressed.append(f"{size[0]}x{size[1]}")
                await screens.pilot.resize_terminal(*size)
                _end(desk.running)
                await _home(screens)
            assert screens.app.is_running
            assert screens.app.return_code in {None, 0}

    try:
        asyncio.run(scenario())
    except BaseException:
        print(f"MONKEY_SEED={seed} plays this again. The last keys: {' '.join(pressed[-60:])}")
        raise
