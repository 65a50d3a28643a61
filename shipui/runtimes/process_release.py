"""Turns the output of a build into a release: a read-only directory that is named by its content."""

from __future__ import annotations

import ctypes
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from shipui.limits.deadline import Deadline
from shipui.model.errors import ToolFailed
from shipui.model.text import visible
from shipui.runtimes.process_folder import Folder, in_plain_words, part_of, remove_tree, sync_folder

_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Release:
    digest: str
    """SHA-256 in hex over paths, kinds, the executable bit, bytes and link targets; times and owners do not count."""
    size: int
    """Bytes of its files."""


def make_release(source: Path, folder: Folder, deadline: Deadline) -> Release:
    """Copy `source` into the releases, or find that it is there already. ToolFailed if it holds what no release may."""
    part = part_of(folder.releases / "new")
    with in_plain_words("store the release"):
        try:
            part.mkdir(mode=0o700)
            release = _Copy(source, part, deadline).release()
            _refuse_links_that_leave(part)
            _make_read_only(part)
            _flush(part)
            deadline.check()
            with folder.locked():
                if not (folder.releases / release.digest).exists():
                    part.rename(folder.releases / release.digest)
                    sync_folder(folder.releases)
        finally:
            remove_tree(part)
    return release


class _Copy:
    """Copies a tree in the order of its paths and learns its digest on the way."""

    def __init__(self, source: Path, target: Path, deadline: Deadline) -> None:
        self._source = source
        self._target = target
        self._deadline = deadline
        self._digest = hashlib.sha256()
        self._size = 0

    def release(self) -> Release:
        self._folder(Path())
        return Release(self._digest.hexdigest(), self._size)

    def _folder(self, path: Path) -> None:
        for name in sorted(os.listdir(self._source / path), key=os.fsencode):
            self._deadline.check()
            self._entry(path / name)

    def _entry(self, path: Path) -> None:
        mode = (self._source / path).lstat().st_mode
        if stat.S_ISLNK(mode):
            link = os.readlink(self._source / path)
            self._note("link", path, os.fsencode(link))
            os.symlink(link, self._target / path)
        elif stat.S_ISDIR(mode):
            self._note("folder", path, b"")
            (self._target / path).mkdir(mode=0o700)
            self._folder(path)
        elif stat.S_ISREG(mode):
            executable = bool(mode & 0o111)
            content = self._file(path, 0o555 if executable else 0o444)
            self._note("program" if executable else "file", path, content)
        else:
            raise ToolFailed(
                f"The build made “{visible(str(path), limit=200)}”, which is neither a file, nor a folder, nor a link.",
                detail=f"mode {stat.filemode(mode)}",
                fix="Let the build command remove sockets, pipes and devices from its output.",
            )

    def _file(self, path: Path, mode: int) -> bytes:
        """Copy one file; the SHA-256 of its bytes."""
        digest = hashlib.sha256()
        with (self._source / path).open("rb") as reading, (self._target / path).open("xb") as writing:
            while piece := reading.read(_PIECE):
                self._deadline.check()
                digest.update(piece)
                writing.write(piece)
                self._size += len(piece)
            os.fchmod(writing.fileno(), mode)
        return digest.digest()

    def _note(self, kind: str, path: Path, content: bytes) -> None:
        for each in (kind.encode(), os.fsencode(path), content):
            self._digest.update(len(each).to_bytes(8, "big"))
            self._digest.update(each)


def _refuse_links_that_leave(root: Path) -> None:
    """Looked at where it will stay: in the copy, every link is followed to its end, which must be inside."""
    inside = os.path.realpath(root)
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = Path(folder, name)
            if not path.is_symlink():
                continue
            end = os.path.realpath(path)
            if end != inside and not end.startswith(inside + os.sep):
                shown = visible(str(path.relative_to(root)), limit=200)
                raise ToolFailed(
                    f"The build made a link, “{shown}”, that points out of the release.",
                    detail=f"to {visible(os.readlink(path), limit=500)}",
                    fix="Let the build command copy what the link points to, or make the link relative to a file of the release.",
                )


def _make_read_only(root: Path) -> None:
    for folder, _, _ in os.walk(root, topdown=False):
        Path(folder).chmod(0o555)


def _flush(path: Path) -> None:
    """Have the file system that holds `path` write everything out: one call, where a call per file would take minutes."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
        if syncfs is None:
            os.sync()
        elif syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(path))
    finally:
        os.close(descriptor)
