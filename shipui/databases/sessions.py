"""Sessions on the production server: opened with a deadline, told apart, and ended."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from shipui.databases.base import Log, Session
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadSettings, Failed, NoSpace, ShipuiError, ToolFailed, Unreachable
from shipui.model.text import listed, visible

Connection = psycopg.Connection[tuple[Any, ...]]

OUR_SESSIONS = "shipui/"
"""Every session of every run of shipui has an application_name that begins so."""
CLEANUP_SECONDS = 30.0
"""What tidies up after a run that is over gets a budget of its own."""

_CONNECT_SECONDS = 5
_ENDING_SECONDS = 60.0
"""How long a session may take to go after it was ended."""
_TIME_LIMITS = (
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "transaction_timeout",
)
_KEEPALIVES = {"keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
"""The session that holds a dump's snapshot is silent for as long as the dump takes."""
_SECRETS = ("password", "sslpassword", "oauth_client_secret")
_log = logging.getLogger(__name__)

Locate = Callable[[Deadline], Mapping[str, str]]
"""libpq's parameters for where the server is; raises Unreachable."""


class Server:
    """One server and one database on it, by URL. Passwords leave it only in the environment of a child."""

    def __init__(self, url: str, application_name: str, locate: Locate | None = None) -> None:
        """With `locate` it says at each connection where the server is just then; what the URL says of that is left aside."""
        try:
            given = conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            # libpq quotes the part that it could not read, which may be the password: nothing of its message is kept.
            raise BadSettings(
                "The address of the production database cannot be read.",
                fix="Expected postgresql://USER:PASSWORD@HOST:PORT/NAME, with special characters written as %XX.",
            ) from None
        self._parameters = {
            **_KEEPALIVES,
            **{key: str(value) for key, value in given.items() if value is not None},
        }
        self.application_name = application_name
        self._parameters["application_name"] = application_name
        defaults = _libpq_defaults()
        self.user = self._parameters.get("user") or defaults.get("user", "")
        self.database = self._parameters.get("dbname") or defaults.get("dbname") or self.user
        self._parameters["dbname"] = self.database
        self._locate = locate
        self._password = self._parameters.get("password", "")
        self._own_pids: set[int] = set()
        self._maintenance: str | None = None

    def masked(self, text: str) -> str:
        """The text without any secret of the URL."""
        for secret in (self._password, *(self._parameters.get(key, "") for key in _SECRETS)):
            if len(secret) > 2:
                text = text.replace(secret, "***")
        return text

    @property
    def host(self) -> str:
        """As the URL says; empty when it does not."""
        return self._parameters.get("host") or self._parameters.get("hostaddr", "")

    @property
    def shown_parameters(self) -> dict[str, str]:
        """How to reach it, without anything secret."""
        hidden = {*_SECRETS, *_KEEPALIVES, "application_name"}
        return {key: value for key, value in self._parameters.items() if key not in hidden}

    def environment(self, database: str) -> dict[str, str]:
        """The whole environment of a child that connects to `database`."""
        # Their messages are read here, so they have to be in English; the encoding is the database's own.
        dropped = {"LC_ALL", "LANGUAGE", "PGCLIENTENCODING"}
        whole = {key: value for key, value in os.environ.items() if key not in dropped}
        whole["LC_MESSAGES"] = "C"
        for option in psycopg.pq.Conninfo.get_defaults():
            keyword = option.keyword.decode()
            if option.envvar and keyword in self._parameters:
                whole[option.envvar.decode()] = self._parameters[keyword]
        whole["PGDATABASE"] = database
        whole["PGAPPNAME"] = self.application_name
        return whole

    def environment_elsewhere(self, database: str, where: Mapping[str, str]) -> dict[str, str]:
        """The variables of a child that connects from another machine, or a container: `where` is PGHOST and PGPORT as it sees them.

        The password is the one that let this process in, wherever it came from.
        """
        given = {
            "PGUSER": self.user,
            "PGPASSWORD": self._password,
            "PGOPTIONS": self._parameters.get("options", ""),
            "PGCONNECT_TIMEOUT": str(_CONNECT_SECONDS),
            # Certificates and the names in them are this machine's affair.
            "PGSSLMODE": "prefer",
            "PGDATABASE": database,
            "PGAPPNAME": self.application_name,
            "LC_ALL": "C",
        }
        return {name: value for name, value in given.items() if value} | dict(where)

    @contextmanager
    def connect(self, deadline: Deadline, database: str | None = None) -> Iterator[Connection]:
        """An autocommitting session, broken off when the deadline ends; every database error comes out as one of shipui's."""
        deadline.check()
        connection = self._open(database or self.database, deadline)
        pid = connection.info.backend_pid
        self._own_pids.add(pid)
        try:
            with deadline.ending(lambda: _break_off(connection)):
                _settle(connection)
                yield connection
        except psycopg.Error as error:
            deadline.check()
            raise self.explained(error) from error
        finally:
            self._own_pids.discard(pid)
            connection.close()

    @contextmanager
    def maintenance(self, deadline: Deadline) -> Iterator[Connection]:
        """A session on a database of the same server that is not the production database."""
        with self.connect(deadline, self.maintenance_database(deadline)) as connection:
            yield connection

    def maintenance_database(self, deadline: Deadline) -> str:
        """postgres, or template1 where there is none."""
        if self._maintenance is not None:
            return self._maintenance
        failure: ShipuiError | None = None
        for candidate in ("postgres", "template1"):
            if candidate == self.database:
                continue
            try:
                with self.connect(deadline, candidate):
                    self._maintenance = candidate
                    return candidate
            except Unreachable as error:
                failure = failure or error
        assert failure is not None
        raise failure

    def _open(self, database: str, deadline: Deadline) -> Connection:
        parameters: dict[str, Any] = {**self._parameters, "dbname": database}
        parameters["connect_timeout"] = max(1, int(deadline.part(_CONNECT_SECONDS)))
        if self._locate is not None:
            parameters |= self._locate(deadline)
        try:
            connection = psycopg.connect(make_conninfo(**parameters), autocommit=True, prepare_threshold=None)
        except psycopg.Error as error:
            deadline.check()
            raise self._unreachable(error, database) from error
        self._password = connection.info.password or self._password
        return connection

    def _unreachable(self, error: psycopg.Error, database: str) -> Unreachable:
        shown = visible(database, limit=80)
        detail = self.masked(str(error))
        if "not currently accepting connections" in detail:
            return Unreachable(
                f"The database “{shown}” is closed to everyone, as it is while shipui copies or restores it.",
                detail=detail,
                fix="If no run is on, “shipui recover” opens it again.",
            )
        return Unreachable(
            f"The production database “{shown}” does not answer.",
            detail=detail,
            fix="Is the server up, and are the address, the user and the password right?",
        )

    def explained(self, error: psycopg.Error) -> ShipuiError:
        """One of shipui's errors for one of the database's."""
        message = self.masked(error.diag.message_primary or str(error))
        if isinstance(error, pg.DiskFull):
            return NoSpace("The disk of the production database's server is full.", detail=message)
        lost = isinstance(error, psycopg.OperationalError) and (
            error.sqlstate is None or error.sqlstate[:2] in {"08", "57"}
        )
        if lost:
            return Unreachable("The connection to the production database was lost.", detail=message)
        return ToolFailed(
            f"The production database refused a command: {visible(message, limit=300)}.",
            detail=self.masked(str(error)),
        )

    def end_leftovers(self) -> None:
        """End what a child of this run left running in the server; its own budget, since the run's may be over.

        Called on the way out of a failure, which must not be hidden by another: what goes wrong here is only logged.
        """
        try:
            self._end_leftovers(Deadline(CLEANUP_SECONDS))
        except ShipuiError as error:
            _log.warning("sessions of this run may be left in the server: %s", error.plain)

    def _end_leftovers(self, deadline: Deadline) -> None:
        with self.maintenance(deadline) as connection:

            def others() -> list[int]:
                rows = connection.execute(
                    "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND usename = current_user",
                    (self.application_name,),
                ).fetchall()
                return [pid for (pid,) in rows if pid not in self._own_pids]

            while pids := others():
                connection.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", (pids,))
                deadline.sleep(0.1)


def _settle(connection: Connection) -> None:
    """No setting of the role or the database ends what is done here, and no function of the application's is called by it."""
    connection.execute("SELECT pg_catalog.set_config('search_path', 'pg_catalog', false)")
    connection.execute(without_time_limits())
    connection.execute("SET default_transaction_read_only = off")


def without_time_limits() -> str:
    """A statement after which no time limit of the role or the database ends anything in its session."""
    names = ", ".join(f"'{name}'" for name in _TIME_LIMITS)
    return f"SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name IN ({names})"


def _libpq_defaults() -> dict[str, str]:
    return {each.keyword.decode(): each.val.decode() for each in psycopg.pq.Conninfo.get_defaults() if each.val}


def _break_off(connection: Connection) -> None:
    """From the deadline's thread: cancel what the server does, then hang up, so that a silent network cannot hold us."""
    try:
        connection.cancel_safe(timeout=1.0)
    except psycopg.Error as error:
        _log.debug("the cancel request did not arrive: %s", type(error).__name__)
    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
    except (OSError, psycopg.Error) as error:
        _log.debug("the session was gone already: %s", type(error).__name__)


def sessions_on(connection: Connection, database: str, *, ours: bool = False) -> list[Session]:
    """The client sessions on a database; those of shipui itself only with `ours`. Never the asking session."""
    # Without pg_read_all_stats the kind of another role's session is hidden; background workers then have no user either.
    rows = connection.execute(
        """
        SELECT pid, coalesce(usename, ''), coalesce(application_name, ''), coalesce(client_addr::text, ''),
               coalesce(state, ''), backend_start
        FROM pg_stat_activity
        WHERE datname = %s AND pid <> pg_backend_pid()
          AND (backend_type IN ('client backend', 'walsender') OR (backend_type IS NULL AND usesysid IS NOT NULL))
          AND (%s OR (backend_type IS DISTINCT FROM 'walsender' AND coalesce(application_name, '') NOT LIKE %s))
        ORDER BY pid
        """,
        (database, ours, OUR_SESSIONS + "%"),
    ).fetchall()
    return [Session(*row) for row in rows]


def end_sessions(connection: Connection, sessions: list[Session]) -> list[Session]:
    """Ask the server to end them; those that this role may not end are returned."""
    refused = []
    for session in sessions:
        try:
            connection.execute("SELECT pg_terminate_backend(%s)", (session.pid,))
        except pg.InsufficientPrivilege:
            refused.append(session)
    return refused


def quiesce(
    connection: Connection, database: str, own: frozenset[str], patience_seconds: float, deadline: Deadline, log: Log
) -> list[Session]:
    """Wait for silence; after the patience end the sessions of `own` and wait until they are gone. What others remain.

    Own sessions that may not be ended, or that are still there a minute later, are among those that remain.
    """
    patience, ending = Deadline(patience_seconds), Deadline(patience_seconds + _ENDING_SECONDS)
    told: set[int] = set()
    while sessions := sessions_on(connection, database):
        if not patience.over():
            deadline.sleep(min(0.2, max(patience.remaining(), 0.01)))
            continue
        ours = [each for each in sessions if each.application in own or each.user in own]
        if not ours or ending.over():
            return sessions
        if new := [each for each in ours if each.pid not in told]:
            log(f"Ending {listed([each.words for each in new])}.")
            told.update(each.pid for each in new)
        # Ended is not gone: a statement whose client was killed can still commit, so the loop waits for the session itself.
        if end_sessions(connection, ours):
            return sessions
        deadline.sleep(0.2)
    return []


def clear(connection: Connection, database: str, deadline: Deadline) -> None:
    """End every session on a database that accepts none any more, until none remains. Failed names those that stay."""
    patience = Deadline(_ENDING_SECONDS)
    while sessions := sessions_on(connection, database, ours=True):
        refused = end_sessions(connection, sessions)
        if refused:
            raise Failed(
                f"These sessions may not be ended by this role: {listed([each.words for each in refused])}.",
                fix="Grant the role pg_signal_backend (and end sessions of superusers by hand).",
            )
        if patience.over():
            raise Failed(f"These sessions do not end: {listed([each.words for each in sessions])}.")
        deadline.sleep(0.1)
