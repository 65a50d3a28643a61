"""The records through their functions: what is asked, refused in words, and still right when two do it at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from shipui.model.artefact import ArtefactKind
from shipui.model.errors import BadInput, Refused, TargetBusy, UnknownId, Unreachable, WrongState
from shipui.model.events import Event, EventKind, Outcome, RunKind
from shipui.model.promotion import Promotion, Status
from shipui.records import approvals, artefacts, backups, epics, gates, journal, products, promotions, runs
from shipui.records.connection import Records
from shipui.records.follow import follow
from tests.records import REVISION, RecordsDatabase, approved, open_run, pending

Connection = psycopg.Connection[Any]


@pytest.fixture
def records(records_database: RecordsDatabase) -> Iterator[Records]:
    records = Records(records_database.url, "shipui/test")
    yield records
    records.close()


def _deploy(connection: Connection, promotion: Promotion) -> None:
    run = open_run(connection, promotion)
    promotions.move(connection, promotion.id, Status.EXECUTING, "", "ann", run.id)
    runs.record_health_pass(connection, run.id)
    before = promotions.deployed_on(connection, promotion.target)
    if before is not None:
        promotions.move(connection, before.id, Status.SUPERSEDED, "", "ann", run.id)
    promotions.move(connection, promotion.id, Status.DEPLOYED, "healthy", "ann", run.id)
    runs.finish(connection, run.id, Outcome.DONE, "It works.", "", ())


def test_what_is_requested_comes_back_and_is_found(records: Records) -> None:
    with records.transaction() as connection:
        made = pending(connection)
    with records.transaction() as connection:
        other = pending(connection, target="staging", product="100%_Shop")
    with records.transaction() as connection:
        assert promotions.get(connection, made.id) == made
        assert made.revision == REVISION
        assert [each.id for each in promotions.listed(connection, text="notes")] == [other.id, made.id]
        assert [each.id for each in promotions.listed(connection, text="100%_s")] == [other.id]
        assert promotions.listed(connection, text="1000") == []
        assert promotions.listed(connection, Status.APPROVED) == []
        assert [each.id for each in promotions.listed(connection, limit=1, offset=1)] == [made.id]
        assert promotions.counts(connection)[Status.PENDING] == 2
        with pytest.raises(UnknownId):
            promotions.get(connection, "CP-FFFFFFFF")


def test_a_build_has_one_open_promotion(records: Records) -> None:
    with records.transaction() as connection:
        first = pending(connection)
        with pytest.raises(WrongState) as caught:
            promotions.request(connection, promotions.again(first, "ann"))
        assert first.id in caught.value.plain
        promotions.move(connection, first.id, Status.REJECTED, "no", "ann", None)
        second = promotions.request(connection, promotions.again(first, "ann"))
        assert second.retry_of == first.id
        assert promotions.open_of_build(connection, first.build) == second


def test_a_refused_move_is_said_in_words_and_leaves_the_transaction_usable(records: Records) -> None:
    with records.transaction() as connection:
        promotion = approved(connection)
        with pytest.raises(WrongState) as caught:
            promotions.move(connection, promotion.id, Status.DEPLOYED, "", "ann", None)
        assert "approved" in caught.value.plain
        with pytest.raises(WrongState) as caught:
            promotions.move(
                connection, promotion.id, Status.EXECUTING, "", "ann", None
            )  # only the database knows why not
        assert "no run of it is open" in caught.value.plain
        assert promotions.get(connection, promotion.id).status is Status.APPROVED


def test_of_two_that_decide_at_once_one_is_refused(records: Records) -> None:
    with records.transaction() as connection:
        promotion = pending(connection)

    def decide(to: Status) -> str:
        try:
            with records.transaction() as own:
                promotions.move(own, promotion.id, to, "", "ann", None)
        except WrongState:
            return "refused"
        return "moved"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(decide, [Status.REJECTED, Status.WITHDRAWN])) == ["moved", "refused"]


def test_of_two_that_begin_a_run_at_once_one_is_told_who_has_the_target(records: Records) -> None:
    with records.transaction() as connection:
        promotion = approved(connection)

    def begin(person: str) -> str:
        try:
            with records.transaction() as own:
                run = open_run(own, promotion, person=person)
                runs.at_step(own, run.id, 5)
        except TargetBusy as error:
            return error.plain
        return person

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(begin, ["ann", "bob", "cid", "dan"]))
    winners = [each for each in answers if len(each) == 3]
    assert len(winners) == 1
    refusals = [each for each in answers if len(each) > 3]
    for refusal in refusals:
        assert refusal.startswith(f"{winners[0]} is deploying {promotion.id} on production since ")
        assert "step 5, Image build" in refusal


def test_a_run_is_taken_over_by_whoever_saw_its_last_epoch(records: Records) -> None:
    with records.transaction() as connection:
        run = open_run(connection, approved(connection))
        taken = runs.take_over(connection, run.id, run.epoch, "machine-1", "ops1", 99)
        assert (taken.epoch, taken.pid) == (2, 99)
        with pytest.raises(TargetBusy):
            runs.take_over(connection, run.id, run.epoch, "machine-1", "ops1", 100)
        runs.ask_cancel(connection, run.id, "bob")
        runs.ask_cancel(connection, run.id, "cid")
        ended = runs.finish(connection, run.id, Outcome.ROLLED_BACK, "It failed.", "exit 1", ["docker start x"])
        assert (ended.cancel_asked_by, ended.commands, ended.plain) == ("bob", ("docker start x",), "It failed.")
        assert runs.finish(connection, run.id, Outcome.DONE, "No.", "", ()) == ended
        assert runs.open_runs(connection) == []


def test_what_postgres_cannot_hold_is_spelt_out_rather_than_refused(records: Records) -> None:
    nasty = "zero \x00, half \ud800, \u202eturned"
    with records.transaction() as connection:
        run = open_run(connection, approved(connection))
        event = Event(run.id, 1, datetime.now(UTC), EventKind.LOG, 5, {"lines": [nasty]})
        journal.append(connection, [event])
        assert journal.read(connection, run.id) == [event]
        assert "␀" in runs.finish(connection, run.id, Outcome.DONE, nasty, nasty, (nasty,)).detail


def test_events_are_replayed_without_harm_and_read_in_pages(records: Records) -> None:
    with records.transaction() as connection:
        run = open_run(connection, approved(connection))
        events = [Event(run.id, n, datetime.now(UTC), EventKind.NOTE, 1, {"plain": str(n)}) for n in range(1, 8)]
        journal.append(connection, events[:5])
        journal.append(
            connection, [Event(run.id, 5, datetime.now(UTC), EventKind.NOTE, 1, {"plain": "forged"}), *events]
        )
        assert journal.read(connection, run.id) == events
        assert journal.read(connection, run.id, after=2, limit=2) == events[2:4]
        assert journal.last_number(connection, run.id) == 7


def test_a_follower_sees_events_as_they_come_and_ends_with_the_run(records: Records) -> None:
    with records.transaction() as connection:
        run = open_run(connection, approved(connection))
    seen: list[int] = []
    first = threading.Event()

    def watch() -> None:
        for batch in follow(records, run.id, 0, threading.Event()):
            seen.extend(each.number for each in batch)
            first.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    kinds = [EventKind.RUN_STARTED, EventKind.NOTE, EventKind.RUN_FINISHED]
    for number, kind in enumerate(kinds, 1):
        with records.transaction() as connection:
            journal.append(connection, [Event(run.id, number, datetime.now(UTC), kind)])
        assert first.wait(5)
    watcher.join(5)
    assert not watcher.is_alive()
    assert seen == [1, 2, 3]


def test_approvals_stand_until_they_lapse(records: Records) -> None:
    with records.transaction() as connection:
        promotion = pending(connection)
        approvals.add(connection, promotion.id, "ann", REVISION, "fine")
        with pytest.raises(WrongState):
            approvals.add(connection, promotion.id, "ann", REVISION, "once more")
        approvals.add(connection, promotion.id, "bob", REVISION, "")
        assert [(each.person, each.revision) for each in approvals.standing(connection, promotion.id)] == [
            ("ann", REVISION),
            ("bob", REVISION),
        ]
        assert approvals.lapse(connection, promotion.id, "the sandbox moved on") == 2
        assert approvals.standing(connection, promotion.id) == []
        assert len(approvals.all_of(connection, promotion.id)) == 2


def test_versions_follow_each_other(records: Records) -> None:
    with records.transaction() as connection:
        first = pending(connection)
        product = first.product
        assert first.version == "1.0.0"
        assert products.next_version(connection, product, None) == "1.1.0"
        assert products.next_version(connection, product, None, "patch") == "1.0.1"
        products.add_version(connection, product, "1.10.0", first.build, "ann")
        products.add_version(connection, product, "1.9.3-rc.1", first.build, "ann")
        assert products.next_version(connection, product, None) == "1.11.0"
        assert products.next_version(connection, product, None, "major") == "2.0.0"
        for wrong in ("1.0", "v1.0.0", "01.0.0", "1.0.0\n", "1.0.0; drop"):
            with pytest.raises(BadInput):
                products.next_version(connection, product, wrong)
        with pytest.raises(Refused):
            products.next_version(connection, product, "1.0.0")
        with pytest.raises(Refused):
            products.add_version(connection, product, "1.0.0", first.build, "ann")
        with pytest.raises(Refused):
            products.add(connection, "Notes", "production")
        assert products.find(connection, product.lower()) == products.find(connection, "Notes")


def test_the_inventory_and_the_way_back_follow_what_is_deployed(records: Records) -> None:
    with records.transaction() as connection:
        first, second = approved(connection), approved(connection)
        (entry,) = products.inventory(connection)
        assert entry.version is None
        _deploy(connection, first)
        _deploy(connection, second)
        (entry,) = products.inventory(connection)
        assert (entry.version, entry.build, entry.promotion) == ("1.1.0", second.build, second.id)
        assert promotions.superseded_by(connection, first.id) is None
        back = promotions.superseded_by(connection, second.id)
        assert back is not None
        assert back.id == first.id
        run = open_run(connection, second, kind=RunKind.ROLLBACK)
        promotions.move(connection, second.id, Status.ROLLED_BACK, "", "ann", run.id)
        promotions.move(connection, first.id, Status.DEPLOYED, "", "ann", run.id)
        assert products.inventory(connection)[0].promotion == first.id


def test_backups_artefacts_epics_and_dispositions_are_kept(records: Records) -> None:
    now = datetime.now(UTC)
    with records.transaction() as connection:
        promotion = approved(connection)
        run = open_run(connection, promotion)
        facts = {"path": "/backups/a.dump", "sha256": "f" * 64, "size": 12, "tables": {"public.note": 3}}
        for _ in range(2):
            backups.add(
                connection, name="a.dump", promotion=promotion.id, target="production", run=run.id, kind="step3",
                made_at=now, facts=facts,
            )  # fmt: skip
            artefacts.add(connection, run.id, "production", ArtefactKind.TAG, "notes:promote", "sha256:1")
            epic = epics.add(connection, build=promotion.build, product=promotion.product, title="T", body="", by="ann")
        assert backups.get(connection, "a.dump") == backups.for_promotion(connection, promotion.id)[0]
        assert backups.listed(connection, target="production")[0].facts == facts
        backups.mark_removed(connection, "a.dump")
        assert backups.get(connection, "a.dump").removed_at is not None
        with pytest.raises(UnknownId):
            backups.get(connection, "b.dump")
        (artefact,) = artefacts.left_on(connection, "production", ArtefactKind.TAG)
        artefacts.mark_removed(connection, artefact.id)
        assert artefacts.left_on(connection, "production") == []
        epics.close_for_build(connection, promotion.build)
        assert [(each.id, each.closed_at is not None) for each in epics.listed(connection)] == [(epic.id, True)]
        gates.add_disposition(connection, promotion.id, "abc", "false_positive", "a test value", "ann")
        assert [each.reason for each in gates.dispositions(connection, promotion.id)] == ["a test value"]
        with pytest.raises(BadInput):
            gates.add_disposition(connection, promotion.id, "abc", "acknowledged", "  ", "ann")


def test_a_transaction_that_raises_leaves_nothing(records: Records) -> None:
    def half() -> None:
        with records.transaction() as connection:
            pending(connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    with records.transaction() as connection:
        assert promotions.listed(connection) == []


def test_a_connection_lost_in_between_is_said_in_words_and_the_next_one_works(
    records: Records, records_database: RecordsDatabase
) -> None:
    def cut(pid: int) -> None:
        with psycopg.connect(records_database.superuser_url, autocommit=True) as superuser:
            superuser.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

    def lose() -> None:
        with records.transaction() as connection:
            cut(connection.info.backend_pid)
            connection.execute("SELECT 1")

    with pytest.raises(Unreachable):
        lose()
    with records.transaction() as connection:
        pid = connection.info.backend_pid
    cut(pid)  # while it rests in the pool
    with records.transaction() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_database_that_is_not_there_is_said_in_words() -> None:
    records = Records("postgresql://nobody@127.0.0.1:1/none", "shipui/test")
    try:
        with pytest.raises(Unreachable) as caught, records.transaction():
            pass
        assert caught.value.plain == "The records database does not answer."
        assert "refused" in caught.value.detail
        with pytest.raises(Unreachable):
            records.direct("shipui/test")
    finally:
        records.close()
