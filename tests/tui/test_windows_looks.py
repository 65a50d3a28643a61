"""How the form for the deployment windows looks, as pictures, with a clock that stands still."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from shipui.tui import themes
from shipui.tui.app import ShipuiApp
from shipui.tui.appearance import Appearance
from tests.tui.driving import Screens
from tests.tui.test_windows import TWO, desk

KEYS = {"list": ("x",), "form": ("a", *"Sundays", "down")}


@pytest.mark.parametrize("theme", [themes.DARK.name, themes.LIGHT.name], ids=["dark", "light"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("view", KEYS)
def test_windows_look(
    view: str,
    size: tuple[int, int],
    theme: str,
    tmp_path: Path,
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shipui.tui.widgets.command_bar.SAID_SECONDS", 0.05)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    file = tmp_path / "windows.toml"
    file.write_text(TWO)
    here = desk(file)

    async def drive(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, ShipuiApp)
        screens = Screens(app, pilot, here)
        await screens.until(lambda: app.standing is not None, "the records were never read")
        await screens.go_to("windows")
        await screens.shows("all saved")
        await screens.press(*KEYS[view])
        await screens.shows("1 change not saved" if view == "list" else "Sundays")
        await screens.settle()

    app = ShipuiApp(here, appearance=Appearance(theme=theme), poll_seconds=0.05)
    assert snap_compare(app, terminal_size=size, run_before=drive)
