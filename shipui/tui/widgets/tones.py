"""Pieces of text with a tone, cut to a width. What came from outside is made visible here, and is never read as markup."""

from __future__ import annotations

from textual.content import Content

from shipui.model.text import visible
from shipui.tui.signs import Sign

STYLES = {
    "calm": "$muted",
    "good": "$success",
    "busy": "$busy",
    "warn": "$warning",
    "bad": "$error",
    "loud": "bold reverse $loud on $loud-text",
    "plain": "",
    "strong": "bold",
    "key": "bold $primary",
}


def toned(text: str, tone: str = "plain", *, limit: int | None = None) -> Content:
    """`text` may be anybody's."""
    return Content.styled(visible(text, limit=limit), STYLES[tone])


def signed(sign: Sign) -> Content:
    return toned(sign.text, sign.tone, limit=40)


def fit(content: Content, width: int) -> Content:
    """Exactly so many cells: cut with an ellipsis, or filled with spaces."""
    return content.truncate(width, ellipsis=True, pad=True)


def line(*pieces: Content | str) -> Content:
    return Content("").join([piece if isinstance(piece, Content) else Content(piece) for piece in pieces])
