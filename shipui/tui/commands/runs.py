"""The commands of the list of runs."""

from __future__ import annotations

from shipui.tui.commands.command import Command
from shipui.tui.commands.lists import LISTS

OPEN = Command("open", "enter", "Log", "Opens the run's log, from the first line to the last.", shown="⏎")
OPEN_RUN = Command("open_run", "o", "Run", "Opens the run: its steps, its outcome, what to do next.")
RUNS: tuple[Command, ...] = (OPEN, OPEN_RUN, *LISTS)
