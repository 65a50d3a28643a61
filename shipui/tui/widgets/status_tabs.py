"""The states of promotions with their counts, in one line; one is chosen."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from shipui.model.promotion import Status
from shipui.tui.signs import STATUS
from shipui.tui.widgets.tones import STYLES, line, toned

ALWAYS = (Status.PENDING, Status.APPROVED, Status.DEPLOYED, Status.ROLLED_BACK)
ORDER = (
    Status.NEEDS_ATTENTION, Status.PENDING, Status.APPROVED, Status.EXECUTING, Status.DEPLOYED, Status.ROLLED_BACK,
    Status.SUPERSEDED, Status.REJECTED, Status.WITHDRAWN,
)  # fmt: skip


class StatusTabs(Widget):
    counts: reactive[dict[Status, int]] = reactive(dict)
    chosen: reactive[Status | None] = reactive(None)

    class Chosen(Message):
        def __init__(self, status: Status | None) -> None:
            super().__init__()
            self.status = status

    def step(self, by: int) -> None:
        tabs = self._tabs()
        place = tabs.index(self.chosen) if self.chosen in tabs else 0
        self._choose(tabs[(place + by) % len(tabs)])

    def _choose(self, status: Status | None) -> None:
        if status != self.chosen:
            self.chosen = status
            self.post_message(self.Chosen(status))

    def _tabs(self) -> list[Status | None]:
        shown = [each for each in ORDER if each in ALWAYS or self.counts.get(each) or each is self.chosen]
        return [None, *shown]

    def _labels(self) -> list[tuple[Status | None, Content]]:
        labels = []
        for status in self._tabs():
            count = sum(self.counts.values()) if status is None else self.counts.get(status, 0)
            word = "all" if status is None else STATUS[status].word
            if status is self.chosen:
                piece = line(toned(f" {word} {count} ", "strong").stylize("reverse"))
            elif status is Status.NEEDS_ATTENTION:
                piece = toned(f" ! {word} {count} ", "loud")
            else:
                piece = line(toned(f" {word} ", "plain" if count else "calm"), toned(f"{count} ", "calm"))
            labels.append((status, piece))
        return labels

    def render(self) -> Content:
        """Scrolled so far that the chosen one is in sight."""
        labels = self._labels()
        place = next((index for index, (status, _) in enumerate(labels) if status is self.chosen), 0)
        pieces = [piece for _, piece in labels]
        while place > 0 and sum(each.cell_length for each in pieces[: place + 1]) > self.size.width - 2:
            pieces, place = pieces[1:], place - 1
        cut = len(pieces) < len(labels)
        return line(Content.styled("‹", STYLES["calm"]) if cut else " ", *pieces).truncate(
            self.size.width, ellipsis=True
        )

    def on_click(self, event: events.Click) -> None:
        labels = self._labels()
        position = 1
        for status, piece in labels:
            if position <= event.x < position + piece.cell_length:
                self._choose(status)
                return
            position += piece.cell_length
