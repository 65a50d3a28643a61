"""From a diff (and the files' contents, where they can be had) to a Change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from shipui.gates.base import Change, ChangedFile, Fragment, Status, Tree, needs_review
from shipui.gates.diff_paths import NOTHING, harmless
from shipui.gates.diff_sections import LARGEST, Section, sections
from shipui.gates.text_decoding import decoded, is_text
from shipui.model.findings import Finding

Contents = Callable[[Iterable[str]], Mapping[str, bytes]]
"""From git's object IDs to what is in them; what cannot be read, or is too large, is left out."""

THE_DIFF = "(the diff)"
"""Stands for a path where a problem belongs to no file."""


def read_diff(diff: bytes, contents: Contents | None = None, tree: Tree | None = None) -> Change:
    """`contents` is asked once, for all files, by the object IDs that a diff with full ones (`--full-index`) names."""
    problems: list[Finding] = []
    found: list[tuple[ChangedFile, Section]] = []
    for section in sections(diff):
        file = _file(section, problems)
        if file is not None:
            found.append((file, section))
    if not found and not problems and diff.strip():
        problems.append(needs_review(THE_DIFF, None, "is no diff, or one that cannot be read"))
    seen: set[str] = set()
    for file, _ in found:
        if file.path in seen:
            problems.append(needs_review(file.path, None, "is changed twice by the same diff"))
        seen.add(file.path)
    blobs = contents(_wanted(section for _, section in found)) if contents is not None else None
    files = [_with_texts(file, section, blobs) for file, section in found]
    return Change(tuple(sorted(files, key=lambda file: file.path)), tree, tuple(problems))


def _file(section: Section, problems: list[Finding]) -> ChangedFile | None:
    deleted = section.new == NOTHING
    name = section.old if deleted else section.new
    path, clean = harmless(name) if name and name != NOTHING else (THE_DIFF, True)
    for line, why in section.problems:
        problems.append(needs_review(path, None, f"is in a diff that {why} (line {line} of the diff)", statement=why))
    if not clean:
        problems.append(needs_review(path, None, "has a path in the diff that leaves the tree, or is not one"))
    if path == THE_DIFF:
        return None
    old_path = None if section.old in {NOTHING, b""} else harmless(section.old)[0]
    if deleted:
        status = Status.DELETED
    elif old_path is None or section.is_copy:
        status = Status.ADDED
    else:
        status = Status.RENAMED if old_path != path else Status.MODIFIED
    return ChangedFile(
        path=path,
        status=status,
        old_path=old_path,
        mode=None if deleted else section.mode,
        old_mode=None if status is Status.ADDED else section.old_mode,
        binary=section.binary,
        cuts=frozenset(section.cuts),
    )


def _with_texts(file: ChangedFile, section: Section, blobs: Mapping[str, bytes] | None) -> ChangedFile:
    head = base = None
    unreadable = ""
    if section.size > LARGEST:
        return replace(file, unreadable=f"is larger than {LARGEST // 1_000_000} MB")
    if blobs is not None and file.mode != 0o160000:
        base_bytes = blobs.get(section.old_blob)
        base = decoded(base_bytes) if base_bytes is not None and is_text(base_bytes) else None
        head_bytes = blobs.get(section.blob)
        if file.status is not Status.DELETED and head_bytes is None and section.blob.strip("0"):
            unreadable = f"is larger than {LARGEST // 1_000_000} MB, or cannot be read"
        elif head_bytes is not None and (not section.binary or is_text(head_bytes)):
            head = decoded(head_bytes)
    fragments = [(start, [_text(line) for line in lines]) for start, lines in section.hunks]
    added = {line: _text(text) for line, text in section.added.items()}
    if head is None and blobs is None and not section.binary:
        head = _whole(file, section, fragments)
        if file.status is Status.DELETED and len(section.removed) == section.ends[0]:
            base = "\n".join([*map(_text, section.removed.values()), ""])
    if section.binary and head is not None and not added:
        # Text that git took for binary (UTF-16, say): all of it counts as changed.
        added = dict(enumerate(head.split("\n"), 1))
    texts = head if head is not None else "\n".join(added.values())
    if not unreadable and "\0" in texts:
        unreadable = "contains NUL characters"
    return replace(
        file,
        binary=section.binary and head is None,
        added=added,
        removed={line: _text(text) for line, text in section.removed.items()},
        head=head,
        base=base,
        fragments=tuple(Fragment(start, tuple(lines)) for start, lines in fragments),
        unreadable=unreadable,
    )


def _whole(file: ChangedFile, section: Section, fragments: list[tuple[int, list[str]]]) -> str | None:
    """A new file's text is all in its diff."""
    if file.status is not Status.ADDED or section.problems or section.is_copy:
        return None
    if not fragments:
        return ""
    start, lines = fragments[0]
    return "\n".join([*lines, ""]) if len(fragments) == 1 and start == 1 and len(lines) == len(section.added) else None


def _wanted(found: Iterable[Section]) -> list[str]:
    ids = {blob for section in found for blob in (section.blob, section.old_blob)}
    return sorted(blob for blob in ids if len(blob) == 40 and blob.strip("0"))


def _text(line: bytes) -> str:
    return decoded(line).removesuffix("\r")
