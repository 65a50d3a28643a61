"""The calendar's rules one by one, with the words that an operator reads."""

from __future__ import annotations

import time as clock
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from shipui.model.calendar import Blackout, Calendar, Window, decide, open_periods
from shipui.model.change import Change, ChangeType, RiskLevel

BERLIN = ZoneInfo("Europe/Berlin")
NORMAL = Change(ChangeType.NORMAL, RiskLevel.LOW)
EMERGENCY = Change(ChangeType.EMERGENCY, RiskLevel.CRITICAL)
EVERY_DAY = frozenset(range(7))


def window(
    name: str = "Weeknights",
    days: frozenset[int] = frozenset({0, 1, 2, 3}),
    start: str = "22:00",
    end: str | None = "06:00",
    zone: ZoneInfo = BERLIN,
    types: frozenset[ChangeType] = frozenset({ChangeType.STANDARD, ChangeType.NORMAL}),
    risks: frozenset[RiskLevel] = frozenset({RiskLevel.LOW, RiskLevel.MEDIUM}),
) -> Window:
    return Window(name, days, time.fromisoformat(start), time.fromisoformat(end) if end else None, types, risks, zone)


def local(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


QUARTER_END = Blackout(
    "Quarter end",
    "the books are being closed",
    local("2026-12-28T00:00"),
    local("2027-01-04T00:00"),
    frozenset({ChangeType.EMERGENCY}),
)
WEEKNIGHTS = Calendar(BERLIN, (window(),), (QUARTER_END,))


def test_open_says_until_when() -> None:
    decision = decide(WEEKNIGHTS, NORMAL, local("2026-11-24T23:00"))
    assert decision.open
    assert decision.reason == "Open: window “Weeknights” until 06:00."
    assert decision.window == "Weeknights"
    assert decision.closes == local("2026-11-25T06:00")
    assert (decision.next_open, decision.blackout) == (None, None)


def test_closed_says_when_it_opens_next() -> None:
    decision = decide(WEEKNIGHTS, NORMAL, local("2026-11-24T12:00"))
    assert not decision.open
    assert decision.reason == "Closed: the next window, “Weeknights”, opens Tue 24 Nov 22:00."
    assert decision.next_open is not None
    assert decision.next_open.isoformat() == "2026-11-24T22:00:00+01:00"
    assert (decision.window, decision.blackout, decision.closes) == (None, None, None)


def test_a_blackout_beats_a_window() -> None:
    decision = decide(WEEKNIGHTS, NORMAL, local("2026-12-28T23:00"))
    assert not decision.open
    assert decision.blackout == "Quarter end"
    assert decision.reason == (
        "Closed: blackout “Quarter end” until Mon 4 Jan 2027 00:00, because the books are being closed; "
        "the next window, “Weeknights”, opens Mon 4 Jan 2027 22:00."
    )
    assert decision.next_open == local("2027-01-04T22:00")


def test_a_blackout_that_ends_within_a_window_opens_it_at_its_end() -> None:
    blackout = Blackout("Sale", "the sale", local("2026-11-24T00:00"), local("2026-11-25T00:30"), frozenset())
    decision = decide(Calendar(BERLIN, (window(),), (blackout,)), NORMAL, local("2026-11-24T12:00"))
    assert decision.reason == "Closed: blackout “Sale” until Wed 25 Nov 00:30, because the sale."
    assert decision.next_open == local("2026-11-25T00:30")


def test_a_blackout_ends_an_open_period_early() -> None:
    blackout = Blackout("Sale", "the sale", local("2026-11-25T01:00"), local("2026-11-26T00:00"), frozenset())
    decision = decide(Calendar(BERLIN, (window(),), (blackout,)), NORMAL, local("2026-11-24T23:00"))
    assert decision.reason == "Open: window “Weeknights” until 01:00."


def test_an_excepted_type_passes_the_blackout_but_not_the_window() -> None:
    excepting = Blackout("Quarter end", "x", QUARTER_END.start, QUARTER_END.end, frozenset({ChangeType.NORMAL}))
    calendar = Calendar(BERLIN, (window(),), (excepting,))
    assert decide(calendar, NORMAL, local("2026-12-28T23:00")).open
    assert not decide(calendar, NORMAL, local("2026-12-28T12:00")).open
    assert not decide(calendar, Change(ChangeType.STANDARD, RiskLevel.LOW), local("2026-12-28T23:00")).open


@pytest.mark.parametrize("excepts", [frozenset(), frozenset({ChangeType.EMERGENCY})])
def test_an_emergency_passes_everything(excepts: frozenset[ChangeType]) -> None:
    blackout = Blackout("Freeze", "x", local("2026-01-01T00:00"), local("2027-01-01T00:00"), excepts)
    decision = decide(Calendar(BERLIN, (window(),), (blackout,)), EMERGENCY, local("2026-11-24T12:00"))
    assert decision.open
    assert decision.reason == "Open: an emergency change passes windows and blackouts, also blackout “Freeze”."
    assert (decision.window, decision.blackout, decision.next_open) == (None, None, None)


def test_no_windows_at_all_is_unrestricted_but_for_blackouts() -> None:
    calendar = Calendar(BERLIN, (), (QUARTER_END,))
    decision = decide(calendar, NORMAL, local("2026-11-24T12:00"))
    assert decision.open
    assert decision.reason == "Open: there are no deployment windows, and no blackout until Mon 28 Dec 00:00."
    closed = decide(calendar, NORMAL, local("2026-12-28T00:00"))
    assert closed.reason == (
        "Closed: blackout “Quarter end” until Mon 4 Jan 2027 00:00, because the books are being closed."
    )
    assert closed.next_open == local("2027-01-04T00:00")
    assert decide(Calendar(BERLIN), NORMAL, local("2026-11-24T12:00")).reason == (
        "Open: there are no deployment windows, so changes may go out at any time."
    )


def test_windows_of_which_none_fits_are_closed_for_good() -> None:
    decision = decide(WEEKNIGHTS, Change(ChangeType.NORMAL, RiskLevel.CRITICAL), local("2026-11-24T23:00"))
    assert not decision.open
    assert decision.reason == (
        "Closed: no window is for normal changes of critical risk, so no window opens within a year."
    )
    assert decision.next_open is None


def test_a_blackout_of_more_than_a_year_says_that_nothing_opens() -> None:
    blackout = Blackout("Sold", "we moved", local("2026-01-01T00:00"), local("2030-01-01T00:00"), frozenset())
    decision = decide(Calendar(BERLIN, (), (blackout,)), NORMAL, local("2026-11-24T12:00"))
    assert decision.next_open is None
    assert decision.reason == (
        "Closed: blackout “Sold” until Tue 1 Jan 2030 00:00, because we moved; no window opens within a year."
    )


def test_friday_night_is_saturday_morning_and_not_friday_morning() -> None:
    calendar = Calendar(BERLIN, (window(days=frozenset({4})),))
    assert decide(calendar, NORMAL, local("2026-11-28T02:00")).open
    assert not decide(calendar, NORMAL, local("2026-11-27T02:00")).open
    assert not decide(calendar, NORMAL, local("2026-11-29T02:00")).open


def test_sunday_night_goes_on_on_monday() -> None:
    calendar = Calendar(BERLIN, (window(days=frozenset({6})),))
    assert decide(calendar, NORMAL, local("2026-11-30T05:59")).open
    assert not decide(calendar, NORMAL, local("2026-11-30T06:00")).open


def test_a_window_is_half_open() -> None:
    tick = timedelta(microseconds=1)
    start, end = local("2026-11-24T22:00"), local("2026-11-25T06:00")
    assert [decide(WEEKNIGHTS, NORMAL, each).open for each in (start - tick, start, end - tick, end)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_whole_day_ends_at_midnight() -> None:
    calendar = Calendar(BERLIN, (window(days=frozenset({2}), start="00:00", end=None),))
    assert not decide(calendar, NORMAL, local("2026-11-24T23:59:59")).open
    assert decide(calendar, NORMAL, local("2026-11-25T00:00")).closes == local("2026-11-26T00:00")


def test_start_equal_to_end_is_a_whole_day() -> None:
    calendar = Calendar(BERLIN, (window(days=frozenset({2}), start="08:00", end="08:00"),))
    assert decide(calendar, NORMAL, local("2026-11-25T08:00")).closes == local("2026-11-26T08:00")


def test_windows_that_adjoin_or_overlap_are_one_period() -> None:
    calendar = Calendar(
        BERLIN,
        (
            window("Evening", EVERY_DAY, "20:00", "23:00"),
            window("London night", EVERY_DAY, "22:00", "02:00", zone=ZoneInfo("Europe/London")),
            window("Late", EVERY_DAY, "22:30", "23:30"),
        ),
    )
    decision = decide(calendar, NORMAL, local("2026-11-24T21:00"))
    assert decision.window == "Evening"
    assert decision.closes == local("2026-11-25T03:00")
    assert open_periods(calendar, NORMAL, local("2026-11-24T12:00"), local("2026-11-25T12:00")) == [
        (local("2026-11-24T20:00"), local("2026-11-24T23:00"), "Evening"),
        (local("2026-11-24T23:00"), local("2026-11-25T03:00"), "London night"),
    ]


def test_always_open_has_no_closing_time() -> None:
    decision = decide(
        Calendar(BERLIN, (window("Always", EVERY_DAY, "00:00", None),)), NORMAL, local("2026-11-24T12:00")
    )
    assert decision.closes is None
    assert decision.reason == "Open: window “Always”."


def test_a_start_that_the_clock_leaves_out_moves_to_the_jump() -> None:
    calendar = Calendar(BERLIN, (window(days=EVERY_DAY, start="02:30", end="04:00"),))
    decision = decide(calendar, NORMAL, local("2026-03-29T01:30"))
    assert decision.next_open is not None
    assert decision.next_open.isoformat() == "2026-03-29T03:00:00+02:00"
    assert decide(calendar, NORMAL, decision.next_open).closes == local("2026-03-29T04:00")


def test_an_end_that_the_clock_leaves_out_moves_to_the_jump() -> None:
    calendar = Calendar(BERLIN, (window(days=EVERY_DAY, start="01:00", end="02:30"),))
    closes = decide(calendar, NORMAL, local("2026-03-29T01:30")).closes
    assert closes is not None
    assert closes.isoformat() == "2026-03-29T03:00:00+02:00"


def test_an_hour_that_comes_twice_is_open_both_times() -> None:
    calendar = Calendar(BERLIN, (window(days=EVERY_DAY, start="02:00", end="03:00"),))
    first, second = local("2026-10-25T02:30"), local("2026-10-25T02:30", fold=1)
    assert second.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)
    for instant in (first, second):
        decision = decide(calendar, NORMAL, instant)
        assert decision.open
        assert decision.closes is not None
        assert decision.closes.isoformat() == "2026-10-25T03:00:00+01:00"


def test_a_window_that_lies_in_the_hour_left_out_waits_for_the_next_day() -> None:
    calendar = Calendar(BERLIN, (window(days=frozenset({6}), start="02:10", end="02:50"),))
    assert decide(calendar, NORMAL, local("2026-03-29T00:00")).next_open == local("2026-04-05T02:10")


def test_a_window_has_the_hours_of_its_own_zone() -> None:
    calendar = Calendar(BERLIN, (window(zone=ZoneInfo("America/New_York")),))
    decision = decide(calendar, NORMAL, local("2026-11-24T22:30"))
    assert not decision.open
    assert decision.next_open is not None
    assert decision.next_open.isoformat() == "2026-11-25T04:00:00+01:00"
    assert decision.reason == "Closed: the next window, “Weeknights”, opens Wed 25 Nov 04:00."


def test_next_open_looks_as_far_as_a_year() -> None:
    start = local("2026-01-01T00:00")
    for days, found in ((366, True), (367, False)):
        end = (start.astimezone(UTC) + timedelta(days=days)).astimezone(BERLIN)
        blackout = Blackout("Long", "it is long", start, end, frozenset())
        assert (decide(Calendar(BERLIN, (), (blackout,)), NORMAL, start).next_open is not None) == found


def test_names_from_a_file_cannot_write_to_the_terminal() -> None:
    hostile = Calendar(BERLIN, (window(name="\x1b[31mRed"),))
    assert "\x1b" not in decide(hostile, NORMAL, local("2026-11-24T23:00")).reason


def test_an_instant_without_offset_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="offset"):
        decide(WEEKNIGHTS, NORMAL, datetime(2026, 11, 24))  # noqa: DTZ001


@pytest.mark.parametrize("always", [True, False])
def test_fifty_windows_and_fifty_blackouts_take_no_time(always: bool) -> None:
    names = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
    windows = tuple(
        window(f"W{n}", frozenset({n % 7}), f"{n % 24:02}:00", f"{(n + 1) % 24:02}:30", ZoneInfo(names[n % 5]))
        for n in range(50)
    )
    if always:
        windows = (*windows[:-1], window("All", EVERY_DAY, "00:00", None))
    start = local("2026-01-01T00:00")
    blackouts = tuple(
        Blackout(f"B{n}", "x", start + timedelta(days=7 * n), start + timedelta(days=7 * n + 6, hours=23), frozenset())
        for n in range(50)
    )
    calendar = Calendar(BERLIN, windows, blackouts)
    decide(calendar, NORMAL, start)
    spent = []
    for _ in range(5):
        began = clock.perf_counter()
        decide(calendar, NORMAL, start + timedelta(hours=1))
        spent.append(clock.perf_counter() - began)
    assert min(spent) < 0.05
