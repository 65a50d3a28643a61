"""What every list has beside the queue: backups, the audit trail, runs, the inventory, the backlog."""

from __future__ import annotations

from shipui.tui.commands.command import Command
from shipui.tui.commands.queue import REFRESH

FILTER = Command("filter", "slash", "Filter", "Narrows the list down as you type; Escape clears it.", shown="/")
BACK = Command("back", "escape", "Back", "Clears the filter; without one, goes back to the queue.", shown="esc")
LOG = Command("log", "l", "Log", "Opens the log of its run, from the first line to the last.", spare=True)
OPEN_PROMOTION = Command("open_promotion", "o", "Promotion", "Opens the promotion that it belongs to.")
LISTS: tuple[Command, ...] = (FILTER, REFRESH, BACK)
