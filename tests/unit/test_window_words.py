"""The windows in the header's one line: open until when, closed until when, or a blackout and its reason."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from shipui.model.calendar import Blackout, Calendar, Window
from shipui.model.change import ChangeType, RiskLevel
from shipui.tui.window_words import windows_now

NIGHTS = Window(
    "Weeknights",
    frozenset({0, 1, 2, 3}),
    time(22),
    time(6),
    frozenset(ChangeType),
    frozenset(RiskLevel),
    ZoneInfo("UTC"),
)
ALL_IN_ONE = Calendar(
    ZoneInfo("UTC"),
    (NIGHTS,),
    (
        Blackout(
            "Quarter end", "books are being closed", datetime(2026, 12, 28, tzinfo=UTC), datetime(2027, 1, 4, tzinfo=UTC),
            frozenset({ChangeType.EMERGENCY}),
        ),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("now", "words", "is_open"),
    [
        (datetime(2026, 11, 24, 23, tzinfo=UTC), "Window open until 06:00", True),
        (datetime(2026, 11, 24, 12, tzinfo=UTC), "Window closed, opens 22:00", False),
        (datetime(2026, 11, 27, 12, tzinfo=UTC), "Window closed, opens Mon 22:00", False),
        (datetime(2026, 12, 26, 12, tzinfo=UTC), "Window closed, opens 4 Jan 22:00", False),
        (datetime(2026, 12, 28, 23, tzinfo=UTC), "Blackout until 4 Jan: books are being closed", False),
        (datetime(2027, 1, 2, 23, tzinfo=UTC), "Blackout until Mon 00:00: books are being closed", False),
    ],
)
def test_says_it_in_one_line(now: datetime, words: str, is_open: bool) -> None:
    assert windows_now(ALL_IN_ONE, now) == (words, is_open)


def test_says_when_there_are_no_windows() -> None:
    now = datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert windows_now(Calendar(ZoneInfo("UTC")), now) == ("No windows are set: open at any time", True)
