"""The demo's sandboxes: git work trees with the application on main and one change on a branch, where features were built."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from shipui.demo.scenarios import FIRST_VERSION, Scenario
from shipui.limits.child import run_child
from shipui.limits.deadline import Deadline
from shipui.model.errors import ToolFailed

HERE = Path(__file__).parent
APPLICATION = HERE / "application"
FIRST = "first-version"

_AUTHOR = "Build Studio"
_ADDRESS = "build-studio@demo.invalid"
_BEGUN = "2026-01-05T09:00:00+00:00"
_CHANGED = "2026-01-12T09:00:00+00:00"


def make_first_sandbox(folder: Path, deadline: Deadline) -> None:
    """The sandbox in which the first version was built: on main the readme alone, on the branch everything. Nothing if it is there."""
    unfinished = _begin(folder, deadline)
    if unfinished is None:
        return
    _git(unfinished, deadline, "switch", "--quiet", "--create", FIRST)
    _copy_application(unfinished)
    _commit(unfinished, f"Notes {FIRST_VERSION}\n\nThe first version.", _BEGUN, deadline)
    unfinished.rename(folder)


def make_sandbox(folder: Path, scenario: Scenario, deadline: Deadline) -> None:
    """On main the first version, on a branch the scenario's change. Nothing if the folder is there."""
    unfinished = _begin(folder, deadline)
    if unfinished is None:
        return
    _copy_application(unfinished)
    _commit(unfinished, f"Notes {FIRST_VERSION}\n\nThe first version.", _BEGUN, deadline)
    _git(unfinished, deadline, "switch", "--quiet", "--create", scenario.name)
    _git(unfinished, deadline, "apply", "--index", "-", stdin=scenario.patch.read_bytes())
    _commit(unfinished, f"{scenario.title}\n\n{scenario.message}", _CHANGED, deadline)
    unfinished.rename(folder)


def head(folder: Path, deadline: Deadline) -> str:
    return _git(folder, deadline, "rev-parse", "HEAD").strip()


def base_files(folder: Path, deadline: Deadline) -> dict[str, tuple[str, bytes]]:
    """Mode and content of what is on main, by path."""
    files = {}
    for line in _git(folder, deadline, "ls-tree", "-r", "main").splitlines():
        about, _, path = line.partition("\t")
        mode, _, blob = about.split(" ")
        files[path] = (mode, _blob(folder, deadline, blob))
    return files


def added_files(folder: Path, deadline: Deadline) -> list[str]:
    """Paths that the feature adds."""
    return _git(folder, deadline, "diff", "--name-only", "--diff-filter=A", "main", "HEAD").splitlines()


def _blob(folder: Path, deadline: Deadline, name: str) -> bytes:
    """To the byte: the last line may end or not, and a file may be empty."""
    with TemporaryFile() as output:
        _git(folder, deadline, "cat-file", "blob", name, into=output)
        output.seek(0)
        return output.read()


def _begin(folder: Path, deadline: Deadline) -> Path | None:
    """A repository under another name, so that a sandbox is whole or not there; None if it is there."""
    if folder.is_dir():
        return None
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir()
    _git(unfinished, deadline, "init", "--quiet", "--template=", "--initial-branch=main")
    shutil.copyfile(APPLICATION / "README.md", unfinished / "README.md")
    _commit(unfinished, "Begin", _BEGUN, deadline)
    return unfinished


def _copy_application(into: Path) -> None:
    shutil.copytree(
        APPLICATION,
        into,
        ignore=shutil.ignore_patterns("__pycache__", "*.pyc"),
        copy_function=shutil.copyfile,
        dirs_exist_ok=True,
    )


def _commit(folder: Path, message: str, at: str, deadline: Deadline) -> None:
    _git(folder, deadline, "add", "--all")
    _git(folder, deadline, "commit", "--quiet", "--no-verify", f"--message={message}", at=at)


def _git(
    folder: Path,
    deadline: Deadline,
    *arguments: str,
    at: str = _BEGUN,
    stdin: bytes | None = None,
    into: IO[bytes] | None = None,
) -> str:
    """git with settings of its own: nothing that whoever runs the demo has configured changes the commits."""
    settings = (
        "commit.gpgSign=false",
        "core.autocrlf=false",
        "core.hooksPath=/dev/null",
        "core.fileMode=false",
        "gc.auto=0",
    )
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(folder.parent),
        "GIT_TERMINAL_PROMPT": "0",
        **{f"GIT_{role}_NAME": _AUTHOR for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_EMAIL": _ADDRESS for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_DATE": at for role in ("AUTHOR", "COMMITTER")},
    }
    options = [part for setting in settings for part in ("-c", setting)]
    finished = run_child(
        ["git", *options, *arguments],
        deadline=deadline,
        cwd=folder,
        environment=environment,
        stdin=stdin,
        stdout=into,
        keep_all=True,
    )
    if finished.code != 0:
        raise ToolFailed(
            f"The demo's sandbox {folder.name} could not be made.",
            detail=f"git {arguments[0]} ended with {finished.code}: {finished.errors}",
            fix="Is git installed, in version 2.28 or newer?",
        )
    return finished.output
