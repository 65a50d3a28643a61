"""What is known of a value: a row of constant texts and of parts that are not constant, each graded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    CONST = 0
    """The same on every run, or chosen from constants."""
    SAFE = 1
    """A number, a truth value, a hash, something from the environment: not text that others write."""
    DYNAMIC = 2
    """Unknown."""
    HINTED = 3
    """Unknown, but its name says that a user wrote it."""
    REQUEST = 4
    """From a request, a message, or the address bar."""


@dataclass(frozen=True, slots=True)
class Part:
    level: Level
    clean: frozenset[str] = frozenset()
    """Subjects (sql, html, command, path, url) for which it was made harmless."""
    labels: frozenset[str] = frozenset()
    """What else is known: request (the object itself), structured (an object may come where text is expected), own-address,
    decoded, downloaded, secret, environment, number-like ..."""

    def level_for(self, subject: str) -> Level:
        return min(self.level, Level.SAFE) if subject in self.clean or "*" in self.clean else self.level


Shape = tuple[str | Part, ...]

LONGEST = 60
"""Parts. What is longer is summed up."""
UNKNOWN: Shape = (Part(Level.DYNAMIC),)
SAFE: Shape = (Part(Level.SAFE),)
CHOSEN: Shape = (Part(Level.CONST),)
EMPTY: Shape = ("",)


def level_of(shape: Shape, subject: str = "") -> Level:
    return max((each.level_for(subject) for each in shape if isinstance(each, Part)), default=Level.CONST)


def labels_of(shape: Shape) -> frozenset[str]:
    return frozenset().union(*(each.labels for each in shape if isinstance(each, Part)))


def constant_of(shape: Shape) -> str | None:
    return (
        "".join(each for each in shape if isinstance(each, str))
        if all(isinstance(each, str) for each in shape)
        else None
    )


def skeleton(shape: Shape, gap: str = "\0") -> str:
    """The constant text, with a mark for everything else."""
    return "".join(each if isinstance(each, str) else gap for each in shape)


def leading(shape: Shape) -> str:
    """The constant text before the first part that is not constant."""
    return skeleton(shape).split("\0", 1)[0]


def joined(*shapes: Shape) -> Shape:
    """One after the other, neighbouring constants as one."""
    result: list[str | Part] = []
    for each in (part for shape in shapes for part in shape):
        if isinstance(each, str) and result and isinstance(result[-1], str):
            result[-1] += each
        else:
            result.append(each)
    return tuple(result) if len(result) <= LONGEST else (*result[:4], *summed([tuple(result[4:])]))


def summed(shapes: Iterable[Shape]) -> Shape:
    """All of them as parts without order: the value is made of them somehow."""
    parts: set[Part] = {each for shape in shapes for each in shape if isinstance(each, Part)}
    return (*sorted(parts, key=_order),) if parts else CHOSEN


def either(shapes: list[Shape]) -> Shape:
    """One of them: the one that is most in others' hands stands for all; of constants, that it is one of them."""
    if len(shapes) == 1:
        return shapes[0]
    worst = max(shapes, key=level_of, default=CHOSEN)
    if all(constant_of(each) is not None for each in shapes):
        return CHOSEN if len(set(shapes)) > 1 else worst
    labels = frozenset().union(*map(labels_of, shapes))
    return tuple(
        Part(each.level, each.clean, each.labels | labels) if isinstance(each, Part) else each for each in worst
    )


def changed(
    shape: Shape,
    *,
    clean: Iterable[str] = (),
    labels: Iterable[str] = (),
    without: Iterable[str] = (),
    most: Level | None = None,
) -> Shape:
    """The same text parts, all of it one value now: cleaned, labelled, or of a lower level."""
    parts = [
        Part(
            each.level if most is None else min(each.level, most),
            each.clean | frozenset(clean),
            (each.labels | frozenset(labels)) - frozenset(without),
        )
        for each in shape
        if isinstance(each, Part)
    ]
    if not parts:
        return (Part(Level.CONST, frozenset(clean), frozenset(labels)),) if labels else CHOSEN
    return summed([tuple(parts)])


def _order(part: Part) -> tuple[int, list[str], list[str]]:
    return (-part.level, sorted(part.clean), sorted(part.labels))
