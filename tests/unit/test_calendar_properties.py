"""The calendar against an oracle that reads the wall clock minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shipui.model.calendar import Blackout, Calendar, Window, decide, open_periods
from shipui.model.change import Change, ChangeType, RiskLevel

MINUTE = timedelta(minutes=1)
CHANGE = Change(ChangeType.NORMAL, RiskLevel.LOW)
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "UTC",
    )
]
CLOCK_CHANGES = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Berlin, forward
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # Berlin, back
    datetime(2026, 3, 8, 7, tzinfo=UTC),  # New York, forward
    datetime(2026, 11, 1, 6, tzinfo=UTC),  # New York, back
    datetime(2026, 4, 4, 15, tzinfo=UTC),  # Lord Howe, back by half an hour
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),  # Lord Howe, forward
    datetime(2018, 2, 18, 2, tzinfo=UTC),  # São Paulo, back at midnight
    datetime(2018, 11, 4, 3, tzinfo=UTC),  # São Paulo, forward at midnight
    datetime(2011, 12, 30, 10, tzinfo=UTC),  # Samoa leaves out a Friday
]


def oracle_window(window: Window, instant: datetime) -> bool:
    """Independent of the code under test: what does the clock on the wall say, and on which day did such a window start?"""
    local = instant.astimezone(window.zone)
    wall, today = local.time(), local.weekday()
    yesterday = (today - 1) % 7
    if window.end is None:
        return today in window.days and wall >= window.start
    if window.end > window.start:
        return today in window.days and window.start <= wall < window.end
    return (today in window.days and wall >= window.start) or (yesterday in window.days and wall < window.end)


def oracle(calendar: Calendar, change: Change, instant: datetime) -> bool:
    if change.type is ChangeType.EMERGENCY:
        return True
    for blackout in calendar.blackouts:
        if change.type not in blackout.excepts and blackout.start <= instant < blackout.end:
            return False
    if not calendar.windows:
        return True
    fitting = [
        each for each in calendar.windows if change.type in each.change_types and change.risk in each.risk_levels
    ]
    return any(oracle_window(each, instant) for each in fitting)


times = st.sampled_from(range(0, 24 * 60, 15)).map(lambda minute: time(minute // 60, minute % 60))
near_changes = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes),
    st.sampled_from(CLOCK_CHANGES),
    st.integers(-3000, 3000),
)
instants = st.one_of(
    near_changes,
    st.builds(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), st.integers(0, 366 * 24 * 60)
    ),
)
types = st.frozensets(st.sampled_from(ChangeType), min_size=1)
windows = st.builds(
    Window,
    name=st.sampled_from(["Weeknights", "Weekend", "Lunch"]),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    start=times,
    end=st.one_of(times, st.none()),
    change_types=st.one_of(st.just(frozenset(ChangeType)), types),
    risk_levels=st.one_of(st.just(frozenset(RiskLevel)), st.frozensets(st.sampled_from(RiskLevel), min_size=1)),
    zone=st.sampled_from(ZONES),
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    instant = draw(instants)
    blackouts = []
    for _ in range(draw(st.integers(0, 3))):
        start = instant + timedelta(minutes=draw(st.integers(-1500, 4000)))
        end = start + timedelta(minutes=draw(st.integers(1, 3000)))
        blackouts.append(Blackout("Freeze", "why", start, end, draw(st.one_of(st.just(frozenset()), types))))
    zone = draw(st.sampled_from(ZONES))
    return Calendar(zone, tuple(draw(st.lists(windows, max_size=3))), tuple(blackouts)), instant


changes = st.builds(Change, type=st.sampled_from(ChangeType), risk=st.sampled_from(RiskLevel))
often = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@often
@given(situations(), changes)
def test_open_exactly_when_the_wall_clock_says_so(situation: tuple[Calendar, datetime], change: Change) -> None:
    calendar, instant = situation
    assert decide(calendar, change, instant).open == oracle(calendar, change, instant)


@often
@given(situations())
def test_next_open_is_the_first_open_instant(situation: tuple[Calendar, datetime]) -> None:
    calendar, instant = situation
    decision = decide(calendar, CHANGE, instant)
    if decision.open:
        assert decision.next_open is None
        return
    upto = min(decision.next_open or instant + timedelta(days=366), instant + timedelta(days=12))
    moment = instant
    while moment < upto:
        assert not oracle(calendar, CHANGE, moment), f"open already at {moment}"
        moment += MINUTE
    if decision.next_open is not None:
        assert decision.next_open.tzinfo is calendar.zone
        assert oracle(calendar, CHANGE, decision.next_open)
        assert not oracle(calendar, CHANGE, decision.next_open - timedelta(microseconds=1))
        assert decide(calendar, CHANGE, decision.next_open).open
        assert not decide(calendar, CHANGE, decision.next_open - timedelta(microseconds=1)).open


@often
@given(situations())
def test_closes_is_the_first_closed_instant(situation: tuple[Calendar, datetime]) -> None:
    calendar, instant = situation
    decision = decide(calendar, CHANGE, instant)
    if not decision.open:
        assert decision.closes is None
        return
    moment = instant
    upto = min(decision.closes or instant + timedelta(days=366), instant + timedelta(days=12))
    while moment < upto:
        assert oracle(calendar, CHANGE, moment), f"closed already at {moment}"
        moment += MINUTE
    if decision.closes is not None:
        assert not oracle(calendar, CHANGE, decision.closes)
        assert oracle(calendar, CHANGE, decision.closes - timedelta(microseconds=1))


@often
@given(situations(), st.integers(1, 5000))
def test_the_periods_of_a_strip_are_the_open_minutes(situation: tuple[Calendar, datetime], minutes: int) -> None:
    calendar, start = situation
    end = start + timedelta(minutes=minutes)
    periods = open_periods(calendar, CHANGE, start, end)
    assert all(begin < finish for begin, finish, _ in periods)
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(periods))
    for offset in range(minutes):
        moment = start + timedelta(minutes=offset)
        held = any(begin <= moment < finish for begin, finish, _ in periods)
        assert held == oracle(calendar, CHANGE, moment)


@often
@given(situations(), changes)
def test_a_decision_always_says_when_it_opens_next(situation: tuple[Calendar, datetime], change: Change) -> None:
    calendar, instant = situation
    decision = decide(calendar, change, instant)
    assert decision.reason.startswith("Open: " if decision.open else "Closed: ")
    assert decision.reason.endswith(".")
    if not decision.open and decision.next_open is None:
        assert "no window opens within a year" in decision.reason
    assert decide(calendar, change, instant) == decision
