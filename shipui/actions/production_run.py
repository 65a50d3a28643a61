"""How a run on production begins, whichever it is: the target's lock, the journal, the parts, and the runner on its thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shipui.install import Installation
from shipui.limits.deadline import Deadline
from shipui.model.errors import NotReady, UnknownId, Unreachable
from shipui.model.events import Outcome, RunKind
from shipui.model.promotion import Promotion
from shipui.model.roles import Person
from shipui.model.run import Run
from shipui.pipeline.bookkeeping import operations
from shipui.pipeline.production import NO_PASSAGE, Passage, Production
from shipui.records import promotions, runs
from shipui.runs.context import RunContext
from shipui.runs.journal import Journal
from shipui.runs.lock import TargetLock, acquire, acquire_patiently
from shipui.runs.procedure import Procedure
from shipui.runs.runner import Runner
from shipui.runs.running import RunningRun
from shipui.runs.settle import settle_finished
from shipui.runs.spool import Spool
from shipui.runtimes.base import LABEL_EPOCH, LABEL_PROMOTION, LABEL_RUN


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person asked for, beside the promotion."""

    passage: Passage = NO_PASSAGE
    restore_database: bool = False
    keep_database: bool = False
    """A recovery leaves the database as it is: a person decided so."""
    put_database_back: bool = False
    """A recovery puts the database back, whatever it holds by now: a person typed the promotion's ID for that."""
    limit_seconds: float | None = None
    """Shorter than the install's limit, for this run only."""
    wait: Deadline | None = None
    """Wait for the target to become free, this long; None: refuse at once."""
    waiting: Callable[[str], None] | None = None


def begin(
    installation: Installation,
    person: Person,
    promotion: Promotion,
    kind: RunKind,
    procedure: Procedure[Production],
    wish: Wish,
    details: Mapping[str, Any],
) -> RunningRun:
    """Not started yet, but in the audit trail, with `details`. TargetBusy when another run has the target."""
    settle(installation)
    limits = installation.settings.limits
    seconds = min(limits.run_seconds, wish.limit_seconds or limits.run_seconds)

    def attempt() -> TargetLock:
        return acquire(
            installation.records,
            installation.locks,
            kind=kind,
            promotion=promotion.id,
            target=promotion.target,
            person=person.name,
            limit_seconds=seconds,
        )

    lock = acquire_patiently(attempt, wish.wait, wish.waiting or (lambda _: None)) if wish.wait else attempt()
    try:
        fence(installation, lock)
        journal = open_journal(installation, lock.run)
        with installation.records.transaction() as connection:
            promotion = promotions.get(connection, promotion.id)
        work = assemble(installation, person, promotion, RunContext(lock.run, journal, Deadline(seconds)), wish)
        with installation.audited(person, f"{kind} begun", promotion.id, run=lock.run.id, **details):
            pass
        return RunningRun(Runner(procedure, work, limits.rollback_seconds), journal, lock)
    except BaseException as error:
        with installation.records.transaction() as connection:
            runs.finish(connection, lock.run.id, Outcome.REFUSED, f"It could not begin: {error}", "", ())
        lock.release()
        raise


def fence(installation: Installation, lock: TargetLock) -> None:
    """Keep other machines off the target for as long as the lock is held. NotReady when its engine does not answer."""
    run = lock.run
    runtime = installation.runtime(run.target)
    labels = {LABEL_RUN: run.id, LABEL_EPOCH: str(run.epoch), LABEL_PROMOTION: run.promotion or ""}
    try:
        lift_stale_fence(installation, run.target)
        runtime.fence(labels)
    except Unreachable as error:
        raise NotReady(error.plain, detail=error.detail, fix=error.fix) from error
    lock.fenced(lambda: runtime.unfence(labels))


def lift_stale_fence(installation: Installation, target: str) -> None:
    """Take away the mark of a run that has ended: its shipui was killed after the last entry, before it could do so itself."""
    runtime = installation.runtime(target)
    holder = runtime.fenced_by()
    if holder is None:
        return
    try:
        with installation.records.transaction() as connection:
            ended = runs.get(connection, holder).finished_at is not None
    except UnknownId:  # of other records: not ours to judge
        return
    if ended:
        runtime.unfence({LABEL_RUN: holder})


def settle(installation: Installation) -> None:
    """Write down what runs that have ended kept on this machine while the records did not answer."""
    settle_finished(installation.records, installation.spools, installation.locks, operations(installation.audit_head))


def open_journal(installation: Installation, run: Run, *, first_number: int = 1) -> Journal:
    return Journal(
        run,
        installation.records,
        Spool(installation.spools / f"{run.id}.jsonl"),
        operations(installation.audit_head),
        first_number=first_number,
    )


def assemble(
    installation: Installation, person: Person, promotion: Promotion, context: RunContext, wish: Wish
) -> Production:
    """The production that this run works on, each part named after the run."""
    run = context.run
    return Production(
        context=context,
        promotion=promotion,
        person=person,
        target=installation.target(promotion.target),
        settings=installation.settings,
        runtime=installation.runtime(promotion.target),
        database=installation.database(promotion.target, f"shipui/{run.id}/{run.epoch}"),
        sandbox=installation.sandbox(promotion.sandbox),
        records=installation.records,
        calendar=installation.calendar,
        require_records_apart=lambda: installation.require_records_apart(promotion.target),
        folders=installation.folders,
        passage=wish.passage,
        restore_database=wish.restore_database,
        keep_database=wish.keep_database,
        put_database_back=wish.put_database_back,
    )
