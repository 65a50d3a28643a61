"""The code around a finding: numbers, what this change added, the line that it is about. It begins with that line in its middle."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from shipui.model.findings import Finding
from shipui.model.review import Source
from shipui.tui.widgets.tones import fit, line, toned


@dataclass(frozen=True, slots=True)
class Code:
    """`lines`: each coloured, and made harmless, from `source.first` on."""

    source: Source
    lines: tuple[Content, ...]


class CodeView(VerticalScroll, can_focus=True):
    def compose(self) -> ComposeResult:
        yield _Lines()

    def show(self, finding: Finding | None, code: Code | None) -> None:
        """`code` None: it is being read."""
        lines = self.query_one(_Lines)
        lines.show(finding, code)
        self.centre()

    def centre(self) -> None:
        self.call_after_refresh(self._centre)

    def _centre(self) -> None:
        for lines in self.query(_Lines):
            self.scroll_to(y=max(0, lines.place - self.size.height // 2), animate=False, force=True)

    def on_resize(self) -> None:
        self.centre()


class _Lines(Widget):
    revision: reactive[int] = reactive(0, layout=True)

    def __init__(self) -> None:
        super().__init__()
        self._finding: Finding | None = None
        self._code: Code | None = None
        self.place = 0
        """At which line the finding's own stands."""

    def show(self, finding: Finding | None, code: Code | None) -> None:
        self._finding, self._code = finding, code
        self.place = 0
        if finding is not None and code is not None and finding.line is not None:
            self.place = finding.line - code.source.first + bool(code.source.note)
        self.revision += 1

    def render(self) -> Content:
        return Content("\n").join(self._lines(max(20, self.size.width)))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        if self._finding is None or self._code is None:
            return int(self._finding is not None)
        return max(len(self._code.lines), int(bool(self._finding.evidence))) + bool(self._code.source.note)

    def _lines(self, width: int) -> list[Content]:
        finding, code = self._finding, self._code
        if finding is None:
            return []
        if code is None:
            return [toned("reading the source …", "calm")]
        note = [fit(toned(code.source.note, "warn", limit=300), width)] if code.source.note else []
        if not code.lines and finding.evidence:
            return [*note, fit(toned(finding.evidence, limit=300), width)]
        changed = code.source.changed
        return note + [
            _line(number, text, number == finding.line, number in changed, width)
            for number, text in enumerate(code.lines, code.source.first)
        ]


def _line(number: int, text: Content, here: bool, changed: bool, width: int) -> Content:
    gutter = line(
        Content.styled("▶" if here else " ", "$primary"),
        toned(f"{number:>5} ", "strong" if here else "calm"),
        toned("+", "good") if changed else " ",
        toned(" │ ", "calm"),
    )
    content = fit(line(gutter, text), width)
    return content.stylize_before("on $cursor") if here else content
