"""A Postgres server of shipui's own, from the programs of the `embedded` extra. It is a daemon: it outlives the process that started it.

Whoever can enter its socket folder (mode 0700) is let in as any role; there is no network address. All its data is in one folder:

    DATA_FOLDER/            0700, of the account that runs it
        cluster/            Postgres's own data directory
        log/                the server's log, one file for each day of the week
        socket/             unless the path is too long for a socket: then /tmp/shipui-UID-HASH
        lock                held while somebody starts or stops it
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shlex
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from shipui.databases.embedded_binaries import MAJOR, Binaries, find_binaries, reachable_binaries
from shipui.databases.server_account import Account, private_folder, server_account
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Refused, ToolFailed, Unreachable

SUPERUSER = "shipui_owner"
DATABASE = "shipui"
PORT = 5432
_SOCKET_BYTES = 100
_START_SECONDS = 60.0
_ORPHAN_SECONDS = 15.0
_PASSING = (
    "starting up",
    "not yet accepting",
    "in recovery mode",
    "server closed the connection",
    "terminating connection",
)
"""What a server says that starts, or that recovers from a crash: moments later it lets clients in."""
_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_directory": "../log",
    # Seven files, each begun anew after a week: the log cannot grow for ever.
    "log_filename": "postgres-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_line_prefix": "%m [%p] %q%a %u@%d ",
    # Statements may carry what a person typed; only their errors are logged.
    "log_min_error_statement": "panic",
}


class EmbeddedServer:
    """One server and its data folder. Objects are cheap and share nothing: any process may start, use and stop the same server."""

    def __init__(
        self,
        data_folder: Path,
        *,
        socket_folder: Path | None = None,
        os_user: str | None = None,
        superuser: str = SUPERUSER,
        databases: tuple[str, ...] = (DATABASE,),
    ) -> None:
        self.data_folder = data_folder.absolute()
        self.superuser = superuser
        self.databases = databases
        self.account: Account = server_account(os_user)
        self.socket_folder = self._fitting(socket_folder or self.data_folder / "socket")
        self.binaries_found: Binaries = find_binaries()
        _require_plain(self.data_folder)
        _require_plain(self.binaries_found.site)

    @property
    def binaries(self) -> Path:
        """The folder with pg_dump, pg_restore and psql of the server's version."""
        return self.binaries_found.folder

    def url(self, database: str = DATABASE, user: str | None = None) -> str:
        """postgresql://user@/database?host=/socket/folder"""
        query = urlencode({"host": str(self.socket_folder), "port": PORT}, quote_via=quote)
        return f"postgresql://{quote(user or self.superuser, safe='')}@/{quote(database, safe='')}?{query}"

    def running(self) -> bool:
        """Whether a server answers on the socket; the folder is private, so it is this one."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(2)
            try:
                probe.connect(str(self.socket_folder / f".s.PGSQL.{PORT}"))
            except OSError:
                return False
            return True

    def start(self, deadline: Deadline) -> None:
        """Make what is missing, start the server unless it runs, and return when it lets clients in.

        Refused when the folders are not usable, ToolFailed with the end of the server's log when it does not start.
        """
        private_folder(self.data_folder, self.account, deadline)
        private_folder(self.socket_folder, self.account, deadline)
        with self._locked(deadline):
            while not self._ready(deadline):
                programs = reachable_binaries(self.binaries_found, self.data_folder.parent, self.account, deadline)
                self._make_cluster(programs, deadline)
                self._launch(programs, deadline)
            self._make_databases()

    def stop(self, deadline: Deadline) -> None:
        """End it, and every session on it, cleanly; does nothing when it does not run."""
        if not self.data_folder.is_dir():
            return
        with self._locked(deadline):
            if not (self._cluster / "postmaster.pid").exists():
                return
            programs = reachable_binaries(self.binaries_found, self.data_folder.parent, self.account, deadline)
            seconds = str(int(deadline.part(_START_SECONDS)) + 1)
            ended = self.account.run(
                [programs.program("pg_ctl"), "stop", "-D", str(self._cluster), "-m", "fast", "-w", "-t", seconds],
                deadline,
            )
            if ended.code != 0 and self.running():
                raise ToolFailed(
                    "The embedded database did not stop.",
                    detail=f"{ended.output}\n{ended.errors}".strip(),
                    fix=f"The server's log is in {self.data_folder / 'log'}.",
                )

    @property
    def _cluster(self) -> Path:
        return self.data_folder / "cluster"

    def _fitting(self, wanted: Path) -> Path:
        """The folder, or a short one that is the same for every process that asks for this data folder.

        Not below XDG_RUNTIME_DIR: that is emptied when its owner logs out, and is set in one process and not in the next.
        """
        wanted = wanted.absolute()
        if len(os.fsencode(wanted / f".s.PGSQL.{PORT}")) < _SOCKET_BYTES:
            _require_plain(wanted)
            return wanted
        digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
        return Path("/tmp", f"shipui-{self.account.uid}-{digest}")  # noqa: S108 - owner and mode are checked

    @contextmanager
    def _locked(self, deadline: Deadline) -> Iterator[None]:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        lock = os.open(self.data_folder / "lock", flags, 0o600)
        try:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    deadline.sleep(0.05)
            yield
        finally:
            os.close(lock)

    def _make_cluster(self, programs: Binaries, deadline: Deadline) -> None:
        if self._cluster.exists():
            version = (self._cluster / "PG_VERSION").read_text().strip()
            if version != str(MAJOR):
                raise Refused(
                    f"The data in {self._cluster} was made by PostgreSQL {version}, and this shipui brings version {MAJOR}.",
                    fix=f"Dump it with PostgreSQL {version}'s pg_dumpall, move the folder away, start shipui, and read the dump in.",
                )
            return
        # initdb works under another name, so that a cluster is whole or not there.
        unfinished = self.data_folder / "cluster.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        arguments = [
            programs.program("initdb"),
            f"--pgdata={unfinished}",
            f"--username={self.superuser}",
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--no-locale",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        ]
        for name, value in _SETTINGS.items():
            arguments += ["-c", f"{name}={value}"]
        made = self.account.run(arguments, deadline)
        if made.code != 0:
            raise ToolFailed(
                f"The embedded database could not be made in {self.data_folder}.",
                detail=f"{made.output}\n{made.errors}".strip(),
                fix="Is there room on that disk?",
            )
        unfinished.rename(self._cluster)

    def _launch(self, programs: Binaries, deadline: Deadline) -> None:
        launch_log = self.data_folder / "launch.log"
        arguments = [
            *(programs.program("pg_ctl"), "start", "-D", str(self._cluster), "-l", str(launch_log)),
            *("-o", f"-k {shlex.quote(str(self.socket_folder))}"),
            *("-w", "-t", str(int(deadline.part(_START_SECONDS)) + 1)),
        ]
        patience = Deadline(deadline.part(_ORPHAN_SECONDS))
        while True:
            launch_log.unlink(missing_ok=True)
            launched = self.account.launch(arguments, deadline)
            if launched.code == 0:
                return
            said = self._log_tail()
            # A server that was killed leaves processes that notice it within moments; until then the data is theirs.
            if patience.over() or not any(each in said for each in ("lock file", "shared memory")):
                raise ToolFailed(
                    "The embedded database did not start.",
                    detail=f"{launched.output}\n{launched.errors}\n{said}".strip(),
                    fix=f"The server's log is in {self.data_folder / 'log'}.",
                )
            deadline.sleep(0.2)

    def _ready(self, deadline: Deadline) -> bool:
        """Whether a server lets clients in, once it has started or recovered; False if there is none, or none any more."""
        import psycopg

        while self.running():
            try:
                with psycopg.connect(self.url("postgres"), connect_timeout=5) as connection:
                    connection.execute("SELECT 1")
                return True
            except psycopg.OperationalError as error:
                if self.running() and not any(each in str(error) for each in _PASSING):
                    raise Unreachable(
                        "The embedded database runs, but does not let shipui in.",
                        detail=str(error),
                        fix=f"The server's log is in {self.data_folder / 'log'}.",
                    ) from error
            deadline.sleep(0.1)
        return False

    def _make_databases(self) -> None:
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            there = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
            for name in self.databases:
                if name not in there:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _log_tail(self) -> str:
        """The end of the newest log, and then what the server said before it had a log: why it did not start is there."""
        logs = sorted((self.data_folder / "log").glob("*.log"), key=lambda each: each.lstat().st_mtime)
        lines: list[str] = []
        for file in (*logs[-1:], self.data_folder / "launch.log"):
            if file.is_file() and not file.is_symlink():
                lines += file.read_text("utf-8", "replace").splitlines()[-15:]
        return "\n".join(lines)


def _require_plain(path: Path) -> None:
    """pg_ctl starts the server by way of a shell, and puts the paths between double quotes as they are."""
    if any(character in str(path) for character in '"$`\\\n'):
        raise BadInput(
            f"The embedded database cannot work with the folder {path}: its name has a quote, $, ` or backslash in it.",
            fix="Choose a folder with a plainer name (install.state in config.toml).",
        )
