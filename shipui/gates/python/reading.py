"""A file's text made into syntax trees: whole where it parses, else piece by piece, with what could not be read."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from shipui.gates.python.completion import completions, without_indent

_TOP_LEVEL = re.compile(r"[^\s#)\]}\"']")
_PROSE = re.compile(r"\s*(?:[-*#>]\s+|\d+\.\s+)?[\w`'\"(:][\w`'\"().,:;/*-]*(?: {1,2}[\w`'\"().,:;/*&%$>-]+){2,}\s*")
"""Three words in a row are no code: a text of several lines, of which a diff shows the middle."""
_MOST_PIECES = 400
_CONTINUES = ("else", "elif", "except", "finally", "case ")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file that parsed. `shift` is what to add to the tree's line numbers."""

    tree: ast.Module
    shift: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """A part that did not; `line` in the file, `why` in plain words."""

    line: int
    last: int
    why: str


def statements_of(tree: ast.Module) -> Iterator[ast.stmt]:
    """All statements, however deep. Expressions are not looked into, so this is many times quicker than ast.walk."""
    waiting: list[ast.AST] = list(reversed(tree.body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            yield node
        for name in ("body", "orelse", "handlers", "finalbody", "cases"):
            below = getattr(node, name, None)
            if isinstance(below, list):
                waiting += below


def read_whole(text: str) -> tuple[list[Piece], list[Unread]]:
    """A file that is there from its first line to its last."""
    text = text.removeprefix("\ufeff")
    lines = tuple(text.split("\n"))
    tree = _parsed(text)
    if isinstance(tree, ast.Module):
        return [Piece(tree, 0, lines)], []
    pieces: list[Piece] = []
    unread: list[Unread] = []
    for start, end in _statements(lines):
        part = _parsed("\n".join(lines[start:end]))
        if isinstance(part, ast.Module):
            if part.body:
                pieces.append(Piece(part, start, lines[start:end]))
        else:
            unread.append(Unread(start + (part.line or 1), end, part.why))
    return _together(pieces), unread or [Unread(tree.line or 1, len(lines), tree.why)]


def read_fragment(lines: tuple[str, ...], start: int) -> tuple[list[Piece], list[Unread]]:
    """Some lines of a file, the first of which has the number `start`: they may begin and end anywhere."""
    whole = _completed(lines, start)
    if whole is not None:
        return [whole], []
    found: list[Piece] = []
    unread: list[Unread] = []
    first = 0
    left = _MOST_PARSED + 4 * len(lines)
    while first < len(lines):
        if not lines[first].strip():
            first += 1
            continue
        if left <= 0:
            unread.append(Unread(start + first, start + len(lines) - 1, "shows too many fragments that do not parse"))
            break
        tree, end, cost = _longest(lines, first)
        left -= cost
        if tree is None:
            if not _PROSE.fullmatch(lines[first]):
                unread.append(Unread(start + first, start + first, "shows a fragment that does not parse as Python"))
            first += 1
        else:
            found.append(Piece(tree, start + first - 1 - _WRAPPED_BY, ("",) * _WRAPPED_BY + lines[first:end]))
            first = end
    return found, unread


def _completed(lines: tuple[str, ...], start: int) -> Piece | None:
    """All of them as one piece, with what they lack before and after."""
    body = without_indent(lines)
    for before, after in completions(body):
        around = [f"  {line}" for line in (*before, *body, *after)]
        tree = _parsed("\n".join(("async def fragment():", " while True:", "  pass", *around)))
        if isinstance(tree, ast.Module):
            added = _WRAPPED_BY + len(before)
            return Piece(tree, start - 1 - added, ("",) * added + lines)
    return None


_WRAPPED_BY = 3
_MOST_PARSED = 100_000
"""Lines that are parsed in vain before the rest of a fragment is given up."""


def _longest(lines: tuple[str, ...], first: int) -> tuple[ast.Module | None, int, int]:
    """The tree of as many lines from `first` on as can be read together, where they end, and how many lines it took to find out."""
    size = len(lines) - first
    cost = 0
    while size > 0:
        tree = _parsed(_wrapped(lines[first : first + size]))
        cost += size
        if isinstance(tree, ast.Module):
            return tree, first + size, cost
        before_the_error = (tree.line or 0) - _WRAPPED_BY - 1
        size = before_the_error if 0 < before_the_error < size else min(size - 1, size * 3 // 4)
    return None, first, cost


def _wrapped(lines: tuple[str, ...]) -> str:
    """In a function within a loop, so that return, await and continue are at home."""
    body = textwrap.dedent("\n".join(lines)).split("\n")
    while body and body[0].startswith((" ", "\t")) and body[0].strip():
        body = [line[1:] if line[:1] in (" ", "\t") else line for line in body]
        break
    if (
        body
        and body[0].strip().startswith("@")
        and not any(line.lstrip().startswith(("def ", "async def", "class ")) for line in body)
    ):
        body.append("def _(): pass")
    last = next((line for line in reversed(body) if line.strip()), "")
    indent = len(last) - len(last.lstrip())
    ending = [" " * (indent + 1) + "pass"] if last.rstrip().endswith(":") else []
    return "\n".join(
        (
            "async def fragment():",
            " while True:",
            "  pass",
            *(f"  {line}" for line in body),
            *(f"  {line}" for line in ending),
        )
    )


@dataclass(frozen=True, slots=True)
class _Failure:
    line: int | None
    why: str


def _parsed(text: str) -> ast.Module | _Failure:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        return _Failure(error.lineno, "does not parse as Python")
    except (RecursionError, MemoryError):
        return _Failure(None, "nests too deeply to be read")
    except ValueError:
        return _Failure(None, "holds characters that no Python file may hold")


def _statements(lines: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where top-level statements begin and end, by what stands in the first column."""
    starts = [
        number
        for number, line in enumerate(lines)
        if line
        and _TOP_LEVEL.match(line)
        and not line.startswith(_CONTINUES)
        and not (number and lines[number - 1].startswith("@"))
    ]
    if len(starts) > _MOST_PIECES:
        step = len(starts) // _MOST_PIECES + 1
        starts = starts[::step]
    bounds = [*starts, len(lines)] if starts[:1] == [0] else [0, *starts, len(lines)]
    return [(start, end) for start, end in pairwise(bounds) if end > start]


def _together(pieces: list[Piece]) -> list[Piece]:
    """One tree, with the lines of the file, so that imports are known to what follows."""
    body = []
    for piece in pieces:
        ast.increment_lineno(piece.tree, piece.shift)
        body += piece.tree.body
    last = pieces[-1] if pieces else None
    return [Piece(ast.Module(body=body, type_ignores=[]), 0, ())] if last is not None else []
