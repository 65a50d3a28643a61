"""The way back: a database is made and proved beside the failed one, and only then takes its name."""

from __future__ import annotations

from shipui.databases.archive import STALL_SECONDS, load, prove
from shipui.databases.base import BackupFacts, Copy, Log, Progress, Restored, Sibling, sibling_name
from shipui.databases.properties import ESSENTIAL, OTHERS, differences, read_properties
from shipui.databases.rows import count_rows
from shipui.databases.scratch import drop_database, made_from, require_free, require_rows, set_properties
from shipui.databases.sessions import Server
from shipui.databases.swap import database_oid, swap
from shipui.databases.tools import Tools
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed
from shipui.model.text import listed, visible


def restore_copy(server: Server, copy: Copy, timestamp: str, deadline: Deadline, log: Log) -> Restored:
    """The copy got its properties when it was made; they come along with it."""
    aside = sibling_name(server.database, Sibling.FAILED, timestamp)
    oid = swap(server, copy.name, copy.oid, aside, deadline, log)
    return Restored(oid, aside)


def restore_dump(
    server: Server,
    tools: Tools,
    facts: BackupFacts,
    timestamp: str,
    deadline: Deadline,
    progress: Progress,
    log: Log,
    *,
    jobs: int,
    stall_seconds: float = STALL_SECONDS,
) -> Restored:
    """By way of NAME_restore_TIMESTAMP, which is dropped when anything before the change of names fails."""
    name = sibling_name(server.database, Sibling.RESTORE, timestamp)
    aside = sibling_name(server.database, Sibling.FAILED, timestamp)
    require_free(server, aside, deadline)
    prove(facts.path, facts.sha256, tools, deadline)
    drop_database(server, name, deadline)  # left by a run that was killed
    log(f"Restoring {facts.path.name} into {visible(name)}.")

    def report(size: int) -> None:
        progress(min(size, facts.identity.size), facts.identity.size, "bytes")

    with made_from(server, tools, facts.path, name, deadline, log):
        load(server, tools, facts.path, name, deadline, jobs=jobs, on_size=report, stall_seconds=stall_seconds)
        warnings = _finish(server, facts, name, deadline)
        with server.maintenance(deadline) as connection:
            oid = database_oid(connection, name)
        if oid is None:
            raise Failed(f"The database {visible(name)} vanished while it was being restored.")
        swap(server, name, oid, aside, deadline, log)
    return Restored(oid, aside, tuple(warnings))


def _finish(server: Server, facts: BackupFacts, name: str, deadline: Deadline) -> list[str]:
    """Count, set the properties, gather statistics; what differs without being essential."""
    with server.connect(deadline, name) as connection:
        require_rows(facts.tables, count_rows(connection))
        connection.execute("ANALYZE")
    with server.maintenance(deadline) as connection:
        set_properties(connection, server, name, facts.properties)
        found = read_properties(connection, name)
    if wrong := differences(facts.properties, found, ESSENTIAL):
        raise Failed(f"The restored database is not as the one that was saved: {listed(wrong)}.")
    return differences(facts.properties, found, OTHERS)
