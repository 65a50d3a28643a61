"""The exact files of a commit, written into a new folder. `git archive` and `git checkout` would obey attributes and filters."""

from __future__ import annotations

import errno
import os
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Failed, NoSpace
from shipui.model.text import listed, size, visible
from shipui.sandboxes.base import Extracted
from shipui.sandboxes.git_command import GitCommands, shown_path
from shipui.sandboxes.tree_hash import tree_id

_LINK = "120000"
_SUBMODULE = "160000"
_EXECUTABLE = "100755"
_CHUNK = 1024 * 1024
_LONGEST_LINK = 64 * 1024
_DEEPEST = 200
_LFS = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, slots=True)
class Entry:
    mode: str
    object: str
    path: bytes


def entries_of(git: GitCommands, commit: str, deadline: Deadline) -> list[Entry]:
    """Every file and link of the commit. BadInput if there are submodules, Failed if a path could leave the folder."""
    listing = git.run("ls-tree", "-r", "-z", "--full-tree", commit, deadline=deadline)
    entries = []
    for line in listing.split(b"\0")[:-1]:
        about, _, path = line.partition(b"\t")
        mode, _, name = about.decode().split(" ")
        entries.append(Entry(mode, name, path))
    submodules = [visible(shown_path(each.path)) for each in entries if each.mode == _SUBMODULE]
    if submodules:
        raise BadInput(
            f"The feature contains git submodules ({listed(submodules)}). They are not supported yet.",
            fix="Put their files into the repository itself, for instance with `git subtree`.",
        )
    for each in entries:
        _refuse_unsafe(each.path)
    return entries


def extract(
    git: GitCommands, commit: str, tree: str, into: Path, deadline: Deadline, log: Callable[[str], None]
) -> Extracted:
    """Write the commit's files into `into`, which must not exist yet; Failed unless they make exactly `tree`.

    The folder is the operator's alone (0700); within it folders and executables are 0755, other files 0644, whatever the umask.
    Links are made as they are in the tree, last, so that nothing is ever written through one.
    """
    entries = sorted(entries_of(git, commit, deadline), key=lambda each: each.mode == _LINK)
    try:
        into.mkdir(mode=0o700)
    except FileExistsError as error:
        raise Failed(f"The folder for the source code exists already: {visible(str(into))}.") from error
    except OSError as error:
        raise _explained(error) from error
    writer = _Writer(into, entries, deadline)
    _stream(git, entries, writer, deadline)
    found = tree_id(into, deadline)
    if found != tree:
        raise Failed(
            "The files that arrived are not those that were approved.",
            detail=f"approved tree {tree}, extracted tree {found}",
            fix="Try again; if it happens again, the disk or shipui's own copy of the source code is damaged.",
        )
    log(f"{len(entries)} files, {size(writer.bytes)}: exactly the approved tree {tree[:12]}")
    if writer.outside:
        log(f"links that point out of the folder, kept as they are: {listed(writer.outside)}")
    if writer.pointers:
        log(f"Git LFS pointers, kept as they are, without the content they stand for: {listed(writer.pointers)}")
    return Extracted(tree=found, files=len(entries), bytes=writer.bytes)


class _Writer:
    """Takes what `git cat-file --batch` says about the entries, in their order, and makes the files."""

    def __init__(self, into: Path, entries: Sequence[Entry], deadline: Deadline) -> None:
        self._top = os.fsencode(into)
        self._entries = entries
        self._deadline = deadline
        self.bytes = 0
        self.outside: list[str] = []
        self.pointers: list[str] = []

    def write(self, stream: IO[bytes]) -> None:
        folders = {b""}
        for entry in self._entries:  # all folders before any link: no link can stand where a folder belongs
            self._make_folder(os.path.dirname(entry.path), folders)
        for entry in self._entries:
            self._deadline.check()
            header = stream.readline().split()
            if len(header) != 3 or header[1] != b"blob" or header[0].decode() != entry.object:
                raise Failed("The kept source code is damaged.", detail=f"expected {entry.object}, got {header!r}")
            length = int(header[2])
            if entry.mode == _LINK:
                self._make_link(entry.path, stream, length)
            else:
                self._make_file(entry, stream, length)
            stream.read(1)  # the newline after each object
            self.bytes += length

    def _make_folder(self, folder: bytes, made: set[bytes]) -> None:
        if folder in made:
            return
        self._make_folder(os.path.dirname(folder), made)
        path = os.path.join(self._top, folder)
        os.mkdir(path)
        os.chmod(path, 0o755)  # noqa: S103 - the folder above them all is the operator's alone
        made.add(folder)

    def _make_file(self, entry: Entry, stream: IO[bytes], length: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(os.path.join(self._top, entry.path), flags, 0o600)
        with open(descriptor, "wb") as file:
            left, start = length, b""
            while left:
                self._deadline.check()
                chunk = _exactly(stream, min(left, _CHUNK))
                start = start or chunk[: len(_LFS)]
                file.write(chunk)
                left -= len(chunk)
            os.fchmod(descriptor, 0o755 if entry.mode == _EXECUTABLE else 0o644)
        if start == _LFS:
            self.pointers.append(visible(shown_path(entry.path)))

    def _make_link(self, path: bytes, stream: IO[bytes], length: int) -> None:
        if length > _LONGEST_LINK:
            raise Failed(f"The link {visible(shown_path(path), limit=200)} is too long to be one.")
        target = _exactly(stream, length)
        if b"\0" in target:
            raise Failed(f"The link {visible(shown_path(path), limit=200)} does not name a path.")
        os.symlink(target, os.path.join(self._top, path))
        end = os.path.normpath(os.path.join(os.path.dirname(path), target))
        if target.startswith(b"/") or end == b".." or end.startswith(b"../"):
            self.outside.append(visible(shown_path(path)))


def _stream(git: GitCommands, entries: Sequence[Entry], writer: _Writer, deadline: Deadline) -> None:
    """Through a pipe: no second copy of the whole tree on disk or in memory."""
    source, sink = os.pipe()
    failure: list[Exception] = []

    def take() -> None:
        try:
            with open(source, "rb") as stream:
                writer.write(stream)
        except Exception as error:  # noqa: BLE001 - raised below, in the thread that asked
            failure.append(error)

    thread = threading.Thread(target=take, name="extraction")
    thread.start()
    wanted = "".join(f"{each.object}\n" for each in entries).encode()
    try:
        with open(sink, "wb") as output:
            git.run_into(output, "cat-file", "--batch", "--buffer", deadline=deadline, stdin=wanted)
    except Failed as error:
        thread.join()
        deadline.check()
        raise (_explained(failure[0]) if failure else error) from error
    thread.join()
    if failure:
        raise _explained(failure[0]) from failure[0]


def _explained(error: Exception) -> Exception:
    if not isinstance(error, OSError):
        return error
    detail = visible(str(error))
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace("There is not enough room for the source code.", detail=detail)
    if isinstance(error, FileExistsError):
        return Failed("The source code holds two files of the same name.", detail=detail)
    return Failed("The source code could not be written.", detail=detail)


def _exactly(stream: IO[bytes], length: int) -> bytes:
    content = stream.read(length)
    if len(content) != length:
        raise Failed("The kept source code ended too early.", detail=f"{len(content)} of {length} bytes")
    return content


def _refuse_unsafe(path: bytes) -> None:
    parts = path.split(b"/")
    if len(parts) > _DEEPEST:
        raise Failed(f"The feature contains a path of {len(parts)} folders. More than {_DEEPEST} are not supported.")
    if any(_unsafe(part) for part in parts):
        raise Failed(
            f"The feature contains a path that could leave its folder: “{visible(shown_path(path), limit=200)}”.",
            fix="git does not make such a path by itself. Find out where this commit comes from.",
        )


def _unsafe(part: bytes) -> bool:
    """Empty, "..", or what some file system takes for .git (it folds case, drops invisible characters or trailing dots)."""
    text = part.decode("utf-8", "replace")
    plain = "".join(each for each in text if unicodedata.category(each) != "Cf").casefold().rstrip(". ")
    return not part or part in (b".", b"..") or plain in (".git", "git~1") or (not plain and set(text) <= {".", " "})
