"""Which findings a list shows, under which headings, in which order. Pure; fast enough for fifty thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from itertools import groupby

from shipui.model.findings import Severity
from shipui.model.review import GateFinding, Review, Since


class Order(StrEnum):
    SEVERITY = "severity"
    FILE = "file"
    GATE = "gate"


class Seen(StrEnum):
    ALL = "all"
    OPEN = "unreviewed"
    REVIEWED = "reviewed"


SEVERITIES: tuple[tuple[str, frozenset[Severity]], ...] = (
    ("every severity", frozenset(Severity)),
    ("what blocks", frozenset({Severity.CRITICAL, Severity.HIGH})),
    *((f"{each} only", frozenset({each})) for each in Severity),
)
"""What the key for severities goes through."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """What is left through."""

    gate: str = ""
    severity: int = 0
    """A place in SEVERITIES."""
    seen: Seen = Seen.ALL
    path: str = ""
    since: Since | None = None
    text: str = ""

    @property
    def words(self) -> list[str]:
        """What narrows the list down, but for its gate and text, which are seen elsewhere."""
        said = [SEVERITIES[self.severity][0] if self.severity else "", "" if self.seen is Seen.ALL else str(self.seen)]
        said += [
            f"only {self.path.rpartition('/')[2]}" if self.path else "",
            f"{self.since} since last run" if self.since else "",
        ]
        return [each for each in said if each]


@dataclass(frozen=True, slots=True)
class Heading:
    words: str
    count: int
    reviewed: int


Row = Heading | GateFinding


@dataclass(frozen=True, slots=True)
class Arrangement:
    rows: tuple[Row, ...] = ()
    places: dict[str, int] | None = None
    """By fingerprint, the row."""
    count: int = 0
    """Of findings."""


class Orders:
    """A review's findings in each order; each is worked out when it is first asked for."""

    def __init__(self, review: Review) -> None:
        self._all = (*review.present, *review.gone)
        self._gates = review.gates

    @cached_property
    def by_file(self) -> tuple[GateFinding, ...]:
        return tuple(sorted(self._all, key=lambda each: each.finding.path))

    @cached_property
    def by_severity(self) -> tuple[GateFinding, ...]:
        return _in_buckets(self.by_file, Severity, lambda each: each.finding.severity)

    @cached_property
    def by_gate(self) -> tuple[GateFinding, ...]:
        names = dict.fromkeys((*self._gates, *(each.gate for each in self._all)))
        return _in_buckets(self.by_severity, names, lambda each: each.gate)

    def of(self, order: Order) -> tuple[GateFinding, ...]:
        match order:
            case Order.FILE:
                return self.by_file
            case Order.SEVERITY:
                return self.by_severity
            case Order.GATE:
                return self.by_gate


def arranged(orders: Orders, order: Order, sieve: Sieve, review: Review, now: datetime) -> Arrangement:
    rows: list[Row] = []
    places: dict[str, int] = {}
    heading = _HEADINGS[order]
    left = _through(orders.of(order), sieve, review, now)
    for words, group in groupby(left, key=heading):
        place = len(rows)
        rows.append(Heading(words, 0, 0))
        reviewed = 0
        for each in group:
            reviewed += review.settled(each.finding, now)
            places[each.finding.fingerprint] = len(rows)
            rows.append(each)
        rows[place] = Heading(words, len(rows) - place - 1, reviewed)
    return Arrangement(tuple(rows), places, len(places))


_HEADINGS: dict[Order, Callable[[GateFinding], str]] = {
    Order.SEVERITY: lambda each: str(each.finding.severity),
    Order.FILE: lambda each: each.finding.path,
    Order.GATE: lambda each: each.gate,
}


def _through(findings: Iterable[GateFinding], sieve: Sieve, review: Review, now: datetime) -> Iterable[GateFinding]:
    severities = SEVERITIES[sieve.severity][1]
    wanted = sieve.text.casefold()
    for each in findings:
        finding = each.finding
        if each.since is Since.GONE and sieve.since is not Since.GONE:
            continue
        if sieve.since is not None and each.since is not sieve.since:
            continue
        if finding.severity not in severities or (sieve.gate and each.gate != sieve.gate):
            continue
        if (sieve.path and finding.path != sieve.path) or (wanted and wanted not in each.searchable):
            continue
        if sieve.seen is not Seen.ALL and review.settled(finding, now) is not (sieve.seen is Seen.REVIEWED):
            continue
        yield each


def _in_buckets(
    findings: Iterable[GateFinding], keys: Iterable[str], key: Callable[[GateFinding], str]
) -> tuple[GateFinding, ...]:
    """By key in the order of `keys`, else as they were. Without one long sort: other threads get their turn."""
    buckets: dict[str, list[GateFinding]] = {each: [] for each in keys}
    for each in findings:
        buckets[key(each)].append(each)
    return tuple(each for bucket in buckets.values() for each in bucket)
