"""A production database in memory, for what a real one does not do on demand. It keeps the promises of `Database` that its users rely on."""

from __future__ import annotations

import copy
import hashlib
import json
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from shipui.databases.base import (
    BackupFacts,
    Copy,
    CopyUnavailable,
    Identity,
    Log,
    Marker,
    Progress,
    Restored,
    Session,
    Sibling,
    sibling_kind,
    sibling_name,
)
from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from shipui.model.errors import BackupDamaged, Failed

SERVER_VERSION = 180000
Tables = dict[str, list[str]]


@dataclass(slots=True)
class _Stored:
    oid: int
    tables: Tables
    open: bool = True


@dataclass(slots=True)
class FakeDatabase:
    name: str = "shop"
    no_copy: str = ""
    """Why no template copy can be made; empty: it can."""
    sessions: list[Session] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """The names of the methods, in the order in which they were called."""
    _stored: dict[str, _Stored] = field(default_factory=dict)
    _failures: dict[str, deque[Exception]] = field(default_factory=dict)
    _written: int = 0
    _next_oid: int = 16384

    def __post_init__(self) -> None:
        self._stored[self.name] = _Stored(self._oid(), {"public.notes": []})

    @property
    def tables(self) -> Tables:
        return self._stored[self.name].tables

    def write(self, text: str, table: str = "public.notes") -> None:
        """What the application does."""
        self.tables.setdefault(table, []).append(text)
        self._written += 1

    def fail(self, method: str, error: Exception) -> None:
        """The next call of `method` raises it, before anything is done."""
        self._failures.setdefault(method, deque()).append(error)

    def preflight(self, backups: Path, deadline: Deadline) -> list[Check]:
        self._called("preflight", deadline)
        return [Check("database reachable", True, f"The database {self.name} answers.")]

    def identity(self, deadline: Deadline) -> Identity:
        self._called("identity", deadline)
        return Identity("1", self._stored[self.name].oid, self.name, SERVER_VERSION, len(json.dumps(self.tables)))

    def marker(self, deadline: Deadline) -> Marker:
        self._called("marker", deadline)
        return self._marker()

    def back_up(self, path: Path, deadline: Deadline, progress: Progress, log: Log) -> BackupFacts:
        self._called("back_up", deadline)
        self._written += 1  # the rehearsal moves the marker, as it does on a real server
        marker = self._marker()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(json.dumps(self.tables), "utf-8")
        sha256, size = _read(path)
        progress(size, None, "bytes")
        identity = Identity("1", self._stored[self.name].oid, self.name, SERVER_VERSION, size)
        rows = {table: len(lines) for table, lines in self.tables.items()}
        return BackupFacts(
            path, sha256, size, datetime.now(UTC), SERVER_VERSION, "a fake", identity, {"owner": "shop"}, rows, marker
        )

    def prove(self, path: Path, sha256: str | None, deadline: Deadline) -> tuple[str, int]:
        self._called("prove", deadline)
        digest, size = _read(path)
        if size == 0 or sha256 not in {None, digest}:
            raise BackupDamaged(f"The backup {path.name} is not the file that was recorded.")
        return digest, size

    def verify(self, facts: BackupFacts, deadline: Deadline, log: Log) -> dict[str, tuple[int, int]]:
        self._called("verify", deadline)
        found: Tables = json.loads(facts.path.read_text("utf-8"))
        return {table: (rows, len(found.get(table, []))) for table, rows in facts.tables.items()}

    def quiesce(self, own: frozenset[str], patience_seconds: float, deadline: Deadline, log: Log) -> list[Session]:
        self._called("quiesce", deadline)
        self.sessions = [each for each in self.sessions if each.application not in own and each.user not in own]
        return list(self.sessions)

    def copy(self, name: str, deadline: Deadline, log: Log) -> tuple[Copy, Marker]:
        self._called("copy", deadline)
        if self.no_copy:
            raise CopyUnavailable(self.no_copy)
        self._stored[name] = _Stored(self._oid(), copy.deepcopy(self.tables), open=False)
        return Copy(name, self._stored[name].oid), self._marker()

    def restore_copy(self, copy: Copy, timestamp: str, deadline: Deadline, log: Log) -> Restored:
        self._called("restore_copy", deadline)
        incoming = self._stored.get(copy.name)
        if incoming is None or incoming.oid != copy.oid:
            raise Failed(f"The database {copy.name} is not there any more, or is another one.")
        del self._stored[copy.name]
        return self._swap(incoming, timestamp)

    def restore_dump(
        self, facts: BackupFacts, timestamp: str, deadline: Deadline, progress: Progress, log: Log
    ) -> Restored:
        self._called("restore_dump", deadline)
        digest, size = _read(facts.path)
        if digest != facts.sha256:
            raise BackupDamaged(f"The backup {facts.path.name} is not the file that was recorded.")
        progress(size, size, "bytes")
        return self._swap(_Stored(self._oid(), json.loads(facts.path.read_text("utf-8"))), timestamp)

    def allow_connections(self, deadline: Deadline) -> bool:
        self._called("allow_connections", deadline)
        was_closed = not self._stored[self.name].open
        self._stored[self.name].open = True
        return was_closed

    def end_leftovers(self, deadline: Deadline) -> int:
        self._called("end_leftovers", deadline)
        return 0

    def siblings(self) -> dict[str, int]:
        return {name: each.oid for name, each in self._stored.items() if sibling_kind(self.name, name)}

    def drop(self, name: str, oid: int) -> bool:
        if self.siblings().get(name) != oid:
            return False
        del self._stored[name]
        return True

    def copy_commands(self, copy: str) -> list[str]:
        return [f"adopt {copy}"]

    def restore_commands(self, path: Path) -> list[str]:
        return [f"pg_restore --exit-on-error -d {self.name} {path}"]

    def _called(self, method: str, deadline: Deadline) -> None:
        self.calls.append(method)
        deadline.check()
        if waiting := self._failures.get(method):
            raise waiting.popleft()

    def _marker(self) -> Marker:
        return Marker("1", self._stored[self.name].oid, f"{self._written}:{self._written}:", (), 0)

    def _oid(self) -> int:
        self._next_oid += 1
        return self._next_oid

    def _swap(self, incoming: _Stored, timestamp: str) -> Restored:
        aside = sibling_name(self.name, Sibling.FAILED, timestamp)
        self._stored[aside] = self._stored[self.name]
        self._stored[self.name] = incoming
        incoming.open = True
        self._written += 1
        return Restored(incoming.oid, aside)


def _read(path: Path) -> tuple[str, int]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BackupDamaged(f"The backup {path.name} cannot be read.", detail=str(error)) from error
    return hashlib.sha256(content).hexdigest(), len(content)
