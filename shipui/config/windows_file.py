"""windows.toml: read and checked, and written whole by the form that edits it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from shipui.config.mistakes import bad_settings, mistakes_in
from shipui.config.toml_file import parse, read_bytes
from shipui.config.windows_document import WindowsDocument, calendar_of, contradictions
from shipui.config.windows_text import written_text
from shipui.model.calendar import Calendar
from shipui.model.errors import Failed, FileChanged, NoSpace
from shipui.model.text import visible

_NEW_MODE = 0o644


@dataclass(frozen=True, slots=True)
class WindowsFile:
    path: Path
    document: WindowsDocument
    calendar: Calendar
    digest: str | None
    """SHA-256 of the bytes that were read, in hexadecimal; None when there was no file."""
    text: str = ""
    """As it stands in the file, with its comments."""


def read_windows(path: Path) -> WindowsFile:
    """The windows and blackouts of a file. A missing file means that there are none, so nothing is restricted; its times are in UTC.

    A file that is there and cannot be used is BadSettings, never an open window.
    """
    try:
        content = read_bytes(path)
    except FileNotFoundError:
        document = WindowsDocument(time_zone="UTC")
        return WindowsFile(path, document, calendar_of(document), None)
    document = _checked(path, parse(path, content))
    return WindowsFile(path, document, calendar_of(document), _digest(content), content.decode())


def write_windows(path: Path, document: WindowsDocument, read_digest: str | None) -> str:
    """Replace the file by `document`, whole or not at all; the digest of what was written. What stays the same keeps its comments.

    `read_digest` is the `digest` that was read: FileChanged when the file is another one by now. BadSettings when the document
    contradicts itself, NoSpace when the disk is full; the old file is whole in every case.
    """
    _checked(path, document.model_dump(mode="python", by_alias=True, exclude_none=True))

    def content(former: bytes) -> bytes:
        made = written_text(document, former.decode()).encode()
        _checked(path, parse(path, made))
        return made

    return _write(path, content, read_digest)


def put_back(path: Path, former: str | None, written_digest: str) -> None:
    """Undo a `write_windows`: the text that was there before, or no file; FileChanged when somebody wrote after it."""
    if former is not None:
        _write(path, lambda _: former.encode(), written_digest)
        return
    place = path.resolve()
    with _only_writer(place.parent):
        if _digest_of(_bytes_of(place)) == written_digest:
            place.unlink()


def _write(path: Path, content: Callable[[bytes], bytes], read_digest: str | None) -> str:
    """`content` is asked, while nobody else of us writes, for what is to follow on what is there."""
    place = path.resolve()
    try:
        with _only_writer(place.parent):
            former = _bytes_of(place)
            if _digest_of(former) != read_digest:
                raise FileChanged(
                    f"{visible(str(path), limit=300)} was changed by somebody else since it was read, so nothing was written.",
                    fix="Read it again, then make the change once more.",
                )
            made = content(former or b"")
            _replace(place, made)
            _make_durable(path, place.parent)
    except OSError as error:
        raise _not_written(path, error) from error
    return _digest(made)


def _checked(path: Path, data: dict[str, Any]) -> WindowsDocument:
    try:
        document = WindowsDocument.model_validate(data)
    except ValidationError as error:
        raise bad_settings(path, mistakes_in(error, WindowsDocument, data)) from None
    if found := list(contradictions(document)):
        raise bad_settings(path, found)
    return document


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest_of(content: bytes | None) -> str | None:
    return None if content is None else _digest(content)


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Between comparing and renaming no other shipui writes here."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make_durable(path: Path, folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise Failed(
            f"{visible(str(path), limit=300)} was written, but the disk did not confirm it.",
            detail=visible(str(error), limit=600),
            fix="Look at the file, and at the disk.",
        ) from error
    finally:
        os.close(descriptor)


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            _keep_owner_and_mode(path, file.fileno())
            os.fsync(file.fileno())
        os.rename(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


def _keep_owner_and_mode(path: Path, descriptor: int) -> None:
    try:
        facts = path.stat()
    except FileNotFoundError:
        os.fchmod(descriptor, _NEW_MODE)
        return
    with contextlib.suppress(PermissionError):  # only root may give a file away
        os.fchown(descriptor, facts.st_uid, facts.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(facts.st_mode))


def _not_written(path: Path, error: OSError) -> Failed:
    shown = visible(str(path), limit=300)
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return NoSpace(
            f"There is no room left on the disk of {shown}; the file is as it was.",
            detail=visible(str(error), limit=600),
            fix="Make room there, then save again.",
        )
    return Failed(
        f"{shown} could not be written ({error.strerror or error}); the file is as it was.",
        detail=visible(str(error), limit=600),
        fix=f"Make sure that this account may write in {visible(str(path.parent), limit=300)}.",
    )
