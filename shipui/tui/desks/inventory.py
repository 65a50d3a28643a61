"""Products, their versions and the backlog, as their screens need them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from shipui.model.inventory import BacklogEntry, InventoryEntry, Version

if TYPE_CHECKING:
    from shipui.install import Installation


class InventoryDesk(Protocol):
    """Every method may block, and raises ShipuiError."""

    def products(self, text: str, limit: int, after: InventoryEntry | None) -> Sequence[InventoryEntry]: ...
    def versions(self, product: str, text: str, limit: int, after: Version | None) -> Sequence[Version]: ...
    def backlog(self, text: str, limit: int, after: BacklogEntry | None) -> Sequence[BacklogEntry]: ...


class InstallInventory:
    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def products(self, text: str, limit: int, after: InventoryEntry | None) -> Sequence[InventoryEntry]:
        from shipui.actions.inventory import inventory

        return inventory(self._installation, self._installation.person, text=text, limit=limit, after=after)

    def versions(self, product: str, text: str, limit: int, after: Version | None) -> Sequence[Version]:
        from shipui.actions.inventory import versions

        return versions(self._installation, self._installation.person, product, text=text, limit=limit, after=after)

    def backlog(self, text: str, limit: int, after: BacklogEntry | None) -> Sequence[BacklogEntry]:
        from shipui.actions.inventory import backlog_entries

        return backlog_entries(self._installation, self._installation.person, text=text, limit=limit, after=after)
