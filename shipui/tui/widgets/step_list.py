"""The steps of a run: a glyph and a word for each state, seconds, a bar where the length is known, and what each said."""

from __future__ import annotations

from datetime import datetime

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Region
from textual.reactive import reactive
from textual.widget import Widget

from shipui.model.run_view import RunView, StepView
from shipui.model.steps import StepState
from shipui.model.text import duration, size
from shipui.tui.signs import NEVER_BEGUN, STEP, UNDOING, Sign
from shipui.tui.widgets.tones import fit, line, signed, toned

BAR = 20
TITLE = 20
"""Cells, at least."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"


class StepList(Widget):
    """Shows whatever steps the run has; several may be running at once."""

    revision: reactive[int] = reactive(0, layout=True)

    def __init__(self) -> None:
        super().__init__()
        self._view: RunView | None = None
        self._now: datetime | None = None
        self._shown: list[Content] | None = None

    def show(self, view: RunView, now: datetime) -> None:
        """Repaints only if it would look different."""
        self._view, self._now = view, now
        lines, shown = self._content(self.size.width), self._shown
        if shown is None or len(lines) != len(shown):
            self.revision += 1
            return
        # Only the lines that changed go over the wire.
        left, top = self.gutter.left, self.gutter.top
        changed = [row for row, (new, old) in enumerate(zip(lines, shown, strict=True)) if new != old]
        if changed:
            self.refresh(*(Region(left, top + row, self.size.width, 1) for row in changed))

    def render(self) -> Content:
        self._shown = self._content(self.size.width)
        return Content("\n").join(self._shown)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._view.steps) if self._view else 0

    def _content(self, width: int) -> list[Content]:
        return [self._line(step, max(30, width)) for step in self._view.steps] if self._view else []

    def _line(self, step: StepView, width: int) -> Content:
        running = step.state is StepState.RUNNING
        head = line(
            fit(signed(self._sign(step)), 10),
            toned(f"{step.number:>2} "),
            fit(toned(step.title, "strong" if running else _title_tone(step)), self._widest_title()),
            toned(f" {self._seconds(step):>7}  ", "calm"),
        )
        return fit(line(head, self._said(step, width - head.cell_length)), width)

    def _widest_title(self) -> int:
        return max(TITLE, *(cell_len(step.title) for step in self._view.steps)) if self._view else TITLE

    def _sign(self, step: StepView) -> Sign:
        view = self._view
        if view is not None and view.outcome is not None and step.state is StepState.WAITING:
            return NEVER_BEGUN
        if view is not None and view.undoing == step.number:
            return UNDOING
        return STEP[step.state]

    def _seconds(self, step: StepView) -> str:
        if step.seconds is not None:
            return duration(step.seconds)
        if step.state is StepState.RUNNING and step.started_at is not None and self._now is not None:
            return f"{max(0, int((self._now - step.started_at).total_seconds()))} s"
        return ""

    def _said(self, step: StepView, room: int) -> Content:
        if step.undone and self._view is not None and step.state is not StepState.RUNNING:
            return line(toned("↺ ", "warn"), toned(step.undone, limit=400))
        if step.state is StepState.RUNNING:
            return self._progress(step, room)
        return toned(step.plain, "bad" if step.state is StepState.FAILED else "calm", limit=400)

    def _progress(self, step: StepView, room: int) -> Content:
        if not step.total:
            return toned(f"{_amount(step.done, step.unit)} so far" if step.done else "", "busy")
        share = min(1.0, step.done / step.total)
        words = toned(f" {share:>4.0%}  {_of(step.done, step.total, step.unit)}", "busy")
        wide = max(8, min(BAR, room - words.cell_length))
        eighths = int(share * wide * 8)
        full, part = divmod(eighths, 8)
        filled = "█" * full + (_EIGHTHS[part] if part else "")
        return line(toned(filled, "busy"), toned("░" * (wide - len(filled)), "calm"), words)


def _title_tone(step: StepView) -> str:
    return "calm" if step.state in {StepState.WAITING, StepState.SKIPPED} else "plain"


def _of(done: int, total: int, unit: str) -> str:
    """ "1 of 3 passes", "4.2 MB of 300 MB"."""
    if unit == "bytes":
        return f"{size(done)} of {size(total)}"
    return f"{done} of {total} {unit}".strip()


def _amount(count: int, unit: str) -> str:
    return size(count) if unit == "bytes" else f"{count} {unit}".strip()
