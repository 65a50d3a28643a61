"""A command that begins while a run is interrupted: who is asked, who is only told, and what two people at once make of it."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from shipui.model.promotion import Status
from shipui.records import runs
from tests.faults.rows import ON_PROCESSES, Told
from tests.faults.scene import CORRUPTING, GOOD, Scene, Standing
from tests.integration.deployments.production_world import TARGET
from tests.integration.deployments.test_in_a_terminal import Terminal
from tests.parts import needs

pytestmark = ON_PROCESSES
SAID = "was interrupted at step 8, Start new version."
Interrupt = Callable[[], tuple[Standing, str]]


@pytest.fixture
def interrupt(scene: Scene) -> Interrupt:
    """Leaves a deployment killed in step 8: what stood before, and the promotion."""

    def leave() -> tuple[Standing, str]:
        before = scene.standing()
        promotion = scene.approved(**CORRUPTING)
        assert scene("deploy", promotion, death="after intent 8").killed
        return before, promotion

    return leave


@pytest.fixture
def terminal(scene: Scene) -> Iterator[Callable[..., Terminal]]:
    needs("tmux", shutil.which("tmux") is not None)
    opened: list[Terminal] = []

    def type_(*arguments: str) -> Terminal:
        """One command, and afterwards a line that stays."""
        command = [sys.executable, "-m", "shipui", "--config", str(scene.world.config), *arguments]
        opened.append(Terminal(["sh", "-c", 'trap : INT; "$@"; echo "exit code $?"; sleep 60', "sh", *command]))
        return opened[-1]

    yield type_
    for each in opened:
        each.hang_up()


def under_way(scene: Scene) -> str | None:
    with scene.world.installation.records.transaction() as connection:
        run = runs.open_on(connection, TARGET)
    return run.promotion if run else None


def close(scene: Scene, before: Standing, *terminals: Terminal) -> None:
    """Until nothing of them runs: the look from outside counts processes."""
    for each in terminals:
        each.hang_up()
    until = time.monotonic() + 20
    while len(scene.production.things(scene.world)["running"]) > len(before.things["running"]):
        assert time.monotonic() < until, "a terminal's processes stay"
        time.sleep(0.1)


def test_without_a_terminal_it_is_said_and_nothing_is_done(scene: Scene, interrupt: Interrupt) -> None:
    before, promotion = interrupt()
    for arguments in (("queue",), ("show", promotion), ("withdraw", scene.approved(**GOOD), "--reason", "no")):
        answer = scene(*arguments)
        assert answer.code == 0, answer.output
        assert SAID in answer.output
        assert "`shipui recover` finishes it." in answer.output
    assert under_way(scene) == promotion
    recovered = scene("recover")
    assert recovered.code == 1
    for words in (
        SAID,
        "of this run",
        "The database is unchanged",
        "It is taken back: step 8, Start new version, step 7",
    ):
        assert words in recovered.output, recovered.output
    scene.require_deployed_or_not(before, before.content, promotion)


def test_on_a_terminal_an_operator_is_asked_before_the_command_goes_on(
    scene: Scene, interrupt: Interrupt, terminal: Callable[..., Terminal]
) -> None:
    before, promotion = interrupt()
    looking = terminal("queue")
    looking.shows("exit code 0")
    other = scene.approved(**GOOD)
    acting = terminal("withdraw", other, "--reason", "no")
    acting.shows("It is taken back", "Recover it now? [y/N]:")
    assert under_way(scene) == promotion, "it did not wait for the answer"
    acting.press("y", "Enter")
    acting.shows(f"{promotion}: ", f"{other} is withdrawn.", "exit code 0")
    assert scene.promotion(other).status is Status.WITHDRAWN
    close(scene, before, looking, acting)
    scene.require_deployed_or_not(before, before.content, promotion)


def test_ctrl_c_asks_once_and_then_rolls_back(scene: Scene, terminal: Callable[..., Terminal]) -> None:
    before = scene.standing()
    promotion = scene.approved(build="slow", seconds=20)
    deploying = terminal("deploy", promotion)
    deploying.shows("4 Source extraction")
    deploying.press("C-c")
    deploying.shows("Press ctrl+c once more.")
    assert under_way(scene) == promotion
    deploying.press("C-c")
    deploying.shows("rolls back now", "exit code 1")
    close(scene, before, deploying)
    scene.require_deployed_or_not(before, before.content, promotion)


def test_by_itself_where_the_settings_say_so(scene: Scene, interrupt: Interrupt) -> None:
    before, promotion = interrupt()
    other = scene.approved(**GOOD)
    scene.configure("[recover]\nautomatic = true\n")
    try:
        assert SAID in scene("show", promotion).output
        assert under_way(scene) == promotion, "a command that only looks has done something"
        answer = scene("withdraw", other, "--reason", "no")
    finally:
        scene.configure()
    assert answer.code == 0, answer.output
    assert "The old version runs again." in answer.output
    scene.require_deployed_or_not(before, before.content, promotion)


def test_two_people_at_once(scene: Scene, interrupt: Interrupt, told: Told) -> None:
    before, promotion = interrupt()
    scene.start(*[("recover",)] * 4)
    ended = scene.shipui.end()
    assert sorted(each.code for each in ended) == [0, 0, 0, 1], [each.output for each in ended]
    told("a recovery", "four people at once", scene.require_deployed_or_not(before, before.content, promotion))
