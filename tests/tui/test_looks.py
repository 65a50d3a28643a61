"""How the screens look, as pictures: two sizes of each, dark and light, with a clock that stands still."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from shipui.model.change import ChangeType, RiskLevel
from shipui.model.events import EventKind, Outcome
from shipui.model.findings import Severity
from shipui.model.promotion import Status
from shipui.tui import themes
from shipui.tui.app import ShipuiApp
from shipui.tui.appearance import Appearance
from tests.tui.driving import Screens
from tests.tui.fake_desk import FakeDesk, promotion

SIZES = [(80, 24), (120, 40)]
DARK, LIGHT = "dark", "light"


def desk() -> FakeDesk:
    return FakeDesk(
        [
            promotion(
                1,
                Status.APPROVED,
                "Search the notes",
                reason="Approved by bob.",
                gate_verdict="warn",
                diff_statistics={"files": 3},
            ),
            promotion(
                2, title="Refuse endless notes", type=ChangeType.EMERGENCY, risk=RiskLevel.HIGH, gate_verdict="pass"
            ),
            promotion(
                3, gate_verdict="block", title="Group the notes by day", type=ChangeType.NORMAL, risk=RiskLevel.MEDIUM
            ),
            promotion(
                4, Status.ROLLED_BACK, "Pin important notes", reason="Step 5, Image build, failed: syntax error."
            ),
            promotion(5, Status.DEPLOYED, "Notes, the first version"),
            promotion(6, Status.SUPERSEDED, "Before the first version"),
        ],
        severities={Severity.MEDIUM: 2, Severity.LOW: 1},
    )


def screens_of(pilot: Pilot[None]) -> Screens:
    app = pilot.app
    assert isinstance(app, ShipuiApp)
    assert isinstance(app.desk, FakeDesk)
    return Screens(app, pilot, app.desk)


async def queue(screens: Screens) -> None:
    await screens.shows(
        "Search the notes", "if deployed now" if screens.app.size.width < 140 else "If it were deployed now"
    )


async def question(screens: Screens) -> None:
    await queue(screens)
    await screens.press("d")
    await screens.shows("Deploy CP-00000001 into production?")


async def deploying(screens: Screens) -> None:
    await question(screens)
    await screens.press("right", "enter")
    await screens.shows("Deployment of CP-00000001", "▸ Deployment CP-00000001")
    running = screens.desk.running
    assert running is not None
    running.begin()
    running.pass_steps(1, 4)
    running.say(EventKind.INTENT, 5)
    running.say(EventKind.LOG, lines=["Checking the sources …", "Running the tests …", *map(str, range(30))])
    running.say(EventKind.PROGRESS, 5, done=12, total=30, unit="lines")
    await screens.shows("12 of 30 lines", "29")


async def rolled_back(screens: Screens) -> None:
    await deploying(screens)
    running = screens.desk.running
    assert running is not None
    running.say(EventKind.RESULT, 5, state="failed", plain="It has a syntax error in notes/pages.py.", seconds=2.5)
    for number in (4, 3):
        running.say(EventKind.UNDO_INTENT, number)
        running.say(EventKind.UNDO_RESULT, number, ok=True, plain="What it made is removed.", seconds=0.1)
    plain = "Step 5, Image build, failed: it has a syntax error. The current application keeps running; nothing was changed."
    running.end(Outcome.ROLLED_BACK, plain)
    await screens.shows("t asks for the same build again")
    await screens.until(lambda: "beginning …" not in screens.text, "the message stays")


async def help_on_it(screens: Screens) -> None:
    await queue(screens)
    await screens.press("question_mark")
    await screens.shows("Help: the queue")


VIEWS: dict[str, Callable[[Screens], Awaitable[None]]] = {
    "queue": queue,
    "question": question,
    "help": help_on_it,
    "deploying": deploying,
    "rolled_back": rolled_back,
}


PICTURES = [
    *((view, theme, size) for view in VIEWS for theme in (DARK, LIGHT) for size in SIZES),
    ("queue", DARK, (200, 50)),
    ("deploying", DARK, (200, 50)),
]


@pytest.mark.parametrize(
    ("view", "theme", "size"), PICTURES, ids=[f"{view}-{theme}-{size[0]}x{size[1]}" for view, theme, size in PICTURES]
)
def test_looks(
    view: str, theme: str, size: tuple[int, int], snap_compare: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shipui.tui.widgets.command_bar.SAID_SECONDS", 0.05)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()

    async def drive(pilot: Pilot[None]) -> None:
        screens = screens_of(pilot)
        await VIEWS[view](screens)
        await screens.settle()

    app = ShipuiApp(desk(), appearance=Appearance(theme=themes.NAMED[theme]), poll_seconds=0.05)
    assert snap_compare(app, terminal_size=size, run_before=drive)
