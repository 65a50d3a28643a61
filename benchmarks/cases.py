"""The collection of cases for the gates, read: what each is, and what ought to be said of it.

In collection/LANGUAGE/CATEGORY.txt and secrets.txt a case is a line: "+" harmful, to be seen in one statement; "~" harmful, when a
value is followed through a function; "-" harmless. "@a.py " after the sign names the file that it stands in; "⏎" stands for a line
break. In secrets.txt {A20} and the like are filled in here (shipui/gates/secrets/shapes.py), so that no text in the repository looks
like a token. In the other files a case begins with "=== PATH"; migrations-harmful.txt, -locks.txt and -harmless.txt are of three
kinds; "=== PATH > a, b" names what is new in a manifest, of which the text before and the text after follow, parted by "---";
"=== + PATH" and "=== - PATH" are of the layout of a repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shipui.gates.secrets.shapes import SHAPES, filled

FOLDER = Path(__file__).parent / "collection"
ONE, THROUGH, HARMLESS = "+", "~", "-"
_NAMED = re.compile(r"@(?P<name>[\w./-]+\.[a-z]+|(?:[\w./-]+/)?Dockerfile) ")
_FILES = {"javascript": "case.tsx", "python": "app/module.py", "scripts": "scripts/run.sh"}
_SETTING = re.compile(r"(?:export )?[A-Z_]+=|[a-z_]+: |//")


@dataclass(frozen=True, slots=True)
class Case:
    family: str
    """The language, or "migrations", "dependencies", "architecture", "secrets"."""
    category: str
    kind: str
    """ONE, THROUGH or HARMLESS."""
    path: str
    text: str
    base: str | None = None
    new: frozenset[str] = frozenset()
    """Names of the dependencies that the case brings."""


@cache
def every_case() -> tuple[Case, ...]:
    return tuple(
        case for cases in (_lines(), _secrets(), _migrations(), _dependencies(), _architecture()) for case in cases
    )


def _lines() -> Iterator[Case]:
    for family, usual in _FILES.items():
        for path in sorted((FOLDER / family).glob("*.txt")):
            for kind, written in _signed(path):
                named = _NAMED.match(written)
                name = usual if named is None else named["name"]
                text = written if named is None else written[named.end() :]
                yield Case(family, path.stem, kind, name, text.replace("⏎", "\n"))


def _signed(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line[:2] in ("+ ", "~ ", "- "):
            yield line[0], line[2:]


def _secrets() -> Iterator[Case]:
    """Those of the file, and a made-up token of each provider's shape."""
    for shape in SHAPES:
        if not shape.near:
            yield Case("secrets", "secrets", ONE, "app/settings.py", f"value = '{shape.sample('bench')}'")
    for number, (kind, written) in enumerate(_signed(FOLDER / "secrets.txt")):
        named = _NAMED.match(written)
        shown = written if named is None else written[named.end() :]
        text = filled(shown.replace("⏎", "\n"), f"case {number}")
        usual = "deploy/app.env" if _SETTING.match(text) else "app/settings.py"
        yield Case("secrets", "secrets", kind, usual if named is None else named["name"], text)


def _blocks(name: str) -> Iterator[tuple[str, str]]:
    """What stands after "===", and the text below it."""
    written = (FOLDER / name).read_text(encoding="utf-8")
    for block in re.split(r"^=== ", written, flags=re.MULTILINE)[1:]:
        head, _, text = block.partition("\n")
        yield head, text


def _migrations() -> Iterator[Case]:
    for kind, category, sign in (
        ("harmful", "data loss", ONE),
        ("locks", "long locks", ONE),
        ("harmless", "data loss", HARMLESS),
    ):
        for path, text in _blocks(f"migrations-{kind}.txt"):
            yield Case("migrations", category, sign, path, text)


def _dependencies() -> Iterator[Case]:
    for kind, sign in (("new", ONE), ("harmless", HARMLESS)):
        for head, texts in _blocks(f"dependencies-{kind}.txt"):
            path, _, new = head.partition(" > ")
            before, _, after = texts.partition("---\n")
            yield Case(
                "dependencies", "new", sign, path, after, before, frozenset(filter(None, new.split(", "))) - {""}
            )


def _architecture() -> Iterator[Case]:
    for head, text in _blocks("architecture.txt"):
        yield Case("architecture", "layout", head[0], head[2:], text)
