"""IDs: two letters, a hyphen and eight of 0-9A-F. Matched before use, so that nothing else ever reaches a path or a query."""

from __future__ import annotations

import re
from enum import StrEnum

from shipui.model.errors import BadId
from shipui.model.text import visible


class IdKind(StrEnum):
    BUILD = "FB"
    PROMOTION = "CP"
    PRODUCT = "DP"
    CHANGE_REQUEST = "CR"
    EPIC = "EP"
    RUN = "RN"


NOUNS = {
    IdKind.BUILD: "a build",
    IdKind.PROMOTION: "a promotion",
    IdKind.PRODUCT: "a product",
    IdKind.CHANGE_REQUEST: "a change request",
    IdKind.EPIC: "an epic",
    IdKind.RUN: "a run",
}

_FORM = re.compile(r"(FB|CP|DP|CR|EP|RN)-[0-9A-F]{8}", re.ASCII)


def parse_id(text: str, kind: IdKind) -> str:
    """The ID that `text` is, its letters made upper case; BadId says what was expected."""
    candidate = text.strip().upper() if text.isascii() else text
    if _FORM.fullmatch(candidate) and candidate.startswith(f"{kind}-"):
        return candidate
    shown = visible(text, limit=60)
    raise BadId(
        f"“{shown}” is not the ID of {NOUNS[kind]}.",
        fix=f"Expected {kind}- and eight of 0-9 and A-F, such as {kind}-3DD07E19.",
    )


def make_id(kind: IdKind, entropy: bytes) -> str:
    """An ID of that kind from four random bytes."""
    if len(entropy) != 4:
        raise ValueError("an ID takes four bytes")
    return f"{kind}-{entropy.hex().upper()}"
