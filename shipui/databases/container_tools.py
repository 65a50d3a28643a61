"""pg_dump, pg_restore and psql of the server's own container: how they reach the server from inside, and how files get to them.

A backup leaves the container as a stream, and is read from one. A restore needs a file: it is carried in, and loses its name before its
first byte is there, so that it goes with the process that reads it, whatever happens to either side.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.conninfo import make_conninfo

from shipui.databases.container import DatabaseContainer
from shipui.databases.container_room import folder_for
from shipui.databases.sessions import Server
from shipui.databases.tools import DUMP_ALWAYS, NEEDED, PSQL_ONCE, ByHand, Sent, version_said
from shipui.engine.connection import DEFAULT_ADDRESS
from shipui.limits.child import Finished
from shipui.limits.deadline import Deadline
from shipui.model.errors import NotReady, ToolFailed, Unreachable
from shipui.model.text import visible

_CUT_SHORT = 97
_CARRY_SCRIPT = (
    # Asked to end, it ends with its input, and none of its small helpers is left without a parent.
    'set -e; trap "" TERM; umask 077; f=$(mktemp "$1/shipui-XXXXXX"); exec 3<>"$f"; rm -f "$f"; cat >&3; '
    f'test "$(wc -c </proc/self/fd/3)" -eq "$2" || exit {_CUT_SHORT}; shift 2; trap - TERM; exec "$@" /proc/self/fd/3 </dev/null'
)
_VERSIONS_SCRIPT = 'for each in "$@"; do "$each" --version || exit; done'
_WHICH_SERVER = """
SELECT system_identifier || ' ' || extract(epoch FROM pg_catalog.pg_postmaster_start_time())::text FROM pg_catalog.pg_control_system()
"""
"""A copy of the data in another container has the same identifier, but was not started in the same microsecond."""


@dataclass(frozen=True, slots=True)
class ContainerTools:
    """Implements `Tools`."""

    container: DatabaseContainer
    folder: str
    """With a slash at its end; empty when they are found by the container's PATH."""
    version: tuple[int, int]
    inside: Mapping[str, str]
    """PGHOST and PGPORT of the server, seen from inside the container."""

    @property
    def words(self) -> str:
        return f"pg_dump {self.version[0]}.{self.version[1]}"

    @property
    def place(self) -> str:
        return self.container.words

    def dump(self, server: Server, path: Path, options: Sequence[str], deadline: Deadline) -> Finished:
        with path.open("wb") as output:
            return self.container.run(
                [f"{self.folder}pg_dump", *DUMP_ALWAYS, *options],
                deadline=deadline,
                environment=server.environment_elsewhere(server.database, self.inside),
                stdout=output,
            )

    def read(self, path: Path, options: Sequence[str], deadline: Deadline, *, into: Path | None = None) -> Finished:
        command = [f"{self.folder}pg_restore", *options]
        with ExitStack() as files:
            try:
                given = files.enter_context(path.open("rb", buffering=0))
            except OSError as error:
                return Finished(1, "", f"pg_restore: error: could not open {path}: {error.strerror}")
            output = files.enter_context(into.open("wb")) if into is not None else None
            return self.container.run(command, deadline=deadline, stdin=given, stdout=output, keep_all=True)

    def restore(
        self, server: Server, database: str, path: Path, options: Sequence[str], deadline: Deadline, sent: Sent
    ) -> Finished:
        command = [f"{self.folder}pg_restore", *options, f"--dbname={make_conninfo(dbname=database)}"]
        return self._carried(server, database, [path], command, deadline, sent)

    def run_scripts(
        self, server: Server, database: str, scripts: Sequence[Path], deadline: Deadline, sent: Sent
    ) -> Finished:
        return self._carried(server, database, scripts, [f"{self.folder}psql", *PSQL_ONCE, "-f"], deadline, sent)

    def _carried(
        self,
        server: Server,
        database: str,
        files: Sequence[Path],
        command: Sequence[str],
        deadline: Deadline,
        sent: Sent,
    ) -> Finished:
        """Run the command on these files as one; nothing runs unless all of it has arrived."""
        with _Files(files, sent) as given:
            folder = folder_for(self.container, given.size, deadline)
            ended = self.container.run(
                ["sh", "-c", _CARRY_SCRIPT, "sh", folder, str(given.size), *command],
                deadline=deadline,
                environment=server.environment_elsewhere(database, self.inside),
                stdin=io.BufferedReader(given),
            )
        if given.failure is not None or ended.code == _CUT_SHORT:
            detail = str(given.failure or ended.errors)
            raise ToolFailed(f"The backup did not get into {self.container.words} whole.", detail=detail)
        return ended


class _Files(io.RawIOBase):
    """Several files as one stream, counted. A failure to read ends the stream early, which the other side notices by its size."""

    def __init__(self, paths: Sequence[Path], sent: Sent) -> None:
        super().__init__()
        self.size = sum(path.stat().st_size for path in paths)
        self.failure: OSError | None = None
        self._sent = sent
        self._waiting = list(paths)
        self._open: io.FileIO | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            while self._open is not None or self._waiting:
                if self._open is None:
                    self._open = io.FileIO(self._waiting.pop(0))
                if count := self._open.readinto(buffer):
                    self._sent.bytes += count
                    return count
                self._open.close()
                self._open = None
        except OSError as error:
            self.failure = error
        return 0

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
        super().close()


class ContainerToolbox:
    """Implements `Toolbox`."""

    def __init__(self, container: DatabaseContainer, server: Server, folder: Path | None) -> None:
        self._container = container
        self._server = server
        self._folder = f"{folder}/" if folder is not None else ""
        self._version: tuple[int, int] | None = None
        self._inside: dict[str, str] | None = None

    def serving(self, server_version: int, deadline: Deadline) -> ContainerTools:
        """NotReady as well when the container is not the one in which the database runs."""
        major, version = server_version // 10000, self._look(deadline)
        if version[0] != major:
            raise NotReady(
                f"The production database is PostgreSQL {major}, and pg_dump in {self._container.words} is {version[0]}.{version[1]}.",
                fix="Is it the container of that database? If so, name the folder in it with the right programs as “tools”.",
            )
        if self._inside is None:
            self._inside = self._reach(deadline)
        return ContainerTools(self._container, self._folder, version, self._inside)

    def reading(self, deadline: Deadline) -> ContainerTools:
        return ContainerTools(self._container, self._folder, self._look(deadline), {})

    def by_hand(self, deadline: Deadline) -> ByHand:
        engine = self._container.engine.address
        elsewhere = [] if engine == DEFAULT_ADDRESS else ["-H", engine]
        inside = self._inside or {}
        parameters = {"host": inside.get("PGHOST", ""), "port": inside.get("PGPORT", ""), "user": self._server.user}
        return ByHand(
            ("docker", *elsewhere, "exec", "-i", "-e", "PGPASSWORD", self._container.name),
            self._folder,
            {name: value for name, value in parameters.items() if value},
            carries=True,
        )

    def _look(self, deadline: Deadline) -> tuple[int, int]:
        """The version of pg_dump, if all the tools can be run."""
        if self._version is None:
            programs = [f"{self._folder}{each}" for each in NEEDED]
            ended = self._container.run(["sh", "-c", _VERSIONS_SCRIPT, "sh", *programs], deadline=deadline)
            version = version_said(ended.output.partition("\n")[0])
            if ended.code != 0 or version is None:
                self._container.require_running(deadline)
                raise NotReady(
                    f"pg_dump, pg_restore and psql cannot be run in {self._container.words}.",
                    detail=ended.errors or ended.output,
                    fix="Use an image of PostgreSQL that has them and a shell, or name their folder in it as “tools”.",
                )
            self._version = version
        return self._version

    def _reach(self, deadline: Deadline) -> dict[str, str]:
        """How the server is reached from inside: by its socket, else by the loopback address. NotReady if it is another server."""
        with self._server.maintenance(deadline) as connection:
            rows = connection.execute(
                "SELECT name, setting FROM pg_settings WHERE name IN ('port', 'unix_socket_directories')"
            ).fetchall()
            known: dict[str, str] = dict(rows)
            row = connection.execute(_WHICH_SERVER).fetchone()
            database = connection.info.dbname
        assert row is not None
        sockets = [each.strip() for each in known.get("unix_socket_directories", "").split(",")]
        complaints: list[str] = []
        strangers = False
        for host in dict.fromkeys(["", *sockets, "127.0.0.1", "::1"]):
            inside = {"PGHOST": host, "PGPORT": known["port"]}
            ended = self._asked(database, inside, deadline)
            if ended.code == 0 and ended.output.strip() == row[0]:
                return inside
            strangers = strangers or ended.code == 0
            complaints.append(
                f"{host or 'socket'}: {self._server.masked(ended.errors.strip() or ended.output.strip())}"
            )
        self._container.require_running(deadline)
        if strangers:
            raise NotReady(
                f"The server in {self._container.words} is not the one that database.url leads to.",
                detail="\n".join(complaints),
                fix="Correct “container” or “url” in the target's database section.",
            )
        if any("the database system is " in each for each in complaints):
            raise Unreachable(
                f"The server in {self._container.words} is just starting or stopping.",
                detail="\n".join(complaints),
                fix="Try again in a moment.",
            )
        raise NotReady(
            f"The tools in {self._container.words} cannot connect to the server: {_last_reason(complaints)}.",
            detail="\n".join(complaints),
            fix="Is it the container of that database, and may the user of database.url log in from within (pg_hba.conf)?",
        )

    def _asked(self, database: str, inside: Mapping[str, str], deadline: Deadline) -> Finished:
        return self._container.run(
            [f"{self._folder}psql", "-XAtqw", "-c", _WHICH_SERVER.strip()],
            deadline=deadline,
            environment=self._server.environment_elsewhere(database, inside),
        )


def _last_reason(complaints: Sequence[str]) -> str:
    """Of several tries, in one line: what was said by whoever answered, else by the last."""
    reasons = [re.sub(r"^.*(?:FATAL|error): +", "", each, flags=re.DOTALL).strip() for each in complaints]
    answered = [reason for reason, each in zip(reasons, complaints, strict=True) if "FATAL" in each]
    return visible((answered or reasons)[-1].rstrip("."), limit=300)
