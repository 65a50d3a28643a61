"""`shipui gates`, as it is called: on a diff, on standard input, on a range of commits."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from shipui.cli.main import outcome
from shipui.gates import engine

FLAW = "el.innerHTML = location.hash;\n"


@pytest.fixture(autouse=True)
def only_security(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The command, and the engine under it; the other gates have tests of their own. No configuration but the defaults."""
    monkeypatch.setattr(engine, "GATES", {"security": engine.GATES["security"]})
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nowhere"))
    monkeypatch.delenv("SHIPUI_CONFIG", raising=False)


def diff_of(path: str, text: str) -> str:
    lines = text.splitlines()
    added = "".join(f"+{line}\n" for line in lines)
    return f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n{added}"


def git(repository: Path, *arguments: str) -> None:
    settings = [
        "-c",
        "user.name=Ann",
        "-c",
        "user.email=ann@example.com",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "commit.gpgsign=false",
    ]
    subprocess.run(["git", *settings, *arguments], cwd=repository, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """On main a file with an old flaw; on feature a new one beside it."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init")
    (folder / "old.js").write_text(FLAW + "start();\n")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    git(folder, "checkout", "-b", "feature")
    (folder / "old.js").write_text(FLAW + "start(2);\n")
    (folder / "new name.js").write_text(FLAW)
    git(folder, "add", ".")
    git(folder, "commit", "-m", "second")
    return folder


@pytest.mark.parametrize(
    ("text", "code", "verdict"),
    [("start();\n", 0, "pass"), ("exec('ls ' + x);\n", 0, "warn"), (FLAW, 1, "block"), ("let (\n", 4, "error")],
)
def test_exit_codes(text: str, code: int, verdict: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.diff").write_text(diff_of("a.js", text))
    assert outcome(["gates", "--diff", str(tmp_path / "a.diff"), "--format", "json"]) == code
    report = json.loads(capsys.readouterr().out)
    assert report["verdict"] == verdict
    assert report["gates"][0]["files"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--diff", "a", "--repo", "b", "--base", "c"],
        ["--repo", "."],
        ["--diff", "a", "--base", "c"],
        ["--diff", "/no/such/file"],
        ["NOT-A-BUILD"],
        ["--repo", "/no/such/folder", "--base", "main"],
        ["--diff", "a", "--format", "yaml"],
    ],
)
def test_usage(arguments: list[str]) -> None:
    assert outcome(["gates", *arguments]) == 2


def test_a_range_reports_what_it_changed_and_nothing_else(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["gates", "--repo", str(repository), "--base", "main", "--format", "json"]) == 1
    (gate,) = json.loads(capsys.readouterr().out)["gates"]
    assert [(each["path"], each["line"]) for each in gate["findings"]] == [("new name.js", 1)]
    assert (gate["files"], gate["lines"]) == (2, 2)


def test_the_head_can_be_named(repository: Path) -> None:
    assert outcome(["gates", "--repo", str(repository), "--base", "main", "--head", "main"]) == 0
    assert outcome(["gates", "--repo", str(repository), "--base", "main", "--head", "feature"]) == 1
    assert outcome(["gates", "--repo", str(repository), "--base", "main", "--head", "nowhere"]) == 2


@pytest.mark.parametrize("shape", ["text", "json", "markdown", "sarif"])
def test_every_format_says_where(shape: str, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome(["gates", "--repo", str(repository), "--base", "main", "--format", shape])
    assert "js-xss" in capsys.readouterr().out


def test_a_repository_is_left_as_it_was(repository: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in repository.rglob("*")}
    outcome(["gates", "--repo", str(repository), "--base", "main"])
    assert {path: path.stat().st_mtime_ns for path in repository.rglob("*")} == before
