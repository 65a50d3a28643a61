"""The commands of the place where builds are shipped from."""

from __future__ import annotations

from shipui.model.roles import Right
from shipui.tui.commands.command import Command
from shipui.tui.commands.lists import LISTS, OPEN_PROMOTION

SHIP_NEW = Command(
    "ship_new", "n", "Ship a build", "Ships a build by its ID: six steps, to a promotion that waits for approval.", Right.SHIP
)  # fmt: skip
SHIP_AGAIN = Command(
    "open", "enter", "Ship again", "Ships the chosen build: with newer content, or on from where it stopped.",
    Right.SHIP, shown="⏎",
)  # fmt: skip
SHIP: tuple[Command, ...] = (SHIP_AGAIN, SHIP_NEW, OPEN_PROMOTION, *LISTS)
