"""Secrets: where they are looked for, and what only looks like one."""

from __future__ import annotations

import time

import pytest

from shipui.gates.secrets.analyser import SecretsAnalyser
from shipui.gates.secrets.detection import spots
from shipui.gates.secrets.shapes import SHAPES, filled
from shipui.model.findings import Finding
from tests.gates.changes import changed_file

TOKEN = filled("ghp_{A36}", "detection")
RANDOM = filled("{A32}", "detection")


def look(path: str, text: str, base: str | None = None) -> list[Finding]:
    return SecretsAnalyser().examine_file(changed_file(path, text, base))


def test_some_eighty_providers_are_known() -> None:
    assert len({shape.provider for shape in SHAPES}) >= 80


@pytest.mark.parametrize(
    "path",
    [
        "a.py",
        "b.ts",
        "c.yaml",
        "d.md",
        "e.tf",
        "f.json",
        "notes",
        "g.properties",
        "h.ipynb",
        "tests/i.go",
        "package-lock.json",
    ],
)
def test_a_token_is_found_in_every_text_file(path: str) -> None:
    assert [each.rule for each in look(path, f"x: {TOKEN}\n")] == ["secret-github-token"]


def test_a_secret_on_a_line_that_was_there_before_is_not_reported() -> None:
    base = f"a = 1\ntoken = '{TOKEN}'\n"
    assert look("a.py", base.replace("a = 1", "a = 2"), base) == []


def test_lock_files_hold_digests_and_no_passwords() -> None:
    assert look("package-lock.json", f'"token": "{RANDOM}",\n"integrity": "sha512-{filled("{b86}", "x")}=="\n') == []


@pytest.mark.parametrize(
    "line",
    [
        'password = os.environ["PASSWORD"]',
        "password: ${DB_PASSWORD}",
        'api_key = "YOUR_API_KEY_HERE"',
        'token = "' + "x" * 30 + '"',
        f'commit = "{filled("{h40}", "a")}"',
        f'sha256 = "{filled("{h64}", "b")}"',
        'const label = "Password must have 12 characters";',
        'password_field = "id_new_password2"',
        'secretName: "projects/acme/secrets/db-1"',
        "tokens = 128000",
    ],
)
def test_what_only_looks_like_a_secret_is_not_reported(line: str) -> None:
    assert look("app/settings.py", line) == []


@pytest.mark.parametrize(
    "text",
    [  # named below: as names of tests they would be long
        "a" * 1_000_000,
        "password=" * 100_000,
        "eyJ" + "a" * 1_000_000,
        "://" * 300_000,
        "x:" * 500_000 + "@",
        "-----BEGIN PRIVATE KEY-----" * 30_000,
        ("token = '" + "a1B" * 100) * 3_000,
        "_" * 1_000_000,
        '"token": "' * 100_000,
    ],
    ids=range(9),
)
def test_a_line_of_a_megabyte_ends_soon(text: str) -> None:
    started = time.process_time()
    spots(text, "app.env")
    assert time.process_time() - started < 10
