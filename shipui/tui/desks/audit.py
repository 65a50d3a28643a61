"""The audit trail, as its screen needs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from shipui.records.audit import AuditEntry, Sought

if TYPE_CHECKING:
    from shipui.install import Installation


class AuditDesk(Protocol):
    """Every method may block, and raises ShipuiError."""

    def page(self, sought: Sought, limit: int, before: int | None) -> Sequence[AuditEntry]:
        """The newest first; `before` is the number of the last entry of the page before."""
        ...

    def verify(self) -> Sequence[str]:
        """What is wrong with the whole trail, compared with the file outside the database; nothing when it is whole."""
        ...


class InstallAudit:
    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def page(self, sought: Sought, limit: int, before: int | None) -> Sequence[AuditEntry]:
        from shipui.actions.audit import search

        return search(self._installation, self._installation.person, sought, limit=limit, before=before)

    def verify(self) -> Sequence[str]:
        from shipui.actions.audit import verify

        return verify(self._installation, self._installation.person)
