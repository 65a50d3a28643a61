"""Finish what interrupted runs left: those whose row is open, and whose holder is dead."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from shipui.actions.production_run import Wish, assemble, fence, open_journal, settle
from shipui.databases.base import Database, Sibling, sibling_kind
from shipui.install import Installation
from shipui.limits.child import end_orphans
from shipui.limits.deadline import Deadline
from shipui.model.events import Event, Outcome, RunKind
from shipui.model.promotion import Status
from shipui.model.roles import Person, Right
from shipui.model.run import Run
from shipui.pipeline.deployment import Deployment
from shipui.pipeline.rollback.procedure import Rollback
from shipui.records import journal, promotions, runs
from shipui.runs.context import RunContext
from shipui.runs.interrupted import read_interrupted
from shipui.runs.journal import event_from_json
from shipui.runs.lock import TargetLock, acquire, hold_alive, is_alive, machine_id, take_machine_lock
from shipui.runs.procedure import Ending
from shipui.runs.runner import Runner
from shipui.runs.spool import Spool

Say = Callable[[str], None]
SECOND_LOOK_SECONDS = 0.3
TIDY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Recovered:
    run: Run
    outcome: Outcome
    plain: str
    commands: tuple[str, ...] = ()

    @property
    def promotion(self) -> str:
        return self.run.promotion or self.run.id

    @property
    def exit_code(self) -> int:
        return {Outcome.ROLLED_BACK: 1, Outcome.NEEDS_ATTENTION: 4}.get(self.outcome, 0)

    def as_json(self) -> dict[str, Any]:
        return {
            "run": self.run.id,
            "kind": str(self.run.kind),
            "promotion": self.run.promotion,
            "outcome": str(self.outcome),
            "plain": self.plain,
            "commands": list(self.commands),
        }


def interrupted_runs(installation: Installation) -> list[Run]:
    """Runs whose row is open although nobody holds their lock; not those that only had to be written down."""
    settle(installation)
    if not _without_holder(installation):
        return []
    time.sleep(SECOND_LOOK_SECONDS)  # a run takes its lock just after its row is there: not taken for dead in between
    return _without_holder(installation)


def _without_holder(installation: Installation) -> list[Run]:
    with installation.records.transaction() as connection:
        return [run for run in runs.open_runs(connection) if not is_alive(connection, run)]


def recover(
    installation: Installation, person: Person, say: Say, *, keep_database: frozenset[str] = frozenset()
) -> list[Recovered]:
    """Interrupted runs, then promotions that need attention, one after the other; what could not be taken over is said and left.

    `keep_database`: promotions whose database a person decided to leave as it is.
    """
    person.require(Right.RECOVER)
    if ended := end_orphans():
        say(f"Ended {len(ended)} {'process' if len(ended) == 1 else 'processes'} that a dead shipui had started.")
    recovered = []
    for run in interrupted_runs(installation):
        if run.machine != machine_id():
            say(f"{run.id} ran on {run.host}. Recover it there: its files and processes are on that machine.")
            continue
        if run.kind is RunKind.SHIP:
            recovered.append(_end_ship(installation, run))
            continue
        file = take_machine_lock(installation.locks, run.target)
        if file is None:
            say(f"{run.id} is being recovered by another shipui on this machine.")
            continue
        with installation.records.transaction() as connection:
            ours = runs.take_over(connection, run.id, run.epoch, machine_id(), socket.gethostname(), os.getpid())
        lock = TargetLock(ours, file, hold_alive(installation.records, ours))
        try:
            fence(installation, lock)
            recovered.append(_finish(installation, person, ours, ours, say, _wish(ours, keep_database)))
        finally:
            lock.release()
    seen = {each.promotion for each in recovered}
    for run in _in_attention(installation):
        if run.promotion in seen:
            continue
        recovered.append(_try_again(installation, person, run, say, _wish(run, keep_database)))
    return recovered


def _wish(run: Run, keep_database: frozenset[str]) -> Wish:
    return Wish(keep_database=run.promotion in keep_database)


def _in_attention(installation: Installation) -> list[Run]:
    """Of each promotion that needs attention, the run that left it so."""
    with installation.records.transaction() as connection:
        waiting = promotions.listed(connection, status=Status.NEEDS_ATTENTION)
        of_each = [runs.of_promotion(connection, each.id) for each in waiting]
    kinds = {RunKind.DEPLOY, RunKind.ROLLBACK}
    return [
        [run for run in found if run.kind in kinds and run.outcome is Outcome.NEEDS_ATTENTION][-1] for found in of_each
    ]


def _try_again(installation: Installation, person: Person, run: Run, say: Say, wish: Wish) -> Recovered:
    """A run of its own, which takes back what `run` could not."""
    assert run.promotion is not None
    lock = acquire(
        installation.records,
        installation.locks,
        kind=RunKind.RECOVERY,
        promotion=run.promotion,
        target=run.target,
        person=person.name,
        limit_seconds=installation.settings.limits.rollback_seconds,
    )
    try:
        fence(installation, lock)
        return _finish(installation, person, run, lock.run, say, wish)
    finally:
        lock.release()


def _finish(installation: Installation, person: Person, run: Run, ours: Run, say: Say, wish: Wish) -> Recovered:
    """Finish `run`, in the journal of `ours`: the same run, taken over, or one of its own."""
    assert run.promotion is not None
    interrupted = read_interrupted(_all_events(installation, run))
    again = ours.id != run.id
    what = "needs attention since" if again else "was interrupted at"
    say(f"{run.id} ({run.kind} of {run.promotion}, begun by {run.person}) {what} step {interrupted.at or 1}.")
    if again:
        interrupted.ending = None
    kept = open_journal(installation, ours, first_number=1 if again else interrupted.last_number + 1)
    try:
        with installation.records.transaction() as connection:
            promotion = promotions.get(connection, run.promotion)
        seconds = installation.settings.limits.rollback_seconds
        # Whatever the run made carries its ID; that this is a recovery, the epoch says.
        maker = replace(run, epoch=run.epoch + 1) if again else ours
        work = assemble(installation, person, promotion, RunContext(maker, kept, Deadline(seconds)), wish)
        _tidy_database(work.database, say)
        procedure = Rollback() if run.kind is RunKind.ROLLBACK else Deployment()
        ending: Ending = Runner(procedure, work, seconds).resume(interrupted)
    except BaseException as error:
        if again:
            with installation.records.transaction() as connection:
                runs.finish(connection, ours.id, Outcome.NEEDS_ATTENTION, str(error), "", ())
        raise
    finally:
        kept.close()
    details = {"run": run.id, "outcome": str(ending.outcome), "keep_database": wish.keep_database}
    with installation.audited(person, "recovered", run.promotion, **details):
        pass
    return Recovered(run, ending.outcome, ending.plain, ending.commands)


def _tidy_database(database: Database, say: Say) -> None:
    """End what the dead run left running, open again what it had closed for a moment, and drop the scratch databases that it left."""
    if ended := database.end_leftovers(Deadline(TIDY_SECONDS)):
        say(
            f"Ended {ended} {'process' if ended == 1 else 'processes'} in the container of the database {database.name}."
        )
    if database.allow_connections(Deadline(TIDY_SECONDS)):
        say(f"The database {database.name} was closed to everyone; it is open again.")
    for name, oid in database.siblings().items():
        if sibling_kind(database.name, name) in {Sibling.RESTORE, Sibling.REHEARSAL} and database.drop(name, oid):
            say(f"The unfinished database {name} is removed.")


def _all_events(installation: Installation, run: Run) -> list[Event]:
    """From the records, and from the spool on this machine that they have not seen yet."""
    found: dict[int, Event] = {}
    number = 0
    with installation.records.transaction() as connection:
        while events := journal.read(connection, run.id, after=number):
            number = events[-1].number
            found.update({event.number: event for event in events})
    for entry in Spool(installation.spools / f"{run.id}.jsonl").entries():
        if "event" in entry:
            event = event_from_json(entry["event"])
            found.setdefault(event.number, event)
    return [found[number] for number in sorted(found)]


def _end_ship(installation: Installation, run: Run) -> Recovered:
    plain = "Shipping was interrupted. Ship the build again: it goes on where it stopped."
    with installation.records.transaction() as connection:
        runs.finish(connection, run.id, Outcome.STOPPED, plain, "", ())
    return Recovered(run, Outcome.STOPPED, plain)
