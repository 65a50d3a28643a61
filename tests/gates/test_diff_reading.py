"""Reading diffs: git's own, others', and those that mean harm."""

from __future__ import annotations

import difflib

import pytest
import unidiff
from hypothesis import given, settings
from hypothesis import strategies as st

from shipui.gates.base import Change, ChangedFile, Status
from shipui.gates.diff_reading import read_diff

MODIFIED = b"""diff --git a/src/a.js b/src/a.js
index 1111111..2222222 100644
--- a/src/a.js
+++ b/src/a.js
@@ -1,4 +1,4 @@ function f() {
 one
-two
+zwei
 three
 four
"""


def only(diff: bytes) -> ChangedFile:
    change = read_diff(diff)
    assert not change.problems, [each.message for each in change.problems]
    (file,) = change.files
    return file


def words(change: Change) -> str:
    return " ".join(each.message for each in change.problems)


def test_lines_have_their_numbers_in_head_and_base() -> None:
    file = only(MODIFIED)
    assert (file.path, file.status, file.mode) == ("src/a.js", Status.MODIFIED, 0o100644)
    assert file.added == {2: "zwei"}
    assert file.removed == {2: "two"}
    assert file.head is None
    assert file.fragments[0].start == 1
    assert file.fragments[0].lines == ("one", "zwei", "three", "four")


def test_a_new_file_is_known_whole_from_its_diff() -> None:
    file = only(
        b"diff --git a/n.ts b/n.ts\nnew file mode 100755\nindex 0..1\n--- /dev/null\n+++ b/n.ts\n@@ -0,0 +1,2 @@\n+a\n+b\n"
    )
    assert (file.status, file.mode, file.head) == (Status.ADDED, 0o100755, "a\nb\n")


def test_a_deletion() -> None:
    file = only(
        b"diff --git a/o.ts b/o.ts\ndeleted file mode 100644\nindex 1..0\n--- a/o.ts\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n"
    )
    assert (file.path, file.status, file.removed) == ("o.ts", Status.DELETED, {1: "a", 2: "b"})


def test_a_rename_with_a_change() -> None:
    file = only(
        b"diff --git a/old name.js b/new name.js\nsimilarity index 90%\nrename from old name.js\nrename to new name.js\n"
        b"index 1111111..2222222 100644\n--- a/old name.js\t\n+++ b/new name.js\t\n@@ -1 +1 @@\n-a\n+b\n"
    )
    assert (file.status, file.old_path, file.path, file.added) == (
        Status.RENAMED,
        "old name.js",
        "new name.js",
        {1: "b"},
    )


def test_a_change_of_mode_alone() -> None:
    file = only(b"diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n")
    assert (file.path, file.old_mode, file.mode, file.added) == ("run.sh", 0o100644, 0o100755, {})


def test_binary_files() -> None:
    change = read_diff(
        b"diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n"
        b"diff --git a/y.png b/y.png\nnew file mode 100644\nindex 0000000..1111111\nGIT binary patch\nliteral 3\n"
        b"KcmZQzU|?VX0ssI5\n\nliteral 0\nHcmV?d00001\n\n"
    )
    assert not change.problems
    assert [(file.path, file.binary) for file in change.files] == [("x.png", True), ("y.png", True)]


def test_quoted_paths_and_paths_with_spaces() -> None:
    change = read_diff(
        b'diff --git "a/gr\\303\\274n \\"x\\".js" "b/gr\\303\\274n \\"x\\".js"\nindex 1..2 100644\n--- "a/gr\\303\\274n \\"x\\".js"\n'
        b'+++ "b/gr\\303\\274n \\"x\\".js"\n@@ -1 +1 @@\n-a\n+b\n'
        b"diff --git a/a file b/a file\nold mode 100644\nnew mode 100755\n"
    )
    assert not change.problems
    assert [file.path for file in change.files] == ["a file", 'grün "x".js']


def test_crlf_everywhere() -> None:
    assert only(MODIFIED.replace(b"\n", b"\r\n")).added == {2: "zwei"}


def test_no_newline_at_the_end_is_no_line() -> None:
    file = only(MODIFIED + b"\\ No newline at end of file\n")
    assert file.added == {2: "zwei"}


def test_a_diff_of_diff_itself() -> None:
    file = only(b"--- old/a.sql\t2026-01-01\n+++ new/a.sql\t2026-01-02\n@@ -1 +1 @@\n-a\n+b\n")
    assert file.added == {1: "b"}


def test_a_mail_from_format_patch() -> None:
    assert only(
        b"From 1 Mon Sep 17 00:00:00 2001\nSubject: x\n\n---\n src/a.js | 2 +-\n\n" + MODIFIED + b"-- \n2.39.2\n\n"
    ).added == {2: "zwei"}


def test_headers_within_a_hunk_are_its_lines() -> None:
    diff = b"diff --git a/a.sql b/a.sql\nindex 1..2 100644\n--- a/a.sql\n+++ b/a.sql\n@@ -1,2 +1,2 @@\n--- a/evil.js\n+++ b/evil.js\n x\n"
    file = only(diff)
    assert (file.path, file.removed, file.added) == ("a.sql", {1: "-- a/evil.js"}, {1: "++ b/evil.js"})


@pytest.mark.parametrize(
    ("diff", "said"),
    [
        (b"hello\n", "is no diff"),
        (MODIFIED[:-12], "fewer lines than it says"),
        (MODIFIED + b"+hidden();\n", "no hunk header announces"),
        (MODIFIED.replace(b"+++ b/src/a.js", b"+++ b/src/other.js"), "two different files"),
        (MODIFIED.replace(b"src/a.js", b"../../etc/passwd"), "leaves the tree"),
        (MODIFIED.replace(b"@@ -1,4 +1,4 @@", b"@@ nonsense @@"), "cannot be read"),
        (MODIFIED + MODIFIED, "changed twice"),
        (b"diff --cc a.js\nindex 1,2..3\n--- a/a.js\n+++ b/a.js\n@@@ -1,1 -1,1 +1,1 @@@\n++x\n", "merge"),
        (b"@@ -1 +1 @@\n-a\n+b\n", "belongs to no file"),
    ],
)
def test_what_cannot_be_read_is_said(diff: bytes, said: str) -> None:
    assert said in words(read_diff(diff))


def test_a_path_never_leaves_the_tree() -> None:
    (file,) = read_diff(MODIFIED.replace(b"src/a.js", b"../../etc/passwd")).files
    assert file.path == "etc/passwd"


def test_nul_characters_are_no_text_to_be_examined() -> None:
    (file,) = read_diff(MODIFIED.replace(b"zwei", b"zw\0ei")).files
    assert "NUL" in file.unreadable


def test_latin_1_is_read_too() -> None:
    assert only(MODIFIED.replace(b"zwei", b"gr\xfcn")).added == {2: "grün"}


def test_contents_come_by_the_names_of_objects() -> None:
    old, new = "1" * 40, "2" * 40
    diff = MODIFIED.replace(b"1111111..2222222", f"{old}..{new}".encode())
    blobs = {old: b"one\ntwo\nthree\nfour\n", new: b"one\r\nzwei\r\nthree\r\nfour\r\n"}
    (file,) = read_diff(diff, lambda ids: {each: blobs[each] for each in ids}).files
    assert (file.head, file.base) == ("one\nzwei\nthree\nfour\n", "one\ntwo\nthree\nfour\n")
    (missing,) = read_diff(diff, lambda ids: {}).files
    assert "cannot be read" in missing.unreadable


LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0"), max_size=12), max_size=30)


@given(LINES, LINES)
@settings(max_examples=150, deadline=None)
def test_what_was_added_and_removed_is_what_a_diff_says(before: list[str], after: list[str]) -> None:
    text = "".join(f"{line}\n" for line in difflib.unified_diff(before, after, "a/f", "b/f", lineterm=""))
    change = read_diff(text.encode())
    assert not change.problems
    if not text:
        assert not change.files
        return
    (file,) = change.files
    assert all(after[number - 1] == line for number, line in file.added.items())
    assert all(before[number - 1] == line for number, line in file.removed.items())
    rebuilt = [line for number, line in enumerate(before, 1) if number not in file.removed]
    kept = [line for number, line in enumerate(after, 1) if number not in file.added]
    assert rebuilt == kept
    if not set("".join(before + after)) & set("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"):
        (other,) = unidiff.PatchSet(text)
        assert (other.added, other.removed) == (len(file.added), len(file.removed))


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_the_reader(noise: bytes) -> None:
    read_diff(noise)
    read_diff(MODIFIED + noise)
    change = read_diff(b"diff --git " + noise)
    assert all(".." not in file.path.split("/") and not file.path.startswith("/") for file in change.files)


@given(st.integers(0, len(MODIFIED)), st.binary(max_size=20))
@settings(max_examples=200, deadline=None)
def test_a_cut_or_changed_diff_is_never_read_as_nothing(place: int, noise: bytes) -> None:
    change = read_diff(MODIFIED[:place] + noise)
    assert change.files or change.problems or not (MODIFIED[:place] + noise).strip()
