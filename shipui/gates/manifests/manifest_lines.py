"""On which line of a manifest something stands: looked up once for all of its lines."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shipui.gates.base import ChangedFile
from shipui.gates.manifests.dependency import Dependency
from shipui.gates.manifests.python_requirements import normal

_TOKEN = re.compile(r"[A-Za-z0-9@][A-Za-z0-9@/._~+-]*")
_LONGEST = 20_000
"""Of a line; a manifest in one line has no line to point at."""


class ManifestLines:
    def __init__(self, file: ChangedFile) -> None:
        self._file = file
        self._python = file.suffix in {".toml", ".txt", ".in", ".lock", ".pip"} or file.name.startswith("Pipfile")
        self._in_change: dict[str, int] | None = None
        self._in_file: dict[str, int] | None = None

    def of(self, dependency: Dependency) -> int | None:
        """A line of the change if there is one, else any line of the file that names it."""
        name = dependency.name.rpartition(":")[2] if dependency.ecosystem == "Maven" else dependency.name
        spelt = normal(name) if dependency.ecosystem == "PyPI" else name.lower()
        if (line := self._added().get(spelt)) is None:
            line = self._whole().get(spelt)
        return min(self._file.added, default=None) if line is None else line

    def _added(self) -> dict[str, int]:
        if self._in_change is None:
            self._in_change = _index(sorted(self._file.added.items()), self._python)
        return self._in_change

    def _whole(self) -> dict[str, int]:
        if self._in_file is None:
            self._in_file = _index(enumerate((self._file.head or "").split("\n"), 1), self._python)
        return self._in_file

    def of_text(self, text: str) -> int | None:
        return next((line for line, content in sorted(self._file.added.items()) if text in content), None)


def _index(lines: Iterable[tuple[int, str]], python: bool) -> dict[str, int]:
    index: dict[str, int] = {}
    for line, content in lines:
        for token in _TOKEN.findall(content[:_LONGEST]):
            lower = token.lower()
            if "node_modules/" in lower:
                lower = lower.rpartition("node_modules/")[2]
            index.setdefault(lower, line)
            if python and ("_" in lower or "." in lower):
                index.setdefault(normal(lower), line)
    return index
