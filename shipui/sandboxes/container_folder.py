"""Where the parts of a sandbox's repository are in its container, and a copy here of those that are read as data."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from shipui.model.errors import BadInput
from shipui.model.text import visible
from shipui.sandboxes.container_files import ContainerFiles, FileInside, Kind
from shipui.sandboxes.container_location import ContainerLocation
from shipui.sandboxes.git_folder import GitFolder, elsewhere, no_repository

_READ = ("packed-refs", "shallow", "info/exclude")


@dataclass(frozen=True, slots=True)
class ContainerFolder:
    """As GitFolder: `own` holds HEAD, `common` objects and references, both in the container."""

    own: PurePosixPath
    common: PurePosixPath
    copy: GitFolder
    """HEAD, references, shallow boundary and excludes, in a folder here."""
    owner: str
    """UID:GID, to whom the repository belongs: who may surely read it, and gains nothing by it."""


def read_folder(
    files: ContainerFiles, location: ContainerLocation, in_memory: tuple[str, ...], into: Path
) -> ContainerFolder:
    """BadInput, in words, if there is no repository at that folder (not above it)."""
    if files.kind(f"{location.path}/.") is not Kind.FOLDER:
        _refuse_memory(location, in_memory)
        raise no_repository(str(location), "no such folder in the container")
    own, common, bare = _parts(files, location)
    if files.kind(common / "objects") is not Kind.FOLDER or files.kind(common / "refs") is not Kind.FOLDER:
        raise no_repository(str(location), f"no folders objects and refs in {common}")
    head = files.read(own / "HEAD")
    if head is None:
        raise no_repository(str(location), f"no file HEAD in {own}")
    _write(into / "own" / "HEAD", head)
    for name in _READ:
        if (found := files.read(common / name)) is not None:
            _write(into / "common" / name, found)
    for each in files.below(common / "refs"):
        _write(into / "common" / each.name, each)
    (into / "common").mkdir(exist_ok=True)
    copy = GitFolder(Path(location.path), into / "own", into / "common", bare)
    return ContainerFolder(own, common, copy, f"{head.uid}:{head.gid}")


def _parts(files: ContainerFiles, location: ContainerLocation) -> tuple[PurePosixPath, PurePosixPath, bool]:
    """Own folder, common folder, and whether it is a bare repository."""
    top = location.path
    match files.kind(top / ".git"):
        case Kind.FOLDER:
            return top / ".git", top / ".git", False
        case Kind.FILE:
            return *_linked(files, location), False
        case None if files.kind(top / "HEAD") is Kind.FILE and files.kind(top / "objects") is Kind.FOLDER:
            return top, top, True
        case None:
            raise no_repository(str(location), "no .git in the folder")
        case _:
            raise no_repository(str(location), ".git is neither a folder nor a worktree's file")


def _linked(files: ContainerFiles, location: ContainerLocation) -> tuple[PurePosixPath, PurePosixPath]:
    """A linked worktree, if the repository that its .git file names knows of it: a file alone can point anywhere."""
    pointer = _text(files, location.path / ".git") or ""
    if not pointer.startswith("gitdir: "):
        raise no_repository(str(location), ".git is neither a folder nor a worktree's file")
    own = _joined(location.path, pointer.removeprefix("gitdir: "))
    back, common = _text(files, own / "gitdir"), _text(files, own / "commondir")
    if back is None or common is None or _joined(own, back) != location.path / ".git":
        raise elsewhere(str(location), own)
    return own, _joined(own, common)


def _joined(folder: PurePosixPath, path: str) -> PurePosixPath:
    return PurePosixPath(posixpath.normpath(folder / path))


def _text(files: ContainerFiles, path: PurePosixPath) -> str | None:
    found = files.read(path)
    return None if found is None or b"\0" in found.content else os.fsdecode(found.content).strip()


def _write(path: Path, file: FileInside) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content)


def _refuse_memory(location: ContainerLocation, in_memory: tuple[str, ...]) -> None:
    for each in in_memory:
        if location.path.is_relative_to(each):
            raise BadInput(
                f"The sandbox {visible(str(location))} is in a folder that is kept in memory, which cannot be read from outside.",
                detail=f"tmpfs on {visible(each)}",
                fix="Put the work tree on the container's disk, or on a volume.",
            )
