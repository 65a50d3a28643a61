"""What the gate for migrations says of several files, of parts of files, and of what it cannot read."""

from __future__ import annotations

import pytest

from shipui.config.settings import GateSettings
from shipui.gates.base import Change
from shipui.gates.destructive_operations import DestructiveOperations
from shipui.model.findings import NEEDS_REVIEW, Severity
from tests.gates.changes import change_of, changed_file


def _found(change: Change) -> list[tuple[str, int | None]]:
    return [(each.rule, each.line) for each in DestructiveOperations().examine(change, GateSettings()).findings]


def test_a_table_made_earlier_in_the_same_change_may_go() -> None:
    files = {
        "migrations/0001_a.sql": "CREATE TABLE a (id int);\n",
        "migrations/0002_b.sql": "DROP TABLE a;\nDROP TABLE b;\n",
    }
    assert _found(change_of(files)) == [("drop-table", 2)]


def test_a_table_that_may_have_been_there_is_not_taken_for_new() -> None:
    text = "CREATE TABLE IF NOT EXISTS a (id int);\nCREATE INDEX i ON a (id);\nDROP TABLE a;\n"
    assert _found(change_of({"migrations/1.sql": text})) == [("drop-table", 3)]


def test_a_table_that_is_dropped_and_made_anew_is_lost_all_the_same() -> None:
    assert _found(change_of({"migrations/1.sql": "DROP TABLE a;\nCREATE TABLE a (id int);\n"})) == [("drop-table", 1)]


def test_only_changed_statements_are_reported_and_only_they_make_anything_new() -> None:
    base = "CREATE TABLE a (id int);\nDROP TABLE b;\n"
    head = "CREATE TABLE a (id int);\nDROP TABLE b;\nDROP TABLE a;\n"
    assert _found(Change((changed_file("migrations/1.sql", head, base),))) == [("drop-table", 3)]


@pytest.mark.parametrize(
    ("path", "head", "base", "found"),
    [
        (
            "migrations/1.sql",
            "ALTER TABLE a\n  ADD b int,\n  DROP c,\n  ADD d int;\n",
            "ALTER TABLE a\n  ADD b int,\n  ADD d int;\n",
            ("drop-column", 3),
        ),
        (
            "migrations/a.py",
            "from alembic import op\n"
            + "\n" * 9
            + "def upgrade():\n    x = 1\n    y = 2\n    z = 3\n    op.drop_table('a')\n",
            "from alembic import op\n" + "\n" * 9 + "def upgrade():\n    x = 1\n    y = 2\n    z = 3\n    pass\n",
            ("drop-table", 15),
        ),
        (
            "migrations/a.js",
            "\n" * 9
            + "exports.up = async (knex) => {\n  a();\n  b();\n  c();\n  await knex.schema.dropTable('a');\n};\n",
            "\n" * 9 + "exports.up = async (knex) => {\n  a();\n  b();\n  c();\n};\n",
            ("drop-table", 14),
        ),
    ],
)
def test_a_diff_alone_is_enough(path: str, head: str, base: str, found: tuple[str, int]) -> None:
    assert _found(Change((changed_file(path, head, base, whole=False),))) == [found]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("migrations/1.sql", "FROBNICATE TABLE a;\n"),
        ("migrations/1.sql", "SELECT 'DROP TABLE a;\n"),
        ("migrations/1.sql", "/* DROP TABLE a;\n"),
        ("migrations/1.sql", "SELECT 'DROP TABLE ' || t FROM x \\gexec\n"),
        ("migrations/1.sql", "ALTER TABLE a FROBNICATE;\n"),
        ("migrations/a.py", "from alembic import op\ndef upgrade(:\n"),
        ("migrations/a.py", "from alembic import op\ndef upgrade():\n    op.execute(open('a.sql').read())\n"),
        ("migrations/a.py", "from alembic import op\ndef upgrade():\n    op.frobnicate('a')\n"),
        ("shop/migrations/a.py", "from django.db import migrations\nx = [migrations.RunSQL(load('a.sql'))]\n"),
        ("migrations/a.js", "exports.up = (knex => {\n"),
        ("migrations/a.js", "exports.up = (knex) => knex.raw(sql);\n"),
        ("db/migrate/1_a.rb", "class A < ActiveRecord::Migration[7.0]\nend\n"),
    ],
)
def test_what_cannot_be_read_is_said(path: str, text: str) -> None:
    assert NEEDS_REVIEW in {rule for rule, _ in _found(change_of({path: text}))}


def test_every_finding_says_what_is_lost_and_the_safer_way() -> None:
    (found,) = (
        DestructiveOperations()
        .examine(change_of({"m/1.sql": "ALTER TABLE shop.orders DROP COLUMN note;\n"}), GateSettings())
        .findings
    )
    assert found.severity is Severity.HIGH
    assert "shop.orders.note" in found.message
    assert "later release" in found.fix
    assert found.evidence == "ALTER TABLE shop.orders DROP COLUMN note"


def test_losses_are_counted_without_locks() -> None:
    text = "DROP TABLE a;\nCREATE INDEX i ON b (c);\nDELETE FROM d;\n"
    assert DestructiveOperations().losses(change_of({"migrations/1.sql": text})) == 2


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "(" * 20_000 + ";\n",
        "INSERT INTO a VALUES " + "(1, 'x')," * 10_000 + "(2, 'y');\n",
        "SELECT '" + "a" * 1_000_000 + "';\n",
        "/*" * 100_000,
        "$" * 100_000 + "\n",
        "COPY " * 20_000,
        "DO $$ " * 20_000,
        "WITH a AS (" * 5_000,
        "DELETE FROM a WHERE " + "NOT " * 20_000 + "true;\n",
        "DELETE FROM a WHERE " + "(" * 2_000 + "1=1" + ")" * 2_000 + ";\n",
        "ALTER TABLE a " + "DROP b, " * 4_000 + "DROP c;\n",
    ],
    ids=lambda text: text[:20].strip(),
)
def test_no_text_takes_long_or_fails(text: str) -> None:
    """The time limit of the tests is the measure."""
    assert "gate-failed" not in {rule for rule, _ in _found(change_of({"migrations/1.sql": text}))}
