"""The queue's own commands, and all that can be done there."""

from __future__ import annotations

from shipui.tui.commands.command import Command
from shipui.tui.commands.promotions import (
    APPROVE,
    CANCEL,
    DEPLOY,
    MERGE,
    OPEN_FINDINGS,
    RECOVER,
    REJECT,
    RETRY,
    ROLL_BACK,
    WITHDRAW,
)

OPEN = Command(
    "open", "enter", "Open", "Shows the promotion's run, step by step, live while it is under way.", shown="⏎"
)
FILTER = Command("filter", "slash", "Filter", "Narrows the list down as you type; Escape clears it.", shown="/")
SORT = Command("sort", "s", "Sort", "Newest, oldest, last changed, highest risk, or by product.", spare=True)
LOG = Command("log", "l", "Log", "Gives the log the whole screen, or only its place.", spare=True)
NEXT_TAB = Command(
    "next_tab", "right", "Next state", "Shows the promotions of the next state.", shown="→", footer=False
)
PREVIOUS_TAB = Command(
    "previous_tab", "left", "Previous state", "Shows the promotions of the state before.", shown="←", footer=False
)
CLEAR_FILTER = Command("clear_filter", "escape", "Clear filter", "Shows everything again.", shown="esc", footer=False)
REFRESH = Command("refresh", "f5", "Look again", "Reads the records anew; this also happens by itself.", footer=False)
QUEUE: tuple[Command, ...] = (
    OPEN, APPROVE, REJECT, WITHDRAW, DEPLOY, CANCEL, ROLL_BACK, RETRY, MERGE, RECOVER, OPEN_FINDINGS, LOG, FILTER, SORT, CLEAR_FILTER, NEXT_TAB,
    PREVIOUS_TAB, REFRESH,
)  # fmt: skip
