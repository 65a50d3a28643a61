"""Another database takes the production database's name: nobody is on either of them, and both names change in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import errors as pg
from psycopg import sql

from shipui.databases.base import Log
from shipui.databases.scratch import require_free
from shipui.databases.sessions import CLEANUP_SECONDS, Connection, Server, clear
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed, ShipuiError
from shipui.model.text import listed, visible

_BUSY_TRIES = 6
"""The server itself waits five seconds each time."""


def swap(server: Server, incoming: str, incoming_oid: int, aside: str, deadline: Deadline, log: Log) -> int:
    """`incoming` becomes the production database, which becomes `aside`; the OID that now has the name.

    Up to the transaction any failure leaves the production database under its name and open again.
    """
    require_free(server, aside, deadline)
    with server.maintenance(deadline) as connection:
        if database_oid(connection, incoming) != incoming_oid:
            raise Failed(f"The database {visible(incoming)} is not there any more, or is another one.")
        if database_oid(connection, server.database) is None:
            log(f"There is no database {visible(server.database)}: nothing to set aside.")
            _rename_alone(connection, incoming, server.database)
            return incoming_oid
    try:
        with closed(server, server.database, deadline, log) as connection:
            set_connectable(connection, incoming, False)
            clear(connection, incoming, deadline)
            _rename_both(connection, server.database, incoming, aside, deadline)
    except ShipuiError:
        # The answer to COMMIT may have been lost; what counts is who has the name.
        if _oid_now(server) != incoming_oid:
            raise
        log("The connection was lost at the very end, but the names had changed.")
    return incoming_oid


@contextmanager
def closed(server: Server, database: str, deadline: Deadline, log: Log) -> Iterator[Connection]:
    """Nobody can connect to it, superusers included, and nobody is on it. Opened again in every case."""
    try:
        with server.maintenance(deadline) as connection:
            set_connectable(connection, database, False)
            clear(connection, database, deadline)
            _require_nothing_prepared(connection, database)
            yield connection
    finally:
        reopen(server, database, log)


def reopen(server: Server, database: str, log: Log) -> None:
    """Allow connections again, on a budget of its own. If even that fails it says how it is done by hand."""
    deadline = Deadline(CLEANUP_SECONDS)
    while True:
        try:
            with server.maintenance(deadline) as connection:
                if database_oid(connection, database) is not None:
                    set_connectable(connection, database, True)
            return
        except ShipuiError as error:
            if deadline.remaining() < 1:
                statement = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(database))
                log(f"The database is still closed to everyone: {error.plain} Open it with: {statement.as_string()}")
                return
            deadline.sleep(0.5)


def open_again(connection: Connection, database: str) -> bool:
    """True if it was closed to everyone, and is not any more."""
    row = connection.execute("SELECT datallowconn FROM pg_database WHERE datname = %s", (database,)).fetchone()
    if row is None or row[0]:
        return False
    set_connectable(connection, database, True)
    return True


def set_connectable(connection: Connection, database: str, allowed: bool) -> None:
    statement = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    connection.execute(statement.format(sql.Identifier(database), sql.Literal(allowed)))


def database_oid(connection: Connection, name: str) -> int | None:
    row = connection.execute("SELECT oid::bigint FROM pg_database WHERE datname = %s", (name,)).fetchone()
    return None if row is None else int(row[0])


def _oid_now(server: Server) -> int | None:
    with server.maintenance(Deadline(CLEANUP_SECONDS)) as connection:
        return database_oid(connection, server.database)


def _require_nothing_prepared(connection: Connection, database: str) -> None:
    rows = connection.execute("SELECT gid FROM pg_prepared_xacts WHERE database = %s", (database,)).fetchall()
    if rows:
        raise Failed(
            f"Transactions are prepared on it and not finished: {listed([visible(gid, limit=60) for (gid,) in rows])}.",
            fix="COMMIT PREPARED or ROLLBACK PREPARED them.",
        )


def _rename_both(connection: Connection, name: str, incoming: str, aside: str, deadline: Deadline) -> None:
    """A session that was just then connecting, or a worker of the server's own, makes the first tries fail."""
    for attempt in range(_BUSY_TRIES):
        try:
            with connection.transaction():
                _rename(connection, name, aside)
                _rename(connection, incoming, name)
                set_connectable(connection, name, True)
                set_connectable(connection, aside, True)
            return
        except pg.ObjectInUse:
            if attempt == _BUSY_TRIES - 1:
                raise
            for each in (name, incoming):
                clear(connection, each, deadline)


def _rename_alone(connection: Connection, incoming: str, name: str) -> None:
    with connection.transaction():
        _rename(connection, incoming, name)
        set_connectable(connection, name, True)


def _rename(connection: Connection, name: str, new_name: str) -> None:
    statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    connection.execute(statement.format(sql.Identifier(name), sql.Identifier(new_name)))
