"""Recall and false positives of the Python rules, side by side with a plain list of patterns and with bandit where it is installed.

    python benchmarks/gates_python.py [--bandit PATH] [--missed]

The cases are below collection/python/, a file per category, a case per line: "+" must be flagged and shows all in one statement,
"~" must be flagged and wants a value followed through a function, "-" is harmless; "⏎" stands for a line break.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from shipui.gates.base import FileAnalyser  # noqa: E402 - the repository first
from shipui.gates.python.analyser import PythonAnalyser  # noqa: E402
from tests.gates.changes import changed_file  # noqa: E402

_PATTERNS = re.compile(
    r"execute\(.*[%+]|execute\(f|"
    r"\.raw\(|os\.system|os\.popen|shell=True|eval\(|exec\(|pickle\.loads?|yaml\.load\(|marshal|mark_safe|Markup\(|"
    r"verify=False|b64decode|os\.environ|/etc/passwd|\.ssh|socket\.connect|requests\.(?:get|post)\(.*request|open\(.*request|"
    r"password ==|authorized_keys|/dev/tcp"
)


@dataclass(frozen=True)
class Case:
    kind: str
    text: str


def cases(path: Path) -> list[Case]:
    return [
        Case(line[0], line[2:].replace("⏎", "\n"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line[:2] in ("+ ", "~ ", "- ")
    ]


def flagged_by(analyser: FileAnalyser, *, whole: bool) -> Callable[[list[Case]], list[bool]]:
    def flagged(found: list[Case]) -> list[bool]:
        return [bool(analyser.examine_file(changed_file("app/module.py", case.text, whole=whole))) for case in found]

    return flagged


def flagged_by_patterns(found: list[Case]) -> list[bool]:
    return [_PATTERNS.search(case.text) is not None for case in found]


def flagged_by_bandit(command: str) -> Callable[[list[Case]], list[bool]]:
    def flagged(found: list[Case]) -> list[bool]:
        with tempfile.TemporaryDirectory() as folder:
            for number, case in enumerate(found):
                Path(folder, f"case_{number}.py").write_text(case.text, encoding="utf-8")
            done = subprocess.run(
                [command, "-q", "-r", folder, "-f", "json"], capture_output=True, text=True, check=False
            )
            named = {Path(each["filename"]).name for each in json.loads(done.stdout)["results"]}
        return [f"case_{number}.py" in named for number in range(len(found))]

    return flagged


def share(flags: list[bool], found: list[Case], kind: str) -> tuple[int, int]:
    chosen = [flag for flag, case in zip(flags, found, strict=True) if case.kind == kind]
    return sum(chosen), len(chosen)


def _percent(part: tuple[int, int]) -> str:
    return f"{100 * part[0] / part[1]:4.0f} %" if part[1] else "     -"


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--bandit", default=shutil.which("bandit"))
    options.add_argument("--missed", action="store_true", help="print the cases that shipui got wrong")
    given = options.parse_args()
    scanners: dict[str, Callable[[list[Case]], list[bool]]] = {
        "shipui": flagged_by(PythonAnalyser(), whole=True),
        "shipui, diff only": flagged_by(PythonAnalyser(), whole=False),
        "patterns": flagged_by_patterns,
    }
    if given.bandit:
        scanners["bandit"] = flagged_by_bandit(given.bandit)
    totals = {name: {kind: [0, 0] for kind in "+~-"} for name in scanners}
    print(f"{'':18}" + "".join(f"{name:>26}" for name in scanners))
    print(f"{'category':18}" + "".join(f"{'one':>10}{'through':>8}{'false':>8}" for _ in scanners))
    for path in sorted((ROOT / "benchmarks/collection/python").glob("*.txt")):
        found = cases(path)
        row = f"{path.stem:18}"
        for name, scan in scanners.items():
            flags = scan(found)
            row += "    "
            for kind in "+~-":
                part = share(flags, found, kind)
                totals[name][kind][0] += part[0]
                totals[name][kind][1] += part[1]
                row += f"{_percent(part):>7}"
            if given.missed and name.startswith("shipui"):
                for flag, case in zip(flags, found, strict=True):
                    if flag != (case.kind != "-"):
                        print(f"  {name}: {path.stem} {case.kind} {case.text!r}")
        print(row)
    print(
        f"{'all':18}"
        + "".join(
            "    " + "".join(f"{_percent((part[0], part[1])):>7}" for part in kinds.values())
            for kinds in totals.values()
        )
    )
    print(
        "one: recall of what one statement shows; through: of what wants following a value; false: harmless cases that are flagged"
    )
    if not given.bandit:
        print("bandit is not installed: --bandit PATH names it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
