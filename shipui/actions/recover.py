"""Finish what interrupted runs left: those whose row is open, and whose holder is dead."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from shipui.actions.interruption import Interruption, events_of, examine
from shipui.actions.production_run import Wish, assemble, fence, lift_stale_fence, open_journal, settle
from shipui.databases.base import Database, Sibling, sibling_kind
from shipui.install import Installation
from shipui.limits.child import end_orphans
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, TargetBusy, Unreachable
from shipui.model.events import Outcome, RunKind
from shipui.model.promotion import Status
from shipui.model.roles import Person, Right
from shipui.model.run import Run
from shipui.model.text import listed
from shipui.pipeline.deployment import Deployment
from shipui.pipeline.rollback.procedure import Rollback
from shipui.records import promotions, runs
from shipui.runs.context import RunContext
from shipui.runs.interrupted import read_interrupted
from shipui.runs.lock import TargetLock, acquire, hold_alive, is_alive, machine_id, take_machine_lock
from shipui.runs.procedure import Ending
from shipui.runs.runner import Runner

Say = Callable[[str], None]
SECOND_LOOK_SECONDS = 0.3
TIDY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Recovered:
    run: Run
    outcome: Outcome
    plain: str
    commands: tuple[str, ...] = ()
    undecided: bool = False
    """It needs attention because only a person can decide whether its database is put back; see `Decisions`."""

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
            "undecided": self.undecided,
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


def interruptions(installation: Installation) -> list[Interruption]:
    """What `recover` would find, and do. Touches nothing."""
    return [examine(installation, run) for run in interrupted_runs(installation)]


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people decided about databases that changed in a way which only people can judge, by the promotion's ID."""

    kept: frozenset[str] = frozenset()
    """It is left as it is."""
    put_back: frozenset[str] = frozenset()
    """It is put back, and what was written since is set aside: the ID was typed to confirm that."""

    def __post_init__(self) -> None:
        if both := sorted(self.kept & self.put_back):
            raise BadInput(f"The database of {listed(both)} can be kept, or put back, but not both.")

    def wish(self, run: Run) -> Wish:
        return Wish(keep_database=run.promotion in self.kept, put_database_back=run.promotion in self.put_back)


NOTHING_DECIDED = Decisions()


def recover(
    installation: Installation,
    person: Person,
    say: Say,
    *,
    decisions: Decisions = NOTHING_DECIDED,
    attention: Collection[str] | None = None,
) -> list[Recovered]:
    """Interrupted runs, then promotions that need attention (of those in `attention`, if that is given), one after the other.

    What is there, and what will be done about it, is said before it is done; what could not be taken over is said and left.
    """
    person.require(Right.RECOVER)
    if ended := end_orphans():
        say(f"Ended {len(ended)} {'process' if len(ended) == 1 else 'processes'} that a dead shipui had started.")
    recovered = [
        each for run in interrupted_runs(installation) if (each := _recover(installation, person, run, say, decisions))
    ]
    for target in installation.settings.target:
        with suppress(Unreachable):  # nothing of that target can be done then anyway
            lift_stale_fence(installation, target)
    seen = {each.promotion for each in recovered}
    for run in _in_attention(installation):
        if run.promotion in seen or (attention is not None and run.promotion not in attention):
            continue
        try:
            recovered.append(_try_again(installation, person, run, say, decisions.wish(run)))
        except TargetBusy as error:
            say(f"{run.promotion} needs attention still, and cannot be looked at now: {error.plain}")
    return recovered


def _recover(installation: Installation, person: Person, run: Run, say: Say, decisions: Decisions) -> Recovered | None:
    """One interrupted run; None when it is not this shipui's to recover, or somebody was quicker."""
    found = examine(installation, run)
    for line in found.lines:
        say(line)
    if found.elsewhere:
        return None
    if run.kind is RunKind.SHIP:
        return _end_ship(installation, run)
    file = take_machine_lock(installation.locks, run.target)
    if file is None:
        say(f"{run.id} is being recovered by another shipui on this machine.")
        return None
    try:
        with installation.records.transaction() as connection:
            ours = runs.take_over(connection, run.id, run.epoch, machine_id(), socket.gethostname(), os.getpid())
        lock = TargetLock(ours, file, hold_alive(installation.records, ours))
    except TargetBusy as error:
        os.close(file)
        say(error.plain)
        return None
    except BaseException:
        os.close(file)
        raise
    try:
        fence(installation, lock)
        return _finish(installation, person, ours, ours, say, decisions.wish(ours))
    finally:
        lock.release()


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
    interrupted = read_interrupted(events_of(installation, run))
    again = ours.id != run.id
    if again:
        say(
            f"{run.id} ({run.kind} of {run.promotion}, begun by {run.person}) left it so that it needs attention: tried again."
        )
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
    details = {
        "run": run.id,
        "outcome": str(ending.outcome),
        "keep_database": wish.keep_database,
        "put_database_back": wish.put_database_back,
    }
    with installation.audited(person, "recovered", run.promotion, **details):
        pass
    return Recovered(run, ending.outcome, ending.plain, ending.commands, work.database_undecided)


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


def _end_ship(installation: Installation, run: Run) -> Recovered:
    plain = "Shipping was interrupted. Ship the build again: it goes on where it stopped."
    with installation.records.transaction() as connection:
        runs.finish(connection, run.id, Outcome.STOPPED, plain, "", ())
    return Recovered(run, Outcome.STOPPED, plain)
