"""The commands with which a person restores a backup without shipui."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql
from psycopg.conninfo import make_conninfo

from shipui.databases.archive import Creation
from shipui.databases.base import Sibling, sibling_name
from shipui.databases.sessions import Server
from shipui.databases.tools import ByHand

_PROPERTIES = "(DATABASE PROPERTIES -|(ACL|COMMENT|SECURITY LABEL) - DATABASE) "


@dataclass(frozen=True, slots=True)
class Shell:
    """How the server is reached from a shell; `maintenance` is a database of it that is not the production database."""

    server: Server
    tools: ByHand
    maintenance: str

    def to(self, database: str) -> str:
        return make_conninfo(**{**self.tools.parameters, "dbname": database})

    def psql(self, database: str, *statements: sql.Composed, single: bool = False) -> str:
        executed = [argument for each in statements for argument in ("-c", each.as_string())]
        once = ["--single-transaction"] if single else []
        return self.tools.call("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *once, "-d", self.to(database), *executed)


def restore_commands(shell: Shell, path: Path, creation: Creation, stamp: str, jobs: int) -> list[str]:
    """For a shell, in shipui's own order: restored beside, then the names change. Each takes the password from PGPASSWORD or ~/.pgpass."""
    fresh_name = sibling_name(shell.server.database, Sibling.RESTORE, stamp)
    fresh = sql.Identifier(fresh_name)
    tools, file = shell.tools, shell.tools.place(path)
    properties = " | ".join(
        [
            tools.call("pg_restore", "--create", "--list", file),
            shlex.join(["grep", "-E", _PROPERTIES]),
            tools.call("pg_restore", "--create", "--use-list=/dev/stdin", "--file=-", file),
            # pg_restore makes the database whatever the list says; here it is there already.
            shlex.join(["sed", "/^CREATE DATABASE /d"]),
            shell.psql(shell.maintenance),
        ]
    )
    loaded = ["--exit-on-error", "--no-subscriptions", f"--jobs={jobs}", "-d", shell.to(fresh_name), file]
    return [
        *tools.carry(path),
        shell.psql(
            shell.maintenance,
            sql.SQL("CREATE DATABASE {} ").format(fresh) + sql.SQL(creation.options),
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(fresh, sql.Identifier(creation.owner)),
        ),
        tools.call("pg_restore", *loaded),
        shell.psql(fresh_name, sql.SQL("ANALYZE").format()),
        *_change_names(shell, fresh_name, stamp),
        properties,
        *tools.take_away(path),
    ]


def copy_commands(shell: Shell, copy: str, stamp: str) -> list[str]:
    """For a shell: the cut-over copy, which has its grants and settings already, takes the production database's name."""
    opened = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(shell.server.database))
    return [*_change_names(shell, copy, stamp), shell.psql(shell.maintenance, opened)]


def _change_names(shell: Shell, incoming: str, stamp: str) -> list[str]:
    """Nobody may come in any more, everybody goes, and both names change at once."""
    database = shell.server.database
    name, aside = sql.Identifier(database), sql.Identifier(sibling_name(database, Sibling.FAILED, stamp))
    ending = "DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}; END $$"
    return [
        shell.psql(
            shell.maintenance,
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name),
            sql.SQL(ending).format(sql.Literal(database)),
        ),
        shell.psql(
            shell.maintenance,
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(name, aside),
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(incoming), name),
            single=True,
        ),
    ]
