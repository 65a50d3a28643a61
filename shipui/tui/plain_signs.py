"""Every sign that is not a letter of ASCII, on its way to the terminal, as one that is; for terminals and fonts without Unicode."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_AS = {
    "✓": "+", "✗": "x", "●": "*", "○": "o", "◐": "~", "▸": ">", "↺": "<", "–": "-", "—": "-", "−": "-", "»": ">", "·": ".", "…": "~",
    "‹": "<", "›": ">", "▌": "|", "▐": "|", "█": "#", "░": ".", "▒": ":", "▓": "#", "▏": " ", "▎": " ", "▍": " ", "▊": "#", "▋": "#",
    "▉": "#", "▁": "_", "▂": "_", "▃": "_", "▄": "_", "▅": "=", "▆": "=", "▇": "=", "▔": "-", "▀": "-", "▾": "v", "▴": "^", "▼": "v",
    "▲": "^", "⏎": "=", "←": "<", "→": ">", "↑": "^", "↓": "v", "“": '"', "”": '"', "‘": "'", "’": "'", "─": "-", "│": "|", "╭": "+",
    "╮": "+", "╯": "+", "╰": "+", "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+", "━": "-",
    "┃": "|", "║": "|", "═": "=", "•": "*", "×": "x", "≥": ">", "≤": "<", "\xa0": " ", "␛": "?", "␊": " ", "◆": "#", "■": "=", "▪": "-",
    "▶": ">",
}  # fmt: skip
_TABLE = str.maketrans(_AS)


class PlainSigns(LineFilter):
    """Cell for cell: nothing moves. What has no likeness is a question mark for each cell."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment if segment.text.isascii() else Segment(plain(segment.text), segment.style, segment.control)
            for segment in segments
        ]


@lru_cache(4_096)
def plain(text: str) -> str:
    translated = text.translate(_TABLE)
    return (
        translated
        if translated.isascii()
        else "".join(each if each.isascii() else "?" * cell_len(each) for each in translated)
    )
