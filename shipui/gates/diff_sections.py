"""A diff taken apart: one section per file, with its headers and numbered lines. Bytes in, bytes out; nothing is decoded here.

Own code, and not unidiff: that one needs text in one encoding, takes headers from within hunks, and passes over lines that it does
not understand. Here every line belongs to something, or is reported as a problem: what hides from the reader must not hide from
whoever reads the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from shipui.gates.diff_paths import NOTHING, named_after, named_by_git, unquoted, without_prefixes

_HUNK = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_INDEX = re.compile(rb"index ([0-9a-f]{1,64})\.\.([0-9a-f]{1,64})(?: (\d{6}))?")
_MODES = {
    b"old mode ": "old_mode",
    b"new mode ": "mode",
    b"deleted file mode ": "old_mode",
    b"new file mode ": "mode",
}
_NAMES = (b"rename from ", b"rename to ", b"copy from ", b"copy to ")


@dataclass(slots=True)
class Section:
    """What the diff says of one file."""

    line: int
    """In the diff, from 1."""
    by_git: bool = False
    old: bytes = b""
    new: bytes = b""
    mode: int | None = None
    old_mode: int | None = None
    old_blob: str = ""
    blob: str = ""
    is_new: bool = False
    is_deleted: bool = False
    is_copy: bool = False
    binary: bool = False
    added: dict[int, bytes] = field(default_factory=dict)
    removed: dict[int, bytes] = field(default_factory=dict)
    cuts: set[int] = field(default_factory=set)
    hunks: list[tuple[int, list[bytes]]] = field(default_factory=list)
    """Head's first line, and the head's lines of each hunk."""
    ends: tuple[int, int] = (0, 0)
    """The last line of base and head that a hunk has spoken of."""
    problems: list[tuple[int, str]] = field(default_factory=list)
    """Line in the diff; words that complete "The diff ..."."""


def sections(diff: bytes) -> Iterator[Section]:
    """In the diff's order. A section without names stands for lines that belong to no file."""
    reader = _Reader(diff)
    while (section := reader.section()) is not None:
        yield section


class _Reader:
    def __init__(self, diff: bytes) -> None:
        self._lines = _lines(diff)
        self._ahead: list[bytes] = []
        self._number = 0

    def section(self) -> Section | None:
        preamble = Section(1)
        while (line := self._next()) is not None:
            if line.startswith(b"diff --git "):
                return self._git(line)
            if line.startswith(b"--- ") and (self._peek() or b"").startswith(b"+++ "):
                section = Section(self._number)
                self._ahead.append(line)
                self._number -= 1
                self._body(section)
                return section
            if line.startswith((b"diff --cc ", b"diff --combined ", b"@@@ ")):
                preamble.problems.append((self._number, "is of a merge (a combined diff), which cannot be read"))
                return preamble
            if _HUNK.match(line):
                preamble.problems.append((self._number, "has a change that belongs to no file"))
                return preamble
        return None

    def _git(self, line: bytes) -> Section:
        section = Section(self._number, by_git=True)
        header = named_by_git(line.rstrip(b"\r"))
        renamed: dict[bytes, bytes] = {}
        while (following := self._peek()) and not following.startswith((b"diff ", b"-", b"+", b"@@")):
            _header(section, following.rstrip(b"\r"), renamed)
            self._next()
            if following.startswith(b"GIT binary patch"):
                self._binary_patch()
        if header is not None:
            section.old, section.new = without_prefixes(*header)
        if b"to" in renamed:
            section.old, section.new = renamed.get(b"from", section.old), renamed[b"to"]
        said = section.new
        self._body(section)
        if header is None and not section.new and not renamed:
            section.problems.append((section.line, "has a header whose file names cannot be told apart"))
        elif said and section.new not in {said, NOTHING}:
            section.problems.append((section.line, "names two different files for one change"))
        if section.is_new:
            section.old = NOTHING
        if section.is_deleted:
            section.old, section.new = section.old if section.old != NOTHING else said, NOTHING
        return section

    def _body(self, section: Section) -> None:
        """The "---" and "+++" lines, and the hunks."""
        if (self._peek() or b"").startswith(b"--- "):
            old = named_after((self._next() or b"").rstrip(b"\r"), b"--- ")
            if not (self._peek() or b"").startswith(b"+++ "):
                section.problems.append((self._number, "is cut, or damaged: a line “+++” is missing"))
                return
            new = named_after((self._next() or b"").rstrip(b"\r"), b"+++ ")
            section.old, section.new = without_prefixes(old, new)
        while (line := self._peek()) is not None:
            match = _HUNK.match(line)
            if match:
                self._next()
                self._hunk(section, match)
            elif line.startswith(b"diff ") or (line.startswith(b"--- ") and self._second().startswith(b"+++ ")):
                return
            elif line.startswith(b"@@"):
                self._next()
                section.problems.append((self._number, "has a hunk header that cannot be read"))
            elif line[:1] in {b"+", b"-"} and not _is_signature(line, self._second()):
                self._next()
                if not section.problems:
                    section.problems.append((self._number, "has changed lines that no hunk header announces"))
            elif line.startswith(b"\\") or not section.hunks or line[:1] == b" ":
                self._next()
            else:
                return

    def _hunk(self, section: Section, match: re.Match[bytes]) -> None:
        old, new = int(match.group(1)), int(match.group(3))
        old_left = 1 if match.group(2) is None else int(match.group(2))
        new_left = 1 if match.group(4) is None else int(match.group(4))
        old, new = old + (old_left == 0), new + (new_left == 0)
        if (old <= section.ends[0] and section.ends[0]) or (new <= section.ends[1] and section.ends[1]):
            section.problems.append((self._number, "has hunks that overlap or stand in the wrong order"))
        lines: list[bytes] = []
        section.hunks.append((new, lines))
        while old_left > 0 or new_left > 0:
            line = self._peek()
            sign = b"" if line is None else line[:1]
            if line is None or sign not in {b" ", b"+", b"-", b"\\", b"", b"\r"}:
                section.problems.append((self._number, "is cut, or damaged: a hunk has fewer lines than it says"))
                break
            self._next()
            if sign == b"+":
                section.added[new] = line[1:]
                lines.append(line[1:])
                new, new_left = new + 1, new_left - 1
            elif sign == b"-":
                section.removed[old] = line[1:]
                section.cuts.add(new)
                old, old_left = old + 1, old_left - 1
            elif sign != b"\\":
                lines.append(line[1:] if sign == b" " else line)
                old, new, old_left, new_left = old + 1, new + 1, old_left - 1, new_left - 1
        if old_left < 0 or new_left < 0:
            section.problems.append((self._number, "has a hunk with more lines than it says"))
        section.ends = (old - 1, new - 1)

    def _binary_patch(self) -> None:
        """Past the literal or delta blocks: lines of base 85 up to an empty one, twice."""
        while (line := self._peek()) is not None and not line.startswith(b"diff "):
            self._next()

    def _next(self) -> bytes | None:
        if self._ahead:
            self._number += 1
            return self._ahead.pop()
        line = next(self._lines, None)
        if line is not None:
            self._number += 1
        return line

    def _peek(self) -> bytes | None:
        if not self._ahead:
            line = next(self._lines, None)
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[-1]

    def _second(self) -> bytes:
        """The line after the one that `_peek` shows."""
        first = self._peek()
        if first is None:
            return b""
        if len(self._ahead) == 1:
            line = next(self._lines, None)
            if line is None:
                return b""
            self._ahead.insert(0, line)
        return self._ahead[-2]


def _header(section: Section, line: bytes, renamed: dict[bytes, bytes]) -> None:
    """One of git's extended headers; others are of no interest."""
    for word, name in _MODES.items():
        if line.startswith(word) and re.fullmatch(rb"[0-7]{6}", line[len(word) :]):
            setattr(section, name, int(line[len(word) :], 8))
            section.is_new |= word.startswith(b"new file")
            section.is_deleted |= word.startswith(b"deleted")
    for word in _NAMES:
        if line.startswith(word):
            renamed[word.split()[1]] = unquoted(line[len(word) :])
            section.is_copy |= word.startswith(b"copy")
    if match := _INDEX.match(line):
        section.old_blob, section.blob = match.group(1).decode(), match.group(2).decode()
        if match.group(3):
            section.mode = section.old_mode = int(match.group(3), 8)
    section.binary |= line.startswith(b"Binary files ") or line == b"GIT binary patch"


def _is_signature(line: bytes, following: bytes) -> bool:
    """The end of a mail from `git format-patch`: "-- " and git's version."""
    return line.rstrip() == b"--" and bool(re.match(rb"\d+\.", following) or not following)


def _lines(diff: bytes) -> Iterator[bytes]:
    """Without their line feeds. One at a time: a diff may be 100 MB."""
    start = 0
    while start < len(diff):
        end = diff.find(b"\n", start)
        if end < 0:
            end = len(diff)
        yield diff[start:end]
        start = end + 1
