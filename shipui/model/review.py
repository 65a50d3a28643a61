"""The findings of a promotion's present content as a reviewer works through them: what was said of each, and what is new. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shipui.model.disposition import Disposition, wants_other_eyes
from shipui.model.findings import Finding, Verdict, heaviest, weight_of
from shipui.model.promotion import Promotion
from shipui.model.roles import NEEDED, Person, Right


class Since(StrEnum):
    """Against the gates' run before, which was on other content of the same build."""

    NEW = "new"
    SAME = "same"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class GateFinding:
    gate: str
    finding: Finding
    since: Since | None
    """None: the gates have not run before."""
    searchable: str = field(repr=False)
    """What is looked through for a text: in lower case."""

    @classmethod
    def of(cls, gate: str, finding: Finding, since: Since | None) -> GateFinding:
        words = f"{finding.path}:{finding.line or ''}\n{finding.rule}\n{finding.message}\n{finding.cwe or ''}"
        return cls(gate, finding, since, words.casefold())


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a review has come."""

    all: int
    reviewed: int
    verdict: Verdict

    @property
    def left(self) -> int:
        return self.all - self.reviewed


@dataclass(frozen=True, slots=True)
class Review:
    promotion: Promotion
    runs: tuple[int, ...]
    """The gates' runs that this was read from; empty: none has run on the present content."""
    gates: tuple[str, ...]
    """In their order, those without findings too."""
    present: tuple[GateFinding, ...]
    """Gate by gate, by path and line."""
    gone: tuple[GateFinding, ...]
    """Of the run before; they are no more."""
    compared: bool
    """Whether there was a run before."""
    said: Mapping[str, Disposition]
    """By fingerprint, the last that a reviewer said."""
    own_request: bool
    """Whether somebody may settle what is their own: a setting."""

    def settled(self, finding: Finding, now: datetime) -> bool:
        said = self.said.get(finding.fingerprint)
        return said is not None and said.settles(now)

    def progress(self, now: datetime) -> Progress:
        """Looks at every finding: of many it takes a moment."""
        left = [each.finding for each in self.present if not self.settled(each.finding, now)]
        kinds = {(each.rule, each.severity) for each in left}
        verdict = heaviest(weight_of(rule, severity) for rule, severity in kinds)
        return Progress(len(self.present), len(self.present) - len(left), verdict)

    def why_not(self, person: Person) -> str:
        """Why that person may say nothing of these findings; "" if they may."""
        if not person.may(Right.GIVE_DISPOSITION):
            return f"That takes the role {NEEDED[Right.GIVE_DISPOSITION].word}; you are {person.role.word}."
        return wants_other_eyes(person, self.promotion, own_request=self.own_request)


def compared(
    present: Iterable[tuple[str, Finding]], before: Iterable[tuple[str, Finding]] | None
) -> tuple[tuple[GateFinding, ...], tuple[GateFinding, ...]]:
    """Those that are there, and those that are gone; `before` None: there is nothing to compare with."""
    now = list(present)
    if before is None:
        return tuple(GateFinding.of(gate, each, None) for gate, each in now), ()
    former = list(before)
    known, still = ({each.fingerprint for _, each in some} for some in (former, now))
    there = (GateFinding.of(gate, each, Since.SAME if each.fingerprint in known else Since.NEW) for gate, each in now)
    gone = (GateFinding.of(gate, each, Since.GONE) for gate, each in former if each.fingerprint not in still)
    return tuple(there), tuple(gone)


@dataclass(frozen=True, slots=True)
class Source:
    """A stretch of a file around a finding. Lines are as they are in the file, secrets masked: not yet harmless on a terminal."""

    path: str
    first: int
    """Number of the first line."""
    lines: tuple[str, ...]
    changed: frozenset[int]
    """Numbers of the lines that this change added."""
    note: str = ""
    """Why there is nothing to see, or that it is not the present version."""
