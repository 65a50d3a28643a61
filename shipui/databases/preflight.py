"""What is looked at before a deployment: can this database be saved, and could it be put back? Nothing is touched."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from shipui.databases.container import DatabaseContainer
from shipui.databases.container_room import room_checks
from shipui.databases.sessions import Connection, Server
from shipui.databases.tools import Toolbox
from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from shipui.model.errors import Failed, NotReady, Unreachable
from shipui.model.text import listed, size, visible

OLDEST_VERSION = 140000


def preflight(
    server: Server,
    toolbox: Toolbox,
    container: DatabaseContainer | None,
    backups: Path,
    in_place: bool,
    deadline: Deadline,
) -> list[Check]:
    """One failed check when the server, or its container, is not up; else all of them."""
    if container is not None:
        try:
            container.require_running(deadline)
        except Failed as error:
            deadline.check()
            return [Check("database container", False, error.plain, error.fix)]
    try:
        with server.connect(deadline) as connection:
            version = connection.info.server_version
            checks = [
                _reachable(connection, server),
                _tools(toolbox, version, deadline),
                _rights_to_read(connection),
                _rights_to_restore(connection, in_place),
                _rights_to_end_sessions(connection),
                _prepared_transactions(connection),
                _replication(connection),
                _room(connection, backups),
                *(room_checks(container, connection, deadline) if container is not None else ()),
            ]
    except Failed as error:
        deadline.check()
        return [
            Check(
                "database reachable",
                False,
                error.plain + (f" ({error.detail.strip()})" if error.detail else ""),
                error.fix,
            )
        ]
    try:
        server.maintenance_database(deadline)
    except Unreachable as error:
        checks.append(
            Check(
                "maintenance database",
                False,
                f"Neither the database postgres nor template1 can be reached: {error.detail.strip()}",
                "A restore changes the database's name from another one: allow this role to connect to postgres.",
            )
        )
    return checks


def _one(connection: Connection, query: str) -> tuple[object, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row


def _reachable(connection: Connection, server: Server) -> Check:
    version, recovering = _one(connection, "SELECT current_setting('server_version'), pg_is_in_recovery()")
    name = visible(server.database, limit=80)
    detail = f"The database {name} answers; PostgreSQL {version}."
    if recovering:
        return Check(
            "database reachable",
            False,
            f"The database {name} is a standby: it cannot be written to.",
            "Use the address of the primary.",
        )
    if connection.info.server_version < OLDEST_VERSION:
        return Check("database reachable", False, detail, "shipui needs PostgreSQL 14 or newer.")
    return Check("database reachable", True, detail)


def _tools(toolbox: Toolbox, version: int, deadline: Deadline) -> Check:
    try:
        tools = toolbox.serving(version, deadline)
    except NotReady as error:
        return Check("database tools", False, error.plain, error.fix)
    return Check("database tools", True, f"{tools.words} in {tools.place}.")


def _rights_to_read(connection: Connection) -> Check:
    name = "rights to read the database"
    rows = connection.execute(
        """
        SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
          AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
          AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')) ORDER BY 1
        """
    ).fetchall()
    if rows:
        unreadable = listed([visible(each, limit=120) for (each,) in rows])
        return Check(
            name, False, f"This role may not read {unreadable}, so a backup would fail.", "Grant it pg_read_all_data."
        )
    return Check(name, True, "Every table and sequence can be read.")


def _rights_to_restore(connection: Connection, in_place: bool) -> Check:
    name = "rights to create databases"
    superuser, creates, owns, role = _one(
        connection,
        """
        SELECT r.rolsuper, r.rolsuper OR r.rolcreatedb, r.rolsuper OR pg_has_role(d.datdba, 'USAGE'), current_user
        FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()
        """,
    )
    who = f"the role {visible(str(role), limit=63)}"
    if not owns:
        return Check(
            name,
            False,
            f"The database does not belong to {who}, so it could not be put back.",
            "Use its owner in the target's database URL.",
        )
    if in_place:
        return Check(name, True, "A restore is done inside the database, as configured.")
    if not creates:
        return Check(
            name,
            False,
            f"The database belongs to {who}, but that may not create databases, which a restore needs.",
            f'ALTER ROLE {visible(str(role), limit=63)} CREATEDB, or set restore = "in_place" in the target\'s database section.',
        )
    return Check(
        name, True, "A superuser." if superuser else f"The database belongs to {who}, which may create databases."
    )


def _rights_to_end_sessions(connection: Connection) -> Check:
    """Only a warning: whose sessions there will be is not known yet."""
    name = "rights to end sessions"
    (enough,) = _one(
        connection,
        "SELECT rolsuper OR pg_has_role('pg_signal_backend', 'USAGE') FROM pg_roles WHERE rolname = current_user",
    )
    if enough:
        return Check(name, True, "This role may end the sessions of others.")
    return Check(
        name, True, "This role may end only its own sessions.", "Grant it pg_signal_backend if others use the database."
    )


def _prepared_transactions(connection: Connection) -> Check:
    name = "prepared transactions"
    rows = connection.execute(
        "SELECT gid, owner::text FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared"
    ).fetchall()
    if not rows:
        return Check(name, True, "There are none.")
    shown = listed([f"“{visible(gid, limit=60)}” of {visible(owner)}" for gid, owner in rows])
    return Check(
        name,
        False,
        f"Transactions are prepared and not finished: {shown}.",
        "COMMIT PREPARED or ROLLBACK PREPARED them.",
    )


def _replication(connection: Connection) -> Check:
    name = "logical slots and subscriptions"
    slots = connection.execute(
        "SELECT slot_name::text FROM pg_replication_slots WHERE database = current_database() ORDER BY 1"
    ).fetchall()
    subscriptions = connection.execute(
        "SELECT s.subname::text FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database()"
        if _may_read_subscriptions(connection)
        else "SELECT subname::text FROM pg_stat_subscription WHERE false"
    ).fetchall()
    found = [f"slot {visible(each)}" for (each,) in slots] + [
        f"subscription {visible(each)}" for (each,) in subscriptions
    ]
    if not found:
        return Check(name, True, "There are none.")
    return Check(
        name,
        True,
        f"There are {listed(found)}.",
        "After a restore they stay with the database that was set aside; a slot keeps the server's log from being removed.",
    )


def _may_read_subscriptions(connection: Connection) -> bool:
    (allowed,) = _one(connection, "SELECT has_column_privilege('pg_subscription', 'subdbid', 'SELECT')")
    return bool(allowed)


def _room(connection: Connection, backups: Path) -> Check:
    """A dump is compressed and has no indexes; how small it will be nobody knows, so only the certain case is refused."""
    name = "room for the backup"
    folder = next(each for each in (backups, *backups.parents) if each.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check(
            name,
            False,
            f"Nothing can be written to {folder}.",
            "Give the account that runs shipui the right to write there.",
        )
    (needed,) = _one(connection, "SELECT pg_database_size(current_database())")
    assert isinstance(needed, int)
    free = shutil.disk_usage(folder).free
    detail = f"{size(free)} are free in {folder}; the database has {size(needed)}."
    if free < needed / 10:
        return Check(name, False, detail, "Make room, or put the backups on another disk.")
    if free < needed:
        return Check(
            name, True, detail, "A backup is usually smaller than the database, but it may not fit: make room."
        )
    return Check(name, True, detail)
