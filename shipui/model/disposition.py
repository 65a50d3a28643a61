"""What a reviewer says of a finding: that it may stay, that it is none, or that it counts again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from shipui.model.errors import BadInput
from shipui.model.promotion import Promotion, Status
from shipui.model.roles import Person
from shipui.model.text import visible
from shipui.model.weekly_hours import on_the_wall

EXAMPLE = "2027-01-31"
LAST_YEAR = 9000


class DispositionKind(StrEnum):
    ACKNOWLEDGED = "acknowledged"
    """It is true, and may stay."""
    FALSE_POSITIVE = "false_positive"
    """It is not true."""
    REOPENED = "reopened"
    """What was said before no longer holds."""

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    DispositionKind.ACKNOWLEDGED: "acknowledged",
    DispositionKind.FALSE_POSITIVE: "called a false positive",
    DispositionKind.REOPENED: "reopened",
}


@dataclass(frozen=True, slots=True)
class Disposition:
    """Of a finding, known by its fingerprint. The latest counts."""

    promotion: str
    finding: str
    kind: str
    """A DispositionKind."""
    reason: str
    by: str
    at: datetime
    until: datetime | None = None
    """It settles the finding before this instant; None: for good."""

    def settles(self, now: datetime) -> bool:
        return self.kind != DispositionKind.REOPENED and (self.until is None or now < self.until)


def wants_other_eyes(person: Person, promotion: Promotion, *, own_request: bool) -> str:
    """Why that person, whatever the role, may say nothing of this promotion's findings; "" if they may. `own_request`: the setting.

    Until it is approved, whoever approves it sees what its own people said of its findings.
    """
    if own_request or promotion.requested_by != person.name or promotion.status is Status.PENDING:
        return ""
    return f"{person.name} asked for {promotion.id}, and its approval is past: somebody else has to say it."


def end_of(text: str, zone: ZoneInfo) -> datetime:
    """When a disposition "until `text`" ends: a date counts to its end, a moment as it is; both by `zone` where no offset is named.

    BadInput when it is neither.
    """
    text = text.strip()
    try:
        last_day = date.fromisoformat(text)
    except ValueError:
        return _moment(text, zone)
    _require_likely(text, last_day)
    return on_the_wall(datetime.combine(last_day + timedelta(days=1), datetime.min.time()), zone)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _no_date(text) from None
    _require_likely(text, moment)
    return moment if moment.tzinfo else on_the_wall(moment, zone)


def _require_likely(text: str, day: date) -> None:
    if not 1970 < day.year < LAST_YEAR:
        raise _no_date(text)


def _no_date(text: str) -> BadInput:
    return BadInput(
        f"“{visible(text, limit=60)}” is not a date.",
        fix=f"Expected one like {EXAMPLE}, or a moment like {EXAMPLE}T18:00.",
    )
