"""The windows as somebody is changing them: what was read, what is meant by now, and the way back. Nothing of it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shipui.config.windows_document import BlackoutEntry, WindowEntry, WindowsDocument, calendar_of
from shipui.config.windows_file import WindowsFile
from shipui.config.windows_text import lost_comments
from shipui.config.windows_words import Difference, differences
from shipui.model.calendar import Calendar
from shipui.model.change import Change, ChangeType
from shipui.tui.window_fields import WindowFields

Entry = WindowEntry | BlackoutEntry
NEW_WINDOW = WindowFields(
    days=("mon", "tue", "wed", "thu", "fri"), start="22:00", end="06:00",
    change_types=("standard", "normal"), risk_levels=("low", "medium"),
)  # fmt: skip


class Draft:
    def __init__(self, file: WindowsFile) -> None:
        self.file = file
        """As it was read last."""
        self.document = file.document
        self._former: list[WindowsDocument] = []

    @property
    def entries(self) -> Sequence[Entry]:
        return [*self.document.window, *self.document.blackout]

    @property
    def calendar(self) -> Calendar:
        return calendar_of(self.document)

    @property
    def changes(self) -> list[Difference]:
        return differences(self.file.document, self.document)

    @property
    def lost_comments(self) -> int:
        return lost_comments(self.document, self.file.text)

    @property
    def can_undo(self) -> bool:
        return bool(self._former)

    def mark(self, entry: Entry) -> str:
        """+ where it is new, ~ where it is another one than was read."""
        same = [each for each in _entries(self.file.document, entry) if each.name == entry.name]
        return "+" if not same else ("" if same[0] == entry else "~")

    def names(self, entry: Entry) -> list[str]:
        """Of all entries of that kind."""
        return [each.name for each in _entries(self.document, entry)]

    def with_entry(self, entry: Entry, replacing: Entry | None) -> WindowsDocument:
        """The document as it would be: in the place of `replacing`, or at the end of its kind."""
        found = list(_entries(self.document, entry))
        if replacing in found:
            found[found.index(replacing)] = entry
        else:
            found.append(entry)
        return self._with(entry, found)

    def put(self, entry: Entry, replacing: Entry | None) -> None:
        self.become(self.with_entry(entry, replacing))

    def remove(self, entry: Entry) -> None:
        self.become(self._with(entry, [each for each in _entries(self.document, entry) if each != entry]))

    def set_zone(self, zone: str) -> None:
        self.become(self.document.model_copy(update={"time_zone": zone}))

    def become(self, document: WindowsDocument) -> None:
        if document != self.document:
            self._former.append(self.document)
            self.document = document

    def undo(self) -> None:
        if self._former:
            self.document = self._former.pop()

    def discard(self) -> None:
        self.become(self.file.document)

    def rebase(self, file: WindowsFile, document: WindowsDocument) -> None:
        """On a file that is another one by now; steps back from there would lose what others did."""
        self.file, self.document = file, document
        self._former = []

    def _with(self, entry: Entry, found: Sequence[Entry]) -> WindowsDocument:
        kind = "window" if isinstance(entry, WindowEntry) else "blackout"
        return self.document.model_copy(update={kind: list(found)})


def copy_name(name: str, taken: Sequence[str]) -> str:
    """Nights, copy; Nights, copy 2; …"""
    number = 1
    while (made := f"{name}, copy{'' if number == 1 else f' {number}'}") in taken:
        number += 1
    return made


def _entries(document: WindowsDocument, entry: Entry) -> Sequence[Entry]:
    return document.window if isinstance(entry, WindowEntry) else document.blackout


def shown_for(entry: Entry | None, change: Change) -> Change:
    """The kind of change that shows what an entry does: `change`, which is looked at, if the entry is about it."""
    if isinstance(entry, WindowEntry):
        kind = change.type if change.type in entry.change_types else entry.change_types[0]
        return Change(kind, change.risk if change.risk in entry.risk_levels else entry.risk_levels[0])
    if isinstance(entry, BlackoutEntry) and change.type in entry.excepts:
        bound = [each for each in ChangeType if each not in entry.excepts and each is not ChangeType.EMERGENCY]
        return replace(change, type=bound[0] if bound else change.type)
    return change
