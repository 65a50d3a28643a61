"""The production database: a PostgreSQL 14 or newer, reached by URL. Each method is one line of work; the work is in the files beside."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from shipui.databases import archive, by_hand, copy, dump, in_place, preflight, restore, scratch, sessions, swap
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
    sibling_kind,
)
from shipui.databases.container import DatabaseContainer
from shipui.databases.container_tools import ContainerToolbox
from shipui.databases.installed_tools import InstalledToolbox
from shipui.databases.marker import read_identity, read_marker
from shipui.databases.tools import Toolbox, Tools
from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from shipui.model.errors import BackupDamaged, Unreachable

_QUICK_SECONDS = 30.0
"""For the questions that come without a deadline."""
_DROP_SECONDS = 300.0
"""A large database has many files to remove."""


class PostgresDatabase:
    """Implements `Database`. Making one connects to nothing."""

    def __init__(
        self,
        url: str,
        *,
        application_name: str,
        tools: Path | None = None,
        extra_tool_folders: Sequence[Path] = (),
        jobs: int = 2,
        restore: Literal["new_database", "in_place"] = "new_database",
        engine: Engine | None = None,
        container: str = "",
    ) -> None:
        """With `container` the tools are those of that container, and `tools` is a folder in it.

        A URL that names no host, or this container, then leads to the server in it.
        """
        self._container = DatabaseContainer(engine or Engine(), container, application_name) if container else None
        self._server = sessions.Server(url, application_name)
        self._toolbox: Toolbox = InstalledToolbox(self._server, tools, extra_tool_folders)
        if self._container is not None:
            if self._server.host in {"", container}:
                self._server = sessions.Server(url, application_name, self._container.address)
            self._toolbox = ContainerToolbox(self._container, self._server, tools)
        self._jobs = jobs
        self._in_place = restore == "in_place"
        self.name = self._server.database

    def preflight(self, backups: Path, deadline: Deadline) -> list[Check]:
        return preflight.preflight(self._server, self._toolbox, self._container, backups, self._in_place, deadline)

    def identity(self, deadline: Deadline) -> Identity:
        with self._server.connect(deadline) as connection:
            return read_identity(connection)

    def marker(self, deadline: Deadline) -> Marker:
        with self._server.connect(deadline) as connection:
            return read_marker(connection)

    def back_up(self, path: Path, deadline: Deadline, progress: Progress, log: Log) -> BackupFacts:
        return dump.back_up(
            self._server,
            self._tools(deadline),
            path,
            deadline,
            progress,
            log,
            jobs=self._jobs,
            rehearsed=not self._in_place,
        )

    def prove(self, path: Path, sha256: str | None, deadline: Deadline) -> tuple[str, int]:
        return archive.prove(path, sha256, self._toolbox.reading(deadline), deadline)

    def verify(self, facts: BackupFacts, deadline: Deadline, log: Log) -> dict[str, tuple[int, int]]:
        return scratch.verify(self._server, self._tools(deadline), facts, deadline, self._jobs, log)

    def quiesce(self, own: frozenset[str], patience_seconds: float, deadline: Deadline, log: Log) -> list[Session]:
        with self._server.connect(deadline) as connection:
            return sessions.quiesce(connection, self.name, own, patience_seconds, deadline, log)

    def copy(self, name: str, deadline: Deadline, log: Log) -> tuple[Copy, Marker]:
        if self._in_place:
            raise CopyUnavailable("restores are set to be done in place")
        return copy.copy_database(self._server, name, deadline, log)

    def restore_copy(self, copy: Copy, timestamp: str, deadline: Deadline, log: Log) -> Restored:
        return restore.restore_copy(self._server, copy, timestamp, deadline, log)

    def restore_dump(
        self, facts: BackupFacts, timestamp: str, deadline: Deadline, progress: Progress, log: Log
    ) -> Restored:
        tools = self._tools(deadline)
        if self._in_place:
            return in_place.restore_dump(self._server, tools, facts, timestamp, deadline, progress, log)
        return restore.restore_dump(self._server, tools, facts, timestamp, deadline, progress, log, jobs=self._jobs)

    def allow_connections(self, deadline: Deadline) -> bool:
        with self._server.maintenance(deadline) as connection:
            return swap.open_again(connection, self.name)

    def end_leftovers(self, deadline: Deadline) -> int:
        if self._container is None:
            return 0
        return self._container.end_marked(self._server.application_name.rpartition("/")[0] + "/", deadline)

    def siblings(self) -> dict[str, int]:
        with self._server.maintenance(Deadline(_QUICK_SECONDS)) as connection:
            rows = connection.execute("SELECT datname::text, oid::bigint FROM pg_database ORDER BY 1").fetchall()
        return {name: oid for name, oid in rows if sibling_kind(self.name, name) is not None}

    def drop(self, name: str, oid: int) -> bool:
        if self.siblings().get(name) != oid:
            return False
        scratch.drop_database(self._server, name, Deadline(_DROP_SECONDS))
        return True

    def restore_commands(self, path: Path) -> list[str]:
        deadline = Deadline(_QUICK_SECONDS)
        try:
            creation = archive.read_creation(path, self._tools_or_newest(deadline), deadline)
        except (BackupDamaged, Unreachable):
            # Shown when things are bad: the file may be on its way back from another disk, and the container be down.
            creation = archive.Creation("WITH TEMPLATE = template0", self._server.user)
        shell = self._shell(deadline)
        return by_hand.restore_commands(shell, path, creation, scratch.now_stamp(), self._jobs)

    def copy_commands(self, copy: str) -> list[str]:
        deadline = Deadline(_QUICK_SECONDS)
        with contextlib.suppress(Unreachable):
            self._tools(deadline)
        return by_hand.copy_commands(self._shell(deadline), copy, scratch.now_stamp())

    def _shell(self, deadline: Deadline) -> by_hand.Shell:
        return by_hand.Shell(self._server, self._toolbox.by_hand(deadline), self._maintenance(deadline))

    def _tools(self, deadline: Deadline) -> Tools:
        try:
            with self._server.connect(deadline) as connection:
                version = connection.info.server_version
        except Unreachable:
            # A restore has to be possible as well when the database is closed, or gone.
            with self._server.maintenance(deadline) as connection:
                version = connection.info.server_version
        return self._toolbox.serving(version, deadline)

    def _tools_or_newest(self, deadline: Deadline) -> Tools:
        """The commands are shown just when things are bad: without the server too."""
        try:
            return self._tools(deadline)
        except Unreachable:
            return self._toolbox.reading(deadline)

    def _maintenance(self, deadline: Deadline) -> str:
        try:
            return self._server.maintenance_database(deadline)
        except Unreachable:
            return "postgres" if self.name != "postgres" else "template1"
