"""JavaScript and TypeScript: what could be read only in part."""

from __future__ import annotations

from shipui.gates.base import Rule
from shipui.model.findings import Severity

PARTLY_READ = Rule(
    id="js-partly-read",
    gate="security",
    title="A piece of a file that does not parse by itself",
    why="Only a diff was given, and this piece of the file cannot be read without the rest. Needs review: parts of it were not examined.",
    fix="Run the gates on the repository (--repo DIR --base REF), or have a reviewer look at it.",
    severity=Severity.LOW,
)

RULES = (PARTLY_READ,)
