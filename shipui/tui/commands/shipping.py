"""The commands of a build that is being shipped, or was."""

from __future__ import annotations

from shipui.model.roles import Right
from shipui.tui.commands.command import Command
from shipui.tui.commands.deployment import FOLLOW, JUMP_TO_END, JUMP_TO_START, WRAP

BACK = Command("back", "escape", "Back", "Goes back; a run that is under way goes on.", shown="esc")
CANCEL = Command("cancel_shipping", "x", "Stop", "Stops it; shipping the build again goes on from there.", Right.SHIP)
AGAIN = Command("again", "t", "Try again", "Goes on from the step at which it stopped.", Right.SHIP)
CHANGE = Command("change", "e", "Change", "Opens the form again, with what was asked for.", Right.SHIP)
OPEN_PROMOTION = Command("open_promotion", "o", "Promotion", "Shows the promotion that came of it.")
WHOLE_LOG = Command("log", "l", "Log", "Opens the log of the run, from the first line to the last.", spare=True)
DETAIL = Command("detail", "d", "Detail", "The technical detail of each step.")
SHIPPING: tuple[Command, ...] = (
    BACK, CANCEL, AGAIN, CHANGE, OPEN_PROMOTION, DETAIL, WHOLE_LOG, FOLLOW, WRAP, JUMP_TO_START, JUMP_TO_END,
)  # fmt: skip
