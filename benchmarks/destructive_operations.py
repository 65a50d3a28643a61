"""How many destructive migrations the gate finds, and how many harmless ones it flags, beside two others: a command.

The collection is in collections/destructive-*.txt: migrations of ten tools, by whether they lose data, lock for long, or do neither.
The peers are a scanner with regular expressions over added lines, sqlglot's syntax trees (raw SQL alone), and squawk, where it is
installed (raw SQL for PostgreSQL alone; `pip install squawk-cli`). A peer is asked only about what it says it can read.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot import exp

from shipui.config.settings import GateSettings
from shipui.gates.base import Change, ChangedFile, Status
from shipui.gates.destructive_operations import DestructiveOperations

COLLECTION = Path(__file__).parent / "collections"
KINDS = ("harmful", "locks", "harmless")
WRITTEN = re.compile(r"^=== ", re.MULTILINE)
PLAIN = re.compile(
    r"\b(drop\s+(table|column|schema|database|index|view|type)|truncate|delete\s+from|alter\s+column\s+\S+\s+(set\s+data\s+)?type"
    r"|drop_table|drop_column|dropTable|dropColumn|removeColumn|DeleteModel|RemoveField)\b",
    re.IGNORECASE,
)
SQUAWK_LEFT_OUT = (
    "prefer-",
    "ban-char-field",
    "require-timeout",
    "transaction-nesting",
    "adding-field-with-default",
    "identifier-too-long",
)
"""Matters of style, and of what surrounds a migration: not counted for or against it."""

OTHER_DATABASES = ("mysql/", "mssql/", "sqlite/")


@dataclass(frozen=True)
class Case:
    kind: str
    path: str
    text: str

    @property
    def family(self) -> str:
        if self.path.endswith(".sql"):
            return "prisma" if "prisma/" in self.path else "raw SQL"
        return "Python" if self.path.endswith(".py") else "JavaScript"


def cases(kind: str) -> Iterator[Case]:
    for written in WRITTEN.split((COLLECTION / f"destructive-{kind}.txt").read_text(encoding="utf-8"))[1:]:
        path, _, text = written.partition("\n")
        yield Case(kind, path, text)


def by_gate(case: Case) -> bool:
    lines = case.text.split("\n")
    file = ChangedFile(case.path, Status.ADDED, added=dict(enumerate(lines, 1)), head=case.text)
    return bool(DestructiveOperations().examine(Change((file,)), GateSettings()).findings)


def by_plain_expressions(case: Case) -> bool:
    return bool(PLAIN.search(case.text))


def by_sqlglot(case: Case) -> bool | None:
    if not case.path.endswith(".sql"):
        return None
    dialect = next(
        (name for name in ("mysql", "sqlite", "tsql") if name.replace("tsql", "mssql") in case.path), "postgres"
    )
    try:
        trees = sqlglot.parse(case.text, read=dialect, error_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.SqlglotError:
        return True  # what cannot be parsed has to be reviewed
    return any(_destroys(tree) for tree in trees if tree is not None)


def _destroys(tree: exp.Expression) -> bool:
    if isinstance(tree, exp.Command):
        return bool(PLAIN.search(tree.sql()))
    if tree.find(exp.Drop, exp.TruncateTable, exp.AlterRename, exp.RenameColumn):
        return True
    if any(
        column.args.get("dtype") or column.args.get("allow_null") is False for column in tree.find_all(exp.AlterColumn)
    ):
        return True
    return any(not each.args.get("where") for each in tree.find_all(exp.Delete, exp.Update))


def by_squawk(every: list[Case]) -> dict[Case, bool] | None:
    """Of all at once; None: squawk is not installed."""
    program = shutil.which("squawk") or shutil.which("squawk", path=str(Path(sys.executable).parent))
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for number, case in enumerate(case for case in every if _is_postgres(case)):
            path = Path(folder) / f"{number:04}.sql"
            path.write_text(case.text, encoding="utf-8")
            files[str(path)] = case
        output = subprocess.run(
            [program, "--reporter", "json", *files], capture_output=True, text=True, check=False
        ).stdout
        found = {
            file["file"] for file in json.loads(output or "[]") if not file["rule_name"].startswith(SQUAWK_LEFT_OUT)
        }
        return {case: path in found for path, case in files.items()}


def _is_postgres(case: Case) -> bool:
    return case.path.endswith(".sql") and not case.path.startswith(OTHER_DATABASES) and "PRAGMA" not in case.text


Scanner = Callable[[Case], bool | None]


def share(kind: list[Case], scanner: Scanner) -> str:
    answers = [answer for case in kind if (answer := scanner(case)) is not None]
    return f"{100 * sum(answers) / len(answers):5.1f} % of {len(answers):3}" if answers else "            -"


def main() -> None:
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    collection = {kind: list(cases(kind)) for kind in KINDS}
    squawk = by_squawk([case for kind in KINDS for case in collection[kind]])
    scanners: dict[str, Scanner] = {"shipui": by_gate, "plain expressions": by_plain_expressions, "sqlglot": by_sqlglot}
    if squawk is not None:
        scanners["squawk"] = squawk.get
    else:
        print("squawk is not installed here: pip install squawk-cli puts it into the table")
    print(f"{'':28}" + "".join(f"{name:>20}" for name in scanners))
    labels = {"harmful": "data loss, found", "locks": "long locks, found", "harmless": "harmless, flagged"}
    for kind in KINDS:
        print(
            f"{labels[kind]:28}" + "".join(f"{share(collection[kind], scanner):>20}" for scanner in scanners.values())
        )
        for family in sorted({case.family for case in collection[kind]}):
            part = [case for case in collection[kind] if case.family == family]
            print(f"  {family:26}" + "".join(f"{share(part, scanner):>20}" for scanner in scanners.values()))


if __name__ == "__main__":
    main()
