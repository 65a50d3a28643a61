"""Backups, as their screen needs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from shipui.limits.deadline import Deadline
from shipui.model.backup import Backup

if TYPE_CHECKING:
    from shipui.install import Installation


@dataclass(frozen=True, slots=True)
class BackupRow:
    backup: Backup
    missing: bool = False
    """The records say that its file is there, and it is not."""

    @property
    def gone(self) -> bool:
        return self.missing or self.backup.removed_at is not None


class Proof(Protocol):
    """What verifying a backup showed."""

    @property
    def ok(self) -> bool: ...
    @property
    def plain(self) -> str: ...
    @property
    def tables(self) -> dict[str, tuple[int, int]]: ...


class BackupsDesk(Protocol):
    """Every method may block, and raises ShipuiError."""

    def page(self, text: str, limit: int, after: Backup | None) -> Sequence[BackupRow]: ...
    def restore_commands(self, name: str) -> Sequence[str]: ...
    def verify(self, name: str, say: Callable[[str], None], deadline: Deadline) -> Proof: ...


class InstallBackups:
    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def page(self, text: str, limit: int, after: Backup | None) -> Sequence[BackupRow]:
        from shipui.actions.backups import listed

        person = self._installation.person
        found = listed(self._installation, person, text=text, limit=limit, after=after)
        return [BackupRow(each, each.removed_at is None and not Path(each.path).is_file()) for each in found]

    def restore_commands(self, name: str) -> Sequence[str]:
        from shipui.actions.backups import restore_commands

        return restore_commands(self._installation, self._installation.person, name)

    def verify(self, name: str, say: Callable[[str], None], deadline: Deadline) -> Proof:
        from shipui.actions.backups import verify

        return verify(self._installation, self._installation.person, name, say, deadline)
