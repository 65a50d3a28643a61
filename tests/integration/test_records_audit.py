"""The audit trail: every edit, gap and cut is found, also those of a superuser who switches the rules off."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shipui.model.roles import Person, Role
from shipui.records import audit
from shipui.records.connection import Records
from tests.records import RecordsDatabase

ANN = Person("ann", 1000, Role.OPERATOR, "10.0.0.7 50000 10.0.0.1 22")
ENTRIES = 6


@pytest.fixture
def records(records_database: RecordsDatabase) -> Iterator[Records]:
    records = Records(records_database.url, "shipui/test")
    yield records
    records.close()


@pytest.fixture
def head(records: Records, tmp_path: Path) -> Path:
    """The head file of a trail of six entries."""
    head = tmp_path / "audit.head"
    for number in range(ENTRIES):
        _add(records, head, "approved", f"CP-0000000{number}", {"reason": "schön", "number": number})
    return head


def _add(records: Records, head: Path, action: str, subject: str, details: dict[str, Any]) -> None:
    with records.transaction() as connection:
        entry = audit.add(connection, ANN, action, subject, details)
    audit.keep_head(head, entry)


def _problems(records: Records, head: Path) -> list[str]:
    with records.transaction() as connection:
        return audit.verify(connection, head)


def _as_superuser(records: RecordsDatabase, statement: str) -> None:
    with psycopg.connect(records.superuser_url) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(statement)


def test_a_whole_trail_has_no_problems(records: Records, head: Path) -> None:
    assert _problems(records, head) == []
    assert stat.S_IMODE(head.stat().st_mode) == 0o600
    assert len(head.read_text().splitlines()) == ENTRIES


@pytest.mark.parametrize(
    "change",
    [
        "person = 'bob'",
        "uid = 0",
        "role = 'admin'",
        "ssh = ''",
        "action = 'rejected'",
        "subject = 'CP-00000009'",
        "details = '{}'",
        "details = (details::text || ' ')::json",
        "at = at + interval '1 microsecond'",
        "hash = repeat('0', 64)",
        "previous_hash = repeat('0', 64)",
        "id = 100",
        "person = '', role = 'annoperator'",
    ],
)
def test_an_edit_is_found(records: Records, records_database: RecordsDatabase, head: Path, change: str) -> None:
    _as_superuser(records_database, f"UPDATE audit SET {change} WHERE id = 3")
    assert _problems(records, head)


def test_an_edit_whose_hashes_were_all_made_anew_is_found_by_the_file(
    records: Records, records_database: RecordsDatabase, head: Path
) -> None:
    with psycopg.connect(records_database.superuser_url) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("UPDATE audit SET person = 'bob' WHERE id = 3")
        for number in range(3, ENTRIES + 1):
            superuser.execute(
                "UPDATE audit SET previous_hash = (SELECT hash FROM audit WHERE id = %s) WHERE id = %s",
                (number - 1, number),
            )
            superuser.execute("UPDATE audit SET hash = audit_hash(audit) WHERE id = %s", (number,))
    problems = _problems(records, head)
    assert "Entry 3 is not the one that the file outside the database knows." in problems
    assert not any("was changed" in each for each in problems)


def test_a_gap_is_found(records: Records, records_database: RecordsDatabase, head: Path) -> None:
    _as_superuser(records_database, "DELETE FROM audit WHERE id = 3")
    assert _problems(records, head) == ["Entries are missing between number 2 and number 4."]


@pytest.mark.parametrize("kept", [0, 4])
def test_a_cut_at_the_end_is_found_through_the_file(
    records: Records, records_database: RecordsDatabase, head: Path, kept: int
) -> None:
    _as_superuser(records_database, f"DELETE FROM audit WHERE id > {kept}")
    (problem,) = _problems(records, head)
    assert problem.startswith(f"The end of the trail was cut off: the last entry is number {kept}")
    _add(records, head, "approved", "CP-00000009", {})  # what is added later does not cover it
    assert _problems(records, head)


def test_a_missing_file_is_said(records: Records, head: Path) -> None:
    head.unlink()
    (problem,) = _problems(records, head)
    assert str(head) in problem


def test_a_crash_before_or_while_the_head_was_kept_is_no_problem(records: Records, head: Path) -> None:
    with records.transaction() as connection:
        entry = audit.add(connection, ANN, "approved", "CP-00000009", {})
    with head.open("a") as torn:
        torn.write(f"{entry.id} {entry.hash[:20]}")
    assert _problems(records, head) == []
    _add(records, head, "approved", "CP-0000000A", {})
    assert _problems(records, head) == []


def test_writers_at_once_make_one_chain(records: Records, head: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: _add(records, head, "looked", f"CP-{number}", {}), range(24)))
    assert _problems(records, head) == []
    with records.transaction() as connection:
        assert audit.listed(connection, limit=1)[0].id == ENTRIES + 24
        assert [each.id for each in audit.listed(connection, limit=2, before=5)] == [4, 3]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    action=st.text(max_size=20),
    subject=st.text(max_size=20),
    details=st.dictionaries(st.text(max_size=5), st.one_of(st.text(max_size=9), st.integers(), st.none()), max_size=3),
)
def test_python_and_postgres_compute_the_same_hash(
    records: Records, action: str, subject: str, details: dict[str, Any]
) -> None:
    with records.transaction() as connection:
        entry = audit.add(connection, ANN, action, subject, details)
    assert entry.computed_hash() == entry.hash


def test_a_long_trail_is_verified_in_seconds(records: Records, head: Path) -> None:
    with records.transaction() as connection:
        connection.execute(
            "INSERT INTO audit (person, uid, role, ssh, action, subject, details)"
            " SELECT 'ann', 1, 'admin', '', 'looked', n::text, '{}' FROM generate_series(1, 5000) n"
        )
    before = os.times()
    assert _problems(records, head) == []
    after = os.times()
    assert after.user - before.user < 0.75, "100,000 entries should take seconds"


def test_is_narrowed_down_by_person_subject_action_and_text_and_read_by_pages(records: Records, head: Path) -> None:
    bob = Person("bobby", 1001, Role.ADMIN)
    with records.transaction() as connection:
        audit.add(connection, bob, "windows saved", "windows", {"why": "100% größer"})

    def found(limit: int = 10, before: int | None = None, **terms: Any) -> list[int]:
        with records.transaction() as connection:
            return [each.id for each in audit.search(connection, audit.Sought(**terms), limit, before)]

    assert found() == [7, 6, 5, 4, 3, 2, 1]
    assert found(limit=2, before=6) == [5, 4]
    assert found(by=audit.Term("BOB")) == [7]
    assert found(by=audit.Term("bob", whole=True)) == []
    assert found(subject=audit.Term("CP-00000003", whole=True), action=audit.Term("appr")) == [4]
    assert found(text=("größer", "100%")) == [7]
    assert found(text=("schön", "00000005")) == [6]
    assert found(text=("1_0%",)) == []
