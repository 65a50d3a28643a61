"""Names, hosts and addresses taken out of what leaves the machine. Pure: text in, text out; bytes in, bytes out."""

from __future__ import annotations

import re
from collections.abc import Iterable

MARK = "REDACTED"
"""A word that code can hold as well."""
_SHORT = 4


class Redaction:
    """Longest words first, whatever their case, also within longer ones ("acme" in "AcmeClient"); very short ones only by themselves."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(
            sorted({each.strip() for each in words if each.strip()}, key=lambda each: (-len(each), each))
        )
        whole = "|".join(map(_pattern, self.words))
        self._pattern = re.compile(whole, re.IGNORECASE) if self.words else None

    def text(self, text: str) -> str:
        return self._pattern.sub(MARK, text) if self._pattern is not None else text

    def found_in(self, text: str) -> tuple[str, ...]:
        """Each word once, as it stands there."""
        return (
            tuple(dict.fromkeys(each[0] for each in self._pattern.finditer(text))) if self._pattern is not None else ()
        )

    def content(self, content: bytes) -> bytes | None:
        """A file without the words; None when it is no UTF-8 text and may hold one of them, so that it cannot be made clean."""
        if self._pattern is None:
            return content
        try:
            return self.text(content.decode("utf-8")).encode("utf-8")
        except UnicodeDecodeError:
            return None if self._in_bytes(content) else content

    def _in_bytes(self, content: bytes) -> bool:
        """In any of the encodings that text in binary files usually has."""
        lowered = content.lower()
        return any(
            word.lower().encode(encoding) in lowered
            for word in self.words
            for encoding in ("utf-8", "utf-16-le", "utf-16-be")
        )


def _pattern(word: str) -> str:
    escaped = re.escape(word)
    if len(word) < _SHORT:
        return rf"(?<![^\W_]){escaped}(?![^\W_])"
    before = r"(?<!\d)" if word[0].isdigit() else ""
    after = r"(?!\d)" if word[-1].isdigit() else ""
    return f"{before}{escaped}{after}"
