"""Whether a feature is of use to others: four criteria, each with its reasons, and what to change before it is shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from shipui.config.settings import ContributionSettings, Settings
from shipui.gates.base import Change, ChangedFile, Status
from shipui.gates.engine import examine
from shipui.gates.layout.patterns import within
from shipui.gates.range_reading import change_in
from shipui.model.contribution import Assessment, Criterion, Grade, Mode
from shipui.model.findings import INCOMPLETE, Finding, Report
from shipui.model.redaction import Redaction
from shipui.model.text import counted, listed, visible
from shipui.records import gates
from shipui.sandboxes.base import Examined
from shipui.ship.proprietary_content import Content, proprietary_content

MUCH = 2_000
"""Lines that others can hardly review at once."""
_CODE = (
    ".py", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".go", ".rs", ".rb", ".java", ".kt", ".php", ".cs",
    ".c", ".h", ".cc", ".cpp", ".swift", ".sh", ".sql", ".css", ".scss", ".html",
)  # fmt: skip
_PROSE = (".md", ".rst", ".txt", ".adoc")
_OPERATION = (
    "deploy",
    "deployment",
    "infra",
    "infrastructure",
    "k8s",
    "helm",
    "terraform",
    "ansible",
    "**/.env*",
    "ops",
)
_TESTS = ("**/test", "**/tests", "**/__tests__", "**/spec", "**/e2e")


def assess(
    change: Change,
    report: Report,
    title: str,
    settings: ContributionSettings,
    redaction: Redaction,
    cleared: frozenset[str] = frozenset(),
) -> Assessment:
    """`report` is what the gates said of the same change; `cleared` are fingerprints of findings that do not speak against leaving."""
    content = proprietary_content(change, title, settings, redaction)
    secrets, unread = _of_the_gates(report, cleared)
    parts = (_fit(change, settings), _value(change), _kind(change), _proprietary(content, secrets, unread))
    changes = [reason for criterion in parts[:3] if criterion.grade is Grade.CHANGES for reason in criterion.reasons]
    return Assessment(
        parts,
        changes=tuple(changes),
        doubts=content.doubts,
        stops=(*content.stops, *unread, *content.renames),
        secrets=secrets,
    )


def cleared_findings(connection: psycopg.Connection[Any], build: str, mode: Mode) -> frozenset[str]:
    """What others get to see must hold no secret; into a repository of one's own goes also what a reviewer has accepted."""
    if mode.shares:
        return gates.called_false_of_build(connection, build)
    return gates.settled_of_build(connection, build)


def _fit(change: Change, settings: ContributionSettings) -> Criterion:
    private = [each for each in change.files if within(each.path, settings.private_paths)]
    operation = [each for each in change.files if within(each.path, _OPERATION)]
    if private and len(private) == len(change.files):
        return Criterion("fit", Grade.BAD, ("All of it lies in places that are of use to this install alone.",))
    if private:
        return Criterion("fit", Grade.CHANGES, (f"Leave out what is of use to this install alone: {_paths(private)}.",))
    if operation:
        return Criterion("fit", Grade.OPEN, (f"It changes how this install is run: {_paths(operation)}.",))
    return Criterion("fit", Grade.GOOD, ("All of it lies where the product's own code lies.",))


def _value(change: Change) -> Criterion:
    code = [each for each in change.files if each.suffix in _CODE and not _is_test(each) and each.added]
    tests = [each for each in change.files if _is_test(each) and each.added]
    prose = [each for each in change.files if each.suffix in _PROSE and each.added]
    lines = sum(len(each.added) for each in change.files)
    name = "community value"
    if not code:
        if tests or prose:
            return Criterion(name, Grade.GOOD, ("It adds tests or documentation, which everybody can use.",))
        return Criterion(name, Grade.OPEN, ("It adds no code, no tests and no documentation.",))
    if lines > MUCH:
        return Criterion(name, Grade.OPEN, (f"It adds {lines} lines: others can hardly review that at once.",))
    if not tests:
        return Criterion(name, Grade.CHANGES, ("Add tests: without them others cannot keep it working.",))
    return Criterion(name, Grade.GOOD, (f"It comes with tests, in {_paths(tests)}.",))


def _kind(change: Change) -> Criterion:
    new = [each for each in change.files if each.status is Status.ADDED and each.suffix in _CODE and not _is_test(each)]
    touched = [each for each in change.files if each.status in {Status.MODIFIED, Status.RENAMED} and each.added]
    name = "augmentation or innovation"
    reasons = []
    if new:
        reasons.append(f"Innovation: {counted(len(new), 'new file')} of code.")
    if touched:
        reasons.append(
            f"Augmentation: it adds to {counted(len(touched), 'file')} that are there.".replace(
                "1 file that are", "1 file that is"
            )
        )
    if not reasons:
        return Criterion(name, Grade.OPEN, ("It only takes things away, or adds no code.",))
    return Criterion(name, Grade.GOOD, tuple(reasons))


def _proprietary(content: Content, secrets: Sequence[str], unread: Sequence[str]) -> Criterion:
    name = "proprietary content"
    if secrets or content.stops or unread or content.renames:
        return Criterion(name, Grade.BAD, (*secrets, *content.stops, *unread, *content.renames))
    if content.doubts:
        return Criterion(name, Grade.CHANGES, (*content.doubts, *content.redacted))
    clean = "Nothing in it looks like names, prices, customer data or secrets."
    return Criterion(name, Grade.GOOD, content.redacted or (clean,))


def _of_the_gates(report: Report, cleared: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Where secrets stand, and what could not be looked at."""
    security = [each for each in report.gates if each.gate == "security"]
    found = [each for gate in security for each in gate.findings if each.fingerprint not in cleared]
    secrets = [f"{_place(each)}: {each.message}" for each in found if each.rule.startswith("secret-")]
    unread = [f"{_place(each)} could not be examined for secrets." for each in found if each.rule in INCOMPLETE]
    return tuple(secrets), tuple(unread)


def _place(finding: Finding) -> str:
    path = visible(finding.path, limit=120)
    return path if finding.line is None else f"{path}, line {finding.line}"


def _is_test(file: ChangedFile) -> bool:
    name = file.name.lower()
    return within(file.path, _TESTS) is not None or name.startswith("test_") or ".test." in name or ".spec." in name


def _paths(files: Sequence[ChangedFile]) -> str:
    return listed([visible(each.path, limit=80) for each in files], most=3)


def assess_range(
    examined: Examined, title: str, settings: Settings, redaction: Redaction, cleared: frozenset[str]
) -> Assessment:
    """Of a kept range, before anything is shipped: with the gates' own look at it."""
    change = change_in(examined)
    return assess(change, examine(change, settings.gates), title, settings.contribution, redaction, cleared)
