"""A change on a newer base: what only one side changed is taken, what both changed is named."""

from __future__ import annotations

import pytest

from shipui.code_hosts.file_rebase import FOLDER, Entry, rebased
from shipui.model.source_change import EXECUTABLE, FILE, ChangedFile

OLD, NEW, THEIRS = "1" * 40, "2" * 40, "3" * 40


def changed(path: bytes = b"a") -> ChangedFile:
    return ChangedFile(path, FILE, OLD, FILE, NEW)


def added(path: bytes = b"a") -> ChangedFile:
    return ChangedFile(path, None, None, FILE, NEW)


def deleted(path: bytes = b"a") -> ChangedFile:
    return ChangedFile(path, FILE, OLD, None, None)


@pytest.mark.parametrize(
    ("file", "here", "taken", "conflict"),
    [
        (changed(), (FILE, OLD), True, False),
        (changed(), (FILE, NEW), False, False),
        (changed(), (FILE, THEIRS), False, True),
        (changed(), (EXECUTABLE, OLD), False, True),
        (changed(), None, False, True),
        (added(), None, True, False),
        (added(), (FILE, NEW), False, False),
        (added(), (FILE, THEIRS), False, True),
        (added(), (FOLDER, THEIRS), False, True),
        (deleted(), (FILE, OLD), True, False),
        (deleted(), None, False, False),
        (deleted(), (FILE, THEIRS), False, True),
        (ChangedFile(b"a", FILE, OLD, EXECUTABLE, OLD), (FILE, OLD), True, False),
    ],
)
def test_one_file(file: ChangedFile, here: Entry | None, taken: bool, conflict: bool) -> None:
    found = rebased([file], {b"a": here}.get)
    assert (found.applied == (file,), found.conflicts == (b"a",)) == (taken, conflict)


def test_a_file_of_theirs_where_a_folder_of_ours_belongs_is_a_conflict() -> None:
    here = {b"a": (FILE, THEIRS)}
    assert rebased([added(b"a/b/c")], here.get).conflicts == (b"a/b/c",)


def test_a_file_that_the_change_itself_takes_away_may_become_a_folder() -> None:
    here = {b"a": (FILE, OLD)}
    found = rebased([deleted(b"a"), added(b"a/b")], here.get)
    assert (len(found.applied), found.conflicts) == (2, ())
