"""The first moment: painted before anything that takes long is even imported, so that it is there at once."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static


class OpeningScreen(Screen[None]):
    def compose(self) -> ComposeResult:
        yield Static(Content.styled(" shipui ", "bold"), id="opening-title")
        yield Static(Content.styled(" Opening the records …", "$muted"), id="opening-words")
