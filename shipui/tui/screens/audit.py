"""The audit trail: who did what, when, to which promotion; and whether it is whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from textual.content import Content
from textual.widgets import Input

from shipui.model.errors import BadId
from shipui.model.ids import IdKind, parse_id
from shipui.model.text import counted
from shipui.records.audit import AuditEntry
from shipui.tui.audit_filter import parse, toggled
from shipui.tui.commands.audit import AUDIT, VERIFY
from shipui.tui.commands.command import Command
from shipui.tui.commands.lists import OPEN_PROMOTION
from shipui.tui.screens.dialogs import NoticeDialog
from shipui.tui.screens.list_screen import SHORT, ListScreen
from shipui.tui.signs import age
from shipui.tui.widgets.item_table import Column
from shipui.tui.widgets.paragraphs import Pair, Paragraph
from shipui.tui.widgets.tones import line, toned


class AuditScreen(ListScreen[AuditEntry]):
    COMMANDS_HERE = AUDIT
    HELP_TITLE = "the audit trail"
    TITLE_SHOWN = "Audit trail"
    FILTER_HINT = "press / to filter: words, by:PERSON, on:CP-…, did:ACTION"

    _checking = False
    _checked: Content | None = None
    """What the last check said, and when."""

    def columns(self) -> Sequence[Column[AuditEntry]]:
        return (
            Column("#", 7, lambda each, _: toned(f"{each.id:>7}", "calm")),
            Column("WHEN (UTC)", 16, lambda each, _: toned(f"{each.at:%Y-%m-%d %H:%M}"), below=100),
            Column("WHEN (UTC)", 19, lambda each, _: toned(f"{each.at:%Y-%m-%d %H:%M:%S}"), above=100),
            Column("WHO", 12, lambda each, _: toned(each.person, limit=40)),
            Column("WHAT", 0, _what, below=100),
            Column("WHAT", 22, _what, above=100),
            Column("ON", 11, lambda each, _: toned(each.subject, limit=40)),
            Column("DETAILS", 0, lambda each, _: toned(_words(each.details), "calm", limit=300), above=100),
            Column("AGE", 4, lambda each, now: toned(age(each.at, now), "calm")),
        )

    def identify(self, item: AuditEntry) -> object:
        return item.id

    def heading_of(self, item: AuditEntry) -> str:
        return f"Entry {item.id}"

    def promotion_of(self, item: AuditEntry) -> str | None:
        try:
            return parse_id(item.subject, IdKind.PROMOTION)
        except BadId:
            return None

    def read_rows(self, text: str, limit: int, after: AuditEntry | None) -> Sequence[AuditEntry]:
        return self.desk.audit.page(parse(text), limit, after.id if after else None)

    def when_empty(self, text: str) -> list[Content]:
        if text:
            return [
                toned("No entry matches that filter.", "strong"),
                toned('Escape clears it. by:ann finds anna too, by:"ann" does not.', "calm"),
            ]
        return [
            toned("The audit trail is empty.", "strong"),
            toned("Whatever somebody does with shipui is written down here.", "calm"),
        ]

    def title_words(self) -> Content:
        words = super().title_words()
        if self._checking:
            return line(words, toned("  ▸ checking every entry …", "busy"))
        return words if self._checked is None else line(words, "  ", self._checked)

    # Details

    def describe(self, item: AuditEntry, form: str) -> list[Paragraph]:
        details = _loaded(item.details)
        head = line(toned(item.action, "strong", limit=200), "  ", toned(item.subject, "strong", limit=200))
        who = f"{item.person} ({item.role}), {item.at:%Y-%m-%d %H:%M:%S} UTC"
        if form == SHORT:
            return [head, toned(who, limit=300), toned(_words(item.details), limit=600)]
        lines: list[Paragraph] = [
            head,
            _field("who", f"{item.person}, UID {item.uid}, as {item.role}"),
            _field("when", f"{item.at:%Y-%m-%d %H:%M:%S.%f} UTC"),
            _field("from", item.ssh or "this machine's own terminal, or a service"),
        ]
        lines += [_field(key, value if isinstance(value, str) else json.dumps(value)) for key, value in details.items()]
        return [
            *lines,
            Content(""),
            Pair(toned(f"{'hash':<10} ", "calm"), toned(item.hash, "calm", limit=100)),
            Pair(toned(f"{'follows':<10} ", "calm"), toned(item.previous_hash or "it is the first", "calm", limit=100)),
        ]

    # Keys

    def why_not(self, command: Command) -> str:
        if command is VERIFY and self._checking:
            return "It is being checked."
        if command is OPEN_PROMOTION and self.chosen is not None and self.promotion_of(self.chosen) is None:
            return "This entry is about no promotion."
        return super().why_not(command)

    def action_verify(self) -> None:
        if not self.allowed(VERIFY):
            return
        self._checking = True
        self.show_title()
        self.shipui.errands.ask("audit check", self.desk.audit.verify, self._told, self._not_told)

    def _told(self, problems: Sequence[str]) -> None:
        self._checking = False
        at = f"{self.now():%H:%M} UTC"
        if problems:
            self._checked = toned(f" ! NOT WHOLE: {counted(len(problems), 'problem')}, checked at {at} ", "loud")
            title, lines = "The audit trail is NOT whole", _problems(problems)
        else:
            self._checked = toned(f"✓ whole, checked at {at}", "good")
            title, lines = "The audit trail is whole", _WHOLE
        if self.alive:
            self.show_title()
            if self.is_current:
                self.app.push_screen(NoticeDialog(title, lines, tall=bool(problems)))

    def _not_told(self, error: Exception) -> None:
        self._checking = False
        if self.alive:
            self.show_title()
            self.tell_error(error)

    def action_same_person(self) -> None:
        self._toggle("by", self.chosen.person if self.chosen else "")

    def action_same_subject(self) -> None:
        self._toggle("on", self.chosen.subject if self.chosen else "")

    def action_same_action(self) -> None:
        self._toggle("did", self.chosen.action if self.chosen else "")

    def _toggle(self, name: str, value: str) -> None:
        if value:
            self.filter_by(toggled(self.query_one("#filter", Input).value, name, value))


_WHOLE: list[Paragraph] = [
    toned("✓ Every entry follows from the one before it, and none was changed, added between or cut off.", "good"),
    Content(""),
    toned("Its end is the one that the file outside the database knows.", "calm"),
]


def _problems(problems: Sequence[str]) -> list[Paragraph]:
    return [
        toned("Somebody changed the records by another way than shipui, or a disk lost what was written.", "bad"),
        Content(""),
        *(Pair(toned("! ", "bad"), toned(each, limit=600)) for each in problems),
        Content(""),
        toned("Keep both as they are, the database and the head file, and ask who could write to them.", "calm"),
        toned("The same on the command line: shipui audit verify", "calm"),
    ]


def _what(entry: AuditEntry, _: datetime) -> Content:
    return toned(entry.action, limit=80)


def _loaded(details: str) -> dict[str, Any]:
    """Whatever was written there; an edit by hand may have left anything."""
    try:
        found = json.loads(details)
    except ValueError:
        return {"details": details}
    return found if isinstance(found, dict) else {"details": found}


def _words(details: str) -> str:
    said = {key: value for key, value in _loaded(details).items() if value not in ("", None, False)}
    return ", ".join(f"{key} {value}" for key, value in said.items())


def _field(name: str, value: str) -> Paragraph:
    return Pair(toned(f"{name:<10} ", "calm", limit=40), toned(value, limit=3_000))
