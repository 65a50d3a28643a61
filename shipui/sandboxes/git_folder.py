"""What a sandbox's .git folder says, read as data: HEAD, references, shallow boundary, excludes. git itself never opens it."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from shipui.model.errors import BadInput
from shipui.model.text import visible

_ID = re.compile(r"[0-9a-f]{40}")
_REFERENCE = re.compile(r"refs/[^\x00-\x20\x7f~^:?*\[\\]+")
_LARGEST = 64 * 1024 * 1024
_SYMBOLIC_DEPTH = 5


def is_object_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class GitFolder:
    """Where the parts of a sandbox's repository are.

    `own` holds HEAD; `common` holds objects and references: another folder in a linked worktree.
    """

    location: Path
    own: Path
    common: Path
    bare: bool

    @classmethod
    def find(cls, location: Path) -> GitFolder:
        """BadInput, in words, if there is no repository at that folder (not above it), or it cannot be read."""
        location = Path(os.path.abspath(location))
        try:
            folder = cls._find(location)
            os.listdir(folder.common / "objects")
            os.listdir(folder.common / "refs")
        except PermissionError as error:
            raise _unreadable(location, error) from error
        except FileNotFoundError as error:
            raise no_repository(location, str(error)) from error
        except (OSError, ValueError) as error:
            raise no_repository(location, visible(str(error))) from error
        return folder

    @classmethod
    def _find(cls, location: Path) -> GitFolder:
        if not stat.S_ISDIR(os.stat(location).st_mode):
            raise no_repository(location, "not a folder")
        try:
            kind = os.lstat(location / ".git").st_mode
        except FileNotFoundError:
            if (location / "HEAD").exists() and (location / "objects").is_dir():
                return cls(location, location, location, bare=True)
            raise
        if stat.S_ISDIR(kind):
            return cls(location, location / ".git", location / ".git", bare=False)
        return cls._linked(location)

    @classmethod
    def _linked(cls, location: Path) -> GitFolder:
        """A linked worktree, if the repository that its .git file names knows of it: a file alone can point anywhere."""
        pointer = _read(location / ".git")
        if not pointer.startswith(b"gitdir: "):
            raise no_repository(location, ".git is neither a folder nor a worktree's file")
        own = location / os.fsdecode(pointer[len(b"gitdir: ") :].strip())
        if not (own / "commondir").exists():
            raise elsewhere(location, own)
        back = own / os.fsdecode(_read(own / "gitdir").strip())
        if os.path.realpath(back) != os.path.realpath(location / ".git") or (location / ".git").is_symlink():
            raise elsewhere(location, own)
        common = own / os.fsdecode(_read(own / "commondir").strip())
        return cls(location, own, Path(os.path.realpath(common)), bare=False)

    @property
    def objects(self) -> Path:
        return self.common / "objects"

    def head(self) -> tuple[str, str | None]:
        """The head commit's ID and the branch's full name (None: detached). BadInput if there is no commit yet."""
        text = self._text(self.own / "HEAD")
        branch = text.removeprefix("ref:").strip() if text.startswith("ref:") else None
        commit = self._resolve(branch, 0) if branch else text
        if commit is not None and re.fullmatch(r"[0-9a-f]{64}", commit):
            raise BadInput(
                "The sandbox's git repository uses SHA-256 object names, which are not supported.",
                fix="Build the feature in a repository with the usual SHA-1 names.",
            )
        if commit is None or not is_object_id(commit):
            if branch == "refs/heads/.invalid":
                raise BadInput(
                    "The sandbox's git repository keeps its references in the reftable format, which is not supported.",
                    fix="`git refs migrate --ref-format=files` in the sandbox changes that.",
                )
            raise BadInput(
                f"The sandbox {visible(str(self.location))} has no commit yet.", fix="Commit the feature there first."
            )
        return commit, branch

    def references(self) -> dict[str, str]:
        """Full name to object ID, symbolic ones resolved; replacements and names that git would not make are left out."""
        found: dict[str, str] = {}
        for line in self._text(self.common / "packed-refs").splitlines():
            commit, _, name = line.partition(" ")
            if is_object_id(commit):
                found[name] = commit
        for name in self._loose():
            resolved = self._resolve(name, 0)
            if resolved is not None and is_object_id(resolved):
                found[name] = resolved
        return {name: commit for name, commit in found.items() if _may_be_used(name)}

    def shallow(self) -> frozenset[str]:
        """Commits whose parents were not fetched."""
        return frozenset(line for line in self._text(self.common / "shallow").splitlines() if is_object_id(line))

    def excludes(self) -> bytes:
        """The patterns of .git/info/exclude."""
        return _read_if_there(self.common / "info" / "exclude")

    def main_branch(self) -> str | None:
        """What origin/HEAD stands for: refs/remotes/origin/NAME."""
        text = self._text(self.common / "refs" / "remotes" / "origin" / "HEAD")
        return text.removeprefix("ref:").strip() if text.startswith("ref:") else None

    def _loose(self) -> Iterator[str]:
        top = self.common / "refs"
        for folder, _, names in os.walk(top):
            for name in names:
                yield "refs/" + os.path.relpath(os.path.join(folder, name), top)

    def _resolve(self, name: str, depth: int) -> str | None:
        if depth > _SYMBOLIC_DEPTH or ".." in name or not name.startswith("refs/") or "\0" in name:
            return None
        text = self._text(self.common / name)
        if text.startswith("ref:"):
            return self._resolve(text.removeprefix("ref:").strip(), depth + 1)
        return text or self._packed(name)

    def _packed(self, name: str) -> str | None:
        for line in self._text(self.common / "packed-refs").splitlines():
            if line[41:] == name:
                return line[:40]
        return None

    def _text(self, path: Path) -> str:
        return os.fsdecode(_read_if_there(path)).strip()


def _may_be_used(name: str) -> bool:
    if name.startswith("refs/replace/") or name.endswith((".lock", "/", ".")):
        return False
    return _REFERENCE.fullmatch(name) is not None and not any(each in name for each in ("..", "//", "/.", "@{"))


def _read_if_there(path: Path) -> bytes:
    try:
        return _read(path)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return b""
    except OSError as error:
        raise _unreadable(path, error) from error


def _read(path: Path) -> bytes:
    """A regular file; a named pipe or device in its place would hold the reader for ever."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileNotFoundError(f"{visible(str(path))} is not a regular file")
        return file.read(_LARGEST)


def _unreadable(path: Path, error: OSError) -> BadInput:
    return BadInput(
        f"The sandbox cannot be read: {visible(str(path))} is closed to your account.",
        detail=visible(str(error)),
        fix="Give your account the right to read it, or ask its owner to.",
    )


def no_repository(location: str | Path, detail: str) -> BadInput:
    return BadInput(
        f"There is no git repository in the folder {visible(str(location))}.",
        detail=visible(detail),
        fix="Name the top folder of the git work tree in which the feature was built.",
    )


def elsewhere(location: str | Path, own: PurePath) -> BadInput:
    return BadInput(
        f"The .git file in {visible(str(location))} points to a repository that does not know this folder.",
        detail=f"gitdir: {visible(str(own))}",
        fix="Use a clone, or a worktree made by `git worktree add`. If it was moved, `git worktree repair` mends it.",
    )
