"""The commands of a run's screen, and all that can be done there."""

from __future__ import annotations

from shipui.tui.commands.command import Command
from shipui.tui.commands.promotions import CANCEL, RECOVER, RETRY, ROLL_BACK
from shipui.tui.commands.queue import LOG

BACK = Command("back", "escape", "Back", "Goes back to the queue; a run that is under way goes on.", shown="esc")
DETAIL = Command("detail", "d", "Detail", "The technical detail, and the commands for finishing by hand.")
COPY_COMMANDS = Command(
    "copy_commands", "c", "Copy commands",
    "Copies the commands that finish it by hand to your clipboard, over SSH too (OSC 52).", footer=False,
)  # fmt: skip
EARLIER_RUN = Command(
    "earlier_run",
    "left_square_bracket",
    "Earlier run",
    "Shows the run before this one of the same promotion.",
    shown="[",
    footer=False,
)
LATER_RUN = Command(
    "later_run",
    "right_square_bracket",
    "Later run",
    "Shows the run after this one of the same promotion.",
    shown="]",
    footer=False,
)
FOLLOW = Command("follow", "f", "Follow", "Keeps the newest line of the log in sight, or pauses.", footer=False)
WRAP = Command("wrap", "w", "Wrap", "Folds long lines of the log, or cuts them off.", footer=False)
SEARCH = Command(
    "search",
    "slash",
    "Search",
    "Finds text in the log; n goes to the next place, N to the one before.",
    shown="/",
    footer=False,
)
NEXT_MATCH = Command(
    "next_match", "n", "Next match", "Goes to the next place of the text that was searched.", footer=False
)
PREVIOUS_MATCH = Command(
    "previous_match", "N", "Previous match", "Goes to the place before of the text that was searched.", footer=False
)
JUMP_TO_END = Command("jump_to_end", "G,end", "Log end", "Jumps to the end of the log and follows it.", footer=False)
JUMP_TO_START = Command("jump_to_start", "g,home", "Log start", "Jumps to the beginning of the log.", footer=False)
COPY = Command(
    "copy_log", "y", "Copy log", "Copies the whole log to your clipboard, over SSH too (OSC 52).", footer=False
)
DEPLOYMENT: tuple[Command, ...] = (
    BACK, DETAIL, EARLIER_RUN, LATER_RUN, COPY_COMMANDS, CANCEL, ROLL_BACK, RETRY, RECOVER, LOG, FOLLOW, WRAP, SEARCH, NEXT_MATCH, PREVIOUS_MATCH,
    JUMP_TO_END, JUMP_TO_START, COPY,
)  # fmt: skip
