"""The inventory: every product, what of it runs in production, since when, and by which promotion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from shipui.model.inventory import InventoryEntry
from shipui.tui.commands.command import Command
from shipui.tui.commands.inventory import INVENTORY
from shipui.tui.commands.lists import LOG, OPEN_PROMOTION
from shipui.tui.screens.list_screen import SHORT, ListScreen
from shipui.tui.screens.versions import VersionsScreen
from shipui.tui.signs import age
from shipui.tui.widgets.item_table import Column
from shipui.tui.widgets.paragraphs import Pair, Paragraph
from shipui.tui.widgets.tones import line, toned


class InventoryScreen(ListScreen[InventoryEntry]):
    COMMANDS_HERE = INVENTORY
    HELP_TITLE = "the inventory"
    TITLE_SHOWN = "Inventory"
    FILTER_HINT = "press / to filter by product, target, version, build or promotion"

    def columns(self) -> Sequence[Column[InventoryEntry]]:
        return (
            Column("STATE", 11, _state),
            Column("PRODUCT", 0, lambda each, _: toned(each.name, limit=200)),
            Column("VERSION", 12, lambda each, _: toned(each.version or "–", limit=40)),
            Column("TARGET", 12, lambda each, _: toned(each.target, limit=40), above=76),
            Column("BUILD", 11, lambda each, _: toned(each.build or "–"), above=96),
            Column("BY", 11, lambda each, _: toned(each.promotion or "–")),
            Column("ID", 11, lambda each, _: toned(each.product, "calm"), above=120),
            Column("FOR", 4, lambda each, now: toned(age(each.since, now) if each.since else "", "calm")),
        )

    def identify(self, item: InventoryEntry) -> object:
        return item.product

    def promotion_of(self, item: InventoryEntry) -> str | None:
        return item.promotion

    def read_rows(self, text: str, limit: int, after: InventoryEntry | None) -> Sequence[InventoryEntry]:
        return self.desk.inventory.products(text, limit, after)

    def when_empty(self, text: str) -> list[Content]:
        if text:
            return [toned("No product matches that filter.", "strong"), toned("Escape clears it.", "calm")]
        return [
            toned("There is no product yet.", "strong"),
            toned("The first build that is shipped registers one, in its second step.", "calm"),
        ]

    def describe(self, item: InventoryEntry, form: str) -> list[Paragraph]:
        lines: list[Paragraph] = [
            line(toned(item.name, "strong", limit=300), toned(f"  {item.product}", "calm")),
        ]
        if item.version is None or item.since is None:
            lines.append(toned(f"Nothing of it runs on {item.target}.", "warn", limit=200))
        else:
            lines.append(
                toned(f"{item.version} runs on {item.target} since {item.since:%Y-%m-%d %H:%M} UTC.", "good", limit=300)
            )
            lines.append(Pair(toned("by ", "calm"), toned(f"{item.promotion}, of the build {item.build}")))
        if form != SHORT:
            lines += [Content(""), toned("Enter shows every version that it had.", "calm")]
        return lines

    def why_not(self, command: Command) -> str:
        if command in {OPEN_PROMOTION, LOG} and self.chosen is not None and self.chosen.promotion is None:
            return "Nothing of it runs in production."
        return super().why_not(command)

    def action_open(self) -> None:
        if self.chosen is not None:
            self.app.push_screen(VersionsScreen(self.chosen))


def _state(entry: InventoryEntry, _: datetime) -> Content:
    return toned("✓ runs", "good") if entry.version else toned("– nothing", "calm")
