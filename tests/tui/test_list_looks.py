"""How the lists, a log and shipping look: dark and light on two sizes of terminal, with a clock that stands still."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from shipui.tui import themes
from shipui.tui.app import ShipuiApp
from shipui.tui.appearance import Appearance
from tests.tui import test_audit, test_backups, test_inventory, test_log, test_shipping
from tests.tui.fake_desk import FakeDesk
from tests.tui.test_looks import screens_of

VIEWS: dict[str, tuple[Callable[[], FakeDesk], str, tuple[str, ...], str]] = {
    "backups": (test_backups.desk, "backups", (), "PostgreSQL 18.1"),
    "by_hand": (test_backups.desk, "backups", ("i",), "pg_restore"),
    "audit": (test_audit.desk, "audit", (), "backup verified"),
    "runs": (test_log.desk, "log", (), "by ann on ops1"),
    "log": (test_log.desk, "log", ("enter",), "line 20,000 of the log"),
    "inventory": (test_inventory.desk, "inventory", (), "runs on production since"),
    "versions": (test_inventory.desk, "inventory", ("enter",), "superseded"),
    "backlog": (test_inventory.desk, "backlog", (), "#17 is open"),
    "ship": (test_shipping.desk, "ship", (), "Enter goes on from there"),
    "ship_form": (test_shipping.desk, "ship", ("enter",), "✓ a build without"),
}
"""The desk, the place, the keys that are pressed there, and what is on the screen when it is complete."""


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("theme", [themes.DARK.name, themes.LIGHT.name], ids=["dark", "light"])
@pytest.mark.parametrize("view", VIEWS)
def test_looks(
    view: str, size: tuple[int, int], theme: str, snap_compare: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, place, keys, complete = VIEWS[view]
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()

    async def drive(pilot: Pilot[None]) -> None:
        screens = screens_of(pilot)
        await screens.settle()
        await screens.go_to(place)
        await screens.press(*keys)
        await screens.shows(complete)
        await screens.settle()

    app = ShipuiApp(desk(), appearance=Appearance(theme=theme), poll_seconds=0.05)
    assert snap_compare(app, terminal_size=size, run_before=drive)
