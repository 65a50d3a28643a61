"""The screens in a real terminal of 80 by 24, by keys alone; and a terminal that goes away in the middle of a run."""

from __future__ import annotations

import os
import pwd
import secrets
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from shipui.model.promotion import Status
from tests.integration.deployments.production_world import ProductionWorld
from tests.parts import needs

ROLES = f'[roles]\nadmin = ["{pwd.getpwuid(os.getuid()).pw_name}"]'
SECONDS = 30.0


class Terminal:
    """tmux, with a server of its own."""

    def __init__(self, command: list[str]) -> None:
        self._name = f"shipui-test-{secrets.token_hex(4)}"
        self._tmux("-f", os.devnull, "new-session", "-d", "-x", "80", "-y", "24", shlex.join(command))

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    @property
    def text(self) -> str:
        return self._tmux("capture-pane", "-p")

    @property
    def open(self) -> bool:
        return self._tmux("has-session", check=False) == ""

    def hang_up(self) -> None:
        self._tmux("kill-server", check=False)

    def shows(self, *words: str) -> str:
        return self.until(lambda text: all(each in text for each in words), f"{words} are not shown")

    def until(self, met: Callable[[str], bool], what: str) -> str:
        end = time.monotonic() + SECONDS
        while not met(text := self.text):
            assert time.monotonic() < end, f"{what}:\n{text}"
            time.sleep(0.1)
        return text

    def _tmux(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._name, *arguments], capture_output=True, text=True, check=check, timeout=20
        )
        return done.stdout + done.stderr


@pytest.fixture
def terminal(running_world: ProductionWorld) -> Iterator[tuple[ProductionWorld, Callable[..., Terminal]]]:
    needs("tmux", shutil.which("tmux") is not None)
    running_world.configure(more=ROLES)
    opened: list[Terminal] = []

    def open_screens(*through: str) -> Terminal:
        opened.append(Terminal([*through, sys.executable, "-m", "shipui", "--config", str(running_world.config)]))
        return opened[-1]

    yield running_world, open_screens
    for each in opened:
        each.hang_up()


def test_approve_and_deploy_by_keys_alone(
    terminal: tuple[ProductionWorld, Callable[..., Terminal]],
) -> None:
    world, open_screens = terminal
    promotion = world.ship(world.sandbox())
    screens = open_screens()
    screens.shows("PRODUCTION", "press / to filter", "waiting", promotion)
    screens.press("a")
    screens.shows(f"Approve {promotion}?", "Leave it as it is")
    screens.press("Tab", "Enter")
    screens.shows(f"{promotion} is approved.")
    screens.press("d")
    screens.shows(f"Deploy {promotion} into production?", "Leave it as it is")
    screens.press("Tab", "Enter")
    text = screens.shows("is deployed and healthy.", "11 Cleanup")
    assert text.count("✓ passed") == 11
    assert world.serving() == world.show(promotion).promotion.build
    screens.press("C-q")
    end = time.monotonic() + SECONDS
    while screens.open:
        assert time.monotonic() < end, "ctrl+q does not leave"
        time.sleep(0.1)


def test_a_terminal_that_goes_away_leaves_the_run_to_its_end(
    terminal: tuple[ProductionWorld, Callable[..., Terminal]],
) -> None:
    world, open_screens = terminal
    promotion = world.approved(build="slow", seconds=3)
    screens = open_screens()
    screens.shows("approved", promotion)
    screens.press("d")
    screens.shows(f"Deploy {promotion} into production?")
    screens.press("Tab", "Enter")
    screens.shows("▸ running", "Image build")
    screens.hang_up()
    end = time.monotonic() + SECONDS
    while world.show(promotion).promotion.status is not Status.DEPLOYED:
        assert time.monotonic() < end, "the run did not go on without its terminal"
        time.sleep(0.2)
    has_left(world)


def test_without_a_controlling_terminal_no_signal_tells_that_it_is_gone(
    terminal: tuple[ProductionWorld, Callable[..., Terminal]],
) -> None:
    """As below `su -c`: the process must neither stay for ever, nor keep a processor busy."""
    world, open_screens = terminal
    screens = open_screens("setsid", "--wait")
    screens.shows("PRODUCTION", "press / to filter")
    screens.hang_up()
    has_left(world)


def has_left(world: ProductionWorld) -> None:
    """No shipui of this install is left, nor becomes one that only a SIGKILL ends."""
    end = time.monotonic() + SECONDS
    while left := [each for each in world.processes() if f"--config {world.config}" in each]:
        assert time.monotonic() < end, f"it did not leave: {left}"
        time.sleep(0.1)
