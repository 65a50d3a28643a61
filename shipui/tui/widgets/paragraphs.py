"""Text for reading: paragraphs folded at words, and pairs whose second part keeps its own left edge when it folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from shipui.tui.widgets.tones import line


@dataclass(frozen=True, slots=True)
class Pair:
    head: Content
    body: Content


Paragraph = Content | Pair


class Paragraphs(Widget):
    paragraphs: reactive[tuple[Paragraph, ...]] = reactive((), layout=True)

    def __init__(self, paragraphs: Sequence[Paragraph] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(Paragraphs.paragraphs, tuple(paragraphs))

    def render(self) -> Content:
        return Content("\n").join(folded(self.paragraphs, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(folded(self.paragraphs, width))


def folded(paragraphs: Sequence[Paragraph], width: int) -> list[Content]:
    """Lines of at most `width` cells."""
    lines: list[Content] = []
    for each in paragraphs:
        if isinstance(each, Pair):
            lines += _hanging(each, width)
        else:
            lines += _fold(each, width)
    return lines


def _hanging(pair: Pair, width: int) -> list[Content]:
    edge = pair.head.cell_length
    if width - edge < 12:
        return _fold(line(pair.head, pair.body), width)
    first, *rest = _fold(pair.body, width - edge)
    return [line(pair.head, first), *(line(" " * edge, each) for each in rest)]


def _fold(content: Content, width: int) -> list[Content]:
    return content.wrap(max(1, width)) or [Content("")]
