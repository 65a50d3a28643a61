"""Two people changed the windows at the same time: what both meant, by the names of windows and blackouts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from shipui.config.windows_document import BlackoutEntry, WindowEntry, WindowsDocument

E = TypeVar("E", WindowEntry, BlackoutEntry)
ZONE = "time zone"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both changed the same thing, and not alike. None: it was removed, or was never there."""

    kind: str
    """window, blackout, or time zone."""
    name: str
    theirs: WindowEntry | BlackoutEntry | str | None
    mine: WindowEntry | BlackoutEntry | str | None


@dataclass(frozen=True, slots=True)
class Merged:
    document: WindowsDocument
    conflicts: tuple[Conflict, ...]
    """Settled as `merge` was told to; "" means that nobody has to decide."""


def merge(base: WindowsDocument, theirs: WindowsDocument, mine: WindowsDocument, *, keep_mine: bool) -> Merged:
    """What changed from `base` to either of the two, in one document. Where both changed the same thing differently, `keep_mine` says
    which of the two stands, and a conflict names it."""
    conflicts: list[Conflict] = []
    zone = _zone(base.time_zone, theirs.time_zone, mine.time_zone, keep_mine, conflicts)
    windows = _entries("window", (base.window, theirs.window, mine.window), keep_mine, conflicts)
    blackouts = _entries("blackout", (base.blackout, theirs.blackout, mine.blackout), keep_mine, conflicts)
    return Merged(WindowsDocument(time_zone=zone, window=windows, blackout=blackouts), tuple(conflicts))


def _zone(base: str, theirs: str, mine: str, keep_mine: bool, conflicts: list[Conflict]) -> str:
    if mine in (base, theirs):
        return theirs
    if theirs == base:
        return mine
    conflicts.append(Conflict(ZONE, "", theirs, mine))
    return mine if keep_mine else theirs


def _entries(
    kind: str, three: tuple[Sequence[E], Sequence[E], Sequence[E]], keep_mine: bool, conflicts: list[Conflict]
) -> list[E]:
    base, theirs, mine = ({each.name: each for each in entries} for entries in three)
    if three[1] == three[0]:
        return list(three[2])
    result: list[E] = []
    for name in _in_order(theirs, mine):
        before, their, my = base.get(name), theirs.get(name), mine.get(name)
        if my in (before, their):
            chosen = their
        elif their == before:
            chosen = my
        else:
            conflicts.append(Conflict(kind, name, their, my))
            chosen = my if keep_mine else their
        if chosen is not None:
            result.append(chosen)
    return result


def _in_order(theirs: dict[str, E], mine: dict[str, E]) -> list[str]:
    """Theirs as they stand, each new one of mine after the one that it follows with me: the first of two windows gives its name."""
    names = list(theirs)
    place = 0
    for name in mine:
        if name in names:
            place = names.index(name) + 1
        else:
            names.insert(place, name)
            place += 1
    return names
