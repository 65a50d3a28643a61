"""The commands of the findings' screen."""

from __future__ import annotations

from shipui.model.roles import Right
from shipui.tui.commands.command import Command

ACKNOWLEDGE = Command(
    "acknowledge",
    "a",
    "Accept",
    "Says that what is found is true and may stay, with the reason.",
    Right.GIVE_DISPOSITION,
)
FALSE_POSITIVE = Command(
    "false_positive",
    "f",
    "False positive",
    "Says that it is no finding at all, with the reason.",
    Right.GIVE_DISPOSITION,
)
REOPEN = Command(
    "reopen", "r", "Reopen", "Takes back what was said of it: it counts again.", Right.GIVE_DISPOSITION, spare=True
)
SAYING = (ACKNOWLEDGE, FALSE_POSITIVE, REOPEN)
READ = Command("read", "enter", "Read", "Gives the finding the whole screen, or only its place.", shown="⏎")
MARK = Command("mark", "space", "Mark", "Marks it, so that several are settled at once.", shown="spc")
MARK_ALL = Command("mark_all", "asterisk", "Mark all", "Marks all that are shown, or none.", shown="*", footer=False)
NEXT_OPEN = Command("next_open", "n,right_square_bracket", "Next", "Goes to the next one that is not reviewed.")
PREVIOUS_OPEN = Command(
    "previous_open", "N,left_square_bracket", "Previous", "Goes to the one before that is not reviewed.", footer=False
)
FILTER = Command("filter", "slash", "Filter", "Narrows the list down as you type; Escape clears it.", shown="/")
NEXT_GATE = Command("next_gate", "right", "Next gate", "Shows what the next gate found.", shown="→", footer=False)
PREVIOUS_GATE = Command(
    "previous_gate", "left", "Previous gate", "Shows what the gate before found.", shown="←", footer=False
)
SEVERITY = Command("severity", "s", "Severity", "Shows what blocks only, then each severity by itself, then all.")
SEEN = Command("seen", "u", "Unreviewed", "Shows what is not reviewed only, then what is, then all.")
ORDER = Command("order", "o", "Order", "Groups them by severity, by file, or by gate.", spare=True)
THIS_FILE = Command("this_file", "p", "This file", "Shows the findings of this file only, or of all.", footer=False)
COMPARE = Command(
    "compare",
    "d",
    "Compare",
    "Against the gates' run before: shows what is new, what is gone, what is the same, then all.",
)
SHOW_ALL = Command("show_all", "x", "Show all", "Takes every filter away.", footer=False)
COPY = Command(
    "copy_place", "c", "Copy place", "Copies the file and line to your clipboard, over SSH too (OSC 52).", spare=True
)
EXPORT = Command("export", "e", "Export", "Writes all findings to files: SARIF and Markdown.", spare=True)
BACK = Command("back", "escape", "Back", "Goes back to the list, then to where you came from.", shown="esc")
FINDINGS: tuple[Command, ...] = (
    READ, ACKNOWLEDGE, FALSE_POSITIVE, REOPEN, MARK, MARK_ALL, NEXT_OPEN, PREVIOUS_OPEN, FILTER, SEVERITY, SEEN, NEXT_GATE, PREVIOUS_GATE,
    ORDER, THIS_FILE, COMPARE, SHOW_ALL, COPY, EXPORT, BACK,
)  # fmt: skip
