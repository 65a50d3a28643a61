"""The analyser of texts that show something else than they are: direction overrides and invisible characters, in any language."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.base import ChangedFile
from shipui.gates.scripts.reporting import Place, findings_at
from shipui.model.findings import Finding

_SOURCES = re.compile(
    r"\.(?:py|pyi|js|jsx|ts|tsx|mjs|cjs|vue|svelte|go|rs|java|kt|c|h|cc|cpp|cs|rb|php|swift|scala|sh|bash|sql|ya?ml|toml|json|tf|html?|css|gradle|lua|pl)$"
    r"|(?:^|/)(?:Dockerfile|Makefile)[\w.]*$"
)
_OVERRIDES = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"
_HIDDEN = re.compile(
    rf"[{_OVERRIDES}]|[\u200b\u200c\u200d\u2060\ufeff\u180e]{{4,}}|[\U000e0001-\U000e007f]{{2,}}|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{{4,}}|[\u3164\uffa0\u115f\u1160]"
)


class HiddenTextAnalyser:
    name = "hidden-text"

    def wants(self, file: ChangedFile) -> bool:
        return not file.is_link and _SOURCES.search(file.path) is not None

    def examine_file(self, file: ChangedFile) -> list[Finding]:
        return findings_at(file, self._places(file))

    def _places(self, file: ChangedFile) -> Iterator[Place]:
        for number, line in file.added.items():
            if not line.isascii() and _HIDDEN.search(line):
                yield Place("hidden-text", number, number)
