"""The analyser of shell scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.base import ChangedFile
from shipui.gates.scripts.command_lines import found_in, logical_lines
from shipui.gates.scripts.reporting import Place, findings_at
from shipui.model.findings import Finding

_ENDINGS = (".sh", ".bash", ".zsh", ".ksh", ".bats", ".envrc")
_NAMES = frozenset(
    {
        ".bashrc",
        ".bash_profile",
        ".profile",
        ".zshrc",
        ".envrc",
        "entrypoint",
        "makefile",
        "gnumakefile",
        "pre-commit",
        "post-install",
    }
)
_STOPS = re.compile(r"^\s*set\s+(?:-\w*u|-o\s+nounset|-\w+\s+-\w*u)|^#!.*\bsh\s+-\w*u", re.MULTILINE)
_FIRST_LINE = re.compile(r"#!.{0,60}\b(?:ba|z|da|k)?sh\b")


class ShellAnalyser:
    name = "shell"

    def wants(self, file: ChangedFile) -> bool:
        if file.is_link:
            return False
        if file.name.lower().endswith(_ENDINGS) or file.name.lower() in _NAMES:
            return True
        first = file.added.get(1) or (file.head or "")[:80].split("\n", 1)[0]
        return "." not in file.name and _FIRST_LINE.match(first) is not None

    def examine_file(self, file: ChangedFile) -> list[Finding]:
        return findings_at(file, self._places(file))

    def _places(self, file: ChangedFile) -> Iterator[Place]:
        for fragment in file.texts():
            stops = _STOPS.search(fragment.text) is not None
            for first, last, text in logical_lines(list(fragment.lines)):
                for rule, detail in found_in(text, stops_at_unset=stops):
                    yield Place(rule, fragment.start + first, fragment.start + last, None, detail)
