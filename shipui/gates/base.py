"""What a gate sees of a change, what a gate is, and how its rules are declared. Pure: nobody here reads a disk or a repository.

A gate examines a whole change. Where files can be examined one by one, a gate is a list of analysers instead (`FileAnalyser`):
the engine spreads them over processes. So a ChangedFile is plain data that can be sent to a worker, and an analyser keeps no state.

Whatever goes wrong with one file or rule becomes a finding (`needs_review`, `rule_failed`), never an exception that stops the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from shipui.config.settings import GateSettings
from shipui.gates.secrets.masking import masked
from shipui.model.findings import GATE_FAILED, NEEDS_REVIEW, Finding, GateReport, Severity
from shipui.model.text import visible

LONGEST_EVIDENCE = 200
LONGEST_STATEMENT = 4_000


class Status(StrEnum):
    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Fragment:
    """A stretch of the head's file as a diff shows it: added and unchanged lines."""

    start: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """Lines have no line ends (no "\\r" either), and are numbered from 1. Paths use "/", and never leave the tree."""

    path: str
    """Its path in the head; of a deleted file, in the base."""
    status: Status
    old_path: str | None = None
    """Its path in the base, when there was one."""
    mode: int | None = None
    """git's, in the head: 0o100644, 0o100755, 0o120000 (symbolic link), 0o160000 (submodule)."""
    old_mode: int | None = None
    binary: bool = False
    added: Mapping[int, str] = field(default_factory=dict)
    """By line number in the head."""
    removed: Mapping[int, str] = field(default_factory=dict)
    """By line number in the base."""
    cuts: frozenset[int] = frozenset()
    """Line numbers in the head before which lines were removed."""
    head: str | None = None
    """The whole text, line ends made "\\n"; None: not at hand (only a diff), or no text."""
    base: str | None = None
    fragments: tuple[Fragment, ...] = ()
    """What the diff shows of the head's file, in order, for when `head` is None."""
    unreadable: str = ""
    """Why its text cannot be examined, in plain words ("is larger than 20 MB"); empty if it can be."""

    @property
    def is_link(self) -> bool:
        return self.mode == 0o120000

    @property
    def suffix(self) -> str:
        """Lower case with its dot: ".ts"."""
        name = self.path.rpartition("/")[2]
        dot = name.rfind(".")
        return name[dot:].lower() if dot > 0 else ""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    def touches(self, first: int, last: int) -> bool:
        """Whether this change touched the head's lines first..last (both included): added there, or removed from between them."""
        if last - first < len(self.added) + len(self.cuts):
            return any(line in self.added for line in range(first, last + 1)) or any(
                line in self.cuts for line in range(first + 1, last + 1)
            )
        return any(first <= line <= last for line in self.added) or any(first < line <= last for line in self.cuts)

    def texts(self) -> tuple[Fragment, ...]:
        """What there is to read of the head's file: all of it as one piece, or else the fragments of the diff."""
        if self.head is not None:
            return (Fragment(1, tuple(self.head.split("\n"))),) if self.head else ()
        return self.fragments


class Tree(Protocol):
    """The head commit's files, where there is more than a diff."""

    def paths(self) -> frozenset[str]: ...

    def read(self, path: str) -> str | None:
        """Text of a file that need not have changed; None if there is none, or it is no text."""
        ...

    def ever_held(self, folder: str) -> bool | None:
        """Whether any commit that can be seen had a file below that folder; None: cannot be told."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    files: tuple[ChangedFile, ...]
    """Ordered by path."""
    tree: Tree | None = None
    """None when only a diff is at hand."""
    problems: tuple[Finding, ...] = ()
    """What of the diff itself could not be read: made with `needs_review`. The engine reports them; gates need not."""


class Gate(Protocol):
    name: str
    """security, destructive-operations, architecture or dependencies."""

    def examine(self, change: Change, settings: GateSettings) -> GateReport:
        """Findings need no fingerprint yet. `files` and `lines`: those that the gate really read."""
        ...


class FileAnalyser(Protocol):
    """One language or subject of the security gate. Stateless; made anew in each worker process."""

    name: str

    def wants(self, file: ChangedFile) -> bool:
        """By path, mode and status alone. A deleted or binary file is never offered."""
        ...

    def examine_file(self, file: ChangedFile) -> list[Finding]: ...


@dataclass(frozen=True, slots=True)
class Example:
    """A file as a whole, all of it new unless `base` says what was there before."""

    path: str
    text: str
    base: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as data. A file below gates/rules/ declares one or a family of them in a tuple RULES."""

    id: str
    """Stable, lower case, words joined by "-": js-sql-injection, secret-aws-access-key, sql-drop-table."""
    gate: str
    title: str
    why: str
    """What can go wrong, in plain words."""
    fix: str
    severity: Severity
    """The usual one; a finding may be graded higher or lower."""
    cwe: str | None = None
    flagged: tuple[Example, ...] = ()
    unflagged: tuple[Example, ...] = ()

    def finding(
        self,
        path: str,
        line: int | None,
        *,
        statement: str,
        severity: Severity | None = None,
        message: str = "",
        fix: str = "",
        evidence: str | None = None,
    ) -> Finding:
        """`evidence` is what is shown of the place (default: the statement's first characters). Secrets in all of them are masked here."""
        return Finding.found(
            self.id,
            severity or self.severity,
            path,
            line,
            masked(message) if message else self.why,
            statement=_bounded(statement),
            fix=masked(fix) if fix else self.fix,
            cwe=self.cwe,
            evidence=visible(
                " ".join(masked((statement if evidence is None else evidence)[:LONGEST_STATEMENT])[:2000].split()),
                limit=LONGEST_EVIDENCE,
            ),
        )


def _bounded(statement: str) -> str:
    """Masked; what is beyond LONGEST_STATEMENT is represented by its hash, or thousands of findings in one statement would take hours."""
    rest = statement[LONGEST_STATEMENT:]
    return masked(statement[:LONGEST_STATEMENT]) + (
        hashlib.sha256(rest.encode("utf-8", "surrogatepass")).hexdigest() if rest else ""
    )


def needs_review(path: str, line: int | None, why: str, *, statement: str = "") -> Finding:
    """`why` completes "This file ...": "does not parse as TypeScript at line 12"."""
    return Finding.found(
        NEEDS_REVIEW,
        Severity.HIGH,
        path,
        line,
        f"Needs review: this file {masked(why)}, so the gates cannot say that it is clean.",
        statement=statement or why,
        fix="Mend the file so that it can be read, or have a reviewer look at it and acknowledge this finding.",
    )


def rule_failed(rule: str, path: str, error: BaseException) -> Finding:
    return Finding.found(
        GATE_FAILED,
        Severity.HIGH,
        path,
        None,
        f"The rule {rule} failed on this file ({type(error).__name__}), so what it looks for may be there.",
        statement=rule,
        fix="Have a reviewer look at the file and acknowledge this finding; report the defect to shipui's authors.",
    )


def applied(path: str, rules: Iterable[tuple[str, Callable[[], Iterable[Finding]]]]) -> list[Finding]:
    """Run several rules on one file: one that throws becomes a finding that names it, and the others go on."""
    findings: list[Finding] = []
    for rule, look in rules:
        try:
            findings += look()
        except Exception as error:  # noqa: BLE001 - reported as a finding that makes the verdict an error
            findings.append(rule_failed(rule, path, error))
    return findings
