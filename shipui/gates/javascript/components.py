"""Templates of components (Vue, Svelte): the places that take HTML as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.base import ChangedFile
from shipui.gates.rules.javascript_web import XSS
from shipui.model.findings import Finding, Severity

_RAW = re.compile(r"""\bv-html\s*=\s*"([^"]{1,400})"|\bv-html\s*=\s*'([^']{1,400})'|\{@html\s+([^}]{1,400})\}""")
_HARMLESS = re.compile(r"""purify|saniti[sz]|escape|\$?\bt\(|^\s*(['"`])[^$]*\1\s*$""", re.IGNORECASE)


def raw_html(file: ChangedFile) -> Iterator[Finding]:
    for line, written in file.added.items():
        for match in _RAW.finditer(written[:20_000]):
            value = next(each for each in match.groups() if each is not None)
            if not _HARMLESS.search(value):
                yield XSS.finding(file.path, line, statement=match.group(0), severity=Severity.MEDIUM)
