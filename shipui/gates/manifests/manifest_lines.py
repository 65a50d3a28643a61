"""On which line of a manifest something stands: looked up once for all of its lines."""

from __future__ import annotations

import re

from shipui.gates.base import ChangedFile
from shipui.gates.manifests.dependency import Dependency
from shipui.gates.manifests.python_requirements import normal

_TOKEN = re.compile(r"[A-Za-z0-9@][A-Za-z0-9@/._~+-]*")
_VERSION = re.compile(r"\d+\.\d+|[\"'](?:\*|latest)[\"']")
_LONGEST = 20_000
"""Of a line; a manifest in one line has no line to point at."""


class ManifestLines:
    def __init__(self, file: ChangedFile) -> None:
        self._file = file
        self._index: dict[str, int] | None = None

    def of(self, dependency: Dependency) -> int | None:
        """A line of the change if there is one, else any line of the file that names it."""
        if self._index is None:
            self._index = self._made()
        name = dependency.name.rpartition(":")[2] if dependency.ecosystem == "Maven" else dependency.name
        for spelt in (name.lower(), normal(name)):
            if (line := self._index.get(spelt)) is not None:
                return line
        return min(self._file.added, default=None)

    def of_text(self, text: str) -> int | None:
        return next((line for line, content in sorted(self._file.added.items()) if text in content), None)

    def adds(self, text: str) -> bool:
        return self.of_text(text) is not None

    def mentions_version(self, text: str) -> bool:
        return bool(_VERSION.search(text[:_LONGEST]))

    def _made(self) -> dict[str, int]:
        index: dict[str, int] = {}
        for line in sorted(self._file.added):
            _note(index, self._file.added[line], line)
        for line, content in enumerate((self._file.head or "").split("\n"), 1):
            _note(index, content, line)
        return index


def _note(index: dict[str, int], content: str, line: int) -> None:
    for token in _TOKEN.findall(content[:_LONGEST]):
        lower = token.lower()
        index.setdefault(lower.rpartition("node_modules/")[2], line)
        index.setdefault(normal(lower), line)
