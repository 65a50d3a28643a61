"""What is typed to narrow the audit trail down: words, and by:PERSON, on:SUBJECT, did:ACTION. In quotes a field is exactly that."""

from __future__ import annotations

import re

from shipui.records.audit import Sought, Term

_PIECE = re.compile(r'(?:(by|on|did):)?(?:"([^"]*)"?|(\S+))')


def parse(text: str) -> Sought:
    """Never fails: what is no such field is a word."""
    fields: dict[str, Term] = {}
    words = []
    for piece in _PIECE.finditer(text):
        name, quoted, plain = piece[1], piece[2], piece[3]
        value = quoted if quoted is not None else plain
        if not value:
            continue
        if name is None:
            words.append(value)
        else:
            fields[name] = Term(value, whole=quoted is not None)
    return Sought(fields.get("by"), fields.get("on"), fields.get("did"), tuple(words))


def toggled(text: str, name: str, value: str) -> str:
    """With that field in place of another of its name; without it, if it was there already."""
    wanted = f'{name}:"{value.replace(chr(34), "")}"'
    without = " ".join(piece[0] for piece in _PIECE.finditer(text) if piece[1] != name)
    return without if wanted in text else f"{without} {wanted}".strip()
