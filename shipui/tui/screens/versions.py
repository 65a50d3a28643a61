"""The versions of one product: which build each is, when it went into production, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from shipui.model.inventory import InventoryEntry, Version
from shipui.tui.commands.command import Command
from shipui.tui.commands.lists import LOG, OPEN_PROMOTION
from shipui.tui.commands.versions import VERSIONS
from shipui.tui.screens.list_screen import ListScreen
from shipui.tui.signs import STATUS, age
from shipui.tui.widgets.item_table import Column
from shipui.tui.widgets.paragraphs import Pair, Paragraph
from shipui.tui.widgets.tones import line, signed, toned


class VersionsScreen(ListScreen[Version]):
    COMMANDS_HERE = VERSIONS
    PLACE = "inventory"
    HELP_TITLE = "a product's versions"
    TITLE_SHOWN = "Versions"
    FILTER_HINT = "press / to filter by version, build, promotion, state or person"

    def __init__(self, product: InventoryEntry) -> None:
        super().__init__()
        self._product = product

    def columns(self) -> Sequence[Column[Version]]:
        return (
            Column("STATE", 13, _state),
            Column("VERSION", 0, lambda each, _: toned(each.version, limit=60)),
            Column("BUILD", 11, lambda each, _: toned(each.build)),
            Column("PROMOTION", 11, lambda each, _: toned(each.promotion or "–")),
            Column("REGISTERED BY", 14, lambda each, _: toned(each.registered_by, limit=40), above=96),
            Column("IN PRODUCTION", 16, _deployed),
            Column("AGE", 4, lambda each, now: toned(age(each.registered_at, now), "calm")),
        )

    def identify(self, item: Version) -> object:
        return item.version

    def heading_of(self, item: Version) -> str:
        return f"{self._product.name} {item.version}"

    def promotion_of(self, item: Version) -> str | None:
        return item.promotion

    def read_rows(self, text: str, limit: int, after: Version | None) -> Sequence[Version]:
        return self.desk.inventory.versions(self._product.product, text, limit, after)

    def when_empty(self, text: str) -> list[Content]:
        if text:
            return [toned("No version matches that filter.", "strong"), toned("Escape clears it.", "calm")]
        return [toned("It has no version yet.", "strong"), toned("Shipping a build of it makes one.", "calm")]

    def title_words(self) -> Content:
        return line(toned(f"of {self._product.name}  ", "strong", limit=60), super().title_words())

    def describe(self, item: Version, form: str) -> list[Paragraph]:
        lines: list[Paragraph] = [toned(f"{self._product.name} {item.version}", "strong", limit=300)]
        if item.status is not None:
            lines[0] = line(
                toned(f"{self._product.name} {item.version}  ", "strong", limit=300), signed(STATUS[item.status])
            )
        when = f"{item.deployed_at:%Y-%m-%d %H:%M:%S} UTC" if item.deployed_at else "never"
        return [
            *lines,
            _field("in production", when),
            _field("build", f"{item.build}, by {item.promotion or 'no promotion yet'}"),
            _field("registered", f"{item.registered_at:%Y-%m-%d %H:%M:%S} UTC by {item.registered_by}"),
        ]

    def why_not(self, command: Command) -> str:
        if command in {OPEN_PROMOTION, LOG} and self.chosen is not None and self.chosen.promotion is None:
            return "It has no promotion yet."
        return super().why_not(command)


def _state(version: Version, _: datetime) -> Content:
    return signed(STATUS[version.status]) if version.status else toned("– registered", "calm")


def _deployed(version: Version, _: datetime) -> Content:
    return toned(f"{version.deployed_at:%Y-%m-%d %H:%M}" if version.deployed_at else "never", "calm")


def _field(name: str, value: str) -> Paragraph:
    return Pair(toned(f"{name:<14} ", "calm"), toned(value, limit=400))
