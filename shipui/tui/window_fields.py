"""What was typed into the fields of a window or a blackout: the entry that it makes, or what is wrong, field by field. Pure."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from shipui.config.windows_document import (
    BlackoutEntry,
    WindowEntry,
    WindowsDocument,
    calendar_of,
    contradictions,
    zone_name,
)
from shipui.config.windows_words import moment_words
from shipui.model.calendar import Blackout
from shipui.model.change import ChangeType
from shipui.model.text import counted

Problems = Mapping[str, str]
"""By the field's name in the file; what was expected."""

_CLOCK = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))?")
_EXPECTED = {
    "name": "needs a name",
    "days": "choose a day",
    "start": "a time from 00:00 to 23:59",
    "end": "a time from 00:00 to 24:00",
    "change_types": "choose a type",
    "risk_levels": "choose a risk",
    "time_zone": "no time zone of that name",
    "reason": "needs a reason",
    "from": "a day and a time, 2026-12-28 00:00",
    "to": "a day and a time, 2026-12-28 00:00",
}
_TOO_LONG = "at most 200 characters"


@dataclass(frozen=True, slots=True)
class WindowFields:
    name: str = ""
    days: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    change_types: tuple[str, ...] = ()
    risk_levels: tuple[str, ...] = ()
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class BlackoutFields:
    name: str = ""
    reason: str = ""
    start: str = ""
    end: str = ""
    excepts: tuple[str, ...] = (str(ChangeType.EMERGENCY),)


def fields_of_window(entry: WindowEntry) -> WindowFields:
    return WindowFields(
        entry.name, tuple(entry.days), entry.start, entry.end,
        tuple(map(str, entry.change_types)), tuple(map(str, entry.risk_levels)), entry.time_zone or "",
    )  # fmt: skip


def fields_of_blackout(entry: BlackoutEntry) -> BlackoutFields:
    start, end = moment_words(entry.start), moment_words(entry.end)
    return BlackoutFields(entry.name, entry.reason, start, end, tuple(map(str, entry.excepts)))


def window_of(fields: WindowFields, taken: Collection[str]) -> tuple[WindowEntry | None, Problems]:
    """`taken` are the names of the other windows."""
    values = {
        "name": fields.name.strip(),
        "days": list(fields.days),
        "start": clock(fields.start),
        "end": clock(fields.end),
        "change_types": list(fields.change_types),
        "risk_levels": list(fields.risk_levels),
        "time_zone": fields.time_zone.strip() or None,
    }
    problems = _name_problem(values["name"], taken)
    try:
        entry = WindowEntry.model_validate(values)
    except ValidationError as error:
        return None, {**_problems(error), **problems}
    return (None if problems else entry), problems


def blackout_of(fields: BlackoutFields, taken: Collection[str], zone: str) -> tuple[BlackoutEntry | None, Problems]:
    """`taken` are the names of the other blackouts, `zone` the install's."""
    values: dict[str, Any] = {
        "name": fields.name.strip(),
        "reason": fields.reason.strip(),
        "from": moment(fields.start),
        "to": moment(fields.end),
        "except": list(fields.excepts),
    }
    problems = dict(_name_problem(values["name"], taken))
    try:
        entry = BlackoutEntry.model_validate(values)
    except ValidationError as error:
        return None, {**_problems(error), **problems}
    if list(contradictions(WindowsDocument(time_zone=zone, blackout=[entry]))):
        problems["to"] = "has to come after from"
    return (None if problems else entry), problems


def zone_problem(text: str, document: WindowsDocument) -> str:
    """ "" if `text` can be the install's time zone."""
    try:
        found = document.model_copy(update={"time_zone": zone_name(text.strip())})
    except ValueError:
        return f"perhaps {near}" if (near := near_zone(text)) else _EXPECTED["time_zone"]
    return "a blackout would end before it begins" if list(contradictions(found)) else ""


def clock(text: str) -> str:
    """22:00, from 22, 2200, 9:30, 9.30; what is none of these comes back as it is."""
    found = _CLOCK.fullmatch(text.strip())
    return f"{int(found[1]):02}:{found[2] or '00'}" if found else text.strip()


def moment(text: str) -> datetime | str:
    """A day alone is its midnight. What is no moment comes back as it is, to be refused."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return text.strip()


def tidy_moment(text: str) -> str:
    """As it will be shown from now on."""
    found = moment(text)
    return moment_words(found) if isinstance(found, datetime) else found


def hours_note(start: str, end: str) -> str:
    """8 h, into the next day."""
    begins, ends = (_minutes(clock(each)) for each in (start, end))
    if begins is None or ends is None or begins >= 24 * 60:
        return ""
    length = ends - begins if ends > begins else ends - begins + 24 * 60
    hours, minutes = divmod(length, 60)
    words = " ".join([f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes))
    overnight = ends <= begins and ends > 0
    return f"{words}{', into the next day' if overnight else ''}"


def blackout_note(entry: BlackoutEntry, zone: str, now: datetime) -> str:
    """7 days; begins in 34 days."""
    blackout = _blackout(entry, zone)
    return f"{_span(blackout.end - blackout.start)}; {_when(blackout, now)}"


def is_over(entry: BlackoutEntry, zone: str, now: datetime) -> bool:
    return _blackout(entry, zone).end <= now


def near_zone(text: str) -> str:
    """The zone that was probably meant, "" if none comes near: Berlin and berl are Europe/Berlin."""
    asked = text.strip().casefold().replace(" ", "_")
    if not asked:
        return ""
    names = zone_names()
    for part in (str.startswith, str.__contains__):
        for name in names:
            if part(name.casefold().rpartition("/")[2], asked) or part(name.casefold(), asked):
                return name
    lowered = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(asked, list(lowered), n=1)
    return lowered[near[0]] if near else ""


@lru_cache(maxsize=1)
def zone_names() -> Sequence[str]:
    """Those with a place first, then the rest (UTC, GMT, …)."""
    return sorted(zoneinfo.available_timezones(), key=lambda name: ("/" not in name or name.startswith("Etc/"), name))


def _name_problem(name: object, taken: Collection[str]) -> Problems:
    return {"name": "another one has this name"} if name in taken else {}


def _problems(error: ValidationError) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in error.errors(include_url=False):
        field = str(each["loc"][0])
        words = _TOO_LONG if each["type"] == "string_too_long" else _EXPECTED.get(field, "cannot be used")
        if field == "time_zone" and (near := near_zone(str(each["input"]))):
            words = f"perhaps {near}"
        found.setdefault(field, words)
    return found


def _minutes(text: str) -> int | None:
    found = re.fullmatch(r"(\d\d):(\d\d)", text)
    if not found or int(found[2]) > 59 or int(found[1]) * 60 + int(found[2]) > 24 * 60:
        return None
    return int(found[1]) * 60 + int(found[2])


def _blackout(entry: BlackoutEntry, zone: str) -> Blackout:
    return calendar_of(WindowsDocument(time_zone=zone, blackout=[entry])).blackouts[0]


def _span(length: timedelta) -> str:
    hours, rest = divmod(int(length.total_seconds()), 3600)
    days, hours = divmod(hours, 24)
    parts = [counted(days, "day"), counted(hours, "hour"), counted(rest // 60, "minute") if not days else None]
    return " ".join(each for each in parts if each) or "less than a minute"


def _when(blackout: Blackout, now: datetime) -> str:
    if blackout.end <= now:
        return "it is over"
    return "it holds now" if blackout.start <= now else f"begins in {_span(blackout.start - now)}"
