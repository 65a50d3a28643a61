"""The commands of the backlog."""

from __future__ import annotations

from shipui.tui.commands.command import Command
from shipui.tui.commands.lists import LISTS, LOG, OPEN_PROMOTION

OPEN = Command("open", "enter", "Details", "All that is known of the epic.", shown="⏎")
COPY_LINK = Command(
    "copy_link", "c", "Copy link", "Copies the address of its pull request to your clipboard, over SSH too (OSC 52)."
)
BACKLOG: tuple[Command, ...] = (OPEN, OPEN_PROMOTION, COPY_LINK, LOG, *LISTS)
