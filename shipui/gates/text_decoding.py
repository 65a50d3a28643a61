"""Bytes of a source file as text. Never fails: what is in no known encoding keeps its ASCII, which is what rules look at."""

from __future__ import annotations

import codecs

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LOOKED_AT = 8000


def decoded(content: bytes) -> str:
    """UTF-8, or UTF-16 by its mark, or else Latin-1 (every byte a character). Line ends become "\\n"; marks are left out."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _ends(content[len(mark) :].decode(name, "replace"))
    try:
        return _ends(content.decode("utf-8"))
    except UnicodeDecodeError:
        return _ends(content.decode("latin-1"))


def is_text(content: bytes) -> bool:
    """As git decides it (a NUL at the beginning: binary), but for UTF-16 with its mark."""
    return content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" not in content[:_LOOKED_AT]


def _ends(text: str) -> str:
    return text.replace("\r\n", "\n") if "\r" in text else text
