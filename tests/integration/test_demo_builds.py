"""The demo's builds are what they say: each is a commit that builds, or does not, as its scenario says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shipui.demo.sandboxes import APPLICATION, FIRST, base_files, head, make_first_sandbox, make_sandbox
from shipui.demo.scenarios import FIRST_VERSION, SCENARIOS, Scenario
from shipui.limits.deadline import Deadline

BY_NAME = {each.name: each for each in SCENARIOS}


@pytest.fixture
def hostile_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever runs the demo signs every commit, with a key that is not there."""
    settings = tmp_path / "gitconfig"
    settings.write_text("[commit]\n gpgSign = true\n[user]\n signingKey = nobody\n[init]\n defaultBranch = trunk\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", "/nowhere")


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True, text=True).stdout


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SHIPUI_BUILD": "FB-0A0A0A0A", "SHIPUI_COMMIT": "c" * 40}
    return subprocess.run(
        [sys.executable, "-B", "build.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.usefixtures("hostile_git")
def test_a_sandbox_is_the_same_for_everybody(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_sandbox(tmp_path / name, BY_NAME["works"], Deadline(30))
    assert head(tmp_path / "one", Deadline(5)) == head(tmp_path / "two", Deadline(5))


def test_a_sandbox_holds_one_change_on_a_branch(tmp_path: Path) -> None:
    folder = tmp_path / "works"
    make_sandbox(folder, BY_NAME["works"], Deadline(30))
    assert git(folder, "log", "--format=%s", "main..works") == "Search the notes\n"
    assert git(folder, "branch", "--show-current") == "works\n"
    assert git(folder, "status", "--porcelain") == ""
    before = head(folder, Deadline(5))
    make_sandbox(folder, BY_NAME["works"], Deadline(30))
    assert head(folder, Deadline(5)) == before, "a sandbox that is there is left alone"


def test_what_main_holds_is_told_to_the_byte(tmp_path: Path) -> None:
    folder = tmp_path / "works"
    make_sandbox(folder, BY_NAME["works"], Deadline(30))
    told = base_files(folder, Deadline(30))
    empty = [path for path, (_, content) in told.items() if not content]
    assert empty == ["notes/tests/__init__.py"]
    for path, (mode, content) in told.items():
        blob = subprocess.run(["git", "-C", folder, "show", f"main:{path}"], check=True, capture_output=True).stdout
        assert (mode, content) == ("100644", blob)


def test_the_first_version_is_the_application_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / FIRST
    make_first_sandbox(folder, Deadline(30))
    assert git(folder, "diff", "--stat", "main..HEAD") != ""
    files = set(git(folder, "ls-files").split())
    assert {"build.py", "Dockerfile", "VERSION", "notes/web.py", "migrations/0001_notes.sql", ".gitignore"} <= files
    assert not [each for each in files if "__pycache__" in each]
    assert (APPLICATION / "VERSION").read_text().strip() == FIRST_VERSION
    built = build(folder)
    assert built.returncode == 0, built.stderr
    assert (folder / "release" / "version.json").is_file()
    assert not (folder / "release" / "notes" / "tests").exists()


@pytest.mark.parametrize("scenario", [each for each in SCENARIOS if not each.hangs], ids=lambda each: each.name)
def test_a_build_builds_as_its_scenario_says(scenario: Scenario, tmp_path: Path) -> None:
    folder = tmp_path / scenario.name
    make_sandbox(folder, scenario, Deadline(30))
    assert (folder / "VERSION").read_text().strip() == scenario.version
    built = build(folder)
    if scenario.name == "does-not-build":
        assert built.returncode == 1
        assert "web.py, line" in built.stderr
    else:
        assert built.returncode == 0, built.stdout + built.stderr
        assert f"Notes {scenario.version} is built." in built.stdout


def test_the_build_that_hangs_waits_in_silence(tmp_path: Path) -> None:
    folder = tmp_path / "hangs"
    make_sandbox(folder, BY_NAME["hangs"], Deadline(30))
    process = subprocess.Popen(
        [sys.executable, "-B", "build.py"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2)
    finally:
        process.kill()
        process.wait()


def test_no_two_builds_use_the_same_migration_number(tmp_path: Path) -> None:
    numbers: list[str] = []
    for scenario in SCENARIOS:
        make_sandbox(tmp_path / scenario.name, scenario, Deadline(30))
        changed = git(tmp_path / scenario.name, "diff", "--name-only", "main", "HEAD", "--", "migrations").split()
        numbers += [Path(each).name.partition("_")[0] for each in changed]
    assert len(numbers) == len(set(numbers)) == 4
