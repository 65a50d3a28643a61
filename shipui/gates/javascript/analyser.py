"""The analyser of JavaScript and TypeScript: what it reads, how it parses it, and which families of rules look at it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from shipui.gates.base import ChangedFile, applied, needs_review
from shipui.gates.javascript.components import raw_html
from shipui.gates.javascript.families import (
    addresses,
    code,
    command,
    exfiltration,
    files,
    hiding,
    html,
    objects,
    settings,
    sql,
)
from shipui.gates.javascript.fragments import candidates
from shipui.gates.javascript.pages import COMPONENTS, PAGES, scripts_of_component, scripts_of_page
from shipui.gates.javascript.script import Script
from shipui.gates.javascript.tree import TooMuch, Tree, parsed, troubles_of
from shipui.gates.rules import javascript_injection, javascript_web
from shipui.gates.rules.javascript_reading import PARTLY_READ
from shipui.gates.rules.javascript_trust import HARDCODED_KEY, TLS_OFF, TOKEN_CHECK, WEAK_CRYPTO, WEAK_RANDOM
from shipui.model.findings import Finding

FAMILIES: dict[str, Callable[[Script], Iterable[Finding]]] = {
    "js-sql": sql.look,
    "js-command": command.look,
    "js-code": code.look,
    "js-html": html.look,
    "js-files": files.look,
    "js-addresses": addresses.look,
    "js-exfiltration": exfiltration.look,
    "js-settings": settings.look,
    "js-hiding": hiding.look,
    "js-objects": objects.look,
}
_LANGUAGES = {
    ".js": ("javascript", "tsx"),
    ".jsx": ("javascript", "tsx"),
    ".mjs": ("javascript", "typescript"),
    ".cjs": ("javascript", "typescript"),
    ".ts": ("typescript",),
    ".mts": ("typescript",),
    ".cts": ("typescript",),
    ".tsx": ("tsx",),
    ".vue": ("typescript", "tsx"),
    ".svelte": ("typescript",),
}
_TESTS = re.compile(
    r"(^|/)(tests?|__tests__|specs?|e2e|cypress|__mocks__|__fixtures__|fixtures)/|\.(test|tests|spec|e2e|cy|stories)\.[cm]?[jt]sx?$"
)
SHIPPED_ONLY = frozenset(
    rule.id
    for rule in (
        *javascript_injection.RULES,
        *javascript_web.RULES,
        TLS_OFF,
        WEAK_CRYPTO,
        WEAK_RANDOM,
        TOKEN_CHECK,
        HARDCODED_KEY,
    )
)
"""Flaws of what serves others: in tests they are on purpose, or do no harm. What hides, sends away or lets in is reported there too."""


class JavaScriptAnalyser:
    name = "javascript"

    def wants(self, file: ChangedFile) -> bool:
        return (file.suffix in _LANGUAGES and not file.path.endswith(".d.ts")) or file.suffix in PAGES

    def examine_file(self, file: ChangedFile) -> list[Finding]:
        try:
            return self._examined(file)
        except TooMuch as reason:
            return [needs_review(file.path, None, str(reason))]

    def _examined(self, file: ChangedFile) -> list[Finding]:
        if file.suffix in PAGES:
            return self._embedded(file)
        if file.head is None:
            return self._fragments(file)
        if file.suffix in COMPONENTS:
            return [*raw_html(file), *self._embedded(file)]
        return self._whole(file, file.head)

    def _whole(self, file: ChangedFile, text: str) -> list[Finding]:
        tree = _best(text, file)
        trouble = _new_trouble(file, tree.troubles)
        found = [needs_review(file.path, trouble, f"does not parse at line {trouble}")] if trouble else []
        return found + _looked_at(file, tree)

    def _embedded(self, file: ChangedFile) -> list[Finding]:
        """The scripts in a page or component, at their own lines. Of a diff alone, those that it shows whole."""
        found: list[Finding] = []
        for fragment in file.texts():
            scripts = scripts_of_page if file.suffix in PAGES else scripts_of_component
            for each in scripts(fragment.text):
                first = each.first_line + fragment.start - 1
                if not file.touches(first, first + each.text.count("\n")):
                    continue
                troubles = troubles_of(each.text, each.language) if each.plain else []
                if troubles and file.touches(troubles[0][0] + first - 1, troubles[0][1] + first - 1):
                    line = troubles[0][0] + first - 1
                    found.append(needs_review(file.path, line, f"does not parse at line {line}"))
                found += _looked_at(file, parsed(each.text, each.language, first))
        return found

    def _fragments(self, file: ChangedFile) -> list[Finding]:
        """With only a diff at hand: each piece as well as it can be completed."""
        found: list[Finding] = []
        for fragment in file.fragments:
            text = fragment.text
            if (
                not any(line in file.added for line in range(fragment.start, fragment.start + len(fragment.lines)))
                and not file.cuts
            ):
                continue
            completed, language, trouble = _completed(file, text, fragment.start)
            if trouble:
                found.append(PARTLY_READ.finding(file.path, trouble, statement=text[:400], evidence=""))
            found += _looked_at(file, parsed(completed, language, fragment.start))
        return found


def _best(text: str, file: ChangedFile) -> Tree:
    """The tree in the language that fits."""
    languages = _LANGUAGES[file.suffix]
    tree = parsed(text, languages[0])
    for language in languages[1:] if tree.troubles else ():
        other = parsed(text, language)
        if len(other.troubles) < len(tree.troubles):
            tree = other
    return tree


def _new_trouble(file: ChangedFile, troubles: list[tuple[int, int]]) -> int | None:
    """The first line that does not parse, if this change is what made it so, or touched it."""
    for first, last in troubles:
        if file.touches(first, last):
            return first
    if (
        troubles
        and file.base is not None
        and not any(not troubles_of(file.base, each) for each in _LANGUAGES[file.suffix])
    ):
        return None
    return troubles[0][0] if troubles else None


def _completed(file: ChangedFile, text: str, start: int) -> tuple[str, str, int | None]:
    """The completion with the least trouble on changed lines, its language, and where that trouble is."""
    best: tuple[int, str, str, int | None] | None = None
    language = {"javascript": "tsx"}.get(_LANGUAGES[file.suffix][0], _LANGUAGES[file.suffix][0])
    for each in candidates(text):
        troubles = troubles_of(each, language)
        bad = [first + start - 1 for first, last in troubles if file.touches(first + start - 1, last + start - 1)]
        weight = len(bad) * 1000 + len(troubles)
        if best is None or weight < best[0]:
            best = (weight, each, language, bad[0] if bad else None)
        if weight == 0:
            break
    assert best is not None
    return best[1:]


def _looked_at(file: ChangedFile, tree: Tree) -> list[Finding]:
    script = Script(file, tree)

    def by(family: Callable[[Script], Iterable[Finding]]) -> Callable[[], list[Finding]]:
        return lambda: list(family(script))

    found = applied(file.path, [(name, by(family)) for name, family in FAMILIES.items()])
    if script.exhausted:
        found.append(needs_review(file.path, None, "has more values that depend on one another than can be followed"))
    return [each for each in found if each.rule not in SHIPPED_ONLY] if _TESTS.search(file.path) else found
