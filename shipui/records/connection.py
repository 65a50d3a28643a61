"""How shipui reaches its records: a small pool for short transactions, and connections of their own for locks, journals and LISTEN."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Json
from psycopg_pool import ConnectionPool, PoolTimeout

from shipui.model.errors import Refused, Unreachable

Connection = psycopg.Connection[Any]

CONNECT_SECONDS = 5
POOL_SIZE = 8
POOLED_CLIENTS = 3
"""Connections that are tried beside one another where a pooler is suspected."""
_CLIENT: dict[str, Any] = {
    "connect_timeout": CONNECT_SECONDS,
    # A dead network is noticed within half a minute, not after two hours.
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    # Nor is it waited for when something had just been sent.
    "tcp_user_timeout": 20_000,
}


class Records:
    """The records database, by URL, as the role that owns nothing there. Opens no connection before it is asked for one."""

    def __init__(self, dsn: str, application_name: str) -> None:
        self._dsn = dsn
        self._pool = ConnectionPool(
            make_conninfo(dsn, application_name=application_name, **_CLIENT),
            min_size=0,
            max_size=POOL_SIZE,
            timeout=CONNECT_SECONDS,
            reconnect_timeout=CONNECT_SECONDS,
            check=ConnectionPool.check_connection,
            open=False,
        )

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A pooled connection in a transaction: committed at the end of the block, rolled back if it raises.

        Unreachable when there is no connection, or it is lost inside the block; whether a lost commit was done is then not known.
        """
        connection = self._borrow()
        try:
            with connection.transaction():
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if is_lost(connection, error):
                raise unreachable(error) from error
            raise
        finally:
            self._pool.putconn(connection)

    def direct(self, application_name: str) -> Connection:
        """A connection outside the pool, autocommit; the caller closes it. Unreachable."""
        try:
            return open_connection(self._dsn, application_name)
        except psycopg.OperationalError as error:
            raise unreachable(error) from error

    def close(self) -> None:
        self._pool.close()

    def _borrow(self) -> Connection:
        self._pool.open()
        try:
            return self._pool.getconn()
        except PoolTimeout as error:
            self.direct("shipui/probe").close()  # raises with the reason, if the server does not answer
            raise Unreachable(
                f"The records database answers, but all {POOL_SIZE} connections of this shipui are in use.",
                detail=str(error),
                fix="Try again in a moment.",
            ) from error


def open_connection(dsn: str, application_name: str) -> Connection:
    """Raises psycopg.OperationalError as it comes."""
    return psycopg.connect(make_conninfo(dsn, application_name=application_name, **_CLIENT), autocommit=True)


def require_own_sessions(connection: Connection, dsn: str) -> None:
    """Refused when this connection, and others by the same URL, take turns on the server's sessions: a lock would then hold for nobody.

    A pooler between says so by itself: the process ID that it gives to its client is not that of the server's session.
    """
    if connection.info.backend_pid == _session(connection):
        return
    before = [_session(connection)]
    others = [open_connection(dsn, "shipui/probe") for _ in range(POOLED_CLIENTS)]
    try:
        sessions = [_session(each) for each in (*others, connection, *others)]
    finally:
        for each in others:
            each.close()
    kept = before[0] == sessions[POOLED_CLIENTS] and sessions[:POOLED_CLIENTS] == sessions[POOLED_CLIENTS + 1 :]
    if kept and len({*before, *sessions}) == POOLED_CLIENTS + 1:
        return
    raise Refused(
        "The records are reached through a connection pooler that gives each transaction another session (pgbouncer's transaction mode). "
        "shipui's locks need sessions of their own, so nothing was done.",
        fix="Let [records] url lead to the server itself, or to a pool in session mode.",
    )


def _session(connection: Connection) -> int:
    """The process ID of the server's session that serves this connection now."""
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])


def hang_up(connection: Connection) -> None:
    """Break a connection off from another thread: a server that is silent holds nobody up."""
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


def is_lost(connection: Connection, error: psycopg.Error) -> bool:
    """Whether `error` means that the connection is gone, rather than that a statement was refused."""
    return connection.closed or error.sqlstate is None or error.sqlstate[:2] in {"08", "57"}


def unreachable(error: BaseException) -> Unreachable:
    return Unreachable(
        "The records database does not answer.",
        detail=str(error),
        fix="Is it running, and does this machine reach it? `shipui doctor` tells more.",
    )


def storable(text: str) -> str:
    """`text` as Postgres can keep it: a zero byte, which it cannot hold, is spelt out, and so are halves of characters."""
    return text.replace("\x00", "␀").encode("utf-8", "replace").decode("utf-8")


def as_json(value: object) -> Json:
    """For a column of type json; ASCII only, so that nothing in it can be refused."""
    return Json(value, dumps=lambda each: json.dumps(each, default=str, separators=(",", ":"), sort_keys=True))
