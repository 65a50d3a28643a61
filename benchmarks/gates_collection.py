"""How much the security gate finds in a collection of cases, and how much it flags that is harmless, beside a list of regular expressions.

A case is a line of collection/LANGUAGE/CATEGORY.txt: "+" harmful, to be seen in one statement; "~" harmful, when a value is followed
through a function; "-" harmless. "@a.py " after the sign names the file that it stands in.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shipui.gates.base import ChangedFile, Status
from shipui.gates.security import examine_files

FOLDER = Path(__file__).parent / "collection"
FILES = {"javascript": "case.tsx", "python": "case.py"}

PLAIN = re.compile(
    r"\beval\s*\(|new Function\(|innerHTML\s*=|dangerouslySetInnerHTML|document\.write|child_process"
    r"|\bexec(Sync)?\s*\(|(query|execute)\s*\(\s*[`'\"].*(\$\{|\+)"
    r"|req\.(query|body|params).*(readFile|sendFile)|fetch\(req"
    r"|unserialize|pickle\.loads|yaml\.load|os\.system|shell=True|rejectUnauthorized:\s*false|md5"
)
"""What is done without a tree: a regular expression over the added lines."""


@dataclass(frozen=True, slots=True)
class Figures:
    in_one: int
    found_in_one: int
    followed: int
    found_followed: int
    harmless: int
    flagged: int
    plain_found: int
    plain_flagged: int

    @property
    def harmful(self) -> int:
        return self.in_one + self.followed

    @property
    def recall_in_one(self) -> float:
        return self.found_in_one / max(self.in_one, 1)

    @property
    def recall_followed(self) -> float:
        return self.found_followed / max(self.followed, 1)

    @property
    def false_alarms(self) -> float:
        return self.flagged / max(self.harmless, 1)


def measured(language: str) -> dict[str, Figures]:
    return {path.stem: _figures(path, FILES[language]) for path in sorted((FOLDER / language).glob("*.txt"))}


def _figures(path: Path, name: str) -> Figures:
    cases = [_case(line, name) for line in path.read_text("utf-8").splitlines() if line[:2] in {"+ ", "~ ", "- "}]
    found = [(sign, _is_flagged(name, text), bool(PLAIN.search(text))) for sign, name, text in cases]

    def count(sign: str, *, flagged: bool = False) -> int:
        return sum(1 for each, hit, _ in found if each == sign and (hit or not flagged))

    return Figures(
        in_one=count("+"),
        found_in_one=count("+", flagged=True),
        followed=count("~"),
        found_followed=count("~", flagged=True),
        harmless=count("-"),
        flagged=count("-", flagged=True),
        plain_found=sum(plain for sign, _, plain in found if sign != "-"),
        plain_flagged=sum(plain for sign, _, plain in found if sign == "-"),
    )


def _case(line: str, name: str) -> tuple[str, str, str]:
    sign, text = line[0], line[2:]
    if text.startswith("@"):
        name, _, text = text[1:].partition(" ")
    return sign, name, text


def _is_flagged(name: str, text: str) -> bool:
    whole = f"{text}\n"
    lines = dict(enumerate(whole.split("\n"), 1))
    return bool(examine_files([ChangedFile(name, Status.ADDED, mode=0o100644, added=lines, head=whole)]))


def main() -> None:
    print(f"{'':34}{'one statement':>16}{'followed':>12}{'false alarms':>15}{'  plain regex: found, false alarms'}")
    for language in sorted(path.name for path in FOLDER.iterdir() if path.is_dir()):
        for category, each in measured(language).items():
            plain = f"{each.plain_found / max(each.harmful, 1):10.0%}{each.plain_flagged / max(each.harmless, 1):10.0%}"
            figures = f"{each.recall_in_one:16.0%}{each.recall_followed:12.0%}{each.false_alarms:15.1%}"
            print(f"{language + ' ' + category:34}{figures}{plain}")


if __name__ == "__main__":
    main()
