"""What the pipeline asks of the production database: a proved backup, proof of change, a quick copy, and the way back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from shipui.model.text import visible

NAME_BYTES = 63
"""As long as PostgreSQL lets a name be."""

Log = Callable[[str], None]
Progress = Callable[[int, int | None, str], None]
"""Done, total (None: not known), unit. Called from a thread of the database's own."""


class Sibling(StrEnum):
    """What shipui makes beside the production database, in the same server."""

    CUTOVER = "cutover"
    RESTORE = "restore"
    FAILED = "failed"
    REHEARSAL = "rehearsal"
    VERIFY = "verify"


def sibling_name(database: str, kind: Sibling, timestamp: str) -> str:
    """NAME_KIND_YYYYMMDDHHMMSS; a long NAME is cut, and told apart by eight characters of its SHA-256."""
    if not re.fullmatch(r"[0-9]{14}", timestamp, re.ASCII):
        raise ValueError(f"{timestamp!r} is not YYYYMMDDHHMMSS")
    return _sibling_stem(database, kind) + timestamp


def sibling_kind(database: str, candidate: str) -> Sibling | None:
    """What `candidate` is to `database`, if it has exactly a name that `sibling_name` gives."""
    for kind in Sibling:
        stem = _sibling_stem(database, kind)
        if candidate.startswith(stem) and re.fullmatch(r"[0-9]{14}", candidate[len(stem) :], re.ASCII):
            return kind
    return None


def _sibling_stem(database: str, kind: Sibling) -> str:
    room = NAME_BYTES - len(f"_{kind}_") - 14
    encoded = database.encode()
    if len(encoded) <= room:
        return f"{database}_{kind}_"
    digest = hashlib.sha256(encoded).hexdigest()[:8]
    return f"{encoded[: room - 9].decode(errors='ignore')}-{digest}_{kind}_"


@dataclass(frozen=True, slots=True)
class Identity:
    system_identifier: str
    oid: int
    name: str
    server_version: int
    """As `server_version_num`: 150004."""
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Marker:
    """Equal markers without prepared transactions prove that nothing was written in between; anything else means "changed"."""

    system_identifier: str
    oid: int
    snapshot: str
    """pg_current_snapshot()::text"""
    sequences: tuple[tuple[str, int | None], ...]
    """Every sequence's qualified name and last value, in order."""
    prepared: int

    def proves_unchanged_since(self, earlier: Marker) -> bool:
        return self == earlier and self.prepared == 0

    def as_json(self) -> dict[str, Any]:
        return {
            "system_identifier": self.system_identifier,
            "oid": self.oid,
            "snapshot": self.snapshot,
            "sequences": [list(each) for each in self.sequences],
            "prepared": self.prepared,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Marker:
        return cls(
            data["system_identifier"],
            data["oid"],
            data["snapshot"],
            tuple((name, value) for name, value in data["sequences"]),
            data["prepared"],
        )


@dataclass(frozen=True, slots=True)
class Session:
    pid: int
    user: str
    application: str
    address: str
    state: str
    since: datetime | None

    @property
    def words(self) -> str:
        """For the operator: "reporting (user cron, from 10.0.0.7, pid 4711)"."""
        named = visible(self.application, limit=80) or "a client without a name"
        return f"{named} (user {visible(self.user)}, {self.address or 'local'}, pid {self.pid})"


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """A backup file that was read in full, and what it is a backup of. `properties` and `tables` are JSON."""

    path: Path
    sha256: str
    size: int
    made_at: datetime
    server_version: int
    tool: str
    identity: Identity
    properties: dict[str, Any] = field(default_factory=dict)
    """Owner, encoding, locale, ACL, settings per database and per role, connection limit, comment."""
    tables: dict[str, int] = field(default_factory=dict)
    """Rows per table, counted in the very snapshot that was dumped."""
    marker: Marker | None = None
    """Read just before the dump, and after the rehearsal, which moves it: the one to compare with at cut-over."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A template copy in the same server, made at cut-over."""

    name: str
    oid: int


@dataclass(frozen=True, slots=True)
class Restored:
    oid: int
    """Of the database that now has the name."""
    set_aside: str
    """Where what was there before is kept, until its retention ends."""
    warnings: tuple[str, ...] = ()


class CopyUnavailable(Exception):
    """No template copy can be made here; the text says why. The caller dumps instead."""


class Database(Protocol):
    """One production database. Each instance belongs to one run: its sessions carry `application_name = shipui/RUN/EPOCH`.

    Errors: Unreachable, ToolFailed, BackupDamaged, NoSpace; Cancelled and TimeLimitPassed from the deadline. A deadline without
    limit still ends a restore that makes no progress.
    """

    name: str

    def preflight(self, backups: Path, deadline: Deadline) -> list[Check]:
        """Reachable, tools that match, rights by rehearsal, prepared transactions, slots, room for a dump in `backups`. Touches nothing."""
        ...

    def identity(self, deadline: Deadline) -> Identity: ...

    def marker(self, deadline: Deadline) -> Marker: ...

    def back_up(self, path: Path, deadline: Deadline, progress: Progress, log: Log) -> BackupFacts:
        """Rehearse the restore; dump to `path` (0600, through a temporary name beside it, fsynced); prove it from the final file.

        The marker to compare with later is the one in the facts: the rehearsal makes a database, which moves the marker.
        """
        ...

    def prove(self, path: Path, sha256: str | None, deadline: Deadline) -> tuple[str, int]:
        """Read the whole file with pg_restore; its SHA-256 and size. BackupDamaged if it is not whole, or not that file."""
        ...

    def verify(self, facts: BackupFacts, deadline: Deadline, log: Log) -> dict[str, tuple[int, int]]:
        """Restore into a scratch database, which is dropped again: rows per table, recorded and found."""
        ...

    def quiesce(self, own: frozenset[str], patience_seconds: float, deadline: Deadline, log: Log) -> list[Session]:
        """Wait until no client session is on the database; after `patience_seconds` end those whose application or user name is in `own`.

        Returns the sessions of others that remain (an empty list: it is quiet).
        """
        ...

    def copy(self, name: str, deadline: Deadline, log: Log) -> tuple[Copy, Marker]:
        """A template copy called `name`, and the marker of the source right after it. CopyUnavailable says why not."""
        ...

    def restore_copy(self, copy: Copy, timestamp: str, deadline: Deadline, log: Log) -> Restored:
        """The copy takes the database's name; what was there becomes NAME_failed_TIMESTAMP. Owner, grants and settings as they were."""
        ...

    def restore_dump(
        self, facts: BackupFacts, timestamp: str, deadline: Deadline, progress: Progress, log: Log
    ) -> Restored:
        """The same from a file, by way of NAME_restore_TIMESTAMP, which is proved before the names change."""
        ...

    def allow_connections(self, deadline: Deadline) -> bool:
        """For recovery: a run that was killed while it copied or restored may have left the database closed to everyone.

        True if it was closed and is open now. Nothing else is changed.
        """
        ...

    def end_leftovers(self, deadline: Deadline) -> int:
        """For recovery: end what a run of this ID that was killed left running in the database's container; how many processes.

        What it left running on this machine is ended elsewhere.
        """
        ...

    def siblings(self) -> dict[str, int]:
        """Databases that shipui made beside this one (copies, restores, set aside): name to OID."""
        ...

    def drop(self, name: str, oid: int) -> bool:
        """Drop a sibling, if it still has that OID; False if there is none such."""
        ...

    def copy_commands(self, copy: str) -> list[str]:
        """How a person puts a cut-over copy in the database's place by hand, without shipui. No password in them."""
        ...

    def restore_commands(self, path: Path) -> list[str]:
        """How a person restores that file by hand, without shipui. No password in them."""
        ...
