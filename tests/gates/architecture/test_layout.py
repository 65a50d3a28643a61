"""What the gate for architecture says of whole repositories: those with its habits, those without, and those with rules of their own."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from shipui.config.settings import ArchitectureGateSettings, GateSettings, LayerSettings
from shipui.gates.architecture import Architecture
from shipui.gates.base import Change
from tests.gates.changes import changed_file


@dataclass
class Repository:
    """A head commit's files; what else was ever there."""

    files: dict[str, str]
    once: frozenset[str] = field(default_factory=frozenset)

    def paths(self) -> frozenset[str]:
        return frozenset(self.files)

    def read(self, path: str) -> str | None:
        return self.files.get(path)

    def ever_held(self, folder: str) -> bool | None:
        return any(path.startswith(f"{folder}/") for path in (*self.files, *self.once))


MONOREPO = {
    "apps/web/src/page.tsx": "",
    "apps/admin/src/page.tsx": "",
    "packages/db/package.json": '{"name": "@shop/db"}',
    "packages/db/src/client.ts": "",
    "packages/ui/package.json": '{"name": "@shop/ui"}',
    "apps/web/package.json": '{"name": "web"}',
}


def _found(
    new: dict[str, str], there: dict[str, str], own: ArchitectureGateSettings | None = None
) -> set[tuple[str, str]]:
    tree = Repository({**there, **new})
    change = Change(tuple(changed_file(path, new[path]) for path in sorted(new)), tree)
    report = Architecture().examine(change, GateSettings(architecture=own or ArchitectureGateSettings()))
    return {(each.rule.removeprefix("architecture-"), each.path) for each in report.findings}


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("stuff/a.ts", "export {};\n", "top-directory"),
        ("apps/web/src/a.ts", "import { x } from '../../admin/src/page';\n", "forbidden-import"),
        ("packages/ui/src/a.ts", "import { x } from 'web';\n", "forbidden-import"),
        ("packages/ui/src/a.ts", "import { x } from 'apps/web/src/page';\n", "forbidden-import"),
        ("apps/web/src/a.ts", "import knex from 'knex';\n", "database-access"),
        (
            "apps/web/src/a.ts",
            "export const a = () => axios.get('https://api.example-shop.com/v1');\n",
            "outside-service",
        ),
        ("apps/web/src/0001_add.sql", "SELECT 1;\n", "migration-place"),
    ],
)
def test_habits_of_a_repository_of_applications_and_packages(path: str, text: str, rule: str) -> None:
    assert _found({path: text}, MONOREPO) == {(rule, path)}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("apps/web/src/a.ts", "import { db } from '@shop/db';\nimport { b } from './b';\n"),
        ("packages/db/src/a.ts", "import pg from 'pg';\n"),
        ("apps/web/src/a.test.ts", "import pg from 'pg';\nfetch('https://api.stripe.com');\n"),
        (".storybook/main.ts", "export {};\n"),
        ("packages/db/migrations/0001_add.sql", "SELECT 1;\n"),
        ("apps/web/src/a.ts", "// import pg from 'pg'\nconst s = \"import x from 'pg'\";\n"),
    ],
)
def test_what_keeps_to_the_habits_is_quiet(path: str, text: str) -> None:
    assert _found({path: text}, MONOREPO) == set()


@pytest.mark.parametrize(
    "there",
    [
        {"src/shop/__init__.py": "", "tests/test_shop.py": "", "pyproject.toml": ""},
        {"src/index.ts": "", "package.json": "{}"},
        {"apps/orders/models.py": "", "manage.py": ""},
    ],
)
def test_other_repositories_are_left_alone(there: dict[str, str]) -> None:
    new = {
        "newfolder/a.py": "import psycopg\nimport requests\nrequests.get('https://api.stripe.com')\n",
        "newfolder/a.test.ts": "import pg from 'pg';\nfetch('https://api.stripe.com');\n",
        "newfolder/0001_add.sql": "SELECT 1;\n",
    }
    assert _found(new, there) == set()


def test_an_old_folder_is_no_news() -> None:
    assert _found({"stuff/b.ts": "export {};\n"}, {**MONOREPO, "stuff/a.ts": ""}) == set()


def test_the_installs_own_rules_hold_everywhere() -> None:
    own = ArchitectureGateSettings(
        top_directories=["src"],
        migrations=["src/*/migrations"],
        layers=[LayerSettings(folder="src/domain", may_not_import=["src/web"], why="the domain knows no web")],
        database_packages=["src/storage"],
    )
    there = {"src/web/a.py": "", "src/domain/a.py": "", "src/storage/a.py": "", "src/x/migrations/0001_a.sql": ""}
    new = {
        "lib/a.py": "x = 1\n",
        "src/domain/b.py": "from src.web import a\nfrom ..web import a\n",
        "src/web/b.py": "import sqlalchemy.orm\n",
        "src/storage/b.py": "import sqlalchemy.orm\n",
        "src/web/0002_a.sql": "SELECT 1;\n",
    }
    assert _found(new, there, own) == {
        ("top-directory", "lib/a.py"),
        ("forbidden-import", "src/domain/b.py"),
        ("database-access", "src/web/b.py"),
        ("migration-place", "src/web/0002_a.sql"),
    }


def test_a_rule_that_names_a_folder_that_never_was_is_reported() -> None:
    own = ArchitectureGateSettings(database_packages=["packages/databse", "packages/old"], layers=[])
    tree = Repository({**MONOREPO, "apps/web/a.ts": ""}, once=frozenset({"packages/old/a.ts"}))
    change = Change((changed_file("apps/web/a.ts", "export {};\n"),), tree)
    findings = Architecture().examine(change, GateSettings(architecture=own)).findings
    assert [(each.rule, "packages/databse" in each.message) for each in findings] == [
        ("architecture-never-matches", True)
    ]


def test_a_file_that_does_not_parse_is_not_taken_for_clean() -> None:
    assert _found({"apps/web/a.py": "import psycopg\ndef (\n"}, MONOREPO) == {("needs-review", "apps/web/a.py")}


def test_it_can_be_switched_off() -> None:
    assert _found({"stuff/a.ts": ""}, MONOREPO, ArchitectureGateSettings(enabled=False)) == set()
