"""What a piece of a Python file lacks to be read by itself: brackets and texts that were opened before it, the heads of its blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKENS = re.compile(r"\"\"\"|'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|#[^\n]*|[()\[\]{}]|\n")
_TEXT_END = {quote: re.compile(rf"(?:\\.|[^\\])*?{quote}", re.DOTALL) for quote in ('"""', "'''")}
_CLOSES = {")": "(", "]": "[", "}": "{"}
_OPENS = {"(": ")", "[": "]", "{": "}"}
_HEADS = (("else", "if x:"), ("elif", "if x:"), ("except", "try:"), ("finally", "try:"), ("case ", "match x:"))
_HEAD = re.compile(r"\s*(?:(?:async\s+)?(?:def|for|with)|if|elif|while|class|except|match|case)\b")
_CONTINUES = re.compile(r"\s*(?:(?:or|and|if|for|in|is|not|else|async)\b|[%+*/.&|=<>-])")
_LOOP = re.compile(r"\s*(?:async\s+)?for\b")
_IMPORT = re.compile(r"\s*from\b.*\bimport\b")
_OPEN_HEAD = re.compile(r":\s*(?:#.*)?$")
_SHORT_BLOCK = re.compile(r"\)\s*(?:->[^:]{1,200})?:\s*(?:\.\.\.|pass)\s*(?:#.*)?$")
_CALLS = {"(": "f(", "[": "[", "{": "{"}
_DEEPEST = 60


@dataclass(slots=True)
class _Outline:
    """Of a piece that is read as beginning outside of any text, or within one."""

    lines: list[tuple[int, str]] = field(default_factory=list)
    """Number and text of each line that begins a statement, as far as brackets tell."""
    missing: list[str] = field(default_factory=list)
    """Brackets that it closes and never opened, in order."""
    closed_at: int = -1
    """Number of the line on which the last of those is closed."""
    open: list[str] = field(default_factory=list)
    text_open: str = ""


def completions(lines: tuple[str, ...]) -> Iterator[tuple[list[str], list[str]]]:
    """Lines to put before and after, the most likely first. With them, what is Python may parse."""
    text = "\n".join(lines)
    for quote in ("", *(each for each in _TEXT_END if each in text)):
        outline = _outline(text, lines, quote)
        if outline is not None:
            after = _after(outline, lines)
            for before in _before(outline, lines, quote):
                yield before, after
    outline = _outline(text, lines, "")
    if outline is not None and not outline.text_open:
        yield from _items(outline)


def without_indent(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Without what all lines of code have before them; a comment or a text may have less."""
    code = [line for line in lines if _says_something(line)]
    left = min((_indent(line) for line in code), default=0)
    return tuple(line[left:] if not left or line[:left].isspace() else line.lstrip() for line in lines)


def _after(outline: _Outline, lines: tuple[str, ...]) -> list[str]:
    """What ends open texts and brackets, gives the last head a block, and ends each `try`."""
    last = next((line for line in reversed(lines) if _says_something(line)), "")
    closing = outline.text_open + "".join(_OPENS[each] for each in reversed(outline.open))
    if closing:
        statement = outline.lines[-1][1] if outline.lines else ""
        if _IMPORT.match(statement):
            closing = f"x{closing}"
        loop = _LOOP.match(statement) is not None and " in " not in statement
        after = [f"{closing}{' in y' if loop else ''}: pass" if _HEAD.match(statement) else closing]
    elif last.lstrip().startswith("@"):
        after = [f"{' ' * _indent(last)}def f(): pass"]
    else:
        after = [f"{' ' * (_indent(last) + 1)}pass"] if _OPEN_HEAD.search(last) else []
    return [*after, *(f"{' ' * place}finally: pass" for place in reversed(_open_tries(outline)))]


def _open_tries(outline: _Outline) -> list[int]:
    """How far to the right stands each `try` that has no `except` and no `finally` yet."""
    tries: list[int] = []
    for _, line in outline.lines:
        place, word = _indent(line), line.strip()
        while tries and (place < tries[-1] or (place == tries[-1] and word.startswith(("except", "finally")))):
            tries.pop()
        if word == "try:":
            tries.append(place)
    return tries


def _items(outline: _Outline) -> Iterator[tuple[list[str], list[str]]]:
    """As the items of a dictionary, a call or a list, of which some brackets within may have been opened before."""
    inner = "".join(_CALLS[each] for each in reversed(outline.missing)).replace("{{", "{0: {").replace("{[", "{0: [")
    ends = "".join(_OPENS[each] for each in reversed(outline.open))
    for opening, closing in (("{", "}"), ("f(", ")"), ("[", "]")):
        yield [f"{opening}{'0: ' if inner and opening == '{' else ''}{inner}"], [ends + closing]
        if inner and opening == "f(":
            yield [f"f(x={inner}"], [ends + closing]


def _before(outline: _Outline, lines: tuple[str, ...], quote: str) -> Iterator[list[str]]:
    if not outline.missing:
        begun = [(number, line) for number, line in outline.lines if not quote or number > 0]
        yield [*_heads(begun), *([f"{' ' * _indent(begun[0][1] if begun else '')}{quote}"] if quote else [])]
        return
    following = [each for each in outline.lines if each[0] > outline.closed_at]
    closing = lines[outline.closed_at]
    block = _OPEN_HEAD.search(closing) is not None or _SHORT_BLOCK.search(closing) is not None
    opening = "".join(_CALLS[each] for each in reversed(outline.missing)).replace("{{", "{0: {").replace("{[", "{0: [")
    places = [_indent(closing)]
    if following and not _SHORT_BLOCK.search(closing):
        next_place = _indent(following[0][1])
        places = [min(places[0], max(next_place - 1, 0))] if block else [max(places[0], next_place), next_place]
    for place in dict.fromkeys(places):
        heads = _heads([(0, " " * place + "x"), *following])
        for begin in ("def ", "if ", "class ", "with ", "for x in ") if block else ("", "x = ", "x"):
            for operand in ("", "0 ", "0 for x in y ") if _CONTINUES.match(lines[0]) else ("",):
                yield [*heads, f"{' ' * place}{begin}{opening}{operand}{quote}"]


def _heads(begun: list[tuple[int, str]]) -> list[str]:
    """The heads of the blocks that the first line stands in, from what follows further to the left."""
    found: list[str] = []
    left = _indent(begun[0][1]) if begun else 0
    first = begun[0][1].lstrip() if begun else ""
    opened = next((head for word, head in _HEADS if first.startswith(word)), "")
    if opened:
        found = [f"{' ' * left}{opened}", f"{' ' * (left + 1)}pass"]
        if opened == "match x:":
            found = [f"{' ' * max(left - 1, 0)}{opened}"] if left else []
    for _, line in begun[1:]:
        place = _indent(line)
        if place < left:
            left = place
            head = next((head for word, head in _HEADS if line.lstrip().startswith(word)), "if x:")
            found.insert(0, f"{' ' * place}{head}")
    return found[:_DEEPEST]


def _outline(text: str, lines: tuple[str, ...], quote: str) -> _Outline | None:
    """None if brackets do not fit, or the text that it is said to begin in never ends."""
    found = _Outline()
    place = number = 0
    if quote:
        end = text.find(quote)
        if end < 0:
            return None
        place = end + 3
        number = text.count("\n", 0, place)
    elif lines and _says_something(lines[0]):
        found.lines.append((0, lines[0]))
    while token := _TOKENS.search(text, place):
        place, written = token.end(), token.group()
        if written == "\n":
            number += 1
            if not found.open and _says_something(lines[number]):
                found.lines.append((number, lines[number]))
        elif written in _TEXT_END:
            end_of_text = _TEXT_END[written].match(text, place)
            if end_of_text is None:
                found.text_open = written
                return found
            number += text.count("\n", place, end_of_text.end())
            place = end_of_text.end()
        elif not _bracket(found, written, number):
            return None
    return found


def _bracket(outline: _Outline, written: str, number: int) -> bool:
    """Note it, if it is one; False: it does not fit the one that it closes."""
    if written in _OPENS:
        outline.open.append(written)
    elif written in _CLOSES:
        if outline.open:
            return outline.open.pop() == _CLOSES[written]
        outline.missing.append(_CLOSES[written])
        outline.closed_at = number
    return True


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
