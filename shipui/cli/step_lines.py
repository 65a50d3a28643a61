"""A run on a plain terminal: a line for each step as it ends, and for each undo."""

from __future__ import annotations

import queue
import sys
from typing import TYPE_CHECKING

import click

from shipui.cli.signals import undisturbed
from shipui.model.events import Event, EventKind
from shipui.model.run_view import RunView, StepView
from shipui.model.steps import StepDefinition, StepState
from shipui.model.text import duration, visible

if TYPE_CHECKING:
    from shipui.runs.procedure import Ending
    from shipui.runs.running import RunningRun

GLYPHS = {
    StepState.WAITING: "·",
    StepState.RUNNING: "▸",
    StepState.PASSED: "✓",
    StepState.FAILED: "✗",
    StepState.UNDONE: "↺",
    StepState.SKIPPED: "–",
}
LOOK_SECONDS = 0.25
REALLY = "Stop, and roll back? Press ctrl+c once more. Otherwise it goes on."


def step_line(step: StepView) -> str:
    seconds = "" if step.seconds is None else duration(step.seconds)
    return f"{GLYPHS[step.state]} {step.number:>2} {step.title:<23} {seconds:>8}  {visible(step.plain)}".rstrip()


class StepLines:
    """Prints the events of a run that people want to see. A terminal that has gone is noticed once, and then left alone."""

    def __init__(self, view: RunView, *, to_stderr: bool) -> None:
        self.view = view
        self._to_stderr = to_stderr
        self._gone = False

    def say(self, line: str) -> None:
        if self._gone:
            return
        try:
            click.echo(line, err=self._to_stderr)
        except (OSError, ValueError):
            self._gone = True

    def add(self, event: Event) -> None:
        if not self.view.add(event):
            return
        match event.kind:
            case EventKind.RESULT:
                assert event.step is not None
                self.say(step_line(self.view.step(event.step)))
            case EventKind.UNDO_RESULT if event.data["plain"]:
                mark = "↺" if event.data["ok"] else "!!"
                self.say(f"{mark:<2}{event.step:>2} {'taken back':<32}  {visible(event.data['plain'])}")
            case EventKind.NOTE:
                self.say(f"     note: {visible(event.data['plain'])}")
            case _:
                return


def watch(
    running: RunningRun, definitions: tuple[StepDefinition, ...], person: str, *, stopping: str, to_stderr: bool
) -> tuple[Ending, RunView]:
    """Run it, and print each step as it ends. Ctrl+c asks once, then cancels, and says `stopping`; SIGTERM and SIGHUP let it go on.

    What is printed passes through a queue: a terminal that stalls holds up this thread, never the run.
    """
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    lines = StepLines(RunView.of(definitions), to_stderr=to_stderr)
    running.listen(events.put)

    # Who is at no terminal cannot answer: there the first one counts.
    asked = not (sys.stdin.isatty() and sys.stderr.isatty())

    def stop() -> str:
        nonlocal asked
        if not asked:
            asked = True
            return REALLY
        running.cancel(person)
        return stopping

    with undisturbed(stop):
        running.start()
        while not running.finished:
            _print(events, lines, LOOK_SECONDS)
        _print(events, lines, 0)
        ending = running.wait()
    assert ending is not None
    return ending, lines.view


def _print(events: queue.SimpleQueue[Event], lines: StepLines, seconds: float) -> None:
    """What is there, and what comes within that time."""
    try:
        lines.add(events.get(timeout=seconds) if seconds else events.get_nowait())
        while True:
            lines.add(events.get_nowait())
    except queue.Empty:
        return
