"""The keys that lead to the places of the install, from every screen: digits, in the order in which the palette names them."""

from __future__ import annotations

from shipui.tui.commands.command import Command

ORDER = (
    "queue", "deployment", "log", "findings", "ship", "windows", "inventory", "backlog", "backups", "audit",
)  # fmt: skip
"""One digit each, from 1 to 9 and then 0. A place that is not among them has no key of its own."""


def key_of(place: str) -> str:
    """ "" when it has none."""
    return str((ORDER.index(place) + 1) % 10) if place in ORDER else ""


def going_to(place: str, title: str, help: str) -> Command:
    return Command(place, key_of(place), title, help, footer=False, action=f"go('{place}')")
