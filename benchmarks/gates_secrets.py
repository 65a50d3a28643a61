"""Recall and false positives of the secrets rules, side by side with the patterns that people usually write.

    python benchmarks/gates_secrets.py [--missed]

The cases are in collection/secrets.txt; {A20} and the like are filled in here (see shipui/gates/secrets/shapes.py), so that the
repository holds no text that looks like a token. One more case for each shape that is known is made up.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from shipui.gates.secrets.analyser import SecretsAnalyser  # noqa: E402 - the repository first
from shipui.gates.secrets.shapes import SHAPES, filled  # noqa: E402
from tests.gates.changes import changed_file  # noqa: E402

_PATTERNS = re.compile(
    r"(?i)(?:password|passwd|secret|token|api_?key)[\"']?\s*[:=]\s*[\"']?[^\s\"']{8,}|AKIA[0-9A-Z]{16}|"
    r"ghp_\w{36}|sk_live_\w+|xox[bp]-|-----BEGIN [A-Z ]*PRIVATE KEY"
)
_SETTING = re.compile(r"(?:export )?[A-Z_]+=|[a-z_]+: |//")


def _path(text: str) -> str:
    return "deploy/app.env" if _SETTING.match(text) else "app/settings.py"


def _cases() -> list[tuple[str, str, bool]]:
    """Name, text, and whether it holds a secret."""
    cases = [(f"+ {shape.provider}", f"value = '{shape.sample('bench')}'", True) for shape in SHAPES if not shape.near]
    lines = (ROOT / "benchmarks/collection/secrets.txt").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line[:2] in ("+ ", "- "):
            cases.append((line, filled(line[2:].replace("⏎", "\n"), f"case {number}"), line[0] == "+"))
    return cases


def _found(text: str) -> bool:
    return bool(SecretsAnalyser().examine_file(changed_file(_path(text), text)))


def figures() -> tuple[int, int, int, int]:
    """Of shipui: found, falsely flagged; and how many texts hold a secret, how many do not."""
    cases = _cases()
    found = sum(_found(text) for _, text, wanted in cases if wanted)
    false = sum(_found(text) for _, text, wanted in cases if not wanted)
    positive = sum(wanted for *_, wanted in cases)
    return found, false, positive, len(cases) - positive


def main() -> int:
    found, false, positive, harmless = figures()
    cases = _cases()
    plain = [
        sum(_PATTERNS.search(text) is not None for _, text, wanted in cases if wanted is kind) for kind in (True, False)
    ]
    if "--missed" in sys.argv:
        for name, text, wanted in cases:
            if _found(text) != wanted:
                print("missed" if wanted else "false ", name)
    print(f"{'secrets':12}{'recall':>10}{'false':>8}   ({positive} secrets, {harmless} harmless texts)")
    for name, right, wrong in (("shipui", found, false), ("patterns", *plain)):
        print(f"{name:12}{100 * right / positive:8.0f} %{100 * wrong / harmless:6.0f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
