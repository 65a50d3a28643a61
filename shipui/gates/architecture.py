"""The gate for architecture: where things lie, and who may import whom."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from shipui.config.settings import ArchitectureGateSettings, GateSettings
from shipui.gates.base import Change, ChangedFile, Rule, Status, applied, needs_review
from shipui.gates.layout.habits import APPLICATIONS, PARTS, Habits, habits_of
from shipui.gates.layout.imports import JAVASCRIPT, PYTHON, Called, Imported, NotParsed, read_file
from shipui.gates.layout.patterns import fixed_part, within
from shipui.gates.rules import architecture as rules
from shipui.model.findings import Finding, GateReport

_TEST = re.compile(r"(?:^|/)(?:[^/]+[._-](?:test|spec)\.[a-z]+|test_[^/]+\.py|[^/]+_test\.(?:py|go))$")
_TEST_FOLDER = re.compile(
    r"(?:^|/)(?:tests?|__tests__|e2e|spec|fixtures|mocks|__mocks__|stories)/|\.(?:stories|config|setup)\."
)
_MIGRATION = re.compile(r"(?:^|/)(?:V?\d{3,}[_-][^/]*\.sql|V\d+(?:[._]\d+)*__[^/]+\.sql|[^/]*\.(?:up|down)\.sql)$")
_DRIVERS = frozenset(
    ("pg", "pg-promise", "postgres", "mysql", "mysql2", "mariadb", "sqlite3", "better-sqlite3", "mongodb", "mongoose", "knex", "typeorm", "sequelize",
     "@prisma/client", "drizzle-orm", "kysely", "tedious", "mssql", "oracledb", "psycopg", "psycopg2", "asyncpg", "pymysql", "MySQLdb", "pymongo",
     "sqlalchemy", "sqlmodel", "peewee", "aiosqlite", "motor")
)  # fmt: skip


class Architecture:
    name = "architecture"

    def examine(self, change: Change, settings: GateSettings) -> GateReport:
        own = settings.architecture
        if not own.enabled:
            return GateReport(self.name, 0, 0)
        habits = habits_of(change, own)
        findings = list(_never_matching(change, own))
        files = lines = 0
        tops: set[str] = set()
        for file in change.files:
            if file.status is Status.DELETED:
                continue
            files += 1
            lines += len(file.added)
            findings += applied(file.path, [("architecture-top-directory", _placing(file, change, habits, tops))])
            if file.suffix in JAVASCRIPT | PYTHON and file.added and not (file.binary or file.is_link):
                findings += applied(file.path, [("architecture-forbidden-import", _importing(file, habits, own))])
        return GateReport(self.name, files, lines, tuple(findings))


def _placing(file: ChangedFile, change: Change, habits: Habits, tops: set[str]) -> Callable[[], list[Finding]]:
    return lambda: list(_placed(file, change, habits, tops)) if file.status in {Status.ADDED, Status.RENAMED} else []


def _placed(file: ChangedFile, change: Change, habits: Habits, tops: set[str]) -> Iterator[Finding]:
    top, slash, _ = file.path.partition("/")
    allowed = habits.top_directories
    if (
        allowed is not None
        and slash
        and not top.startswith((".", "_"))
        and top not in allowed
        and top not in tops
        and _is_new(top, change)
    ):
        tops.add(top)
        yield _found("architecture-top-directory", file, None, top, f"{top}/ is not one of the agreed folders")
    if habits.migrations is not None and _MIGRATION.search(file.path) and not within(_folder(file), habits.migrations):
        yield _found("architecture-migration-place", file, None, file.path, "migrations do not live here")
    if (
        habits.tests is not None
        and _TEST.search(file.path)
        and "/" in file.path
        and not within(_folder(file), habits.tests)
    ):
        yield _found("architecture-test-place", file, None, file.path, "tests do not live here")


def _is_new(top: str, change: Change) -> bool:
    """Whether nothing of this folder was there before: an old folder is nobody's news."""
    before = {file.path for file in change.files if file.status in {Status.ADDED, Status.RENAMED}}
    paths = change.tree.paths() if change.tree is not None else frozenset[str]()
    return not any(path.startswith(f"{top}/") and path not in before for path in paths)


def _importing(file: ChangedFile, habits: Habits, settings: ArchitectureGateSettings) -> Callable[[], list[Finding]]:
    return lambda: list(_imports(file, habits, settings))


def _imports(file: ChangedFile, habits: Habits, settings: ArchitectureGateSettings) -> Iterator[Finding]:
    is_test = bool(_TEST.search(file.path) or _TEST_FOLDER.search(file.path))
    telling = _telling(habits)
    for fragment in file.texts() if not file.unreadable else ():
        if not telling.search(fragment.text):
            continue
        try:
            imports, calls = read_file(fragment.text, file.suffix)
        except NotParsed:
            if file.head is not None and "import" in file.head:
                yield needs_review(file.path, None, "does not parse, so what it imports is not known")
            continue
        for each in imports:
            line = each.line + fragment.start - 1
            if file.touches(line, line):
                yield from _import(file, each, line, habits, settings, is_test=is_test)
        for call in calls:
            line = call.line + fragment.start - 1
            if file.touches(line, line) and not is_test:
                yield from _outside(file, call, line, habits)


def _telling(habits: Habits) -> re.Pattern[str]:
    """What is in every text with an import or call that a rule could name: a text without it need not be parsed."""
    folders = {fixed_part(folder).partition("/")[0] for layer in habits.layers for folder in layer.may_not_import}
    return _compiled_words(frozenset({*_DRIVERS, *habits.parts, *(folders - {""}), APPLICATIONS}))


@cache
def _compiled_words(words: frozenset[str]) -> re.Pattern[str]:
    return re.compile(
        rf"\.\.[/'\"]|from\s+\.\.|https?://|(?<![\w-])(?:{'|'.join(map(re.escape, sorted(words)))})(?![\w-])"
    )


def _import(
    file: ChangedFile, each: Imported, line: int, habits: Habits, settings: ArchitectureGateSettings, *, is_test: bool
) -> Iterator[Finding]:
    if each.module.count("../") > settings.most_parents and each.module.startswith("../"):
        yield _found(
            "architecture-deep-import",
            file,
            line,
            each.module,
            f"{each.module} begins with {each.module.count('../')} steps up",
        )
    target = _target(file, each.module, habits)
    if target is not None:
        yield from _forbidden(file, each, line, target, habits)
    allowed = habits.database_packages
    driver = _driver(each.module)
    if allowed is None or driver is None or each.types_only or is_test:
        return
    if not within(_folder(file), allowed) and (within(file.path, PARTS) or settings.database_packages is not None):
        yield _found("architecture-database-access", file, line, each.module, f"{driver} is used here directly")


def _forbidden(file: ChangedFile, each: Imported, line: int, target: str, habits: Habits) -> Iterator[Finding]:
    for layer in habits.layers:
        if (
            within(file.path, [layer.folder])
            and (hit := within(target, layer.may_not_import))
            and not within(file.path, [hit])
        ):
            reason = f": {layer.why}" if layer.why else ""
            yield _found(
                "architecture-forbidden-import", file, line, each.module, f"{layer.folder} may not import {hit}{reason}"
            )
            return
    if not habits.apart:
        return
    here, there = _part(file.path), _part(target)
    if here and there and here != there and (there.startswith(APPLICATIONS + "/") or each.module.startswith(".")):
        yield _found("architecture-forbidden-import", file, line, each.module, f"{here} reaches into {there}")


def _outside(file: ChangedFile, call: Called, line: int, habits: Habits) -> Iterator[Finding]:
    allowed = habits.service_packages
    if allowed is None or within(_folder(file), allowed):
        return
    if not habits.apart or within(file.path, PARTS):
        host = call.address.split("/")[2].rpartition("@")[2]
        yield _found("architecture-outside-service", file, line, host, f"{host} is called from here")


def _target(file: ChangedFile, module: str, habits: Habits) -> str | None:
    """The path that an import means, as far as that can be told."""
    if module.startswith("."):
        return posixpath.normpath(posixpath.join(_folder(file), module))
    name = "/".join(module.split("/")[:2]) if module.startswith("@") else module.partition("/")[0]
    if name in habits.parts:
        return habits.parts[name]
    path = module.replace(".", "/") if file.suffix in PYTHON else module
    return path if "/" in path and not module.startswith("@") else None


def _driver(module: str) -> str | None:
    candidates = (module, module.partition("/")[0], module.partition(".")[0], "/".join(module.split("/")[:2]))
    return next((each for each in candidates if each in _DRIVERS), None)


def _part(path: str) -> str | None:
    parts = path.split("/")
    return "/".join(parts[:2]) if len(parts) >= 2 and within(path, PARTS) else None


def _never_matching(change: Change, settings: ArchitectureGateSettings) -> Iterator[Finding]:
    if change.tree is None:
        return
    layers = settings.layers or []
    named: list[tuple[str, Iterable[str]]] = [
        ("migrations", settings.migrations or ()),
        ("tests", settings.tests or ()),
        ("database_packages", settings.database_packages or ()),
        ("service_packages", settings.service_packages or ()),
        ("layers", [folder for layer in layers for folder in (layer.folder, *layer.may_not_import)]),
    ]
    for key, patterns in named:
        for pattern in patterns:
            folder = fixed_part(pattern)
            if folder and change.tree.ever_held(folder) is False:
                yield _rules()["architecture-never-matches"].finding(
                    "config.toml",
                    None,
                    statement=f"{key} {pattern}",
                    message=f"gates.architecture.{key} names {pattern}, but no commit has ever had {folder}/. "
                    + _rules()["architecture-never-matches"].why,
                )


def _folder(file: ChangedFile) -> str:
    return file.path.rpartition("/")[0]


def _found(rule: str, file: ChangedFile, line: int | None, statement: str, what: str) -> Finding:
    found = _rules()[rule]
    return found.finding(file.path, line, statement=statement, message=f"{found.title}: {what}. {found.why}")


@cache
def _rules() -> dict[str, Rule]:
    return {rule.id: rule for rule in rules.RULES}
