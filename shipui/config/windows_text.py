"""windows.toml as text: what a person wrote stays as it is, with its comments; only what was changed is written anew."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tomli_w
from pydantic import ValidationError

from shipui.config.windows_document import BlackoutEntry, WindowEntry, WindowsDocument

Entry = WindowEntry | BlackoutEntry

_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|' + r"'''.*?'''|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'|"
    r"(?P<comment>#[^\n]*)|(?:(?<=\n)|\A)[ \t]*\[\[[ \t]*(?P<kind>window|blackout)[ \t]*\]\]",
    re.DOTALL,
)
_ZONE = re.compile(r"""^([ \t]*time_zone[ \t]*=[ \t]*)("[^"\n]*"|'[^'\n]*')""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Block:
    """One entry as it stands in the file, from the comments directly above it to the line before those of the next."""

    kind: str
    above: str
    body: str
    below: str
    """Blank lines, and comments that stand apart."""


def written_text(document: WindowsDocument, former: str) -> str:
    """The text of `document`. `former` is what the file holds, "" for no file.

    Entries that are in both stay letter for letter; one that was changed keeps the comments above and below it. A file in a form that
    cannot be kept (inline tables) is written whole, with its first comments.
    """
    kept = _kept_text(document, former) if former else None
    if kept is not None and _means(kept, document):
        return kept
    return _first_comments(former) + _whole(document)


def lost_comments(document: WindowsDocument, former: str) -> int:
    """How many comments of the file saving would lose."""
    return max(0, _comments(former) - _comments(written_text(document, former)))


def _comments(text: str) -> int:
    return sum(1 for found in _TOKEN.finditer(text) if found["comment"] is not None)


def _means(text: str, document: WindowsDocument) -> bool:
    try:
        return WindowsDocument.model_validate(tomllib.loads(text)) == document
    except (tomllib.TOMLDecodeError, ValidationError):
        return False


def _kept_text(document: WindowsDocument, former: str) -> str | None:
    try:
        before = WindowsDocument.model_validate(tomllib.loads(former))
    except (tomllib.TOMLDecodeError, ValidationError):
        return None
    head, blocks = _taken_apart(former)
    windows = [each for each in blocks if each.kind == "window"]
    blackouts = [each for each in blocks if each.kind == "blackout"]
    if (len(windows), len(blackouts)) != (len(before.window), len(before.blackout)):
        return None
    newline = "\r\n" if "\r\n" in former else "\n"
    if document.time_zone != before.time_zone:
        head = _ZONE.sub(lambda found: found[1] + _value(document.time_zone), head, count=1)
    pieces = [
        head,
        *_placed(document.window, before.window, windows, newline),
        *_placed(document.blackout, before.blackout, blackouts, newline),
    ]
    return _joined([each for each in pieces if each], newline)


def _placed(entries: Sequence[Entry], before: Sequence[Entry], blocks: Sequence[_Block], newline: str) -> Iterator[str]:
    known = {each.name: (each, block) for each, block in zip(before, blocks, strict=True)}
    for entry in entries:
        if entry.name not in known:
            yield _rendered(entry).replace("\n", newline)
            continue
        former, block = known[entry.name]
        if former == entry:
            yield block.above + block.body + block.below
        else:
            yield block.above + _rendered(entry).replace("\n", newline) + block.below


def _joined(pieces: Sequence[str], newline: str) -> str:
    """A blank line before an entry where none stands already."""
    text = ""
    for piece in pieces:
        if text and not text.endswith(newline):
            text += newline
        if text and not text.endswith(newline * 2):
            text += newline
        text += piece
    return text.rstrip("\r\n") + newline


def _taken_apart(text: str) -> tuple[str, list[_Block]]:
    """What stands before the first entry, and the entries in the file's order."""
    found = [(each["kind"], each.start()) for each in _TOKEN.finditer(text) if each["kind"] is not None]
    edges = [_start_of_comments(text, start) for _, start in found]
    ends = [*edges[1:], len(text)] if edges else []
    blocks = []
    for (kind, start), edge, end in zip(found, edges, ends, strict=True):
        body, below = _without_tail(text[start:end])
        blocks.append(_Block(kind, text[edge:start], body, below))
    return text[: edges[0]] if edges else text, blocks


def _start_of_comments(text: str, start: int) -> int:
    """Where the lines of comment begin that stand directly above, with no blank line between."""
    while start > 0:
        line_start = text.rfind("\n", 0, start - 1) + 1
        if not text[line_start:start].lstrip(" \t").startswith("#"):
            break
        start = line_start
    return start


def _without_tail(block: str) -> tuple[str, str]:
    lines = block.splitlines(keepends=True)
    end = len(lines)
    while end > 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip(" \t").startswith("#")):
        end -= 1
    return "".join(lines[:end]), "".join(lines[end:])


def _first_comments(text: str) -> str:
    lines = text.splitlines()
    end = next((place for place, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    kept = "\n".join(lines[:end]).strip("\n")
    return f"{kept}\n\n" if kept else ""


def _whole(document: WindowsDocument) -> str:
    entries: list[Entry] = [*document.window, *document.blackout]
    return "\n".join([f"time_zone = {_value(document.time_zone)}\n", *map(_rendered, entries)])


def _rendered(entry: Entry) -> str:
    kind = "window" if isinstance(entry, WindowEntry) else "blackout"
    values: Mapping[str, Any] = entry.model_dump(mode="python", by_alias=True, exclude_none=True)
    lines = [f"{key} = {_value(value)}\n" for key, value in values.items()]
    return f"[[{kind}]]\n" + "".join(lines)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    plain = str(value) if isinstance(value, str) else value  # without the enumerations, which TOML does not have
    return tomli_w.dumps({"x": plain}).removeprefix("x = ").rstrip("\n")
