"""Windows and blackouts, and what was changed in them, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shipui.config.windows_document import DAYS, BlackoutEntry, WindowEntry, WindowsDocument
from shipui.model.change import ChangeType, RiskLevel
from shipui.model.text import listed, visible

Entry = WindowEntry | BlackoutEntry
_LONGEST = 7
ALL_DAY = "all day"


@dataclass(frozen=True, slots=True)
class Difference:
    sign: str
    """+ added, - removed, ~ changed."""
    subject: str
    """window “Nights”, blackout “Freeze”, time zone."""
    words: str

    @property
    def sentence(self) -> str:
        return f"{self.sign} {self.subject}: {self.words}"


def days_words(days: Sequence[str]) -> str:
    """every day; Mon-Thu; Sat and Sun; Mon, Wed-Fri."""
    places = sorted(DAYS.index(each) for each in set(days))
    if len(places) == _LONGEST:
        return "every day"
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return ", ".join(_run(each) for each in runs)


def _run(places: Sequence[int]) -> str:
    first, last = DAYS[places[0]].capitalize(), DAYS[places[-1]].capitalize()
    if len(places) == 1:
        return first
    return f"{first}, {last}" if len(places) == 2 else f"{first}-{last}"


def hours_words(entry: WindowEntry) -> str:
    """22:00-06:00 (next day); all day."""
    if (entry.start, entry.end) == ("00:00", "24:00"):
        return ALL_DAY
    overnight = "00:00" < entry.end <= entry.start
    return f"{entry.start}-{entry.end}{' (next day)' if overnight else ''}"


def kinds_words(entry: WindowEntry) -> str:
    """standard and normal; low risk. What is complete is "all changes", "any risk"."""
    risks = listed([str(each) for each in RiskLevel if each in entry.risk_levels])
    every_risk = len(set(entry.risk_levels)) == len(RiskLevel)
    return f"{_types(entry.change_types)}, {'any' if every_risk else risks} risk"


def _types(types: Sequence[ChangeType]) -> str:
    every = len(set(types)) == len(ChangeType)
    return "all changes" if every else f"{listed([str(each) for each in ChangeType if each in types])} changes"


def excepts_words(entry: BlackoutEntry) -> str:
    if not entry.excepts:
        return "without exceptions"
    return f"except {_types(entry.excepts)}"


def moment_words(moment: datetime) -> str:
    """2026-12-28 00:00, with what else it has: seconds, an offset."""
    return moment.isoformat(sep=" ", timespec="minutes" if not (moment.second or moment.microsecond) else "auto")


def entry_words(entry: Entry) -> str:
    """All of it but the name, on one line."""
    if isinstance(entry, WindowEntry):
        zone = f", {entry.time_zone}" if entry.time_zone else ""
        hours = hours_words(entry)
        between = ", " if hours == ALL_DAY else " "
        return f"{days_words(entry.days)}{between}{hours}{zone}; {kinds_words(entry)}"
    span = f"{moment_words(entry.start)} to {moment_words(entry.end)}"
    return f"{span}, because {visible(entry.reason)}; {excepts_words(entry)}"


def differences(before: WindowsDocument, after: WindowsDocument) -> list[Difference]:
    """What was added, removed and changed, in the order of the file's shape. Order within the file counts as nothing."""
    found = []
    if before.time_zone != after.time_zone:
        found.append(Difference("~", "time zone", f"{before.time_zone} is now {after.time_zone}"))
    return [
        *found,
        *_between("window", before.window, after.window),
        *_between("blackout", before.blackout, after.blackout),
    ]


def _between(kind: str, before: Sequence[Entry], after: Sequence[Entry]) -> list[Difference]:
    former = {each.name: each for each in before}
    now = {each.name: each for each in after}
    found = [_added_or_changed(kind, former.get(each.name), each) for each in after if former.get(each.name) != each]
    gone = [each for each in before if each.name not in now]
    return [*found, *(Difference("-", _subject(kind, each), entry_words(each)) for each in gone)]


def _added_or_changed(kind: str, before: Entry | None, after: Entry) -> Difference:
    if before is None:
        return Difference("+", _subject(kind, after), entry_words(after))
    return Difference("~", _subject(kind, after), f"{entry_words(before)} is now {entry_words(after)}")


def _subject(kind: str, entry: Entry) -> str:
    return f"{kind} “{visible(entry.name)}”"
