"""The two lines at the top of every screen: which production this is, who you are, whether changes may go out, what is under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from shipui.model.run import Run
from shipui.model.text import listed
from shipui.tui.desk import Standing
from shipui.tui.signs import KIND
from shipui.tui.widgets.tones import fit, line, toned

ROOMY = 30
"""Rows of a terminal from which the ways to the places have a line of their own."""


@dataclass(frozen=True, slots=True)
class Way:
    key: str
    title: str
    action: str


class InstallHeader(Widget):
    standing: reactive[Standing | None] = reactive(None, layout=True)
    problem: reactive[str] = reactive("", layout=True)
    """Why the records cannot be read at present."""

    def __init__(
        self, name: str, person: str, role: str, *, production: bool = True, place: str = "", ways: Sequence[Way] = ()
    ) -> None:
        """`place`: where in the install this screen is; `ways`: to all places, shown where there is room for a line more."""
        super().__init__()
        self._production = production
        self._place = place
        self._ways = ways
        self._name = name
        self._person = person
        self._role = role

    def render(self) -> Content:
        return Content("\n").join(self._lines(max(20, self.size.width), self.app.size))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(max(20, width), viewport))

    def _lines(self, width: int, terminal: Size) -> list[Content]:
        lines = [self._first(width, terminal), self._second(width)]
        if self._shows_ways(width, terminal):
            lines.insert(1, fit(line(*self._way_pieces()), width))
        if self.problem:
            lines.append(fit(toned(f" ! {self.problem}", "loud"), width))
        if self.standing is not None and self.standing.attention:
            lines.append(fit(toned(_attention(self.standing), "loud"), width))
        return lines

    def _shows_ways(self, width: int, terminal: Size) -> bool:
        return terminal.height >= ROOMY and sum(each.cell_length for each in self._way_pieces()) <= width

    def _first(self, width: int, terminal: Size) -> Content:
        badge = (
            Content.styled(" PRODUCTION ", "bold reverse $production on $production-text")
            if self._production
            else Content.styled(" REHEARSAL ", "reverse")
        )
        left = line(toned(" shipui ", "strong"), badge, toned(f" {self._name}", "strong", limit=40))
        if self._place and not self._shows_ways(width, terminal):
            left = line(left, toned(" › ", "calm"), toned(self._place))
        right = line(toned(self._person, "strong", limit=32), toned(f" · {self._role} ", "calm"))
        return line(fit(left, max(0, width - right.cell_length)), right)

    def _way_pieces(self) -> list[Content]:
        return [
            toned(f" {way.key} {way.title} ", "strong").stylize("reverse")
            if way.title == self._place
            else line(toned(f" {way.key}", "key"), toned(f" {way.title} "))
            for way in self._ways
        ]

    async def on_click(self, event: events.Click) -> None:
        if event.y != 1 or not self._shows_ways(self.size.width, self.app.size):
            return
        position = 0
        for way, piece in zip(self._ways, self._way_pieces(), strict=True):
            if position <= event.x < position + piece.cell_length:
                await self.screen.run_action(f"app.{way.action}")
                return
            position += piece.cell_length

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
