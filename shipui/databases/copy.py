"""The cut-over copy: a second database in the same server, made file by file while nobody is on the first."""

from __future__ import annotations

from psycopg import sql

from shipui.databases.base import Copy, CopyUnavailable, Log, Marker, Sibling, sibling_kind
from shipui.databases.marker import read_marker
from shipui.databases.properties import apply_properties, differences, read_properties
from shipui.databases.scratch import discard
from shipui.databases.sessions import Connection, Server
from shipui.databases.swap import closed, database_oid
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed
from shipui.model.text import listed, visible


def copy_database(server: Server, name: str, deadline: Deadline, log: Log) -> tuple[Copy, Marker]:
    """The copy is complete with grants and settings, and closed to everyone: going back to it is a change of names."""
    if sibling_kind(server.database, name) is not Sibling.CUTOVER:
        raise CopyUnavailable(f"{visible(name)} is not a name for a cut-over copy of {visible(server.database)}")
    try:
        _require_possible(server, name, deadline)
    except Failed as error:
        deadline.check()
        raise CopyUnavailable(error.plain) from error
    try:
        copy = _make(server, name, deadline, log)
        with server.connect(deadline) as connection:
            return copy, read_marker(connection)
    except BaseException as error:
        discard(server, name, log)
        if isinstance(error, Failed):
            deadline.check()
            raise CopyUnavailable(error.plain) from error
        raise


def _require_possible(server: Server, name: str, deadline: Deadline) -> None:
    """Before anybody is disturbed."""
    with server.maintenance(deadline) as connection:
        row = connection.execute(
            """
            SELECT (r.rolsuper OR r.rolcreatedb) AND (r.rolsuper OR pg_has_role(d.datdba, 'USAGE'))
            FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = %s
            """,
            (server.database,),
        ).fetchone()
        if row is None or not row[0]:
            raise CopyUnavailable(
                f"the role {visible(server.user)} may not create databases, or does not own {visible(server.database)}"
            )
        if database_oid(connection, name) is not None:
            raise CopyUnavailable(f"there is a database {visible(name)} already")


def _make(server: Server, name: str, deadline: Deadline, log: Log) -> Copy:
    with closed(server, server.database, deadline, log) as connection:
        properties = read_properties(connection, server.database)
        _create(connection, server.database, name)
    with server.maintenance(deadline) as connection:
        apply_properties(connection, name, properties)
        if left := differences(properties, read_properties(connection, name)):
            raise CopyUnavailable(f"the copy could not be given all properties: {listed(left)}")
        oid = database_oid(connection, name)
    assert oid is not None
    return Copy(name, oid)


def _create(connection: Connection, source: str, name: str) -> None:
    # Without a strategy 15 and newer write the whole copy to the log first.
    strategy = sql.SQL(" STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else "")
    statement = sql.SQL("CREATE DATABASE {} WITH TEMPLATE {}{} ALLOW_CONNECTIONS false")
    connection.execute(statement.format(sql.Identifier(name), sql.Identifier(source), strategy))
