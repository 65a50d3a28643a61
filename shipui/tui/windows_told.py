"""What the form for the deployment windows says around its list: how things stand, what there is to know of the draft, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from shipui.config.windows_document import BlackoutEntry
from shipui.config.windows_words import entry_words
from shipui.model.calendar import overlaps
from shipui.model.errors import ShipuiError
from shipui.model.promotion import Promotion
from shipui.model.text import counted, visible_lines
from shipui.tui import window_fields, window_questions
from shipui.tui.widgets.entry_table import EntryRow
from shipui.tui.widgets.paragraphs import Paragraph
from shipui.tui.widgets.tones import line, toned
from shipui.tui.window_draft import Draft, Entry


def state(draft: Draft | None, *, broken: bool, elsewhere: bool, read_only: str, key: str) -> Content:
    """At the right of the title. `elsewhere`: the file was changed by others since it was read; `read_only` says why; `key` saves."""
    if broken:
        return toned("! windows.toml has a mistake ", "bad")
    if draft is None:
        return toned("reading … ", "calm")
    changes = counted(len(draft.changes), "change")
    if changes is None:
        return toned(f"read only: {read_only} " if read_only else "all saved ", "calm")
    if elsewhere:
        return toned(f"● {changes} not saved; others changed it too ", "warn")
    return toned(f"● {changes} not saved, {key} saves ", "warn")


def rows(draft: Draft, now: datetime) -> list[EntryRow]:
    zone = draft.document.time_zone
    return [
        EntryRow(each, draft.mark(each), isinstance(each, BlackoutEntry) and window_fields.is_over(each, zone, now))
        for each in draft.entries
    ]


def notes(draft: Draft, chosen: Entry | None, waiting: Sequence[Promotion], now: datetime) -> list[Paragraph]:
    """Where there is room: the chosen entry whole, what is not saved, and what that means."""
    lines: list[Paragraph] = []
    if chosen is not None:
        lines += [Content(""), toned(chosen.name, "strong", limit=200), toned(entry_words(chosen), limit=700)]
    if draft.changes:
        lines += [Content(""), toned("Not saved yet", "strong"), *window_questions.difference_lines(draft.changes)]
        told = window_questions.effect_lines(draft, waiting, now)
        lines += [Content(""), *told] if told else []
    clashes = overlaps(draft.calendar)
    return [*lines, *([Content("")] if clashes else []), *(toned(each, "warn") for each in clashes)]


def when_empty(keys: Sequence[str]) -> list[Content]:
    """`keys`: those that add a window and a blackout; none for who may not."""
    lines = [toned("There are no windows: changes may go out at any time.", "strong")]
    helps = (
        "adds a window: from then on changes go out only in one",
        "adds a blackout: a time in which nothing goes out",
    )
    return [
        *lines,
        *(line(toned(f"{key:<3}", "key"), toned(words, "calm")) for key, words in zip(keys, helps, strict=False)),
    ]


def mistake(error: ShipuiError) -> list[Paragraph]:
    """What the reader says, with file and key; it is for the editor of the file to mend."""
    return [
        Content(""),
        *(toned(each, "bad", limit=400) for each in visible_lines(error.plain)),
        Content(""),
        toned("Until it is corrected nothing can be deployed, and nothing is written from here.", "plain"),
        toned("Correct the file by hand; this screen reads it again by itself (or with f5).", "calm"),
    ]
