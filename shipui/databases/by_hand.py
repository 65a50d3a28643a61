"""The commands with which a person restores a backup without shipui."""

from __future__ import annotations

import shlex
from pathlib import Path

from psycopg import sql
from psycopg.conninfo import make_conninfo

from shipui.databases.archive import Creation
from shipui.databases.base import Sibling, sibling_name
from shipui.databases.sessions import Server
from shipui.databases.tools import Tools

_PROPERTIES = "(DATABASE PROPERTIES -|(ACL|COMMENT|SECURITY LABEL) - DATABASE) "


def restore_commands(
    server: Server, tools: Tools, path: Path, creation: Creation, maintenance: str, stamp: str, jobs: int
) -> list[str]:
    """For a shell, in shipui's own order: restored beside, then the names change. Each takes the password from PGPASSWORD or ~/.pgpass."""
    fresh_name = sibling_name(server.database, Sibling.RESTORE, stamp)
    aside = sql.Identifier(sibling_name(server.database, Sibling.FAILED, stamp))
    name, fresh = sql.Identifier(server.database), sql.Identifier(fresh_name)

    def to(database: str) -> str:
        return make_conninfo(**{**server.shown_parameters, "dbname": database})

    def psql(database: str, *statements: sql.Composed, single: bool = False) -> str:
        executed = [argument for each in statements for argument in ("-c", each.as_string())]
        once = ["--single-transaction"] if single else []
        return shlex.join([str(tools.psql), "-X", "-q", "-v", "ON_ERROR_STOP=1", *once, "-d", to(database), *executed])

    restore, file = str(tools.restore), str(path.absolute())
    properties = " | ".join(
        [
            shlex.join([restore, "--create", "--list", file]),
            shlex.join(["grep", "-E", _PROPERTIES]),
            shlex.join([restore, "--create", "--use-list=/dev/stdin", "--file=-", file]),
            # pg_restore makes the database whatever the list says; here it is there already.
            shlex.join(["sed", "/^CREATE DATABASE /d"]),
            psql(maintenance),
        ]
    )
    return [
        psql(
            maintenance,
            sql.SQL("CREATE DATABASE {} ").format(fresh) + sql.SQL(creation.options),
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(fresh, sql.Identifier(creation.owner)),
        ),
        shlex.join([restore, "--exit-on-error", "--no-subscriptions", f"--jobs={jobs}", "-d", to(fresh_name), file]),
        psql(fresh_name, sql.SQL("ANALYZE").format()),
        psql(
            maintenance,
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name),
            sql.SQL(
                "DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}; END $$"
            ).format(sql.Literal(server.database)),
        ),
        psql(
            maintenance,
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(name, aside),
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(fresh, name),
            single=True,
        ),
        properties,
    ]
