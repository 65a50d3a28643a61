"""The commands of the backups' screen."""

from __future__ import annotations

from shipui.model.roles import Right
from shipui.tui.commands.command import Command
from shipui.tui.commands.lists import LISTS, LOG, OPEN_PROMOTION

OPEN = Command("open", "enter", "Details", "All that is recorded of the backup.", shown="⏎")
VERIFY = Command(
    "verify", "v", "Verify",
    "Restores it into a scratch database beside production, compares every table's rows, and drops that again.",
    Right.DEPLOY,
)  # fmt: skip
STOP_VERIFYING = Command("stop_verifying", "x", "Stop verifying", "Stops the check that is under way.", spare=True)
INSTRUCTIONS = Command(
    "instructions", "i", "Restore by hand", "The commands that restore it by hand, without shipui.",
)  # fmt: skip
COPY = Command("copy_commands", "c", "Copy commands", "Copies those commands to your clipboard, over SSH too (OSC 52).")
BACKUPS: tuple[Command, ...] = (OPEN, VERIFY, STOP_VERIFYING, INSTRUCTIONS, COPY, OPEN_PROMOTION, LOG, *LISTS)
