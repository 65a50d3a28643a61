"""The mask: every text that a gate shows passes through here, so that no secret leaves in another rule's evidence."""

from __future__ import annotations

import re

from shipui.gates.secrets.detection import spots
from shipui.gates.secrets.placeholders import names_no_secret

MASK = "***"
_LONGEST = 20_000
_KEY_LINE = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{60,80}={0,2}(?![A-Za-z0-9+/=_-])")
_ASSIGNED = re.compile(
    r"(?i)((?:pass(?:word|wd|phrase)|pwd|secret|api[_-]?key|access[_-]?key|token|credential)\w{0,30}[\"'`\])]{0,3}\s{0,8}(?:===?|!==?|=>|:=|=|:|,)\s{0,8}[rbu]?)([\"'`])([^\"'`\n]{4,400})\2"
)


def masked(text: str) -> str:
    """The text with every secret in it replaced by `***`; more is hidden than is reported, since hiding too much does no harm."""
    text = text[:_LONGEST]
    parts: list[str] = []
    end = 0
    for spot in spots(text, ".env"):
        parts += [text[end : spot.start], MASK]
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
