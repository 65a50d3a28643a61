"""The commands of one run's log."""

from __future__ import annotations

from shipui.tui.commands.command import Command
from shipui.tui.commands.deployment import FOLLOW, JUMP_TO_END, JUMP_TO_START, NEXT_MATCH, PREVIOUS_MATCH, WRAP
from shipui.tui.commands.runs import OPEN_RUN

BACK = Command("back", "escape", "Back", "Stops a search; without one, goes back.", shown="esc")
SEARCH = Command(
    "search", "slash", "Search", "Finds text in the whole log; n goes to the next place, N to the one before.", shown="/"
)  # fmt: skip
COPY = Command(
    "copy_log", "y", "Copy", "Copies the lines in sight to your clipboard, over SSH too (OSC 52); text selected by mouse: ctrl+c."
)  # fmt: skip
COPY_ALL = Command("copy_all", "Y", "Copy all", "Copies the whole log, if it is not too long for that.", footer=False)


def _shown(command: Command) -> Command:
    """Here there is room for them in the footer."""
    return Command(
        command.name, command.key, command.title, command.help, shown=command.key.partition(",")[0], spare=True
    )


LOG: tuple[Command, ...] = (
    BACK, SEARCH, _shown(NEXT_MATCH), _shown(PREVIOUS_MATCH), FOLLOW, WRAP, JUMP_TO_START, JUMP_TO_END, OPEN_RUN, COPY, COPY_ALL,
)  # fmt: skip
