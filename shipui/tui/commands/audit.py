"""The commands of the audit trail's screen."""

from __future__ import annotations

from shipui.tui.commands.command import Command
from shipui.tui.commands.lists import LISTS, OPEN_PROMOTION

OPEN = Command("open", "enter", "Details", "All that the entry holds.", shown="⏎")
VERIFY = Command(
    "verify", "v", "Verify",
    "Computes every entry's hash anew, and compares the trail with the file that is kept outside the database.",
)  # fmt: skip
SAME_PERSON = Command("same_person", "p", "Same person", "Only what this person did; again: everybody.")
SAME_SUBJECT = Command("same_subject", "s", "Same subject", "Only what was done to this one; again: to all.")
SAME_ACTION = Command("same_action", "a", "Same action", "Only this kind of action; again: all kinds.")
AUDIT: tuple[Command, ...] = (OPEN, VERIFY, SAME_PERSON, SAME_SUBJECT, SAME_ACTION, OPEN_PROMOTION, *LISTS)
