"""The analyser of Python files: reads, follows values, and reports what this change touched."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from shipui.gates.base import ChangedFile, needs_review
from shipui.gates.python.reading import Piece, Unread, read_fragment, read_whole, statements_of
from shipui.gates.python.scopes import Hit, ModuleFacts
from shipui.gates.python.statements import Statements
from shipui.gates.rules.python import BY_ID
from shipui.model.findings import Finding, Severity

_ENDINGS = (".py", ".pyw", ".pyi")
_WEIGHT = {severity: weight for weight, severity in enumerate(Severity)}
_MOST_NAMES = 200
_QUIET_IN_TESTS = frozenset(
    {
        "python-tls-verification-off",
        "python-open-permissions",
        "python-insecure-temporary-file",
        "python-open-bind",
        "python-weak-cryptography",
    }
)

_MILD_IN_TESTS = frozenset({"python-code-execution", "python-unsafe-deserialisation", "python-dynamic-import"})
"""In tests a value of which nothing is known is the test's own."""


class PythonAnalyser:
    name = "python"

    def wants(self, file: ChangedFile) -> bool:
        if file.is_link:
            return False
        return file.path.endswith(_ENDINGS) or _starts_python(file)

    def examine_file(self, file: ChangedFile) -> list[Finding]:
        pieces: list[Piece] = []
        unread: list[Unread] = []
        if file.head is not None:
            lines = file.head.split("\n")
            pieces, unread = read_whole(file.head)
        else:
            lines = []
            for fragment in file.fragments:
                found, missed = read_fragment(fragment.lines, fragment.start)
                pieces += found
                unread += missed
        findings = [
            needs_review(file.path, each.line, each.why)
            for each in _first_of_each(unread)
            if file.touches(each.line, each.last)
        ]
        facts = ModuleFacts(file.path)
        for piece in pieces:
            facts.lines = list(piece.lines or lines)
            reader = Statements(facts, _untouched(file, piece) if file.head is not None else frozenset())
            reader.read(piece.tree)
            findings += [
                needs_review(file.path, line + piece.shift, "nests too deeply to be read")
                for line in reader.too_deep[:1]
            ]
            findings += self._findings(file, reader.hits, piece.shift, lines)
        return findings

    def _findings(self, file: ChangedFile, hits: Iterable[Hit], shift: int, lines: list[str]) -> list[Finding]:
        worst: dict[tuple[str, int], Hit] = {}
        for hit in hits:
            place = (hit.rule, hit.lines[0])
            known = worst.get(place)
            if known is None or _weight(hit) < _weight(known):
                worst[place] = hit
        found = []
        shown = _text(file)
        in_tests = ModuleFacts(file.path).is_test
        for hit in worst.values():
            first, last = hit.lines[0] + shift, hit.lines[1] + shift
            touched = file.touches(first, last) or any(file.touches(line + shift, line + shift) for line in hit.related)
            if not touched:
                continue
            if in_tests and (
                hit.rule in _QUIET_IN_TESTS or (hit.rule in _MILD_IN_TESTS and hit.severity is Severity.MEDIUM)
            ):
                continue
            rule = BY_ID[hit.rule]
            statement = "\n".join(shown.get(line, "") for line in range(first, min(last, first + 40) + 1))
            line = next((each for each in range(first, last + 1) if each in file.added), first)
            found.append(
                rule.finding(
                    file.path,
                    line,
                    statement=statement,
                    severity=hit.severity,
                    message=f"{hit.detail} {rule.why}".strip(),
                    evidence=shown.get(line, "").strip(),
                )
            )
        return found


def _untouched(file: ChangedFile, piece: Piece) -> frozenset[int]:
    """Functions that the change neither touched nor could have altered through one that they call; those that prepare an object are read."""
    if len(file.added) >= len(piece.lines):
        return frozenset()
    functions = [node for node in statements_of(piece.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    touched = {node.name for node in functions if file.touches(_first_line(node), node.end_lineno or node.lineno)}
    if len(touched) == len(functions) or len(touched) > _MOST_NAMES or not piece.lines:
        return frozenset()
    mentions = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(touched)))})\b") if touched else None
    left_out = set()
    for node in functions:
        if node.name in touched or node.name in ("__init__", "setUp", "prepare"):
            continue
        text = "\n".join(piece.lines[node.lineno - 1 : node.end_lineno])
        if mentions is None or not mentions.search(text):
            left_out.add(node.lineno)
    return frozenset(left_out)


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _weight(hit: Hit) -> int:
    return _WEIGHT[hit.severity or BY_ID[hit.rule].severity]


def _starts_python(file: ChangedFile) -> bool:
    """A program without an ending whose first line names Python."""
    if "." in file.name:
        return False
    first = file.added.get(1) or (file.head or "")[:80].split("\n", 1)[0]
    return first.startswith("#!") and "python" in first[:80]


def _text(file: ChangedFile) -> dict[int, str]:
    return {fragment.start + place: line for fragment in file.texts() for place, line in enumerate(fragment.lines)}


def _first_of_each(unread: list[Unread]) -> list[Unread]:
    """Not a finding for each line of a file that is no Python at all: whoever reviews it has to look at the whole of it."""
    seen: set[str] = set()
    kept: list[Unread] = []
    for each in unread:
        if each.why not in seen:
            kept.append(each)
        seen.add(each.why)
    return kept
