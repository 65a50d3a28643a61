"""A run on a plain terminal: a line for each step as it ends, and for each undo."""

from __future__ import annotations

import click

from shipui.cli.promotions import GLYPHS
from shipui.model.events import Event, EventKind
from shipui.model.run_view import RunView
from shipui.model.text import duration


class StepLines:
    """A listener for a run. `hush` stops the printing when the terminal has gone; the run does not notice."""

    def __init__(self, view: RunView, *, to_stderr: bool) -> None:
        self._view = view
        self._to_stderr = to_stderr
        self._hushed = False

    def hush(self, *_: object) -> None:
        self._hushed = True

    def say(self, line: str) -> None:
        if self._hushed:
            return
        try:
            click.echo(line, err=self._to_stderr)
        except OSError:
            self._hushed = True

    def add(self, event: Event) -> None:
        if not self._view.add(event):
            return
        match event.kind:
            case EventKind.RESULT:
                assert event.step is not None
                step = self._view.step(event.step)
                seconds = duration(step.seconds or 0)
                self.say(f"{GLYPHS[step.state]} {step.number:>2} {step.title:<21} {seconds:>8}  {step.plain}")
            case EventKind.UNDO_RESULT if event.data["plain"]:
                assert event.step is not None
                mark = "↺" if event.data["ok"] else "!!"
                self.say(f"{mark} {event.step:>2} undo                            {event.data['plain']}")
            case EventKind.NOTE:
                self.say(f"      note: {event.data['plain']}")
            case _:
                return
