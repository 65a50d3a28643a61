"""How many new dependencies the gate lists, and how often it lists what is none, beside a plain-regex scanner: a command.

The collection is in collections/dependencies-*.txt: a manifest before and after, and what is new in it. Each is tried twice: with
both texts at hand, and as the diff alone shows it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from shipui.config.settings import GateSettings
from shipui.gates.base import Change
from shipui.gates.dependencies import Dependencies
from shipui.gates.diff_reading import read_diff

COLLECTION = Path(__file__).parent / "collections"
PLAIN = re.compile(r'^\+\s*"([@\w./-]+)":\s*"[\^~\d]|^\+\s*([\w.-]+)==', re.MULTILINE)
LISTED = frozenset({"dependency-new", "dependency-locked"})
NAMED = re.compile(r": (\S+) ")


@dataclass(frozen=True)
class Case:
    path: str
    new: frozenset[str]
    before: str
    after: str


def cases(kind: str) -> Iterator[Case]:
    written = (COLLECTION / f"dependencies-{kind}.txt").read_text(encoding="utf-8")
    for each in re.split(r"^=== ", written, flags=re.MULTILINE)[1:]:
        head, _, texts = each.partition("\n")
        path, _, new = head.partition(" > ")
        before, _, after = texts.partition("---\n")
        yield Case(path, frozenset(filter(None, new.split(", "))), before, after)


def diff_of(case: Case) -> str:
    name = case.path
    lines = difflib.unified_diff(
        case.before.splitlines(), case.after.splitlines(), f"a/{name}", f"b/{name}", lineterm=""
    )
    return f"diff --git a/{name} b/{name}\n" + "\n".join(lines) + "\n"


def by_diff(case: Case) -> frozenset[str]:
    return listed(read_diff(diff_of(case).encode()))


def by_texts(case: Case) -> frozenset[str]:
    change = read_diff(diff_of(case).encode())
    whole = [type(file)(**{**_fields(file), "head": case.after, "base": case.before}) for file in change.files]
    return listed(Change(tuple(whole)))


def _fields(file: object) -> dict[str, object]:
    return {name: getattr(file, name) for name in type(file).__dataclass_fields__}  # type: ignore[attr-defined]


def listed(change: Change) -> frozenset[str]:
    findings = Dependencies().examine(change, GateSettings()).findings
    return frozenset(
        match.group(1) for each in findings if each.rule in LISTED and (match := NAMED.search(each.message))
    )


def by_plain_expressions(case: Case) -> frozenset[str]:
    return frozenset(match.group(1) or match.group(2) for match in PLAIN.finditer(diff_of(case)))


SCANNERS: dict[str, Callable[[Case], frozenset[str]]] = {
    "shipui, whole files": by_texts,
    "shipui, diff alone": by_diff,
    "plain expressions": by_plain_expressions,
}


def main() -> None:
    new, harmless = list(cases("new")), list(cases("harmless"))
    wanted = sum(len(case.new) for case in new)
    print(f"{'':34}" + "".join(f"{name:>24}" for name in SCANNERS))
    found = [sum(len(case.new & scan(case)) for case in new) for scan in SCANNERS.values()]
    print(f"{f'new dependencies found, of {wanted}':34}" + "".join(f"{100 * each / wanted:22.1f} %" for each in found))
    wrong = [sum(bool(scan(case)) for case in harmless) for scan in SCANNERS.values()]
    print(
        f"{f'harmless changes listed, of {len(harmless)}':34}"
        + "".join(f"{100 * each / len(harmless):22.1f} %" for each in wrong)
    )


if __name__ == "__main__":
    main()
