"""The commands of the inventory."""

from __future__ import annotations

from shipui.tui.commands.command import Command
from shipui.tui.commands.lists import LISTS, LOG, OPEN_PROMOTION

OPEN = Command("open", "enter", "Versions", "Every version that the product had, and what became of it.", shown="⏎")
INVENTORY: tuple[Command, ...] = (OPEN, OPEN_PROMOTION, LOG, *LISTS)
