"""Where the process runtime keeps everything: paths, names that cannot leave the folder, one lock, and nothing half written."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

from shipui.model.errors import Failed, NoSpace, ToolFailed
from shipui.model.text import visible
from shipui.runtimes.process_supervisor import FULL, process

_LOCK_SECONDS = 10
_LONGEST_NAME = 200
_PART = re.compile(r".*\.(\d+)-(\d+)-[0-9a-f]+\.part", re.DOTALL)


class Folder:
    """`releases`, `images`, `tags` and `containers` below one path, which nobody else may read."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.releases = self.path / "releases"
        self.images = self.path / "images"
        self.tags = self.path / "tags"
        self.containers = self.path / "containers"

    def make(self) -> None:
        with in_plain_words(f"make the folder {self.path}"):
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            for each in (self.releases, self.images, self.tags, self.containers):
                each.mkdir(exist_ok=True, mode=0o700)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One change at a time, across threads and processes; held for moments only. Failed if it cannot be had."""
        self.make()
        with in_plain_words(f"open {self.path / 'lock'}"):
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            until = time.monotonic() + _LOCK_SECONDS
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise Failed(
                            "Another shipui is changing the same production and does not finish.",
                            detail=f"{self.path / 'lock'} was held for {_LOCK_SECONDS} s",
                            fix="Look for a shipui process that hangs (“fuser” names who holds the file), and end it.",
                        ) from None
                    time.sleep(0.02)
            yield
        finally:
            os.close(descriptor)

    def sweep(self) -> None:
        """Remove what processes that are dead left half done."""
        for folder in (self.releases, self.images, self.tags, self.containers):
            for entry in folder.glob("*.part"):
                if not _maker_lives(entry.name):
                    remove_tree(entry)


def part_of(path: Path) -> Path:
    """A temporary name beside `path` that says which process is making it."""
    itself = process(os.getpid())
    started = itself.started if itself is not None else 0
    return path.with_name(f"{path.name}.{os.getpid()}-{started}-{secrets.token_hex(4)}.part")


def _maker_lives(name: str) -> bool:
    found = _PART.fullmatch(name)
    if found is None:
        return False
    maker = process(int(found[1]))
    return maker is not None and maker.started == int(found[2])


def encoded(name: str) -> str:
    """A file name for any name; only letters, digits, `-`, `_` and `~` stand for themselves.

    ToolFailed when it is empty, too long or no text: it is to be a variable's value as well.
    """
    try:
        text = quote(name, safe="").replace(".", "%2E")
    except UnicodeEncodeError:
        text = ""
    if not text or len(text) > _LONGEST_NAME or "\0" in name:
        raise ToolFailed(
            f"“{visible(name, limit=80)}” cannot be the name of an image or a container.",
            fix=f"A name has one to {_LONGEST_NAME} characters.",
        )
    return text


def decoded(file_name: str) -> str:
    return unquote(file_name)


def write_file(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Whole or not at all, and on the disk."""
    part = part_of(path)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_tree(path: Path) -> None:
    """With everything in it, read-only or not; nothing happens if it is not there."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    for folder, _, _ in os.walk(path):
        with contextlib.suppress(FileNotFoundError):
            Path(folder).chmod(0o700)
    shutil.rmtree(path)


def discard(path: Path) -> None:
    """Remove a tree that others look for by its name: the name goes first, so that nobody finds half of it."""
    part = part_of(path)
    try:
        path.rename(part)
    except FileNotFoundError:
        return
    remove_tree(part)


@contextlib.contextmanager
def in_plain_words(doing: str) -> Iterator[None]:
    """Turn an OSError into NoSpace or ToolFailed; `doing` completes "could not"."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise NoSpace(
                f"The disk is full: shipui could not {doing}.",
                detail=str(error),
                fix="Make room on that file system, then try again.",
            ) from error
        raise ToolFailed(
            f"shipui could not {doing}: {error.strerror or error}.",
            detail=visible(str(error), limit=500),
            fix="Does the account that runs shipui own that folder, and may it write there?",
        ) from error
