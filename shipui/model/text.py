"""The one place where text from outside (titles, logs, diffs, commit messages) is made harmless, and small formats for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_LINE_SEPARATORS = {"\u2028", "\u2029", "\x85", "\x0b", "\x0c"}


def visible(text: str, *, limit: int | None = None) -> str:
    """One line in which every control, escape and format character (direction overrides, zero width) is spelt out.

    `limit` is the number of characters to keep; what was cut shows as "…".
    """
    if limit is not None and len(text) > limit:
        text = text[: max(limit - 1, 0)] + "…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(_spelt(character) for character in text)


def visible_lines(text: str, *, limit: int | None = None) -> list[str]:
    """Like `visible`, for text of several lines; only newlines separate, tabs become four spaces."""
    return [visible(line.replace("\t", "    "), limit=limit) for line in text.replace("\r\n", "\n").split("\n")]


def _spelt(character: str) -> str:
    if character == "\n":
        return "␊"
    if character == "\t":
        return " "
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if character in _LINE_SEPARATORS or unicodedata.category(character) in {
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Cn",
        "Zl",
        "Zp",
    }:
        return f"<U+{code:04X}>"
    return character


def duration(seconds: float) -> str:
    """2.4 s, 41 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def plain_minutes(seconds: float) -> str:
    """A limit in words: "10 minutes", "90 seconds", "1 minute"."""
    whole = round(seconds)
    if whole >= 60 and whole % 60 == 0:
        return "1 minute" if whole == 60 else f"{whole // 60} minutes"
    return "1 second" if whole == 1 else f"{whole} seconds"


def size(count: int) -> str:
    """Bytes in the unit that reads best: 812 B, 4.2 kB, 300 MB."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


def counted(count: int, one: str, many: str = "") -> str | None:
    """ "1 file", "3 files"; None when there is none. `many` is for words that do not just take an s."""
    if count == 0:
        return None
    return f"{count} {one if count == 1 else many or one + 's'}"


def listed(items: Sequence[str], *, most: int = 5) -> str:
    """ "a", "a and b", "a, b and c", "a, b and 7 more"."""
    shown = list(items[:most])
    if len(items) > most:
        shown.append(f"{len(items) - most} more")
    if len(shown) < 2:
        return "".join(shown)
    return ", ".join(shown[:-1]) + f" and {shown[-1]}"
