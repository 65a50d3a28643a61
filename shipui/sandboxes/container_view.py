"""A sandbox in a container as git sees it there, without git ever opening it."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Failed
from shipui.model.text import visible
from shipui.sandboxes.container_files import files_of
from shipui.sandboxes.container_folder import ContainerFolder, read_folder
from shipui.sandboxes.container_git import ContainerGit, Inside, repository_inside
from shipui.sandboxes.container_location import ContainerLocation
from shipui.sandboxes.container_state import RunningContainer, running_container
from shipui.sandboxes.git_store import CONFIGURATION
from shipui.sandboxes.git_view import GitView, uncommitted

_OLDEST = (2, 30)


@dataclass(frozen=True, slots=True)
class ContainerView:
    view: GitView
    git: ContainerGit
    location: ContainerLocation

    def uncommitted(self, deadline: Deadline) -> tuple[str, ...]:
        if self.view.folder.bare:
            return ()
        git = replace(self.git, work_tree=self.location.path, index=self.git.repository / "index")
        reader = f"the repository's owner (user {self.git.inside.user} of the container)"
        return uncommitted(git, self.view.head, str(self.location), deadline, reader)


@contextlib.contextmanager
def reading(
    engine: Engine, location: ContainerLocation, deadline: Deadline
) -> Iterator[tuple[RunningContainer, ContainerFolder]]:
    """What the repository's files say; nothing runs in the container for it."""
    container = running_container(engine, location.container, deadline)
    with tempfile.TemporaryDirectory(prefix="shipui-container-") as name:
        with files_of(engine, container.id, deadline) as files:
            folder = read_folder(files, location, container.in_memory, Path(name))
        yield container, folder


@contextlib.contextmanager
def viewing_inside(engine: Engine, location: ContainerLocation, deadline: Deadline) -> Iterator[ContainerView]:
    with reading(engine, location, deadline) as (container, folder):
        head, branch = folder.copy.head()
        references = folder.copy.references()
        inside = Inside(engine, container, location.container, folder.owner)
        _require_git(inside, deadline)
        files = (
            b"".join(os.fsencode(f"{commit} {name}\n") for name, commit in sorted(references.items())),
            folder.copy.excludes(),
            b"".join(f"{each}\n".encode() for each in sorted(folder.copy.shallow())),
        )
        name = f"shipui-{secrets.token_hex(8)}"
        with repository_inside(inside, name, CONFIGURATION, head, files, deadline) as repository:
            git = ContainerGit(inside, repository, folder.common / "objects")
            if git.ask("cat-file", "-e", f"{head}^{{tree}}", deadline=deadline) is None:
                raise Failed(
                    "The sandbox's newest commit cannot be read: its git repository is damaged.",
                    detail=f"commit {head} in {visible(str(location))}",
                    fix="`git fsck` in the sandbox shows what is missing.",
                )
            yield ContainerView(GitView(folder.copy, git, head, branch, references), git, location)


def _require_git(inside: Inside, deadline: Deadline) -> None:
    said = inside.run(["git", "--version"], {"GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent"}, deadline).output
    version = re.match(r"git version (\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < _OLDEST:
        raise BadInput(
            f"The git in the sandbox's container {inside.name} cannot be used: it is {visible(said, limit=100) or 'unknown'}.",
            fix=f"Install git {_OLDEST[0]}.{_OLDEST[1]} or newer in the container's image.",
        )
