"""Sharing a feature with others: the install's mode, what speaks for and against it, and whether it may leave. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shipui.model.errors import BadInput

STAYS = "Nothing leaves this machine."


class Mode(StrEnum):
    UNSET = "unset"
    """Nobody has decided: nothing is contributed."""
    FORK_ONLY = "fork_only"
    """Into the install's own repository, under its own name. Nothing is shared."""
    SELECTIVE = "selective"
    """Shared when a person says so, each time."""
    CONTRIBUTE_ALL = "contribute_all"
    """Shared unless a person says no."""

    @property
    def shares(self) -> bool:
        """Whether what leaves goes to others: then under a pseudonym, redacted, and with the certificate of origin."""
        return self in {Mode.SELECTIVE, Mode.CONTRIBUTE_ALL}


class Grade(StrEnum):
    GOOD = "good"
    OPEN = "open"
    """A person has to judge."""
    CHANGES = "changes"
    """Good, once something was changed."""
    BAD = "bad"


class Recommendation(StrEnum):
    CONTRIBUTE = "contribute"
    WITH_CHANGES = "contribute with changes"
    KEEP_LOCAL = "keep local"
    YOUR_CALL = "your call"


@dataclass(frozen=True, slots=True)
class Criterion:
    name: str
    grade: Grade
    reasons: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "grade": str(self.grade), "reasons": list(self.reasons)}


@dataclass(frozen=True, slots=True)
class Assessment:
    criteria: tuple[Criterion, ...]
    changes: tuple[str, ...] = ()
    """What to change before it is shared."""
    doubts: tuple[str, ...] = ()
    """What may belong to the install or its customers: shared only when a person has seen it and said yes."""
    stops: tuple[str, ...] = ()
    """What must not be shared, whatever anybody chose."""
    secrets: tuple[str, ...] = ()
    """Where secrets stand: they stop `fork_only` as well."""

    @property
    def recommendation(self) -> Recommendation:
        grades = [each.grade for each in self.criteria]
        if self.stops or self.secrets or Grade.BAD in grades:
            return Recommendation.KEEP_LOCAL
        if Grade.OPEN in grades:
            return Recommendation.YOUR_CALL
        if self.changes or self.doubts or Grade.CHANGES in grades:
            return Recommendation.WITH_CHANGES
        return Recommendation.CONTRIBUTE


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the build may leave this machine, and how."""

    leaves: bool
    plain: str
    redacted: bool = False
    """What leaves is redacted, and its author a pseudonym."""


def decide(mode: Mode, assessment: Assessment | None, choice: bool | None, *, certified: bool) -> Decision:
    """`choice` is what a person said (None: nothing yet); `certified`: whoever ships has accepted the certificate of origin.

    Whatever is not said clearly stays here.
    """
    if mode is Mode.UNSET or assessment is None:
        return Decision(False, f"No contribution mode is set. {STAYS}")
    why = next(_against(mode, assessment, choice, certified=certified), None)
    if why is not None:
        return Decision(False, f"{why} {STAYS}")
    if mode is Mode.FORK_ONLY:
        return Decision(True, "It goes into the install's own repository, and is not shared.")
    return Decision(True, "It is shared, under the pseudonym and redacted.", redacted=True)


def _against(mode: Mode, assessment: Assessment, choice: bool | None, *, certified: bool) -> Iterator[str]:
    """The weightiest first."""
    if choice is False:
        yield "Sharing was declined."
    yield from (f"It holds a secret: {each}" for each in assessment.secrets)
    if mode is Mode.FORK_ONLY:
        return
    yield from (f"It must not be shared: {each}" for each in assessment.stops)
    if choice is not True:
        yield from (f"Nobody has said that it may be shared as it is: {each}" for each in assessment.doubts)
    if mode is Mode.SELECTIVE and choice is None:
        yield "Nobody has chosen to share it yet."
    if not certified:
        yield "Whoever ships it has not accepted the certificate of origin (shipui certificate --accept)."


def require_choice(mode: Mode, choice: bool | None) -> None:
    """BadInput where a mode asks each time, and nothing was answered."""
    if mode is Mode.SELECTIVE and choice is None:
        raise BadInput(
            "This install asks each time whether a feature is shared.", fix="Say so with --contribute yes, or no."
        )


@dataclass(frozen=True, slots=True)
class RecordedContribution:
    """As it is kept with a build."""

    mode: Mode
    criteria: tuple[Criterion, ...]
    recommendation: Recommendation
    changes: tuple[str, ...]
    stops: tuple[str, ...]
    chosen: bool | None
    chosen_by: str | None
    shared: bool
    plain: str

    def as_json(self) -> dict[str, Any]:
        return {
            "mode": str(self.mode),
            "criteria": [each.as_json() for each in self.criteria],
            "recommendation": str(self.recommendation),
            "changes": list(self.changes),
            "stops": list(self.stops),
            "chosen": self.chosen,
            "chosen_by": self.chosen_by,
            "shared": self.shared,
            "plain": self.plain,
        }
