"""How the findings look, as pictures: two sizes, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from shipui.model.disposition import Disposition
from shipui.model.findings import Severity
from shipui.model.promotion import Status
from shipui.model.review import Since
from shipui.tui import themes
from shipui.tui.app import ShipuiApp
from shipui.tui.appearance import Appearance
from tests.tui.driving import Screens
from tests.tui.fake_desk import NOW, FakeDesk, promotion
from tests.tui.fake_findings import FakeFindings, finding
from tests.tui.test_looks import screens_of


def review_desk() -> FakeDesk:
    there = [
        finding(1, Severity.CRITICAL),
        finding(
            2, Severity.HIGH, "migrations/0007_drop_archive.sql", 3, "drop-table",
            "The table “archive” goes, with all that is in it.", "destructive-operations", Since.NEW,
        ),
        finding(3, Severity.HIGH, "notes/very/deep/in/the/tree/of/packages/that/hold/pages.py", 140, since=Since.NEW),
        finding(4, Severity.MEDIUM, "notes/pages.py", 16, "py-debug-mode", "The server starts with its debugger on.", since=Since.SAME),
        finding(5, Severity.MEDIUM, "package.json", 8, "dependency-new", "left-pad 1.3.0 is new.", "dependencies", Since.SAME),
        finding(6, Severity.LOW, "tools/run.sh", None, "file-place", "Scripts belong below scripts/.", "architecture", Since.SAME),
        finding(7, Severity.INFO, "package.json", 9, "licence-changed", "right-pad is now MIT.", "dependencies", Since.SAME),
    ]  # fmt: skip
    there[0] = replace(there[0], since=Since.SAME)
    said = [
        Disposition("CP-00000001", there[3].finding.fingerprint, "acknowledged", "only in the tests", "rita", NOW - timedelta(hours=3)),
        Disposition("CP-00000001", there[4].finding.fingerprint, "false_positive", "it is ours", "rita", NOW - timedelta(days=2)),
        Disposition(
            "CP-00000001", there[5].finding.fingerprint, "acknowledged", "moves next week", "rita", NOW - timedelta(days=9),
            NOW - timedelta(days=1),
        ),
    ]  # fmt: skip
    findings = FakeFindings(there, compared=True, said={each.finding: each for each in said})
    return FakeDesk([promotion(1, Status.APPROVED, gate_verdict="block"), promotion(2)], findings=findings)


async def listed(screens: Screens) -> None:
    await screens.shows("FB-00000001")
    await screens.press("f")
    await screens.shows("2 of 7 reviewed", "rows = database.rows(")


async def reading(screens: Screens) -> None:
    await listed(screens)
    await screens.press("enter")
    await screens.until(lambda: "◆ critical" in screens.text, "it is not read")


async def question(screens: Screens) -> None:
    await listed(screens)
    await screens.press("space", "space", "a")
    await screens.shows("Accept 2 findings?")


VIEWS: dict[str, Callable[[Screens], Awaitable[None]]] = {"list": listed, "reading": reading, "question": question}


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("view", VIEWS)
def test_findings_look(view: str, size: tuple[int, int], theme: str, snap_compare: Callable[..., bool]) -> None:
    async def drive(pilot: Pilot[None]) -> None:
        screens = screens_of(pilot)
        await VIEWS[view](screens)
        await screens.settle()

    app = ShipuiApp(review_desk(), appearance=Appearance(theme=themes.NAMED[theme]), poll_seconds=0.05)
    assert snap_compare(app, terminal_size=size, run_before=drive)
