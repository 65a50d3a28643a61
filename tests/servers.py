"""Real Postgres servers for tests: what the fixtures `embedded_server` and `debian_server` give, and databases on them."""

from __future__ import annotations

import secrets
import shlex
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql

from shipui.databases.server_account import private_folder, server_account
from shipui.limits.deadline import Deadline
from tests.engine.postgres import ContainerServer

SUPERUSER_PASSWORD = "superuser password"
OWNER_PASSWORD = "p@ss word/1"
"""With what has to be escaped in a URL, and must never show in a log."""


class Server(Protocol):
    superuser: str
    binaries: Path

    def url(self, database: str, user: str | None = None) -> str:
        """Through the socket, without a password; `user` is the superuser unless said otherwise."""
        ...


@dataclass(frozen=True, slots=True)
class FreshDatabase:
    """A database of one test. Its owner may create databases and roles' databases (CREATEDB), and is no superuser."""

    server: Server
    name: str
    owner: str

    @property
    def url(self) -> str:
        """As the owner, through the socket."""
        return self.server.url(self.name, self.owner)

    @property
    def superuser_url(self) -> str:
        return self.server.url(self.name)

    @property
    def tcp_url(self) -> str:
        """As the owner, over TCP with a password. Debian's server only."""
        assert isinstance(self.server, DebianServer)
        return self.server.tcp_url(self.name, self.owner)


class DebianServer:
    """The newest PostgreSQL below /usr/lib/postgresql: trust on its private socket, scram on a free port of 127.0.0.1."""

    superuser = "postgres_root"

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.binaries = binaries
        self.folder = folder
        self.account = server_account(None)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    def url(self, database: str, user: str | None = None) -> str:
        return f"postgresql://{user or self.superuser}@/{database}?host={self.folder}/socket&port={self.port}"

    def tcp_url(self, database: str, user: str) -> str:
        """With OWNER_PASSWORD, which every owner of a FreshDatabase has."""
        return f"postgresql://{user}:p%40ss%20word%2F1@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        deadline = Deadline(60)
        private_folder(self.folder / "socket", self.account, deadline)
        private_folder(self.folder / "home", self.account, deadline)
        self._run(
            [
                "initdb",
                f"--pgdata={self._cluster}",
                f"--username={self.superuser}",
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            deadline,
        )
        options = (
            f"-h 127.0.0.1 -p {self.port} -k {shlex.quote(str(self.folder / 'socket'))} -c fsync=off -c autovacuum=off"
        )
        self._run(["pg_ctl", "start", "-D", self._cluster, "-w", "-l", f"{self._cluster}.log", "-o", options], deadline)

    def stop(self) -> None:
        self._run(["pg_ctl", "stop", "-D", self._cluster, "-m", "immediate", "-w"], Deadline(60))

    @property
    def _cluster(self) -> str:
        return str(self.folder / "home" / "cluster")

    def _run(self, arguments: list[str], deadline: Deadline) -> None:
        program, *rest = arguments
        ended = self.account.launch([str(self.binaries / program), *rest], deadline)
        assert ended.code == 0, f"{arguments}: {ended.output}\n{ended.errors}"


def tools_of(server: Server) -> dict[str, Any]:
    """The options of PostgresDatabase with which it finds the tools for that server."""
    if isinstance(server, ContainerServer):
        return {"engine": server.engine, "container": server.name}
    return {"extra_tool_folders": [server.binaries]}


def make_database(server: Server) -> FreshDatabase:
    name = f"app_{secrets.token_hex(5)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        identifier = sql.Identifier(name)
        password = sql.Literal(OWNER_PASSWORD)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(identifier, password))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(identifier, identifier))
    return FreshDatabase(server, name, name)


def drop_database(database: FreshDatabase) -> None:
    """With every database that was made beside it (NAME_failed_…), and its owner."""
    with psycopg.connect(database.server.url("postgres"), autocommit=True) as connection:
        owned = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s) OR datdba = to_regrole(%s)",
            (database.name, database.owner),
        ).fetchall()
        for (name,) in owned:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(database.owner)))


MakeDatabase = Callable[[Server], FreshDatabase]
