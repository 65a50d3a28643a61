"""What the records database itself refuses, to shipui's own role in plain psql: no code of shipui's stands in between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from shipui.model.events import Outcome, RunKind
from shipui.model.promotion import NEEDS_HEALTH_PASS, TRANSITIONS, Status, may_become
from shipui.records import approvals, audit, journal, promotions, runs
from shipui.records.rows import REFUSED_BY_RULE
from tests.records import RecordsDatabase, approved, open_run, pending

Connection = psycopg.Connection[Any]


@pytest.fixture
def connection(records_database: RecordsDatabase) -> Iterator[Connection]:
    with psycopg.connect(records_database.url, autocommit=True) as connection:
        yield connection


def _refusal(connection: Connection, statement: str, *values: object) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as caught, connection.transaction():
        connection.execute(statement, values)
    return caught.value


def _force(records: RecordsDatabase, promotion: str, status: Status) -> None:
    """Any state, whatever the rules say: as a superuser, with triggers off."""
    with psycopg.connect(records.superuser_url) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("UPDATE promotion SET status = %s WHERE id = %s", (str(status), promotion))


def test_the_databases_table_is_the_models(connection: Connection) -> None:
    rows = connection.execute("SELECT old, new, needs_health_pass FROM allowed_transition").fetchall()
    assert {(old, new) for old, new, _ in rows} == {(old, new) for old in TRANSITIONS for new in TRANSITIONS[old]}
    assert {(old, new) for old, new, needs in rows if needs} == NEEDS_HEALTH_PASS


@pytest.mark.parametrize("old", list(Status))
def test_every_move_is_refused_or_allowed_as_the_model_says(
    records_database: RecordsDatabase, connection: Connection, old: Status
) -> None:
    promotion = approved(connection)
    run = open_run(connection, promotion)
    runs.record_health_pass(connection, run.id)
    for new in Status:
        _force(records_database, promotion.id, old)
        statement = "UPDATE promotion SET status = %s WHERE id = %s"
        if new is old or may_become(old, new):
            connection.execute(statement, (str(new), promotion.id))
            assert promotions.get(connection, promotion.id).status is new
        else:
            assert _refusal(connection, statement, str(new), promotion.id).sqlstate == REFUSED_BY_RULE
            assert promotions.get(connection, promotion.id).status is old


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.PENDING])
def test_a_promotion_begins_as_pending(connection: Connection, status: Status) -> None:
    known = approved(connection)
    promotions.move(connection, known.id, Status.WITHDRAWN, "", "ann", None)
    columns = "build, revision, target, product, version, change_request, title, sandbox, requested_by, status_by"
    error = _refusal(
        connection,
        f"INSERT INTO promotion (id, status, {columns}) SELECT 'CP-00000001', %s, {columns} FROM promotion WHERE id = %s",
        str(status),
        known.id,
    )
    assert error.sqlstate == REFUSED_BY_RULE


@pytest.mark.parametrize("old", [Status.EXECUTING, Status.NEEDS_ATTENTION])
def test_deployed_needs_a_health_pass(records_database: RecordsDatabase, connection: Connection, old: Status) -> None:
    promotion = approved(connection)
    run = open_run(connection, promotion)
    _force(records_database, promotion.id, old)
    statement = "UPDATE promotion SET status = 'deployed' WHERE id = %s"
    assert "health check" in str(_refusal(connection, statement, promotion.id))
    runs.record_health_pass(connection, run.id)
    connection.execute(statement, (promotion.id,))


def test_executing_needs_a_standing_approval_of_this_content_and_an_open_run(connection: Connection) -> None:
    promotion = approved(connection)
    statement = "UPDATE promotion SET status = 'executing' WHERE id = %s"
    assert "no run of it is open" in str(_refusal(connection, statement, promotion.id))
    run = open_run(connection, promotion)
    approvals.lapse(connection, promotion.id, "the sandbox moved on")
    assert "approval" in str(_refusal(connection, statement, promotion.id))
    approvals.add(connection, promotion.id, "ann", promotion.revision, "again")
    connection.execute(statement, (promotion.id,))
    runs.finish(connection, run.id, Outcome.ROLLED_BACK, "", "", ())


def test_the_content_cannot_change_once_it_is_approved(connection: Connection) -> None:
    promotion = approved(connection)
    other = pending(connection, target="staging", product="Other")
    error = _refusal(
        connection,
        "UPDATE promotion SET revision = (SELECT revision FROM promotion WHERE id = %s) WHERE id = %s",
        other.id,
        promotion.id,
    )
    assert error.sqlstate == REFUSED_BY_RULE


def test_every_change_of_state_is_noted_by_the_database(connection: Connection) -> None:
    promotion = approved(connection)
    connection.execute(
        "UPDATE promotion SET status = 'withdrawn', reason = 'not wanted', status_by = 'bob' WHERE id = %s",
        (promotion.id,),
    )
    noted = [(each.old, each.new, each.by, each.reason) for each in promotions.history(connection, promotion.id)]
    assert noted == [
        (None, Status.PENDING, "build-studio", ""),
        (Status.PENDING, Status.APPROVED, "ann", "Approved by ann."),
        (Status.APPROVED, Status.WITHDRAWN, "bob", "not wanted"),
    ]


APPEND_ONLY = ("audit", "run_event", "transition")


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET at = now()"])
def test_what_only_grows_cannot_be_changed_by_the_role_nor_by_the_owner(
    records_database: RecordsDatabase, connection: Connection, table: str, statement: str
) -> None:
    error = _refusal(connection, statement.format(table))
    assert isinstance(error, psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(records_database.owner_url, autocommit=True) as owner:
        assert _refusal(owner, statement.format(table)).sqlstate == "SU002"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO transition (promotion, new, by, reason) VALUES ('CP-00000001', 'deployed', 'me', '')",
        "INSERT INTO allowed_transition VALUES ('pending', 'deployed', false)",
        "UPDATE allowed_transition SET needs_health_pass = false",
        "ALTER TABLE promotion DISABLE TRIGGER ALL",
        "DROP TRIGGER guard ON promotion",
        "SET session_replication_role = replica",
        "DELETE FROM promotion",
        "DELETE FROM approval",
        "UPDATE promotion SET requested_by = 'somebody else'",
        "UPDATE approval SET person = 'somebody else'",
        "UPDATE revision SET commit = 'x'",
        "UPDATE backup SET sha256 = 'x'",
        "UPDATE schema_migration SET checksum = 'x'",
        "CREATE TABLE mine (x int)",
    ],
)
def test_the_role_owns_nothing(connection: Connection, statement: str) -> None:
    assert isinstance(_refusal(connection, statement), psycopg.errors.InsufficientPrivilege)


def test_a_health_pass_is_recorded_once_while_the_run_is_open(connection: Connection) -> None:
    promotion = approved(connection)
    run = open_run(connection, promotion)
    runs.record_health_pass(connection, run.id)
    for value in ("NULL", "now() + interval '1 s'"):
        error = _refusal(connection, f"UPDATE run SET health_passed_at = {value} WHERE id = %s", run.id)
        assert error.sqlstate == REFUSED_BY_RULE
    runs.finish(connection, run.id, Outcome.DONE, "", "", ())
    second = open_run(connection, promotion)
    runs.finish(connection, second.id, Outcome.REFUSED, "", "", ())
    error = _refusal(connection, "UPDATE run SET health_passed_at = now() WHERE id = %s", second.id)
    assert error.sqlstate == REFUSED_BY_RULE
    error = _refusal(
        connection,
        "INSERT INTO run (id, kind, target, person, machine, host, pid, limit_seconds, health_passed_at)"
        " VALUES ('RN-00000001', 'deploy', 'production', 'me', 'm', 'h', 1, 1, now())",
    )
    assert error.sqlstate == REFUSED_BY_RULE


def test_one_deployed_and_one_executing_per_target(records_database: RecordsDatabase, connection: Connection) -> None:
    first, second = approved(connection), approved(connection)
    for status in (Status.DEPLOYED, Status.EXECUTING):
        _force(records_database, first.id, status)
        with pytest.raises(psycopg.errors.UniqueViolation):
            _force(records_database, second.id, status)


def test_an_audit_entry_cannot_be_given_a_number_or_a_hash(connection: Connection) -> None:
    for _ in range(2):
        connection.execute(
            "INSERT INTO audit (id, at, person, uid, role, ssh, action, subject, details, previous_hash, hash)"
            " VALUES (77, '2001-01-01', 'me', 1, 'admin', '', 'a', 's', '{}', 'x', 'x')"
        )
    entries = audit.listed(connection)
    assert [each.id for each in entries] == [2, 1]
    assert all(each.hash == each.computed_hash() and each.at.year > 2001 for each in entries)


def test_the_rules_hold_on_another_major_version(debian_records: RecordsDatabase) -> None:
    """The SQL is for PostgreSQL 14 and newer: a whole life on Debian's, and the refusals that matter most."""
    with psycopg.connect(debian_records.url, autocommit=True) as connection:
        test_the_databases_table_is_the_models(connection)
        promotion = approved(connection)
        run = open_run(connection, promotion)
        promotions.move(connection, promotion.id, Status.EXECUTING, "", "ann", run.id)
        statement = "UPDATE promotion SET status = 'deployed' WHERE id = %s"
        assert _refusal(connection, statement, promotion.id).sqlstate == REFUSED_BY_RULE
        runs.record_health_pass(connection, run.id)
        promotions.move(connection, promotion.id, Status.DEPLOYED, "healthy", "ann", run.id)
        runs.finish(connection, run.id, Outcome.DONE, "", "", ())
        assert journal.read(connection, run.id) == []
        for table in APPEND_ONLY:
            assert isinstance(_refusal(connection, f"DELETE FROM {table}"), psycopg.errors.InsufficientPrivilege)
        back = open_run(connection, promotion, kind=RunKind.ROLLBACK)
        promotions.move(connection, promotion.id, Status.ROLLED_BACK, "", "ann", back.id)
