"""The journal on a real records database: what happens to entries when the connection, or the run itself, is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from shipui.model.errors import Unreachable
from shipui.model.events import EventKind
from shipui.model.run import Run
from shipui.pipeline.bookkeeping import operations
from shipui.records import audit, runs
from shipui.records import journal as journal_records
from shipui.runs.journal import Journal, TakenOver, replay
from shipui.runs.spool import Spool
from tests.records import RecordsDatabase, approved, open_run


class Line:
    """The way to the records; it can be cut."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cut = False

    def direct(self, application_name: str) -> psycopg.Connection[tuple[object, ...]]:
        if self.cut:
            raise Unreachable("The records database does not answer.")
        return psycopg.connect(self.url, autocommit=True, application_name=application_name)


@pytest.fixture
def admin(records_database: RecordsDatabase) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(records_database.url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def run(admin: psycopg.Connection[tuple[object, ...]]) -> Run:
    return open_run(admin, approved(admin))


def lose(line: Line, admin: psycopg.Connection[tuple[object, ...]], run: Run) -> None:
    line.cut = True
    admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
        (f"shipui/{run.id}/{run.epoch}",),
    )


def test_what_is_said_while_the_records_are_away_waits_on_disk_in_order(
    records_database: RecordsDatabase, admin: psycopg.Connection[tuple[object, ...]], run: Run, tmp_path: Path
) -> None:
    line, spool, done = Line(records_database.url), Spool(tmp_path / "spool" / f"{run.id}.jsonl"), []
    operations = {"note_it": lambda _, arguments: done.append(arguments["what"])}
    journal = Journal(run, line, spool, operations)
    journal.write(EventKind.INTENT, 1, {})
    lose(line, admin, run)
    journal.write(EventKind.RESULT, 1, {"state": "passed"})
    assert journal.do("note_it", what="kept") is False
    journal.write(EventKind.INTENT, 2, {})
    assert not spool.empty()
    assert done == []
    assert [event.number for event in journal_records.read(admin, run.id)] == [1]
    line.cut = False
    journal.close()
    assert spool.empty()
    assert done == ["kept"]
    found = journal_records.read(admin, run.id)
    assert [(event.number, event.kind) for event in found] == [
        (1, EventKind.INTENT),
        (2, EventKind.RESULT),
        (3, EventKind.INTENT),
    ]


def test_a_replay_writes_nothing_twice_and_one_refusal_holds_up_no_other(
    records_database: RecordsDatabase, admin: psycopg.Connection[tuple[object, ...]], run: Run, tmp_path: Path
) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("no")

    line, spool = Line(records_database.url), Spool(tmp_path / f"{run.id}.jsonl")
    journal = Journal(run, line, spool, {})
    line.cut = True
    journal.write(EventKind.INTENT, 1, {})
    journal.do("refused")
    journal.write(EventKind.RESULT, 1, {"state": "passed"})
    journal.close()
    kept = list(spool.entries())
    for _ in range(2):
        if spool.empty():
            spool.add(kept)
        (words,) = replay(admin, run, spool, {"refused": refuse})
        assert words == "The records refused what had been kept for them (refused): no"
        assert spool.empty()
    assert [event.number for event in journal_records.read(admin, run.id)] == [1, 2]


def test_an_audit_entry_whose_commit_was_not_answered_is_written_once(
    records_database: RecordsDatabase, admin: psycopg.Connection[tuple[object, ...]], run: Run, tmp_path: Path
) -> None:
    spool = Spool(tmp_path / f"{run.id}.jsonl")
    person = {"name": "ann", "uid": 1000, "role": 2, "ssh": ""}
    said = [
        {
            "person": person,
            "action": "window decision",
            "subject": run.promotion,
            "details": {"open": each, "run": run.id},
        }
        for each in (True, False, True)
    ]
    for _ in range(2):
        spool.add([{"operation": "audit", "arguments": each} for each in said])
        assert replay(admin, run, spool, operations(tmp_path / "audit.head")) == []
    kept = [json.loads(each.details)["open"] for each in audit.listed(admin)]
    assert kept == [False, True]


def test_whoever_was_taken_over_writes_nothing_more(
    records_database: RecordsDatabase, admin: psycopg.Connection[tuple[object, ...]], run: Run, tmp_path: Path
) -> None:
    journal = Journal(run, Line(records_database.url), Spool(tmp_path / "spool.jsonl"), {})
    journal.write(EventKind.INTENT, 1, {})
    runs.take_over(admin, run.id, run.epoch, "m", "h", 1)
    with pytest.raises(TakenOver):
        journal.write(EventKind.RESULT, 1, {"state": "passed"})
    journal.close()
    assert [event.number for event in journal_records.read(admin, run.id)] == [1]
    assert replace(run, epoch=2).epoch == runs.get(admin, run.id).epoch
