"""Who looks at the cases: shipui's gates, a plain list of regular expressions, and bandit and squawk where they are installed.

A scanner is asked about all cases at once, and says of each whether it found something; None: it does not read such files.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.cases import Case
from shipui.config.settings import GateSettings
from shipui.gates.architecture import Architecture
from shipui.gates.base import Change
from shipui.gates.dependencies import Dependencies
from shipui.gates.destructive_operations import DestructiveOperations
from shipui.gates.secrets.analyser import SecretsAnalyser
from shipui.gates.security import examine_files
from shipui.model.findings import Finding
from tests.gates.changes import changed_file

Scanner = Callable[[Sequence[Case]], list[bool | None]]
PEERS = Path(__file__).resolve().parent.parent / ".venv" / "peers" / "bin"
LISTED = frozenset({"dependency-new", "dependency-locked"})
_NAMED = re.compile(r": (\S+) ")
_PLAIN = {
    "python": re.compile(
        r"execute\(.*[%+]|execute\(f|\.raw\(|os\.system|os\.popen|shell=True|eval\(|exec\(|pickle\.loads?|yaml\.load\(|marshal|mark_safe|Markup\(|"
        r"verify=False|b64decode|os\.environ|/etc/passwd|\.ssh|socket\.connect|requests\.(?:get|post)\(.*request|open\(.*request|"
        r"password ==|authorized_keys|/dev/tcp"
    ),
    "javascript": re.compile(
        r"\beval\s*\(|new Function\(|innerHTML\s*=|dangerouslySetInnerHTML|document\.write|child_process"
        r"|\bexec(Sync)?\s*\(|(query|execute)\s*\(\s*[`'\"].*(\$\{|\+)"
        r"|req\.(query|body|params).*(readFile|sendFile)|fetch\(req"
        r"|unserialize|pickle\.loads|yaml\.load|os\.system|shell=True|rejectUnauthorized:\s*false|md5"
    ),
    "scripts": re.compile(
        r"curl[^|]*\|\s*(?:sudo )?(?:ba)?sh|\beval\b|chmod\s+777|/dev/tcp/|base64 -d|javascript:|\|\s*safe\b"
    ),
    "secrets": re.compile(
        r"(?i)(?:password|passwd|secret|token|api_?key)[\"']?\s*[:=]\s*[\"']?[^\s\"']{8,}|AKIA[0-9A-Z]{16}|"
        r"ghp_\w{36}|sk_live_\w+|xox[bp]-|-----BEGIN [A-Z ]*PRIVATE KEY"
    ),
    "migrations": re.compile(
        r"\b(drop\s+(table|column|schema|database|index|view|type)|truncate|delete\s+from|alter\s+column\s+\S+\s+(set\s+data\s+)?type"
        r"|drop_table|drop_column|dropTable|dropColumn|removeColumn|DeleteModel|RemoveField)\b",
        re.IGNORECASE,
    ),
    "dependencies": re.compile(r'^\s*"([@\w./-]+)":\s*"[\^~\d]|^([\w.-]+)==', re.MULTILINE),
    "architecture": re.compile(r"\.\./\.\./\.\./\.\./|from ['\"](?:pg|knex|mysql2?|mongodb)['\"]"),
}
"""What people do without a tree: a regular expression for each subject, over the added lines."""
_SQUAWK_LEFT_OUT = (
    "prefer-",
    "ban-char-field",
    "require-timeout",
    "transaction-nesting",
    "adding-field-with-default",
    "identifier-too-long",
)
"""Matters of style, and of what surrounds a migration: not counted for or against it."""
_OTHER_DATABASES = ("mysql/", "mssql/", "sqlite/")


def by_shipui(cases: Sequence[Case]) -> list[bool | None]:
    return [_flagged(case, whole=True) for case in cases]


def by_shipui_from_diffs(cases: Sequence[Case]) -> list[bool | None]:
    """With nothing but what a diff shows."""
    return [_flagged(case, whole=False) for case in cases]


def findings_of(case: Case, *, whole: bool = True) -> Sequence[Finding]:
    file = changed_file(case.path, case.text, case.base, whole=whole)
    change, settings = Change((file,)), GateSettings()
    if case.family == "migrations":
        return DestructiveOperations().examine(change, settings).findings
    if case.family == "dependencies":
        return Dependencies().examine(change, settings).findings
    if case.family == "architecture":
        return Architecture().examine(change, settings).findings
    if case.family == "secrets":
        return SecretsAnalyser().examine_file(file)
    if case.family == "scripts":
        file = replace(file, mode=0o100644)
    return examine_files([file])


def listed(case: Case, *, whole: bool = True) -> frozenset[str]:
    """The dependencies that are said to be new."""
    return frozenset(
        match.group(1)
        for each in findings_of(case, whole=whole)
        if each.rule in LISTED and (match := _NAMED.search(each.message))
    )


def _flagged(case: Case, *, whole: bool) -> bool:
    if case.family == "dependencies":
        found = listed(case, whole=whole)
        return found >= case.new if case.new else bool(found)
    return bool(findings_of(case, whole=whole))


def by_plain_expressions(cases: Sequence[Case]) -> list[bool | None]:
    return [_plainly(case) for case in cases]


def _plainly(case: Case) -> bool:
    before = set((case.base or "").split("\n"))
    added = "\n".join(line for line in case.text.split("\n") if line not in before)
    if not case.new:
        return _PLAIN[case.family].search(added) is not None
    return {one or other for one, other in _PLAIN["dependencies"].findall(added)} >= case.new


def peer(name: str) -> str | None:
    """Where the program is: in .venv/peers, which `make bench-peers` makes, or on the path."""
    return (
        shutil.which(name, path=str(PEERS))
        or shutil.which(name, path=str(Path(sys.executable).parent))
        or shutil.which(name)
    )


def by_bandit(program: str) -> Scanner:
    def scan(cases: Sequence[Case]) -> list[bool | None]:
        with tempfile.TemporaryDirectory() as folder:
            mine = [number for number, case in enumerate(cases) if case.family == "python"]
            for number in mine:
                Path(folder, f"case_{number}.py").write_text(cases[number].text, encoding="utf-8")
            done = subprocess.run(
                [program, "-q", "-r", folder, "-f", "json"], capture_output=True, text=True, check=False
            )
            named = {Path(each["filename"]).stem for each in json.loads(done.stdout)["results"]}
        return [f"case_{number}" in named if case.family == "python" else None for number, case in enumerate(cases)]

    return scan


def by_squawk(program: str) -> Scanner:
    def scan(cases: Sequence[Case]) -> list[bool | None]:
        with tempfile.TemporaryDirectory() as folder:
            files = {}
            for number, case in enumerate(cases):
                if _is_postgres(case):
                    path = Path(folder, f"{number:04}.sql")
                    path.write_text(case.text, encoding="utf-8")
                    files[number] = str(path)
            command = [program, "--reporter", "json", *files.values()]
            output = subprocess.run(command, capture_output=True, text=True, check=False).stdout if files else ""
            found = {
                each["file"]
                for each in json.loads(output or "[]")
                if not each["rule_name"].startswith(_SQUAWK_LEFT_OUT)
            }
        return [files[number] in found if number in files else None for number in range(len(cases))]

    return scan


def _is_postgres(case: Case) -> bool:
    return (
        case.family == "migrations"
        and case.path.endswith(".sql")
        and not case.path.startswith(_OTHER_DATABASES)
        and "PRAGMA" not in case.text
    )
