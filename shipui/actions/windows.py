"""Look at the deployment windows, and change them: windows.toml, and an entry of what was changed in the audit trail."""

from __future__ import annotations

from dataclasses import dataclass

from shipui.config.windows_document import WindowsDocument
from shipui.config.windows_file import WindowsFile, put_back, read_windows, write_windows
from shipui.config.windows_words import differences
from shipui.install import Installation
from shipui.model.errors import FileChanged
from shipui.model.promotion import Promotion, Status
from shipui.model.roles import Person, Right
from shipui.model.text import visible
from shipui.records import promotions

MOST_WAITING = 500
"""Promotions of each state that are looked at."""


@dataclass(frozen=True, slots=True)
class WindowSettings:
    file: WindowsFile
    waiting: tuple[Promotion, ...] = ()
    """Those that wait for approval, or are approved: the newest of each."""


def read(installation: Installation, person: Person) -> WindowSettings:
    """windows.toml as it is now; BadSettings when it cannot be used."""
    person.require(Right.LOOK)
    file = read_windows(installation.install.windows_file)
    with installation.records.transaction() as connection:
        waiting = [
            each
            for status in (Status.APPROVED, Status.PENDING)
            for each in promotions.listed(connection, status, limit=MOST_WAITING)
        ]
    return WindowSettings(file, tuple(waiting))


def save(installation: Installation, person: Person, document: WindowsDocument, read_digest: str | None) -> WindowsFile:
    """Replace windows.toml by `document`, if it is still the file with `read_digest`; FileChanged when it is not.

    The file and the audit trail's entry come together or not at all.
    """
    person.require(Right.EDIT_WINDOWS)
    path = installation.install.windows_file
    former = read_windows(path)
    if former.digest != read_digest:
        raise FileChanged(
            f"{visible(str(path), limit=300)} was changed by somebody else since it was read, so nothing was written.",
            fix="Read it again, then make the change once more.",
        )
    changes = [each.sentence for each in differences(former.document, document)]
    written: str | None = None
    try:
        with installation.audited(person, "windows changed", path.name, changes=changes, before=read_digest):
            written = write_windows(path, document, read_digest)
    except BaseException:
        if written is not None:
            put_back(path, None if former.digest is None else former.text, written)
        raise
    return read_windows(path)
