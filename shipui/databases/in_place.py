"""A restore inside the production database, for a role that may not create databases: one transaction, or nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql

from shipui.databases.archive import STALL_SECONDS, prove, watched
from shipui.databases.base import BackupFacts, Log, Progress, Restored
from shipui.databases.dump import back_up, temporary
from shipui.databases.marker import read_identity
from shipui.databases.properties import differences, read_properties
from shipui.databases.scratch import set_properties
from shipui.databases.sessions import Connection, Server, without_time_limits
from shipui.databases.tools import Sent, Tools, tool_failure
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed, ShipuiError

_OBJECTS = """
WITH shared AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
                AND (nspname = 'public' OR NOT pg_has_role(nspowner, 'USAGE'))),
     members AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')
SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND oid NOT IN (SELECT oid FROM shared)
UNION ALL
SELECT format('DROP %s IF EXISTS %s CASCADE',
              CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                           WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END,
              format('%I.%I', n.nspname, relname))
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE relnamespace IN (SELECT oid FROM shared) AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
    AND pg_has_role(relowner, 'USAGE') AND ('pg_class'::regclass, c.oid) NOT IN (SELECT classid, objid FROM members)
    AND NOT (relkind = 'S' AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                                       AND d.objid = c.oid AND d.deptype IN ('a', 'i')))
UNION ALL
SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc p
  WHERE pronamespace IN (SELECT oid FROM shared) AND pg_has_role(proowner, 'USAGE') AND prokind <> 'a'
    AND ('pg_proc'::regclass, p.oid) NOT IN (SELECT classid, objid FROM members)
UNION ALL
SELECT format('DROP TYPE IF EXISTS %s CASCADE', format('%I.%I', n.nspname, typname))
  FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
  WHERE typnamespace IN (SELECT oid FROM shared) AND typtype IN ('e', 'd', 'r') AND pg_has_role(typowner, 'USAGE')
    AND ('pg_type'::regclass, t.oid) NOT IN (SELECT classid, objid FROM members)
UNION ALL
SELECT format('DROP PUBLICATION %I', pubname) FROM pg_publication WHERE pg_has_role(pubowner, 'USAGE')
UNION ALL
SELECT format('SELECT pg_catalog.lo_unlink(%s)', oid) FROM pg_largeobject_metadata WHERE pg_has_role(lomowner, 'USAGE')
"""
"""Whole schemas where they are the role's own; in those that are shared, "public" among them, its objects one by one."""

_TAIL_BYTES = 4096
_log = logging.getLogger(__name__)


def restore_dump(
    server: Server,
    tools: Tools,
    facts: BackupFacts,
    timestamp: str,
    deadline: Deadline,
    progress: Progress,
    log: Log,
) -> Restored:
    """The failed state is dumped first, beside the backup; that file is what `set_aside` names. The OID stays the same."""
    prove(facts.path, facts.sha256, tools, deadline)
    aside = facts.path.with_name(f"{facts.path.stem}-failed-{timestamp}.dump")
    log(f"Saving the failed state in {aside.name}.")
    back_up(server, tools, aside, deadline, progress, log, jobs=1, rehearsed=False)
    with (
        temporary(facts.path.with_name(facts.path.name + ".drop.sql")) as drop,
        temporary(facts.path.with_name(facts.path.name + ".restore.sql")) as restore,
        temporary(facts.path.with_name(facts.path.name + ".count.sql")) as count,
    ):
        with server.connect(deadline) as connection:
            statements = [without_time_limits(), *_what_to_drop(connection)]
            drop.write_text("".join(f"{statement};\n" for statement in statements), "utf-8")
        count.write_text(_counting(facts.tables), "utf-8")
        _write_script(server, tools, facts.path, restore, deadline)
        log("Restoring inside the database, in one transaction.")
        _run(server, tools, [drop, restore, count], deadline)
    return Restored(*_finish(server, facts, deadline, aside))


def _write_script(server: Server, tools: Tools, path: Path, script: Path, deadline: Deadline) -> None:
    """The backup as SQL, whole before anything is dropped: one that ended early would be committed as it is."""
    # Without the option each group of large objects is committed by itself; with it there is one COMMIT, at the end.
    options = ["--single-transaction", "--no-subscriptions", "--file=-"]
    ended = tools.read(path, options, deadline, into=script)
    if ended.code != 0:
        raise tool_failure("The backup could not be read", ended, server.masked)
    with script.open("r+b") as file:
        start = max(0, script.stat().st_size - _TAIL_BYTES)
        file.seek(start)
        last = file.read().rfind(b"\nCOMMIT;\n")
        if last < 0:
            raise Failed("The backup could not be made into a script: its end was not found.", detail=str(path))
        # The rows are counted before the transaction ends, which is left to psql.
        file.seek(start + last)
        file.write(b"\n       \n")


def _what_to_drop(connection: Connection) -> list[str]:
    return [statement for (statement,) in connection.execute(_OBJECTS).fetchall()]


def _counting(tables: dict[str, int]) -> str:
    """A script that fails, and with it the transaction, unless every table has its rows. The names are quoted already."""
    return "".join(
        sql.SQL(
            "DO $count$ BEGIN IF (SELECT count(*) FROM {}) <> {} THEN RAISE EXCEPTION 'a table has not its rows: %', {}; "
            "END IF; END $count$;\n"
        )
        .format(sql.SQL(table), sql.Literal(rows), sql.Literal(table))
        .as_string()
        for table, rows in tables.items()
    )


def _run(server: Server, tools: Tools, scripts: list[Path], deadline: Deadline) -> None:
    sent = Sent()
    with _unblocked(server, deadline), watched(server, server.database, deadline, None, STALL_SECONDS, sent) as limit:
        try:
            ended = tools.run_scripts(server, server.database, scripts, limit, sent)
        except BaseException:
            server.end_leftovers()
            raise
    if ended.code != 0:
        raise tool_failure("The database could not be restored in place, and is as it was", ended, server.masked)


@contextmanager
def _unblocked(server: Server, deadline: Deadline) -> Iterator[None]:
    """End the sessions of others that the restore waits for: the application has been stopped, so they are strays."""
    done = threading.Event()

    def unblock() -> None:
        while not done.wait(1.0):
            try:
                with server.maintenance(deadline) as connection:
                    connection.execute(
                        """
                        SELECT pg_terminate_backend(blocking) FROM pg_stat_activity a, unnest(pg_blocking_pids(a.pid)) blocking
                        WHERE a.application_name = %s AND blocking NOT IN
                              (SELECT pid FROM pg_stat_activity WHERE application_name = %s)
                        """,
                        (server.application_name, server.application_name),
                    )
            except ShipuiError as error:
                _log.debug("nothing could be unblocked: %s", error.plain)

    watcher = threading.Thread(target=unblock, name="restore-unblock", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join(timeout=10)


def _finish(server: Server, facts: BackupFacts, deadline: Deadline, aside: Path) -> tuple[int, str, tuple[str, ...]]:
    """The rows are back and committed: what goes wrong from here on is a warning."""
    with server.connect(deadline) as connection:
        connection.execute("ANALYZE")
        oid = read_identity(connection).oid
        warnings = []
        try:
            set_properties(connection, server, server.database, facts.properties)
        except Failed as error:
            warnings.append(error.plain)
        found = read_properties(connection, server.database)
    return oid, str(aside), (*warnings, *differences(facts.properties, found))
