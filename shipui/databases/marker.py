"""What proves that nobody has written to the production database."""

from __future__ import annotations

from shipui.databases.base import Identity, Marker
from shipui.databases.sessions import Connection
from shipui.model.errors import ToolFailed
from shipui.model.text import listed, visible


def read_marker(connection: Connection) -> Marker:
    """Cluster-wide snapshot and every sequence of the database that `connection` is on. Reading moves nothing.

    ToolFailed where a sequence may not be read: its movements could not be seen, so nothing could be proved.
    """
    hidden = connection.execute(
        """
        SELECT format('%I.%I', n.nspname, c.relname) FROM pg_sequence s
        JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relpersistence <> 't' AND NOT has_sequence_privilege(s.seqrelid, 'SELECT, USAGE') ORDER BY 1
        """
    ).fetchall()
    if hidden:
        raise ToolFailed(
            f"Some sequences may not be read by this role: {listed([visible(name, limit=120) for (name,) in hidden])}.",
            fix="Grant SELECT on them to the role in the target's database URL.",
        )
    row = connection.execute(
        """
        SELECT (SELECT system_identifier::text FROM pg_control_system()),
               (SELECT oid::bigint FROM pg_database WHERE datname = current_database()),
               pg_current_snapshot()::text,
               (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database())
        """
    ).fetchone()
    # After the snapshot, not in one statement with it: a write in between shows in the sequences or in the next snapshot.
    sequences = connection.execute(
        "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences ORDER BY 1"
    ).fetchall()
    assert row is not None
    system_identifier, oid, snapshot, prepared = row
    return Marker(system_identifier, oid, snapshot, tuple((name, value) for name, value in sequences), prepared)


def read_identity(connection: Connection) -> Identity:
    row = connection.execute(
        """
        SELECT (SELECT system_identifier::text FROM pg_control_system()), oid::bigint, datname::text,
               current_setting('server_version_num')::int, pg_database_size(oid)
        FROM pg_database WHERE datname = current_database()
        """
    ).fetchone()
    assert row is not None
    return Identity(*row)
