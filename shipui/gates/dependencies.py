"""The gate for dependencies: what each manifest and lock file gains, changes and loses."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache

from shipui.config.settings import DependencyGateSettings, GateSettings
from shipui.gates.base import Change, ChangedFile, Fragment, Rule, Status, applied, needs_review
from shipui.gates.manifests.advisories import Advisories, Advisory
from shipui.gates.manifests.comparison import Difference, differences
from shipui.gates.manifests.dependency import Dependency, Format, Manifest, Source, Unreadable
from shipui.gates.manifests.former_fragments import former_fragments, unclear_line
from shipui.gates.manifests.look_alikes import looks_like
from shipui.gates.manifests.manifest_files import format_of
from shipui.gates.manifests.manifest_lines import ManifestLines
from shipui.gates.rules import dependencies as rules
from shipui.model.findings import Finding, GateReport, Severity
from shipui.model.text import visible

_USUAL_INDEXES = re.compile(
    r"^(?:https://)?(?:pypi\.org|files\.pythonhosted\.org|test\.pypi\.org|pypi\.python\.org)(?:/|$)"
)
_BUILDS = re.compile(
    r"^(?:husky|lefthook|simple-git-hooks|npm run|yarn|pnpm|tsc|rollup|tsup|vite|turbo|node-gyp|patch-package|prisma|is-ci|npx husky)\b"
)
_DANGEROUS = re.compile(
    r"\b(?:curl|wget|fetch|nc|ncat|powershell|bash|sh|zsh|eval|exec|base64|xxd|certutil|bitsadmin|python3?|perl|ruby)\b"
    r"|https?://|node\s+-e|\|\s*sh\b|\$\(|`|/dev/tcp|>\s*/",
    re.IGNORECASE,
)
_GRADES = {
    "CRITICAL": Severity.CRITICAL,
    "HIGH": Severity.HIGH,
    "MODERATE": Severity.MEDIUM,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
}
_ARRIVES = frozenset(
    {"dependency-new", "dependency-locked", "dependency-bumped", "dependency-downgraded", "dependency-unpinned"}
)


class Dependencies:
    name = "dependencies"

    def examine(self, change: Change, settings: GateSettings) -> GateReport:
        findings: list[Finding] = []
        files = lines = 0
        changed: list[tuple[ChangedFile, list[Difference]]] = []
        for file in change.files:
            found = format_of(file.path)
            if found is None or file.is_link:
                continue
            if file.binary or file.unreadable:
                findings.append(needs_review(file.path, None, file.unreadable or "is not text"))
                continue
            files += 1
            lines += len(file.added)
            reading = _Reading(file, found)
            findings += applied(file.path, [("dependencies", reading.findings)])
            changed.append((file, reading.differences))
        advisories, problem = _advisories(changed, settings.dependencies)
        for file, found_differences in changed:
            findings += applied(file.path, [("dependency-new", _listing(file, found_differences, advisories))])
            if problem:
                findings.append(needs_review(file.path, None, problem))
        return GateReport(self.name, files, lines, tuple(findings))


class _Reading:
    """One manifest: both sides, and what differs."""

    def __init__(self, file: ChangedFile, its_format: Format) -> None:
        self._file = file
        self._format = its_format
        self._lines = ManifestLines(file)
        self.differences: list[Difference] = []

    def findings(self) -> list[Finding]:
        found: list[Finding] = []
        base, head = self._base(found), self._head(found)
        if head is None:
            return found
        self.differences = [self._placed(each) for each in differences(base, head, lock=self._format.lock)]
        known = set(base.unread)
        found += [needs_review(self._file.path, None, each) for each in head.unread if each not in known]
        found += self._scripts(base, head)
        for address in sorted(head.indexes - base.indexes):
            if not _USUAL_INDEXES.match(address) or address.startswith("http:"):
                line = self._lines.of_text(address)
                found.append(
                    _rules()["dependency-index"].finding(
                        self._file.path, line, statement=address, evidence=visible(_public(address))
                    )
                )
        found += self._look_alikes()
        return found

    def _base(self, found: list[Finding]) -> Manifest:
        if self._file.status is Status.ADDED:
            return Manifest()
        if self._file.base is None and self._file.head is None:
            return self._from_fragments(former_fragments(self._file))
        try:
            return self._format.read(self._file.base) if self._file.base else Manifest()
        except Unreadable as error:
            found.append(needs_review(self._file.path, None, f"cannot be compared: before this change it {error}"))
            return Manifest()

    def _head(self, found: list[Finding]) -> Manifest | None:
        if self._file.status is Status.DELETED:
            return Manifest()
        if self._file.head is None:
            if line := unclear_line(self._file):
                found.append(needs_review(self._file.path, line, "cannot be read from the diff alone"))
            return self._from_fragments(self._file.fragments)
        try:
            return self._format.read(self._file.head)
        except Unreadable as error:
            found.append(needs_review(self._file.path, None, str(error)))
            return None

    def _from_fragments(self, fragments: Iterable[Fragment]) -> Manifest:
        """Only a diff is at hand: what it shows of the file, each stretch read as a whole if it is one, else line by line."""
        gathered: list[Dependency] = []
        scripts: dict[str, str] = {}
        indexes: set[str] = set()
        for fragment in fragments:
            piece = self._piece(fragment)
            scripts |= piece.scripts
            indexes |= piece.indexes
            gathered += [
                replace(each, line=None if each.line is None else each.line + fragment.start - 1)
                for each in piece.dependencies
            ]
        return Manifest(tuple(gathered), scripts, frozenset(indexes))

    def _piece(self, fragment: Fragment) -> Manifest:
        if fragment.start == 1:
            with suppress(Unreadable):  # it is no whole file: line by line, then
                return self._format.read(fragment.text)
        with suppress(Unreadable):
            return (self._format.read_piece or self._format.read)(fragment.text)
        return Manifest()

    def _placed(self, difference: Difference) -> Difference:
        dependency = difference.dependency
        line = dependency.line if dependency.line is not None else self._lines.of(dependency)
        if difference.rule == "dependency-gone":
            line = None
        return replace(difference, dependency=replace(dependency, line=line))

    def _scripts(self, base: Manifest, head: Manifest) -> Iterator[Finding]:
        for name, command in head.scripts.items():
            dangerous = bool(_DANGEROUS.search(command[:5000]))
            if base.scripts.get(name) == command or (
                not dangerous and (_BUILDS.match(command) or name.endswith("prepare"))
            ):
                continue
            yield _rules()["dependency-install-script"].finding(
                self._file.path,
                self._lines.of_text(f'"{name}"'),
                statement=f"{name}: {command}",
                severity=Severity.HIGH if dangerous else None,
                message=f"The script {name} runs whenever this package is installed: {visible(command, limit=120)}.",
            )

    def _look_alikes(self) -> Iterator[Finding]:
        for each in self.differences:
            dependency = each.dependency
            if each.rule not in {"dependency-new", "dependency-locked"} or dependency.source is Source.WORKSPACE:
                continue
            if popular := looks_like(dependency.ecosystem, dependency.name):
                yield _rules()["dependency-look-alike"].finding(
                    self._file.path,
                    dependency.line,
                    statement=dependency.name,
                    message=f"{visible(dependency.name)} looks like {popular}. {_rules()['dependency-look-alike'].why}",
                )


def _listing(file: ChangedFile, found: list[Difference], advisories: Advisories | None) -> Callable[[], list[Finding]]:
    return lambda: [finding for each in found for finding in _of_difference(file.path, each, advisories)]


def _of_difference(path: str, difference: Difference, advisories: Advisories | None) -> Iterator[Finding]:
    dependency, before = difference.dependency, difference.before
    rule = _rules()[difference.rule]
    arrives = difference.rule in _ARRIVES
    known = advisories.of(dependency) if arrives and advisories is not None else None
    message = f"{rule.title}: {_described(dependency, before)}."
    if difference.rule in {"dependency-new", "dependency-locked"}:
        licence = dependency.licence or "unknown"
        message += f" Licence: {visible(licence, limit=60)}. Known vulnerabilities: {_counted(known)}."
    severity = (
        Severity.INFO
        if difference.rule == "dependency-new" and dependency.source in {Source.WORKSPACE, Source.PATH}
        else None
    )
    if dependency.address.startswith("http:") and difference.rule == "dependency-from-elsewhere":
        severity = Severity.HIGH
    statement = f"{dependency.name} {dependency.version} {dependency.group}"
    yield rule.finding(
        path,
        dependency.line,
        statement=statement,
        severity=severity,
        message=f"{message} {rule.why}",
        evidence=_public(statement),
    )
    for advisory in known or []:
        yield _rules()["dependency-vulnerable"].finding(
            path,
            dependency.line,
            statement=f"{dependency.name} {advisory.id}",
            severity=_GRADES.get(advisory.severity, Severity.HIGH),
            message=f"{_described(dependency, None)} has a known vulnerability, {visible(advisory.id)}: {visible(advisory.summary)}",
        )


def _counted(known: list[Advisory] | None) -> str:
    if known is None:
        return "unknown"
    return str(len(known)) if known else "none in the configured records"


def _described(dependency: Dependency, before: Dependency | None) -> str:
    version = visible(_public(dependency.version), limit=80) or "any version"
    if before is not None and before.version != dependency.version:
        version = f"{visible(_public(before.version), limit=80) or 'any version'} to {version}"
    where = f", {visible(dependency.group, limit=40)}" if dependency.group else ""
    source = "" if dependency.source is Source.REGISTRY else f", from a {dependency.source}"
    address = (
        f" {visible(_public(dependency.address), limit=100)}"
        if dependency.address and dependency.source is not Source.REGISTRY
        else ""
    )
    return f"{visible(dependency.name, limit=120)} {version} ({dependency.ecosystem}{where}{source}{address})"


def _public(address: str) -> str:
    """Without a password or token in it."""
    return re.sub(r"(?<=://)[^/@\s]+@", "***@", address)


def _advisories(
    changed: list[tuple[ChangedFile, list[Difference]]], settings: DependencyGateSettings
) -> tuple[Advisories | None, str]:
    wanted = [each.dependency for _, found in changed for each in found if each.rule in _ARRIVES]
    if settings.osv is None or not wanted:
        return None, ""
    try:
        return Advisories(settings.osv, wanted), ""
    except (OSError, zipfile.BadZipFile) as error:
        return None, f"could not be looked up: the vulnerability records in {settings.osv} cannot be read ({error})"


@cache
def _rules() -> dict[str, Rule]:
    return {rule.id: rule for rule in rules.RULES}
