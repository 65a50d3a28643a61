"""The shape of windows.toml: what stands in it, and the calendar that it means."""

from __future__ import annotations

import difflib
import zoneinfo
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shipui.model.calendar import Blackout, Calendar, Window
from shipui.model.change import ChangeType, RiskLevel
from shipui.model.text import visible
from shipui.model.weekly_hours import on_the_wall

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"


def zone_name(name: str) -> str:
    """The name itself; ValueError, because a zone that is not known must never count as any other."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        near = difflib.get_close_matches(name, sorted(zoneinfo.available_timezones()), n=1)
        hint = f"perhaps {near[0]}" if near else "such as Europe/Berlin"
        raise ValueError(f"expected the IANA name of a time zone, {hint}") from None
    return name


def _in_range(moment: datetime) -> datetime:
    if not 1970 < moment.year < 9000:
        raise ValueError("expected a year from 1971 to 8999")
    return moment


Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
ZoneName = Annotated[str, AfterValidator(zone_name)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Start = Annotated[str, StringConstraints(pattern=f"^{_CLOCK}$")]
End = Annotated[str, StringConstraints(pattern=f"^({_CLOCK}|24:00)$")]
Type = Annotated[ChangeType, Field(strict=False)]
Risk = Annotated[RiskLevel, Field(strict=False)]
Moment = Annotated[datetime, AfterValidator(_in_range)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class WindowEntry(_Entry):
    name: Text
    days: Annotated[list[Day], Field(min_length=1)]
    start: Start
    end: End
    change_types: Annotated[list[Type], Field(min_length=1)]
    risk_levels: Annotated[list[Risk], Field(min_length=1)]
    time_zone: ZoneName | None = None


class BlackoutEntry(_Entry):
    """Made by the names of the file: `BlackoutEntry.model_validate({"name": …, "reason": …, "from": …, "to": …})`."""

    name: Text
    reason: Text
    start: Annotated[Moment, Field(alias="from")]
    end: Annotated[Moment, Field(alias="to")]
    """Without an offset: in the install's zone."""
    excepts: Annotated[list[Type], Field(alias="except")] = [ChangeType.EMERGENCY]


class WindowsDocument(_Entry):
    time_zone: ZoneName
    window: list[WindowEntry] = []
    blackout: list[BlackoutEntry] = []


def calendar_of(document: WindowsDocument) -> Calendar:
    """Of a document without `contradictions`."""
    zone = ZoneInfo(document.time_zone)
    return Calendar(
        zone,
        tuple(_window(each, zone) for each in document.window),
        tuple(_blackout(each, zone) for each in document.blackout),
    )


def contradictions(document: WindowsDocument) -> Iterator[str]:
    """What each entry alone cannot show, as `key: found …; expected …`."""
    yield from _repeated("window", [each.name for each in document.window])
    yield from _repeated("blackout", [each.name for each in document.blackout])
    zone = ZoneInfo(document.time_zone)
    for number, entry in enumerate(document.blackout, 1):
        blackout = _blackout(entry, zone)
        if blackout.end <= blackout.start:
            found = entry.end.isoformat()
            yield f"blackout[{number}].to: found {found}; expected a moment after from, which is {entry.start.isoformat()}"


def _repeated(kind: str, names: Sequence[str]) -> Iterator[str]:
    for number, name in enumerate(names, 1):
        first = names.index(name) + 1
        if first < number:
            yield f'{kind}[{number}].name: found "{visible(name)}", as {kind}[{first}] has it; expected a name of its own'


def _window(entry: WindowEntry, zone: ZoneInfo) -> Window:
    return Window(
        name=entry.name,
        days=frozenset(DAYS.index(day) for day in entry.days),
        start=time.fromisoformat(entry.start),
        end=None if entry.end == "24:00" else time.fromisoformat(entry.end),
        change_types=frozenset(entry.change_types),
        risk_levels=frozenset(entry.risk_levels),
        zone=ZoneInfo(entry.time_zone) if entry.time_zone else zone,
    )


def _blackout(entry: BlackoutEntry, zone: ZoneInfo) -> Blackout:
    """An hour that comes twice is blacked out both times."""
    start = entry.start if entry.start.tzinfo else on_the_wall(entry.start, zone)
    end = entry.end if entry.end.tzinfo else on_the_wall(entry.end, zone, last=True)
    return Blackout(entry.name, entry.reason, start, end, frozenset(entry.excepts))
