"""The habits of a repository of applications and packages: what holds where the install's settings say nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from shipui.config.settings import ArchitectureGateSettings, LayerSettings
from shipui.gates.base import Change, Tree
from shipui.gates.layout.patterns import within

APPLICATIONS = "apps"
PACKAGES = "packages"
PARTS = ("apps/*", "packages/*", "libs/*", "services/*")
_TOP = (
    "apps", "packages", "libs", "services", "tools", "tooling", "scripts", "docs", "doc", "infra", "infrastructure",
    "deploy", "deployment", "docker", "config", "configs", "tests", "test", "e2e", "examples", "example", "prisma",
    "migrations", "db", "database", "supabase", "public", "patches", "types", "typings", "assets", "ci", "build",
    "templates", "plugins", "website", "www", "benchmarks", "bench", "fixtures", "packages-private", "k8s", "helm",
    "charts", "terraform", "locales", "i18n", "schemas", "proto", "crates", "go", "python", "internal", "cmd", "pkg",
    "src", "lib", "media", "playground", "integration-tests", "turbo", "starters", "contrib", "third_party",
    "vendor", "e2e-tests", "evals",
)  # fmt: skip
_MIGRATIONS = (
    "**/*migration*", "**/*migrations*", "**/db", "**/database", "**/prisma", "**/supabase", "**/drizzle",
    "**/alembic", "**/sql", "**/schema*", "**/*seed*",
)  # fmt: skip
_TESTS = (
    "apps", "packages", "libs", "services", "tests", "test", "e2e", "tools", "tooling", "scripts", "**/__tests__",
    "**/tests", "**/test", "**/spec", "examples", "benchmarks", "src", "infra", "docs", "plugins", "website",
    "crates", "internal", "integration-tests", "evals",
)  # fmt: skip
_DATABASE = (
    "**/db", "**/database", "**/*-db", "**/db-*", "**/data", "**/data-access", "**/prisma", "**/persistence",
    "**/repositories", "**/*migrations*", "**/seeds", "**/scripts", "**/drizzle", "**/orm", "**/*storage*",
    "**/models", "**/adapters",
)  # fmt: skip
_SERVICES = (
    "**/clients", "**/client", "**/*-client", "**/integrations", "**/services", "**/api", "**/api-*", "**/lib",
    "**/providers", "**/adapters", "**/scripts", "**/sdk", "**/gateways", "**/connectors", "**/server", "**/tools",
    "**/docs", "**/website", "**/actions", "**/jobs", "**/workers",
)  # fmt: skip
_DATABASE_FOLDERS = (
    "packages/db", "packages/database", "packages/prisma", "packages/*-db", "packages/db-*", "packages/data",
    "packages/data-access", "libs/db", "libs/database",
)  # fmt: skip
_LAYERS = (
    LayerSettings(
        folder=PACKAGES, may_not_import=[APPLICATIONS], why="packages serve the applications, not the other way round"
    ),
)


@dataclass(frozen=True, slots=True)
class Habits:
    """None: not looked at."""

    top_directories: tuple[str, ...] | None
    migrations: tuple[str, ...] | None
    tests: tuple[str, ...] | None
    layers: tuple[LayerSettings, ...]
    database_packages: tuple[str, ...] | None
    service_packages: tuple[str, ...] | None
    apart: bool
    """Whether each part (apps/*, packages/*) may be entered by its name only."""
    parts: dict[str, str]
    """The folders of the parts by the names of their packages: "@shop/db" is packages/db."""


def habits_of(change: Change, settings: ArchitectureGateSettings) -> Habits:
    paths = change.tree.paths() if change.tree is not None else frozenset(file.path for file in change.files)
    usual = _is_monorepo(paths, whole=change.tree is not None)
    has_database = change.tree is None or any(within(path, _DATABASE_FOLDERS) for path in paths)

    def chosen(own: list[str] | None, default: Iterable[str], *, when: bool = True) -> tuple[str, ...] | None:
        return tuple(own) if own is not None else tuple(default) if usual and when else None

    return Habits(
        top_directories=chosen(settings.top_directories, _TOP, when=change.tree is not None),
        migrations=chosen(settings.migrations, _MIGRATIONS),
        tests=chosen(settings.tests, _TESTS),
        layers=tuple(settings.layers) if settings.layers is not None else _LAYERS if usual else (),
        database_packages=chosen(settings.database_packages, _DATABASE, when=has_database),
        service_packages=chosen(settings.service_packages, _SERVICES),
        apart=usual,
        parts=_parts(change.tree, paths) if change.tree is not None else {},
    )


def _is_monorepo(paths: Iterable[str], *, whole: bool) -> bool:
    tops = {path.partition("/")[0] for path in paths if path.count("/") >= 2}
    return {APPLICATIONS, PACKAGES} <= tops if whole else bool({APPLICATIONS, PACKAGES} & tops)


def _parts(tree: Tree, paths: Iterable[str]) -> dict[str, str]:
    parts = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name == "package.json" and folder.count("/") == 1 and within(folder, PARTS):
            try:
                written = json.loads(tree.read(path) or "{}")
            except ValueError:
                continue  # the gate for dependencies says so
            if isinstance(written, dict) and isinstance(written.get("name"), str):
                parts[written["name"]] = folder
    return parts
