"""How git is run: with a repository, settings and environment that are all shipui's own.

The command line, not GitPython: GitPython runs the same command, but with the operator's environment and configuration, and with
the configuration of the repository that it opens. A sandbox's settings can name commands (core.fsmonitor, filters, diff drivers,
hooks, core.sshCommand, uploadpack.packObjectsHook, promisor remotes ...), and they would run as the operator. So no git ever runs
with a sandbox as its repository, and nothing is fetched from one: its objects are read as alternates of a bare repository that
shipui made (`git_store.make_bare`), whose configuration is the only one that is read. In a container it is the same
(`container_git.py`): a bare repository of shipui's own in there, and the sandbox's objects as alternates.
"""

from __future__ import annotations

import errno
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryFile
from typing import IO

from shipui.limits.child import run_child
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed, NoSpace
from shipui.model.text import visible_lines

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

_SETTINGS = (
    # Nothing that could be run, should one of these ever come from somewhere else.
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.askPass=",
    "credential.helper=",
    "diff.external=",
    "gc.auto=0",
    "protocol.allow=never",
    "submodule.recurse=false",
    # Caches beside the objects of a sandbox may lie about trees and parents: read the objects themselves.
    "core.commitGraph=false",
    "core.multiPackIndex=false",
    "pack.useBitmaps=false",
    # The same answer everywhere.
    "core.autocrlf=false",
    "core.safecrlf=false",
    "core.quotePath=true",
    "diff.algorithm=myers",
)


class GitCommands(ABC):
    """git on one bare repository of shipui's, wherever that is."""

    def run(
        self, *arguments: str | os.PathLike[str], deadline: Deadline, stdin: bytes | IO[bytes] | None = None
    ) -> bytes:
        """What it wrote; Failed, with git's own words as the detail, if it ended with an error."""
        with TemporaryFile() as output:
            self.run_into(output, *arguments, deadline=deadline, stdin=stdin)
            output.seek(0)
            return output.read()

    def run_into(
        self,
        output: IO[bytes],
        *arguments: str | os.PathLike[str],
        deadline: Deadline,
        stdin: bytes | IO[bytes] | None = None,
    ) -> str:
        """The same into a file; returns what it said on its error stream."""
        code, errors = self._run(output, arguments, deadline, stdin)
        detail = f"git {os.fspath(arguments[0])} ended with {code}: {errors}"
        if code != 0 and os.strerror(errno.ENOSPC) in errors:
            raise NoSpace("There is not enough room for the source code.", detail=detail, fix="Make room on the disk.")
        if code != 0:
            raise Failed(
                "The source code could not be read.",
                detail=detail,
                fix="`git fsck` in the sandbox shows whether its repository is whole. A partial clone lacks files: make a full one.",
            )
        return errors

    def ask(self, *arguments: str, deadline: Deadline) -> str | None:
        """One line, or None if git says no (an object or revision that is not there)."""
        with TemporaryFile() as output:
            code, _ = self._run(output, arguments, deadline, None)
            output.seek(0)
            return os.fsdecode(output.read()).strip() if code == 0 else None

    @abstractmethod
    def _run(
        self,
        output: IO[bytes],
        arguments: Sequence[str | os.PathLike[str]],
        deadline: Deadline,
        stdin: bytes | IO[bytes] | None,
    ) -> tuple[int, str]:
        """Its exit code and what it said on its error stream, made harmless."""


@dataclass(frozen=True)
class Git(GitCommands):
    """git on this machine, with the objects of another folder readable beside the repository's own."""

    repository: Path
    alternate: Path | None = None
    work_tree: Path | None = None
    index: Path | None = None

    def _run(
        self,
        output: IO[bytes],
        arguments: Sequence[str | os.PathLike[str]],
        deadline: Deadline,
        stdin: bytes | IO[bytes] | None,
    ) -> tuple[int, str]:
        finished = run_child(
            command_line(arguments),
            deadline=deadline,
            cwd=self.repository,
            environment=self._environment(),
            stdin=stdin,
            stdout=output,
        )
        return finished.code, "\n".join(visible_lines(finished.errors))

    def _environment(self) -> dict[str, str]:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            **environment_of(self.repository, self.alternate, self.work_tree, self.index),
        }
        if "TMPDIR" in os.environ:
            environment["TMPDIR"] = os.environ["TMPDIR"]
        return environment


def command_line(arguments: Sequence[str | os.PathLike[str]]) -> list[str]:
    settings = [part for each in _SETTINGS for part in ("-c", each)]
    return ["git", "--no-pager", *settings, *(os.fspath(each) for each in arguments)]


def environment_of(
    repository: PurePath,
    alternate: PurePath | None = None,
    work_tree: PurePath | None = None,
    index: PurePath | None = None,
) -> dict[str, str]:
    """All that git is to know, but for PATH: nothing of whoever runs it."""
    environment = {
        "HOME": str(repository / "empty-home"),  # does not exist
        "LC_ALL": "C",
        "GIT_DIR": str(repository),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_ATTR_SOURCE": EMPTY_TREE,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
    }
    if alternate is not None:
        environment["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = _quoted(alternate)
    if work_tree is not None:
        del environment["GIT_ATTR_SOURCE"]  # line endings are those that the work tree's own attributes ask for
        environment["GIT_WORK_TREE"] = str(work_tree)
    if index is not None:
        environment["GIT_INDEX_FILE"] = str(index)
    return environment


def _quoted(path: PurePath) -> str:
    """As git reads it in a list of paths: a colon or a quote in a folder's name separates nothing."""
    return (
        '"'
        + "".join(
            chr(byte) if (chr(byte).isalnum() and byte < 128) or byte in b"/._- " else f"\\{byte:03o}"
            for byte in os.fsencode(path)
        )
        + '"'
    )


def shown_path(path: bytes) -> str:
    """A path of a repository, which is bytes, as text that can be stored and printed; what is not UTF-8 as \\xNN."""
    return path.decode("utf-8", "backslashreplace")
