"""What is asked before windows.toml is written, merged, or what was changed is thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from shipui.config.windows_document import BlackoutEntry, WindowEntry
from shipui.config.windows_file import WindowsFile
from shipui.config.windows_merge import ZONE, Conflict, merge
from shipui.config.windows_words import Difference, differences, entry_words
from shipui.model.calendar import overlaps
from shipui.model.promotion import Promotion
from shipui.model.text import counted, visible
from shipui.model.window_effect import effects
from shipui.tui import window_effects
from shipui.tui.screens.dialogs import Question
from shipui.tui.widgets.paragraphs import Pair, Paragraph
from shipui.tui.widgets.tones import line, toned
from shipui.tui.window_draft import Draft

_TONES = {"+": "good", "-": "bad", "~": "warn"}


def save(draft: Draft, waiting: Sequence[Promotion], now: datetime) -> Question:
    changes = draft.changes
    lines: list[Paragraph] = [*difference_lines(changes), Content("")]
    if draft.lost_comments:
        lost = counted(draft.lost_comments, "comment")
        lines += [toned(f"{lost} within what you changed or removed will be lost; all others stay.", "warn")]
    lines += [toned(summary(draft, waiting, now)), *effect_lines(draft, waiting, now)]
    lines += [toned(each, "warn") for each in overlaps(draft.calendar)]
    if draft.file.document.window and not draft.document.window:
        lines += [toned("No window is left: outside blackouts, all changes may go out at any time.", "warn")]
    return Question(
        f"Save {counted(len(changes), 'change')} to {visible(draft.file.path.name)}?",
        [*lines, toned("It counts at once, also for runs that have not reached step 7.", "calm")],
        yes="Save",
        safe="Not yet",
    )


def merging(draft: Draft, theirs: WindowsFile) -> Question:
    base = draft.file.document
    found = merge(base, theirs.document, draft.document, keep_mine=True)
    lines: list[Paragraph] = [
        toned("Nothing was written. Both changes can be brought together; you then look at them, and save.", "plain"),
        Content(""),
        toned("They", "strong"),
        *(difference_lines(differences(base, theirs.document)) or [toned("only its comments or its layout", "calm")]),
        Content(""),
        toned("You", "strong"),
        *difference_lines(draft.changes),
    ]
    if found.conflicts:
        lines += [Content(""), toned("Both of you changed, differently", "warn")]
        for each in found.conflicts:
            lines += _conflict(each)
    choice = "Where both changed the same thing, mine counts (else theirs)" if found.conflicts else ""
    return Question(
        "Somebody changed windows.toml since you read it", lines, "Bring together", "Not now", choice=choice
    )


def discard(changes: Sequence[Difference]) -> Question:
    return Question(
        f"Throw {counted(len(changes), 'change')} away?", difference_lines(changes), yes="Throw away", dangerous=True
    )


def difference_lines(changes: Sequence[Difference]) -> list[Paragraph]:
    return [
        Pair(
            toned(f"{each.sign} ", _TONES[each.sign]),
            line(toned(f"{each.subject}: ", "strong", limit=260), toned(each.words, limit=700)),
        )
        for each in changes
    ]


def summary(draft: Draft, waiting: Sequence[Promotion], now: datetime) -> str:
    return window_effects.summary(effects(draft.file.calendar, draft.calendar, waiting, now), changed=True)


def effect_lines(draft: Draft, waiting: Sequence[Promotion], now: datetime) -> list[Paragraph]:
    """For which of those that wait something changes, and what."""
    before, after = draft.file.calendar, draft.calendar
    told = window_effects.details(effects(before, after, waiting, now), before.zone, after.zone, now)
    return [Pair(toned("  ", "calm"), line(toned(f"{which}: ", "calm"), toned(words))) for which, words in told]


def _conflict(conflict: Conflict) -> list[Paragraph]:
    what = ZONE if conflict.kind == ZONE else f"{conflict.kind} “{visible(conflict.name, limit=60)}”"
    return [
        toned(what, "strong"),
        Pair(toned("  theirs: ", "calm"), toned(_side(conflict.theirs), limit=400)),
        Pair(toned("  mine:   ", "calm"), toned(_side(conflict.mine), limit=400)),
    ]


def _side(side: WindowEntry | BlackoutEntry | str | None) -> str:
    if side is None:
        return "removed"
    return side if isinstance(side, str) else entry_words(side)
