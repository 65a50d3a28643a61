"""What reviewers say of findings, in real records: the latest counts, it may end, and it goes with the build."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from shipui.model.disposition import DispositionKind
from shipui.model.events import RunKind
from shipui.model.promotion import Promotion, Revision, Status
from shipui.records import gates, promotions
from shipui.records.connection import Records
from tests.records import RecordsDatabase, approved, open_run, pending

KINDS = DispositionKind


@pytest.fixture
def records(records_database: RecordsDatabase) -> Iterator[Records]:
    opened = Records(records_database.url, "tests")
    yield opened
    opened.close()


def found(*fingerprints: str, severity: str = "high") -> list[dict[str, Any]]:
    return [
        {"fingerprint": each, "rule": "r", "severity": severity, "path": "a.py", "line": 1, "message": "m"}
        for each in fingerprints
    ]


def examined(connection: psycopg.Connection[Any], *fingerprints: str) -> Promotion:
    """Pending, with those findings of the security gate, and a dependencies gate that passed."""
    promotion = pending(connection)
    gates.add_run(connection, promotion.id, "security", "block", 1, 9, found(*fingerprints))
    gates.add_run(connection, promotion.id, "dependencies", "pass", 1, 9, [])
    return promotion


def say(
    connection: psycopg.Connection[Any],
    promotion: Promotion,
    kind: DispositionKind,
    *findings: str,
    until: datetime | None = None,
) -> str:
    """The verdict that is noted with the promotion afterwards."""
    gates.add_dispositions(connection, promotion.id, findings, kind, "looked at it", "rita", until)
    return promotions.get(connection, promotion.id).gate_verdict


def test_when_all_are_settled_the_verdict_is_pass_and_reopening_one_blocks_again(records: Records) -> None:
    with records.transaction() as connection:
        promotion = examined(connection, "a", "b")
        assert gates.verdict_now(connection, promotion.id) == "block"
        assert say(connection, promotion, KINDS.ACKNOWLEDGED, "a") == "block"
        assert say(connection, promotion, KINDS.FALSE_POSITIVE, "b") == "pass"
        assert gates.settled_of(connection, promotion.id) == {"a", "b"}
        assert say(connection, promotion, KINDS.REOPENED, "a") == "block"
        assert gates.settled_of(connection, promotion.id) == {"b"}
        assert say(connection, promotion, KINDS.FALSE_POSITIVE, "a") == "pass"
        assert [each.kind for each in gates.dispositions(connection, promotion.id)] == [
            "acknowledged", "false_positive", "reopened", "false_positive",
        ]  # fmt: skip


def test_one_that_has_ended_settles_no_longer(records: Records) -> None:
    with records.transaction() as connection:
        promotion = examined(connection, "a")
        assert (
            say(connection, promotion, KINDS.ACKNOWLEDGED, "a", until=datetime.now(UTC) + timedelta(days=1)) == "pass"
        )
        # As if it had been given yesterday, for an hour.
        connection.execute(
            "INSERT INTO disposition (promotion, finding, kind, reason, by, at, until)"
            " VALUES (%s, 'a', 'acknowledged', 'for now', 'rita', now() - interval '2 days', now() - interval '1 day')",
            (promotion.id,),
        )
        assert gates.verdict_now(connection, promotion.id) == "block"
        assert gates.settled_of(connection, promotion.id) == frozenset()
        assert gates.reports(connection, promotion.id)[0].verdict == "block"
        # What is noted is brought up to date by whoever asks for it.
        assert promotions.get(connection, promotion.id).gate_verdict == "pass"
        gates.refresh_verdict(connection, promotion.id)
        assert promotions.get(connection, promotion.id).gate_verdict == "block"


def _insert(records: Records, kind: str, until: datetime | None) -> None:
    """Past shipui's own checks."""
    with records.transaction() as connection:
        promotion = examined(connection, "a")
        connection.execute(
            "INSERT INTO disposition (promotion, finding, kind, reason, by, until) VALUES (%s, 'a', %s, 'why', 'rita', %s)",
            (promotion.id, kind, until),
        )


def test_the_records_refuse_what_makes_no_sense(records: Records) -> None:
    bad = [
        ("ignored", None),
        ("reopened", datetime.now(UTC) + timedelta(days=1)),
        ("acknowledged", datetime.now(UTC) - timedelta(days=1)),
    ]
    for kind, until in bad:
        with pytest.raises(psycopg.errors.CheckViolation):
            _insert(records, kind, until)
    for statement in ("UPDATE disposition SET reason = 'other'", "DELETE FROM disposition"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), records.transaction() as connection:
            connection.execute(statement)


def test_a_retry_keeps_the_findings_and_what_was_said_of_them(records: Records) -> None:
    with records.transaction() as connection:
        promotion = approved(connection)
        gates.add_run(connection, promotion.id, "security", "block", 1, 9, found("a", "b"))
        assert say(connection, promotion, KINDS.ACKNOWLEDGED, "a") == "block"
        run = open_run(connection, promotion, kind=RunKind.DEPLOY)
        for status in (Status.EXECUTING, Status.ROLLED_BACK):
            promotions.move(connection, promotion.id, status, "", "ann", run.id)
        again = promotions.request(connection, promotions.again(promotions.get(connection, promotion.id), "ann"))
        assert [each.fingerprint for each in gates.reports(connection, again.id)[0].findings] == ["a", "b"]
        assert gates.unknown(connection, again.id, ["a", "b", "c"]) == ["c"]
        assert say(connection, again, KINDS.ACKNOWLEDGED, "b") == "pass"
        assert set(gates.latest_dispositions(connection, again.id)) == {"a", "b"}


def test_the_run_before_is_that_of_the_content_before(records: Records) -> None:
    with records.transaction() as connection:
        promotion = examined(connection, "a", "b")
        assert gates.runs_before(connection, promotion.id) == []
        promotions.revise(
            connection, promotion.id, Revision("1" * 40, "b" * 40, "2" * 40, "3" * 64), {}, "build-studio"
        )
        gates.add_run(connection, promotion.id, "security", "block", 1, 9, found("b", "c"))
        before = gates.runs_before(connection, promotion.id)
        assert [each.gate for each in before] == ["security", "dependencies"]
        assert [each.fingerprint for each in gates.findings(connection, before[0].id)] == ["a", "b"]
        present = gates.present_runs(connection, promotion.id)
        assert [each.fingerprint for each in gates.findings(connection, present[0].id)] == ["b", "c"]


def test_without_a_run_of_the_gates_there_is_no_verdict(records: Records) -> None:
    with records.transaction() as connection:
        promotion = pending(connection)
        assert gates.verdict_now(connection, promotion.id) is None
        assert gates.refresh_verdict(connection, promotion.id) is None
        assert promotions.get(connection, promotion.id).gate_verdict == "not run"
