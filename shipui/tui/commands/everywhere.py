"""What every screen has."""

from __future__ import annotations

from shipui.tui.commands.command import Command

HELP = Command("help", "question_mark", "Help", "What can be done on this screen, and what not, and why.", shown="?")
PALETTE = Command(
    "command_palette", "ctrl+p", "Go to", "Every place and every command by name.", shown="0-9 ^p", takes_over=True
)
THEME = Command(
    "next_theme", "f2", "Light or dark", "Changes the colours: dark, light, or the terminal's own.", footer=False
)
LEAVE = Command(
    "leave",
    "ctrl+q",
    "Leave",
    "Leaves at once; asks first while a run of yours is under way.",
    shown="^q",
    takes_over=True,
)
EVERYWHERE: tuple[Command, ...] = (HELP, PALETTE, THEME, LEAVE)
