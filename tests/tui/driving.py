"""How the screens are driven: press keys, wait until the screen says what is expected, read it as a user would."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from shipui.tui.app import ShipuiApp
from shipui.tui.appearance import Appearance
from shipui.tui.keys import Keys
from shipui.tui.places import PLACES
from tests.tui.fake_desk import FakeDesk

PATIENCE = 5.0


class Screens:
    def __init__(self, app: ShipuiApp, pilot: Pilot[None], desk: FakeDesk) -> None:
        self.app, self.pilot, self.desk = app, pilot, desk

    @property
    def text(self) -> str:
        """All that is on the terminal."""
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip)[:width] for strip in strips[:height])

    @property
    def words(self) -> str:
        """The same as one line, without the frames of dialogs."""
        return " ".join(self.text.translate(dict.fromkeys(map(ord, "│─╭╮╰╯▌"), " ")).split())

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, met: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not met():
            assert time.monotonic() < end, f"{what}\n{self.text}"
            await self.pilot.pause(0.02)

    async def shows(self, *words: str) -> None:
        """Soon; however its lines are folded."""
        for each in words:
            await self.until(lambda each=each: each in self.words, f"“{each}” is not on the screen")  # type: ignore[misc]

    async def go_to(self, place: str) -> None:
        """As the palette does."""
        self.app.go_to(next(each for each in PLACES if each.name == place))
        await self.until(lambda: self.app.screen.is_current and bool(self.app.screen.query("#place-title")), place)
        await self.settle()

    async def settle(self) -> None:
        """Everything that was asked for is there."""
        await asyncio.sleep(0.3)
        await self.pilot.pause()


@asynccontextmanager
async def opened(
    desk: FakeDesk,
    size: tuple[int, int] = (80, 24),
    *,
    keys: Keys | None = None,
    appearance: Appearance | None = None,
) -> AsyncIterator[Screens]:
    app = ShipuiApp(desk, keys=keys, appearance=appearance, poll_seconds=0.05)
    async with app.run_test(size=size) as pilot:
        screens = Screens(app, pilot, desk)
        await screens.until(lambda: app.standing is not None, "the records were never read")
        await screens.settle()
        yield screens
