"""The commands of the list of runs, and of one run's log."""

from __future__ import annotations

from shipui.tui.commands.command import Command
from shipui.tui.commands.deployment import FOLLOW, JUMP_TO_END, JUMP_TO_START, NEXT_MATCH, PREVIOUS_MATCH, WRAP
from shipui.tui.commands.lists import LISTS

OPEN = Command("open", "enter", "Log", "Opens the run's log, from the first line to the last.", shown="⏎")
OPEN_RUN = Command("open_run", "o", "Run", "Opens the run: its steps, its outcome, what to do next.")
RUNS: tuple[Command, ...] = (OPEN, OPEN_RUN, *LISTS)

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
    BACK, SEARCH, _shown(NEXT_MATCH), _shown(PREVIOUS_MATCH), _shown(FOLLOW), _shown(WRAP), _shown(JUMP_TO_START),
    _shown(JUMP_TO_END), OPEN_RUN, COPY, COPY_ALL,
)  # fmt: skip
