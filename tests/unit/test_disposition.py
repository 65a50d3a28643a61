"""When a disposition ends, by what was typed; and who may give one."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from shipui.model.disposition import Disposition, end_of, wants_other_eyes
from shipui.model.errors import BadInput
from shipui.model.promotion import Status
from shipui.model.roles import Person, Role
from tests.tui.fake_desk import promotion

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2027-01-31", datetime(2027, 1, 31, 23, 0, tzinfo=UTC)),
        (" 2027-06-30 ", datetime(2027, 6, 30, 22, 0, tzinfo=UTC)),
        ("2027-01-31T18:00", datetime(2027, 1, 31, 17, 0, tzinfo=UTC)),
        ("2027-01-31T18:00+00:00", datetime(2027, 1, 31, 18, 0, tzinfo=UTC)),
    ],
)
def test_a_date_counts_to_its_end_by_the_installs_clock(text: str, end: datetime) -> None:
    assert end_of(text, BERLIN) == end


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "31.1.2027", "2027-02-30", "0001-01-01", "9999-12-31", "2027-01-31T25:00"]
)
def test_what_is_no_date_is_said_with_an_example(text: str) -> None:
    with pytest.raises(BadInput, match="is not a date") as raised:
        end_of(text, BERLIN)
    assert "2027-01-31" in raised.value.fix


def test_it_settles_before_its_end_and_not_at_it() -> None:
    end = datetime(2027, 1, 31, tzinfo=UTC)
    said = Disposition("CP-1", "f", "acknowledged", "why", "rita", datetime(2027, 1, 1, tzinfo=UTC), end)
    assert said.settles(datetime(2027, 1, 30, 23, 59, tzinfo=UTC))
    assert not said.settles(end)


def test_reopening_settles_nothing() -> None:
    at = datetime(2027, 1, 1, tzinfo=UTC)
    assert not Disposition("CP-1", "f", "reopened", "why", "rita", at).settles(at)


def test_once_it_is_approved_somebody_else_settles_what_is_left() -> None:
    studio = Person("build-studio", 1, Role.OPERATOR)
    other = Person("rita", 2, Role.REVIEWER)
    assert wants_other_eyes(studio, promotion(1), own_request=False) == ""
    approved = promotion(1, Status.APPROVED)
    assert "somebody else has to say it" in wants_other_eyes(studio, approved, own_request=False)
    assert wants_other_eyes(other, approved, own_request=False) == ""
    assert wants_other_eyes(studio, approved, own_request=True) == ""
