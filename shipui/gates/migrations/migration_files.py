"""Which files are migrations, in what language, for which database, and whether they go forward or back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto


class Language(Enum):
    SQL = auto()
    PYTHON = auto()
    JAVASCRIPT = auto()
    FOREIGN = auto()
    """A migration in a language that is not read here."""


@dataclass(frozen=True, slots=True)
class Migration:
    language: Language
    forward: bool = True
    mysql: bool = False
    sqlite: bool = False


_SQL = (".sql", ".psql", ".pgsql", ".ddl", ".mysql")
_JAVASCRIPT = (".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".jsx", ".tsx")
_TEST_FOLDERS = frozenset(
    {"test", "tests", "__tests__", "testdata", "test-data", "fixtures", "spec", "node_modules", "e2e"}
)
_MIGRATION_FOLDER = re.compile(r"(?:^|[-_.])migrat(?:e|ions?)(?:$|[-_.])|^alembic$", re.IGNORECASE)
_FOREIGN = {
    ".rb": re.compile(r"ActiveRecord::Migration|Sequel\.migration|ROM::SQL"),
    ".php": re.compile(r"\bextends\s+(?:Migration|AbstractMigration)\b"),
    ".cs": re.compile(r":\s*(?:Migration|FluentMigrator\.Migration|ForwardOnlyMigration|AutoReversingMigration)\b"),
    ".exs": re.compile(r"\buse\s+Ecto\.Migration\b"),
    ".java": re.compile(r"\bBaseJavaMigration\b"),
    ".kt": re.compile(r"\bBaseJavaMigration\b"),
    ".go": re.compile(r"\bgoose\.AddMigration|\bAddNamedMigration"),
    ".xml": re.compile(r"<databaseChangeLog\b"),
    ".yaml": re.compile(r"^databaseChangeLog:", re.MULTILINE),
    ".yml": re.compile(r"^databaseChangeLog:", re.MULTILINE),
}
_PYTHON = re.compile(
    r"\bfrom\s+alembic\b|\bimport\s+alembic\b|\bfrom\s+django\.db\s+import\s+[^\n]*\bmigrations\b"
    r"|\bfrom\s+django\.contrib\.postgres\.operations\b|\bfrom\s+yoyo\s+import\b"
)
_JAVASCRIPT_MARKS = re.compile(
    r"\bqueryInterface\b|\bQueryRunner\b|\bMigrationInterface\b|\bexports\.(?:up|down)\b|@mikro-orm/migrations"
    r"|\bMigrationBuilder\b|\bKysely<|\bimport\s+(?:type\s+)?\{[^}]*\bKnex\b"
)
_UP_OR_DOWN = re.compile(r"\b(?:up|down)\b")
_QUERY_FILE = re.compile(r"^--\s*:?name:?[ \t]+\S+|\{\{|\{%", re.MULTILINE | re.IGNORECASE)
"""Queries that an application runs by their name, and templates (dbt): no migrations, unless they lie among migrations."""
_BACK = re.compile(r"(?:^|[._-])(?:down|rollback|revert|undo)(?:[._-]|$)", re.IGNORECASE)
_BACK_FOLDERS = frozenset({"down", "downs", "revert", "rollback", "rollbacks", "undo", "verify"})
_FLYWAY_UNDO = re.compile(r"^U[0-9][0-9._]*__")


def may_be_migration(path: str) -> bool:
    """By its name alone: whether it is worth reading."""
    name = path.rpartition("/")[2].lower()
    suffix = name[name.rfind(".") :] if "." in name else ""
    return suffix in _SQL or suffix in _JAVASCRIPT or suffix == ".py" or suffix in _FOREIGN


def migration_at(path: str, text: str, *, whole: bool = True) -> Migration | None:
    """None: no migration. `text` is what there is of the file; not `whole`: what a diff shows of it."""
    folders = path.split("/")[:-1]
    name = path.rpartition("/")[2]
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    in_folder = any(_MIGRATION_FOLDER.search(folder) for folder in folders)
    if not in_folder and any(folder.lower() in _TEST_FOLDERS for folder in folders):
        return None
    language = _language(suffix, text, in_folder=in_folder, whole=whole)
    if language is None:
        return None
    # In code the way back is a function; only scripts have files for it.
    back = language is Language.SQL and _goes_back(name, [folder.lower() for folder in folders])
    lower = path.lower()
    return Migration(
        language,
        forward=not back,
        mysql=suffix == ".mysql" or "mysql" in lower or "mariadb" in lower,
        sqlite="sqlite" in lower or "PRAGMA foreign_keys" in text or "cloudflare" in lower,
    )


def _language(suffix: str, text: str, *, in_folder: bool, whole: bool) -> Language | None:
    if suffix in _SQL:
        return None if not in_folder and _QUERY_FILE.search(text) else Language.SQL
    if suffix == ".py":
        return Language.PYTHON if in_folder or _PYTHON.search(text) else None
    if suffix in _JAVASCRIPT:
        marked = _JAVASCRIPT_MARKS.search(text) or (in_folder and (not whole or _UP_OR_DOWN.search(text)))
        return Language.JAVASCRIPT if marked else None
    foreign = _FOREIGN.get(suffix)
    return Language.FOREIGN if foreign is not None and foreign.search(text) else None


def _goes_back(name: str, folders: list[str]) -> bool:
    stem = name.rpartition(".")[0]
    return bool(
        _BACK.search(stem.rpartition(".")[2] if "." in stem else "")
        or stem.lower() in {"down", "rollback", "revert", "undo"}
        or re.search(r"[._-](?:down|rollback|revert|undo)$", stem, re.IGNORECASE)
        or _FLYWAY_UNDO.match(name)
        or any(folder in _BACK_FOLDERS for folder in folders)
    )
