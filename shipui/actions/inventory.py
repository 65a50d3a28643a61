"""What the install ships, and what of it runs."""

from __future__ import annotations

from shipui.install import Installation
from shipui.model.inventory import BacklogEntry, Epic, InventoryEntry, ReadyBuild, Version
from shipui.model.roles import Person, Right
from shipui.records import builds, epics, products


def inventory(
    installation: Installation,
    person: Person,
    *,
    text: str = "",
    limit: int | None = None,
    after: InventoryEntry | None = None,
) -> list[InventoryEntry]:
    """Each product, by name, with what of it runs in production. `text` narrows them down, `after` pages on."""
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        return products.inventory(connection, text, limit, after)


def versions(
    installation: Installation,
    person: Person,
    product: str,
    *,
    text: str = "",
    limit: int | None = None,
    after: Version | None = None,
) -> list[Version]:
    """Of one product, the newest first. `text` narrows them down, `after` pages on."""
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        return products.versions(connection, product, text, limit, after)


def backlog(installation: Installation, person: Person) -> list[Epic]:
    """The epics, the open ones first."""
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        return sorted(epics.listed(connection), key=lambda epic: epic.closed_at is not None)


def backlog_entries(
    installation: Installation,
    person: Person,
    *,
    text: str = "",
    limit: int | None = None,
    after: BacklogEntry | None = None,
) -> list[BacklogEntry]:
    """The epics with what became of each, the open ones first. `text` narrows them down, `after` pages on."""
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        return epics.backlog(connection, text, limit, after)


def ready_builds(
    installation: Installation,
    person: Person,
    *,
    text: str = "",
    limit: int | None = None,
    after: ReadyBuild | None = None,
) -> list[ReadyBuild]:
    """Those that can be shipped, the newest first. `text` narrows them down, `after` pages on."""
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        return builds.ready(connection, text, limit, after)
