"""The places of the install that the palette and their keys lead to, said once. A screen is imported when somebody goes there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shipui.tui.commands.command import Command
from shipui.tui.commands.going import ORDER, going_to

if TYPE_CHECKING:
    from shipui.tui.screens.desk_screen import DeskScreen


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    title: str
    help: str
    """One sentence, for the palette and the help screen."""
    make: Callable[[], DeskScreen]


def _backups() -> DeskScreen:
    from shipui.tui.screens.backups import BackupsScreen

    return BackupsScreen()


def _audit() -> DeskScreen:
    from shipui.tui.screens.audit import AuditScreen

    return AuditScreen()


def _runs() -> DeskScreen:
    from shipui.tui.screens.runs import RunsScreen

    return RunsScreen()


def _findings() -> DeskScreen:
    from shipui.tui.screens.findings import FindingsScreen

    return FindingsScreen()


def _windows() -> DeskScreen:
    from shipui.tui.screens.windows import WindowsScreen

    return WindowsScreen()


def _inventory() -> DeskScreen:
    from shipui.tui.screens.inventory import InventoryScreen

    return InventoryScreen()


def _backlog() -> DeskScreen:
    from shipui.tui.screens.backlog import BacklogScreen

    return BacklogScreen()


def _ship() -> DeskScreen:
    from shipui.tui.screens.ship import ShipScreen

    return ShipScreen()


PLACES: tuple[Place, ...] = (
    Place("log", "Log", "The log of any run, of today or long ago.", _runs),
    Place("findings", "Findings", "What the gates found in the promotion that is chosen in the queue.", _findings),
    Place("ship", "Ship", "The builds that are ready, and the way to ship one by its ID.", _ship),
    Place(
        "windows",
        "Windows",
        "When changes may be deployed, and when not; an admin edits it there.",
        _windows,
    ),
    Place("inventory", "Inventory", "Every product, what of it runs in production, and since when.", _inventory),
    Place("backlog", "Backlog", "The epics: open until their build is deployed.", _backlog),
    Place("backups", "Backups", "The backups of production databases: verify one, or restore it by hand.", _backups),
    Place("audit", "Audit", "Who did what, when; and whether the trail is whole.", _audit),
)
"""In the order of the palette; the queue itself is home, and stands before them."""

QUEUE = going_to("queue", "Queue", "Every promotion, and what may be done with it: home.")
DEPLOYMENT = going_to(
    "deployment",
    "Deployment",
    "The run that is under way; else the last one of the chosen promotion, or of the install.",
)


def place_named(name: str) -> Place | None:
    return next((each for each in PLACES if each.name == name), None)


def going() -> list[Command]:
    """The way to each place as a command, in the palette's order; places of an unknown name come last."""
    found = [QUEUE, DEPLOYMENT, *(going_to(each.name, each.title, each.help) for each in PLACES)]
    return sorted(found, key=lambda each: ORDER.index(each.name) if each.name in ORDER else len(ORDER))
