"""The two lines at the top of every screen: which production this is, who you are, whether changes may go out, what is under way."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from shipui.model.run import Run
from shipui.model.text import listed
from shipui.tui.desk import Standing
from shipui.tui.signs import KIND
from shipui.tui.widgets.tones import fit, line, toned


class InstallHeader(Widget):
    standing: reactive[Standing | None] = reactive(None, layout=True)
    problem: reactive[str] = reactive("", layout=True)
    """Why the records cannot be read at present."""

    def __init__(self, name: str, person: str, role: str) -> None:
        super().__init__()
        self._name = name
        self._person = person
        self._role = role

    def render(self) -> Content:
        return Content("\n").join(self._lines(max(20, self.size.width)))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._lines(max(20, width)))

    def _lines(self, width: int) -> list[Content]:
        lines = [self._first(width), self._second(width)]
        if self.problem:
            lines.append(fit(toned(f" ! {self.problem}", "loud"), width))
        if self.standing is not None and self.standing.attention:
            lines.append(fit(toned(_attention(self.standing), "loud"), width))
        return lines

    def _first(self, width: int) -> Content:
        badge = Content.styled(" PRODUCTION ", "bold $production-text on $production")
        left = line(toned(" shipui ", "strong"), badge, toned(f" {self._name}", "strong", limit=40))
        right = line(toned(self._person, "strong", limit=32), toned(f" · {self._role} ", "calm"))
        return line(fit(left, max(0, width - right.cell_length)), right)

    def _second(self, width: int) -> Content:
        if self.standing is None:
            return fit(toned(" Reading the records …", "calm"), width)
        standing = self.standing
        sign, tone = {True: ("✓", "good"), None: ("◐", "warn"), False: ("–", "warn")}[standing.windows_open]
        left = toned(f" {sign} {standing.windows}", tone)
        right = _runs(standing)
        return line(fit(left, max(0, width - right.cell_length)), right)


def _runs(standing: Standing) -> Content:
    dead = {each.id for each in standing.interrupted}
    alive = [each for each in standing.open_runs if each.id not in dead]
    if standing.interrupted:
        return line(" ", toned(f" ! {_subject(standing.interrupted[0])} INTERRUPTED: shipui recover ", "loud"))
    if not alive:
        return toned(" nothing is under way ", "calm")
    run = alive[0]
    more = f" and {len(alive) - 1} more" if len(alive) > 1 else ""
    step = f" step {run.step}" if run.step else ""
    return toned(f"  ▸ {KIND[run.kind]} {_subject(run)}{step} by {run.person}{more} ", "busy", limit=60)


def _attention(standing: Standing) -> str:
    ids = listed([each.id for each in standing.attention], most=3)
    verb = "needs" if len(standing.attention) == 1 else "need"
    return f" ! {ids} {verb.upper()} ATTENTION: open it, it says what to do by hand "


def _subject(run: Run) -> str:
    return run.promotion or run.id
