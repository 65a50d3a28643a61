"""The mask: every text that a gate shows passes through here, so that no secret leaves in another rule's evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from shipui.gates.secrets.detection import spots
from shipui.gates.secrets.placeholders import names_no_secret

MASK = "***"
_LONGEST = 20_000
_LONGEST_LINE = 2_000
_KEY_LINE = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{60,80}={0,2}(?![A-Za-z0-9+/=_-])")
_ASSIGNED = re.compile(
    r"(?i)((?:pass(?:word|wd|phrase)|pwd|secret|api[_-]?key|access[_-]?key|token|credential)\w{0,30}[\"'`\])]{0,3}\s{0,8}(?:===?|!==?|=>|:=|=|:|,)\s{0,8}[rbu]?)([\"'`])([^\"'`\n]{4,400})\2"
)

_AROUND = r"[\s\"'`+,;()\\]*"
_KEY_IS_MASKED = re.compile(rf"{_AROUND}{re.escape(MASK)}(?:\\n)?{_AROUND}$")
_KEY_END = re.compile(rf"^({_AROUND})[A-Za-z0-9+/]{{2,76}}={{0,2}}((?:\\n)?{_AROUND})$")
"""The last line of a key is shorter than the others, and looks like a word."""


@lru_cache(maxsize=64)
def masked(text: str) -> str:
    """The text with every secret in it replaced by `***`; more is hidden than is reported, since hiding too much does no harm.

    The findings of one long statement all show the same text, so the last answers are kept.
    """
    return _masked(text[:_LONGEST], lambda _: MASK)


def masked_lines(lines: Sequence[str]) -> list[str]:
    """The same of a file's lines, as many as there are; each is cut at 2,000 characters."""
    masked = []
    for piece in _pieces([line[:_LONGEST_LINE] for line in lines]):
        # A private key goes over several lines; their ends stay.
        masked += _masked("\n".join(piece), lambda secret: MASK + f"\n{MASK}" * secret.count("\n")).split("\n")
    for number in range(1, len(masked)):
        if _KEY_IS_MASKED.match(masked[number - 1]):
            masked[number] = _KEY_END.sub(rf"\1{MASK}\2", masked[number])
    return masked


def _pieces(lines: Sequence[str]) -> Iterator[list[str]]:
    piece: list[str] = []
    length = 0
    for line in lines:
        if piece and length + len(line) > _LONGEST:
            yield piece
            piece, length = [], 0
        piece.append(line)
        length += len(line) + 1
    if piece:
        yield piece


def _masked(text: str, mask: Callable[[str], str]) -> str:
    parts: list[str] = []
    end = 0
    for spot in spots(text, ".env"):
        parts += [text[end : spot.start], mask(text[spot.start : spot.end])]
        end = spot.end
    text = "".join((*parts, text[end:]))
    text = _ASSIGNED.sub(
        lambda found: found[0] if _shows_nothing(found[1], found[3]) else f"{found[1]}{found[2]}{MASK}{found[2]}", text
    )
    return _KEY_LINE.sub(MASK, text)


def _shows_nothing(name: str, value: str) -> bool:
    """Names and references may be read."""
    if names_no_secret(re.split(r"[^\w-]", name, maxsplit=1)[0]):
        return True
    return (
        value == MASK
        or value.startswith(("$", "{", "env:", "%", "<"))
        or re.fullmatch(r"[a-z_. -]+", value) is not None
    )
