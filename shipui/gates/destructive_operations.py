"""The gate for migrations: what loses data blocks until a person has acknowledged it, what locks for long warns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from shipui.config.settings import GateSettings
from shipui.gates.base import Change, ChangedFile, Fragment, Rule, Status, applied, needs_review
from shipui.gates.migrations.javascript_reading import read_javascript
from shipui.gates.migrations.migration_files import Language, Migration, may_be_migration, migration_at
from shipui.gates.migrations.operations import UNREAD, Made, Operation
from shipui.gates.migrations.python_reading import read_python
from shipui.gates.migrations.sql_reading import read_sql
from shipui.gates.python.completion import completions, without_indent
from shipui.gates.rules import destructive_operations, long_locks
from shipui.model.findings import Finding, GateReport, Severity
from shipui.model.text import visible

LONGEST_STATEMENT = 2000
"""How much of it tells one finding from another: a statement can be a megabyte, and hold a thousand findings."""
_CANNOT_BE_PARSED = (SyntaxError, ValueError, RecursionError, MemoryError)


class DestructiveOperations:
    name = "destructive-operations"

    def examine(self, change: Change, settings: GateSettings) -> GateReport:
        """In the order of paths, which is that of time for migrations: a later file may drop what an earlier one made."""
        findings: list[Finding] = []
        files = lines = 0
        made = Made()
        for file in change.files:
            if (
                file.status is Status.DELETED
                or file.is_link
                or not may_be_migration(file.path)
                or not (file.added or file.cuts)
            ):
                continue
            if file.binary or file.unreadable:
                findings.append(needs_review(file.path, None, file.unreadable or "is not text"))
                continue
            shown = "\n".join(fragment.text for fragment in file.texts())
            migration = migration_at(file.path, shown, whole=file.head is not None)
            if migration is None:
                continue
            files += 1
            lines += len(file.added)
            findings += applied(file.path, [("destructive-operations", _looking(file, migration, made))])
        return GateReport(self.name, files, lines, tuple(findings))

    def losses(self, change: Change) -> int:
        """How many operations of a change lose something: what a person has to acknowledge."""
        return sum(
            each.severity in {Severity.HIGH, Severity.CRITICAL}
            for each in self.examine(change, GateSettings()).findings
        )


def _looking(file: ChangedFile, migration: Migration, made: Made) -> Callable[[], list[Finding]]:
    return lambda: list(_findings(file, migration, made))


def _findings(file: ChangedFile, migration: Migration, made: Made) -> Iterator[Finding]:
    if not migration.forward:
        return
    made.belongs = file.touches
    whole = file.head is not None
    for fragment in file.texts():
        for operation in _operations(file, migration, fragment, made, partial=not whole):
            if file.touches(operation.line, operation.end_line):
                yield _finding(file, operation)


def _finding(file: ChangedFile, operation: Operation) -> Finding:
    lines = range(operation.line, min(operation.end_line, operation.line + 1000) + 1)
    line = next((each for each in lines if each in file.added), operation.line)
    if operation.rule == UNREAD:
        return needs_review(file.path, line, operation.subject, statement=operation.text[:LONGEST_STATEMENT])
    rule = _rules()[operation.rule]
    return rule.finding(
        file.path,
        line,
        statement=f"{operation.subject}: {operation.text[:LONGEST_STATEMENT]}",
        message=f"{rule.title} ({visible(operation.subject, limit=120)}). {rule.why}",
        evidence=operation.text,
    )


def _operations(
    file: ChangedFile, migration: Migration, fragment: Fragment, made: Made, *, partial: bool
) -> list[Operation]:
    match migration.language:
        case Language.SQL:
            return read_sql(
                fragment.text,
                made,
                first_line=fragment.start,
                mysql=migration.mysql,
                sqlite=migration.sqlite,
                partial=partial,
            )
        case Language.PYTHON:
            return _python(fragment, made, partial=partial)
        case Language.JAVASCRIPT:
            padded = "\n" * (fragment.start - 1) + fragment.text
            return read_javascript(padded, file.suffix, made, partial=partial)
    first = fragment.start
    return [
        Operation(
            UNREAD,
            "is a migration in a language that shipui does not read",
            first,
            first + len(fragment.lines),
            file.path,
        )
    ]


def _python(fragment: Fragment, made: Made, *, partial: bool) -> list[Operation]:
    """A piece of a file is read as it stands, or completed by what the diff does not show."""
    for first_line, attempt in _attempts(fragment, partial=partial):
        try:
            return read_python("\n" * (first_line - 1) + attempt, made)
        except _CANNOT_BE_PARSED:
            continue
    why = "does not parse as Python" if not partial else "cannot be read as Python from the diff alone"
    return [Operation(UNREAD, why, fragment.start, fragment.start + len(fragment.lines), "syntax")]


def _attempts(fragment: Fragment, *, partial: bool) -> Iterator[tuple[int, str]]:
    """Texts, each with the number of its first line."""
    yield fragment.start, fragment.text
    if partial:
        body = without_indent(fragment.lines)
        for before, after in completions(body):
            if len(before) < fragment.start:
                yield fragment.start - len(before), "\n".join((*before, *body, *after))


@cache
def _rules() -> dict[str, Rule]:
    return {rule.id: rule for rule in (*destructive_operations.RULES, *long_locks.RULES)}
