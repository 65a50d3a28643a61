"""The operations backlog: an epic for each build, open until it is deployed, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from shipui.model.inventory import BacklogEntry
from shipui.tui.commands.backlog import BACKLOG, COPY_LINK
from shipui.tui.commands.command import Command
from shipui.tui.commands.lists import LOG, OPEN_PROMOTION
from shipui.tui.screens.list_screen import SHORT, ListScreen
from shipui.tui.signs import STATUS, age
from shipui.tui.widgets.item_table import Column
from shipui.tui.widgets.paragraphs import Pair, Paragraph
from shipui.tui.widgets.tones import line, signed, toned


class BacklogScreen(ListScreen[BacklogEntry]):
    COMMANDS_HERE = BACKLOG
    HELP_TITLE = "the backlog"
    TITLE_SHOWN = "Backlog"
    FILTER_HINT = "press / to filter by title, build, person, state, or open or closed"

    def columns(self) -> Sequence[Column[BacklogEntry]]:
        return (
            Column("EPIC", 9, _state),
            Column("BUILD", 11, lambda each, _: toned(each.epic.build)),
            Column("PRODUCT", 14, lambda each, _: toned(each.product_name, limit=40), above=96),
            Column("TITLE", 0, lambda each, _: toned(each.epic.title, limit=300)),
            Column("PROMOTION", 13, _promotion),
            Column("PULL REQUEST", 14, _pull_request, above=96),
            Column("BY", 12, lambda each, _: toned(each.epic.opened_by, limit=40), above=120),
            Column("AGE", 4, lambda each, now: toned(age(each.epic.opened_at, now), "calm")),
        )

    def identify(self, item: BacklogEntry) -> object:
        return item.epic.id

    def promotion_of(self, item: BacklogEntry) -> str | None:
        return item.promotion

    def read_rows(self, text: str, limit: int, after: BacklogEntry | None) -> Sequence[BacklogEntry]:
        return self.desk.inventory.backlog(text, limit, after)

    def when_empty(self, text: str) -> list[Content]:
        if text:
            return [toned("No epic matches that filter.", "strong"), toned("Escape clears it.", "calm")]
        return [
            toned("The backlog is empty.", "strong"),
            toned("Each build that is shipped gets an epic, open until it is deployed.", "calm"),
        ]

    def describe(self, item: BacklogEntry, form: str) -> list[Paragraph]:
        epic, request = item.epic, item.pull_request
        lines: list[Paragraph] = [
            line(toned(epic.id, "strong"), "  ", toned(epic.title, "strong", limit=300 if form == SHORT else 2_000)),
            line(
                _state(item, self.now()),
                toned(f" · opened by {epic.opened_by} {epic.opened_at:%Y-%m-%d %H:%M}", "calm", limit=100),
                toned(f" · closed {epic.closed_at:%Y-%m-%d %H:%M} UTC" if epic.closed_at else "", "calm"),
            ),
        ]
        outcome = (
            line(toned(f"{item.promotion} "), signed(STATUS[item.status]))
            if item.status
            else toned("not requested yet")
        )
        lines.append(Pair(toned("promotion    ", "calm"), outcome))
        said = f"#{request.number} is {request.state}: {request.url}" if request else "none is known"
        lines.append(Pair(toned("pull request ", "calm"), toned(said, limit=600)))
        if form == SHORT:
            return lines
        lines += [
            Pair(toned("build        ", "calm"), toned(epic.build)),
            Pair(toned("product      ", "calm"), toned(f"{item.product_name} ({epic.product})", limit=300)),
        ]
        return [*lines, Content(""), toned(epic.body, limit=6_000)] if epic.body else lines

    def why_not(self, command: Command) -> str:
        item = self.chosen
        if command in {OPEN_PROMOTION, LOG} and item is not None and item.promotion is None:
            return "Its build has no promotion yet."
        if command is COPY_LINK and (item is None or item.pull_request is None):
            return "No pull request of it is known."
        return super().why_not(command)

    def action_copy_link(self) -> None:
        item = self.chosen
        if self.allowed(COPY_LINK) and item is not None and item.pull_request is not None:
            self.app.copy_to_clipboard(item.pull_request.url)
            self.say("The address is copied, if your terminal allows it (OSC 52).", "good")


def _state(item: BacklogEntry, _: datetime) -> Content:
    return toned("✓ closed", "calm") if item.epic.closed_at else toned("○ open", "busy")


def _promotion(item: BacklogEntry, _: datetime) -> Content:
    return signed(STATUS[item.status]) if item.status else toned("– none yet", "calm")


def _pull_request(item: BacklogEntry, _: datetime) -> Content:
    request = item.pull_request
    return toned(f"#{request.number} {request.state}", limit=40) if request else toned("–", "calm")
