"""The log of a run: which lines an event adds to it. The same for the command, for the screens, and for whoever counts lines by SQL."""

from __future__ import annotations

from collections.abc import Mapping

from shipui.model.events import Event, EventKind

WITH_LINES = (EventKind.LOG, EventKind.NOTE, EventKind.RESULT, EventKind.UNDO_RESULT)
"""The kinds of events that may add lines; the others add none."""


def log_lines(event: Event, titles: Mapping[int, str]) -> list[str]:
    """As they were written: from outside. `titles` are those of the run's steps, by number."""
    data = event.data
    match event.kind:
        case EventKind.LOG:
            return list(data["lines"])
        case EventKind.NOTE:
            return [data["plain"]]
        case EventKind.RESULT:
            return [f"{_step(event, titles)}: {data['plain']}"]
        case EventKind.UNDO_RESULT:
            return [f"Undo {_step(event, titles)}: {data['plain']}"] if data["plain"] else []
        case _:
            return []


def _step(event: Event, titles: Mapping[int, str]) -> str:
    number = event.step or 0
    return f"{number}. {titles.get(number, 'a step')}"
