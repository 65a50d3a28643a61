"""The gates with how many findings each has, in one line; one is chosen, or all."""

from __future__ import annotations

from collections import Counter

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from shipui.model.review import Review
from shipui.tui.widgets.tones import line, toned


class GateTabs(Widget):
    review: reactive[Review | None] = reactive(None)
    chosen: reactive[str] = reactive("")
    """"" for all."""

    class Chosen(Message):
        pass

    def __init__(self) -> None:
        super().__init__()
        self._counts: Counter[str] = Counter()

    def watch_review(self, review: Review | None) -> None:
        self._counts = Counter(each.gate for each in review.present) if review else Counter()

    def step(self, by: int) -> None:
        tabs = self._tabs()
        place = tabs.index(self.chosen) if self.chosen in tabs else 0
        self._choose(tabs[(place + by) % len(tabs)])

    def _choose(self, gate: str) -> None:
        if gate != self.chosen:
            self.chosen = gate
            self.post_message(self.Chosen())

    def _tabs(self) -> list[str]:
        return ["", *(self.review.gates if self.review else ())]

    def _labels(self) -> list[tuple[str, Content]]:
        labels = []
        for gate in self._tabs():
            count = self._counts[gate] if gate else self._counts.total()
            word = gate or "all"
            if gate == self.chosen:
                piece = toned(f" {word} {count} ", "strong").stylize("reverse")
            else:
                piece = line(toned(f" {word} ", "plain" if count else "calm"), toned(f"{count} ", "calm"))
            labels.append((gate, piece))
        return labels

    def render(self) -> Content:
        """Scrolled so far that the chosen one is in sight."""
        labels = self._labels()
        place = next((index for index, (gate, _) in enumerate(labels) if gate == self.chosen), 0)
        pieces = [piece for _, piece in labels]
        while place > 0 and sum(each.cell_length for each in pieces[: place + 1]) > self.size.width - 2:
            pieces, place = pieces[1:], place - 1
        cut = len(pieces) < len(labels)
        return line(toned("‹", "calm") if cut else " ", *pieces).truncate(self.size.width, ellipsis=True)

    def on_click(self, event: events.Click) -> None:
        position = 1
        for gate, piece in self._labels():
            if position <= event.x < position + piece.cell_length:
                self._choose(gate)
                return
            position += piece.cell_length
