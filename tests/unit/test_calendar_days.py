"""The days ahead against the calendar's own decisions, and on days when the clock changes; what another calendar means for who waits."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given

from shipui.model.calendar import Calendar, Window, decide
from shipui.model.calendar_days import CalendarDay, Shade, days_ahead, quarter_of
from shipui.model.change import Change, ChangeType, RiskLevel
from shipui.model.window_effect import effects
from tests.tui.fake_desk import promotion
from tests.unit.test_calendar_properties import CHANGE, often, situations

BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = Window(
    "Nights", frozenset(range(7)), time(1), time(4), frozenset(ChangeType), frozenset(RiskLevel), BERLIN
)  # fmt: skip


def hours(day: CalendarDay) -> str:
    return "".join(" .x-#"[each] for each in day.cells(24))


@often
@given(situations())
def test_every_quarter_says_what_a_decision_says(situation: tuple[Calendar, datetime]) -> None:
    calendar, instant = situation
    days = days_ahead(calendar, CHANGE, instant, 2)
    by_date = {day.date: day for day in days}
    seen = set()
    moment = datetime.combine(days[0].date, time(), UTC) - timedelta(days=1)
    while moment < datetime.combine(days[-1].date, time(), UTC) + timedelta(days=2):
        local = moment.astimezone(calendar.zone)
        day = by_date.get(local.date())
        if day is not None:
            shade = day.quarters[quarter_of(local)]
            seen.add((local.date(), quarter_of(local)))
            assert shade is not Shade.ABSENT
            if decide(calendar, CHANGE, moment).open:
                assert shade in {Shade.OPEN, Shade.PARTLY}
            else:
                assert shade is not Shade.OPEN
        moment += timedelta(minutes=15)
    for day in days:
        for place, shade in enumerate(day.quarters):
            assert (shade is Shade.ABSENT) == ((day.date, place) not in seen)


def test_an_hour_that_is_left_out_and_one_that_comes_twice() -> None:
    calendar = Calendar(BERLIN, (NIGHTS,))
    forward = days_ahead(calendar, CHANGE, datetime(2026, 3, 29, 12, tzinfo=UTC), 1)[0]
    assert (forward.hours, hours(forward)) == (23, ".# #....................")
    back = days_ahead(calendar, CHANGE, datetime(2026, 10, 25, 12, tzinfo=UTC), 1)[0]
    assert (back.hours, hours(back)) == (25, ".###....................")


def test_what_another_calendar_means_for_those_that_wait() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    waiting = [promotion(1), promotion(2, type=ChangeType.EMERGENCY), promotion(3)]
    standard, emergency = effects(Calendar(BERLIN), Calendar(BERLIN, (NIGHTS,)), waiting, now)
    assert standard.change == Change(ChangeType.STANDARD, RiskLevel.LOW)
    assert [each.id for each in standard.promotions] == ["CP-00000001", "CP-00000003"]
    assert (standard.before.open, standard.after.open, standard.differs) == (True, False, True)
    assert not emergency.differs
