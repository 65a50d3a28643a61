"""What the install ships, and what of it runs."""

from __future__ import annotations

from shipui.install import Installation
from shipui.model.inventory import Epic, InventoryEntry
from shipui.model.roles import Person, Right
from shipui.records import epics, products


def inventory(installation: Installation, person: Person) -> list[InventoryEntry]:
    """Each product with what of it runs in production."""
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        return products.inventory(connection)


def backlog(installation: Installation, person: Person) -> list[Epic]:
    """The epics, the open ones first."""
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        return sorted(epics.listed(connection), key=lambda epic: epic.closed_at is not None)
