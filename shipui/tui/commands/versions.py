"""The commands of a product's versions."""

from __future__ import annotations

from shipui.tui.commands.command import Command
from shipui.tui.commands.lists import LISTS, LOG, OPEN_PROMOTION

OPEN = Command("open", "enter", "Details", "All that is known of the version.", shown="⏎")
VERSIONS: tuple[Command, ...] = (OPEN, OPEN_PROMOTION, LOG, *LISTS)
