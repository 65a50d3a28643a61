"""pg_dump, pg_restore and psql of this machine: which of those installed to use, and how they are run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo

from shipui.databases.sessions import Server
from shipui.databases.tools import DUMP_ALWAYS, NEEDED, PSQL_ONCE, ByHand, Sent, version_said
from shipui.limits.child import Finished, run_child
from shipui.limits.deadline import Deadline
from shipui.model.errors import NotReady, ToolFailed
from shipui.model.text import listed

_INSTALLED = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")


@dataclass(frozen=True, slots=True)
class InstalledTools:
    """A folder with pg_dump, pg_restore and psql of one version. Implements `Tools`."""

    folder: Path
    version: tuple[int, int]

    @property
    def words(self) -> str:
        return f"pg_dump {self.version[0]}.{self.version[1]}"

    @property
    def place(self) -> str:
        return str(self.folder)

    def dump(self, server: Server, path: Path, options: Sequence[str], deadline: Deadline) -> Finished:
        # Flushing is done by the caller, with the file's folder.
        arguments = [str(self.folder / "pg_dump"), *DUMP_ALWAYS, "--no-sync", *options, f"--file={path}"]
        return run_child(arguments, deadline=deadline, environment=server.environment(server.database))

    def read(self, path: Path, options: Sequence[str], deadline: Deadline, *, into: Path | None = None) -> Finished:
        arguments = [str(self.folder / "pg_restore"), *options, str(path)]
        if into is None:
            return run_child(arguments, deadline=deadline, keep_all=True)
        with into.open("wb") as output:
            return run_child(arguments, deadline=deadline, stdout=output)

    def restore(
        self, server: Server, database: str, path: Path, options: Sequence[str], deadline: Deadline, sent: Sent
    ) -> Finished:
        connection = f"--dbname={make_conninfo(dbname=database)}"
        arguments = [str(self.folder / "pg_restore"), *options, connection, str(path)]
        return run_child(arguments, deadline=deadline, environment=server.environment(database))

    def run_scripts(
        self, server: Server, database: str, scripts: Sequence[Path], deadline: Deadline, sent: Sent
    ) -> Finished:
        arguments: list[str | Path] = [self.folder / "psql", *PSQL_ONCE]
        for script in scripts:
            arguments += ["-f", script]
        return run_child(arguments, deadline=deadline, environment=server.environment(database))


class InstalledToolbox:
    """Implements `Toolbox`."""

    def __init__(self, server: Server, folder: Path | None, extra: Sequence[Path]) -> None:
        self._server = server
        self._folder = folder
        self._extra = tuple(extra)
        self._found: list[InstalledTools] | None = None
        self._chosen: InstalledTools | None = None

    def serving(self, server_version: int, deadline: Deadline) -> InstalledTools:
        """The newest of the server's major version."""
        major = server_version // 10000
        found = self._look(deadline)
        fitting = [each for each in found if each.version[0] == major]
        if fitting:
            self._chosen = fitting[0]
            return fitting[0]
        raise NotReady(
            f"The production database is PostgreSQL {major}, and backups of it need pg_dump and pg_restore {major}; {_there_is(found)}.",
            detail=f"looked in {self._folder or 'the folders given, ' + ', '.join(_INSTALLED) + ' and PATH'}",
            fix=f"Install postgresql-client-{major} (with psql), or name its folder as “tools” in the target's database section.",
        )

    def reading(self, deadline: Deadline) -> InstalledTools:
        """The newest of all: it reads every backup."""
        found = self._look(deadline)
        if not found:
            raise NotReady(
                "No pg_restore was found on this machine, so a backup cannot be read.",
                fix="Install the client tools of PostgreSQL, or name their folder as “tools” in the target's database section.",
            )
        return found[0]

    def by_hand(self, deadline: Deadline) -> ByHand:
        tools = self._chosen or self.reading(deadline)
        return ByHand((), f"{tools.folder}/", self._server.shown_parameters, carries=False)

    def _look(self, deadline: Deadline) -> list[InstalledTools]:
        """Newest first; of equal ones the folders given come first."""
        if self._found is None:
            versions = [(folder, _version(folder, deadline)) for folder in self._folders()]
            found = [InstalledTools(folder, version) for folder, version in versions if version is not None]
            self._found = sorted(found, key=lambda each: each.version, reverse=True)
        return self._found

    def _folders(self) -> list[Path]:
        if self._folder is not None:
            return [self._folder]
        root = Path("/")
        installed = [folder for pattern in _INSTALLED for folder in sorted(root.glob(pattern[1:]))]
        path = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each]
        return list(dict.fromkeys([*self._extra, *installed, *path]))


def _version(folder: Path, deadline: Deadline) -> tuple[int, int] | None:
    if not all(os.access(folder / each, os.X_OK) for each in NEEDED):
        return None
    try:
        return version_said(run_child([folder / "pg_dump", "--version"], deadline=deadline).output)
    except ToolFailed:
        return None


def _there_is(found: Sequence[InstalledTools]) -> str:
    if not found:
        return "none were found here"
    return "here there is " + listed([f"{each.version[0]}.{each.version[1]} in {each.folder}" for each in found])
