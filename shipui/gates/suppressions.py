"""Comments that allow a finding: `shipui: allow RULE reason`, on the line itself or on a line of its own above it.

One counts only if it was there before this change: else whoever writes the flaw also writes the permission.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shipui.gates.base import Change, ChangedFile, Rule
from shipui.gates.rules.suppressions import ADDED, UNUSED
from shipui.model.findings import INCOMPLETE, Finding

_COMMENT = re.compile(r"(//|#|--|/\*|<!--|;|\*)\s*shipui:\s*allow\s+([a-z][a-z0-9-]*)\b[ \t]*(.*)")
_WORD = "shipui:"


@dataclass(frozen=True, slots=True)
class Suppression:
    rule: str
    path: str
    line: int
    """Of the comment."""
    target: int
    """The line that it is about."""
    reason: str
    text: str
    is_new: bool


def suppressions(change: Change) -> list[Suppression]:
    return [each for file in change.files for each in _in_file(file)]


def split(findings: list[Finding], known: list[Suppression]) -> tuple[list[Finding], set[Suppression]]:
    """The findings that remain, and the suppressions that were needed for the others."""
    by_place = {(each.path, each.target, each.rule): each for each in known if not each.is_new and each.reason}
    kept, used = [], set()
    for finding in findings:
        suppression = by_place.get((finding.path, finding.line or 0, finding.rule))
        if suppression is None or finding.rule in INCOMPLETE:
            kept.append(finding)
        else:
            used.add(suppression)
    return kept, used


def reported(change: Change, known: list[Suppression], used: set[Suppression]) -> Iterator[Finding]:
    """New ones; and old ones that are no longer needed, where this change touched what they are about."""
    files = {file.path: file for file in change.files}
    for each in known:
        if each.is_new:
            yield _finding(ADDED, each)
        elif each not in used and files[each.path].touches(each.target, each.target):
            yield _finding(UNUSED, each)


def _finding(rule: Rule, suppression: Suppression) -> Finding:
    return rule.finding(suppression.path, suppression.line, statement=suppression.text)


def _in_file(file: ChangedFile) -> Iterator[Suppression]:
    for fragment in file.texts():
        if not any(_WORD in line for line in fragment.lines):
            continue
        for number, line in enumerate(fragment.lines, fragment.start):
            match = _COMMENT.search(line) if _WORD in line and len(line) < 2000 else None
            if match:
                alone = not line[: match.start()].strip().strip("{")
                target = number + 1 if alone else number
                reason = re.sub(r"(\*/|-->)\s*}?\s*$", "", match.group(3)).strip()
                yield Suppression(match.group(2), file.path, number, target, reason, line.strip(), number in file.added)
