"""How much the gates find and how much they flag that is harmless, by category, beside others: a command.

    python benchmarks/gates.py [--missed]

It fails when a bound is broken. --missed prints the cases that shipui got wrong.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.cases import HARMLESS, ONE, THROUGH, Case, every_case
from benchmarks.scanners import (
    Scanner,
    by_bandit,
    by_plain_expressions,
    by_shipui,
    by_shipui_from_diffs,
    by_squawk,
    peer,
)

LEAST_CASES = 40
_RECALL_IN_ONE = {"migrations": 0.97, "dependencies": 0.99}
_FALSE_ALARMS = {"secrets": 0.05}


@dataclass(frozen=True, slots=True)
class Bounds:
    in_one: float
    through: float
    false_alarms: float


def bounds_of(family: str) -> Bounds:
    return Bounds(_RECALL_IN_ONE.get(family, 0.85), 0.5, _FALSE_ALARMS.get(family, 0.03))


@dataclass(slots=True)
class Figures:
    """Of one scanner and category: how many cases of each kind it was asked about, and how many it flagged."""

    asked: dict[str, int]
    flagged: dict[str, int]

    def rate(self, kind: str) -> float | None:
        return self.flagged[kind] / self.asked[kind] if self.asked[kind] else None

    @property
    def recall(self) -> float | None:
        asked = self.asked[ONE] + self.asked[THROUGH]
        return (self.flagged[ONE] + self.flagged[THROUGH]) / asked if asked else None


def figures_of(cases: Sequence[Case], flags: Sequence[bool | None]) -> Figures:
    found = Figures(dict.fromkeys((ONE, THROUGH, HARMLESS), 0), dict.fromkeys((ONE, THROUGH, HARMLESS), 0))
    for case, flag in zip(cases, flags, strict=True):
        if flag is not None:
            found.asked[case.kind] += 1
            found.flagged[case.kind] += flag
    return found


def categories(cases: Sequence[Case]) -> dict[tuple[str, str], list[int]]:
    """Indexes of the cases, by family and category."""
    found: dict[tuple[str, str], list[int]] = {}
    for index, case in enumerate(cases):
        found.setdefault((case.family, case.category), []).append(index)
    return found


def broken(family: str, category: str, found: Figures) -> Iterator[str]:
    """In words, each bound that is broken."""
    bounds = bounds_of(family)
    what = f"{family} {category}"
    in_one, through, false = found.rate(ONE), found.rate(THROUGH), found.rate(HARMLESS)
    if in_one is not None and in_one < bounds.in_one:
        yield f"{what}: recall in one statement is {in_one:.0%}, at least {bounds.in_one:.0%} is wanted"
    if through is not None and through < bounds.through:
        yield f"{what}: recall through a function is {through:.0%}, at least {bounds.through:.0%} is wanted"
    if false is not None and false > bounds.false_alarms:
        yield f"{what}: {false:.1%} false alarms, at most {bounds.false_alarms:.0%} is wanted"
    harmful = found.asked[ONE] + found.asked[THROUGH]
    if harmful < LEAST_CASES or (category != "long locks" and found.asked[HARMLESS] < LEAST_CASES):
        yield f"{what}: {harmful} harmful and {found.asked[HARMLESS]} harmless cases, at least {LEAST_CASES} of each are wanted"


def _percent(rate: float | None, width: int) -> str:
    return f"{'-':>{width}}" if rate is None else f"{100 * rate:{width}.0f}"


def main() -> int:
    logging.disable(logging.WARNING)
    cases = every_case()
    scanners: dict[str, Scanner] = {
        "shipui": by_shipui,
        "shipui, diff": by_shipui_from_diffs,
        "plain regex": by_plain_expressions,
    }
    for name, made in (("bandit", by_bandit), ("squawk", by_squawk)):
        program = peer(name)
        if program is None:
            print(f"{name} is not installed: `make bench-peers` puts it into the table.")
        else:
            scanners[name] = made(program)
    flags = {name: scan(cases) for name, scan in scanners.items()}
    print(
        f"{'in per cent':32}{'harmful':>8}{'harmless':>9}"
        + f"{'shipui':>19}"
        + "".join(f"{n:>15}" for n in list(flags)[1:])
    )
    print(
        f"{'':32}{'':>17}{'one':>7}{'through':>8}{'false':>6}"
        + "".join(f"{'found':>8}{'false':>7}" for _ in list(flags)[1:])
    )
    failures: list[str] = []
    for (family, category), indexes in categories(cases).items():
        part = [cases[index] for index in indexes]
        found = {name: figures_of(part, [answers[index] for index in indexes]) for name, answers in flags.items()}
        failures += broken(family, category, found["shipui"])
        print(_row(f"{family} {category}", found))
    if "--missed" in sys.argv:
        for name in ("shipui", "shipui, diff"):
            for case, flag in zip(cases, flags[name], strict=True):
                if flag != (case.kind != HARMLESS):
                    print(f"{name}: {case.family} {case.category} {case.kind} {case.path} {case.text!r}")
    print(
        "one: found of what one statement shows; through: of what wants a value followed through a function; false: of the harmless"
    )
    for failure in failures:
        print(f"BROKEN  {failure}")
    return 1 if failures else 0


def _row(what: str, found: dict[str, Figures]) -> str:
    own = found["shipui"]
    row = f"{what:32}{own.asked[ONE] + own.asked[THROUGH]:8}{own.asked[HARMLESS]:9}"
    row += _percent(own.rate(ONE), 7) + _percent(own.rate(THROUGH), 8) + _percent(own.rate(HARMLESS), 6)
    for name, figures in found.items():
        if name != "shipui":
            row += _percent(figures.recall, 8) + _percent(figures.rate(HARMLESS), 7)
    return row


if __name__ == "__main__":
    sys.exit(main())
