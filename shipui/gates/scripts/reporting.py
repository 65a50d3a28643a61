"""From places in a file to findings on what this change touched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shipui.gates.base import ChangedFile
from shipui.gates.rules.scripts import BY_ID
from shipui.model.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Place:
    rule: str
    first: int
    """Line in the head, from 1."""
    last: int
    severity: Severity | None = None
    detail: str = ""


def findings_at(file: ChangedFile, places: Iterable[Place]) -> list[Finding]:
    shown = {fragment.start + offset: line for fragment in file.texts() for offset, line in enumerate(fragment.lines)}
    found = []
    for place in dict.fromkeys(places):
        if not file.touches(place.first, place.last):
            continue
        rule = BY_ID[place.rule]
        line = next((each for each in range(place.first, place.last + 1) if each in file.added), place.first)
        statement = "\n".join(
            shown.get(each, "")[:4000] for each in range(place.first, min(place.last, place.first + 40) + 1)
        )
        found.append(
            rule.finding(
                file.path,
                line,
                statement=statement,
                severity=place.severity,
                message=f"{place.detail} {rule.why}".strip(),
                evidence=shown.get(line, "")[:4000].strip(),
            )
        )
    return found
