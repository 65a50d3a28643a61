"""Ship a finished build: from a sandbox to a promotion that waits for approval."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from shipui.actions.production_run import open_journal
from shipui.install import Installation
from shipui.limits.deadline import Deadline
from shipui.model.change import ChangeType, RiskLevel
from shipui.model.contribution import Assessment, require_choice
from shipui.model.errors import BadInput, ShipuiError
from shipui.model.events import Outcome, RunKind
from shipui.model.evidence import Evidence, require_same_commit
from shipui.model.roles import Person, Right
from shipui.records import contributions, runs
from shipui.records.products import require_semantic
from shipui.runs.build_lock import take_build
from shipui.runs.context import RunContext
from shipui.runs.lock import TargetLock, hold_alive, machine_id
from shipui.runs.runner import Runner
from shipui.runs.running import RunningRun
from shipui.ship.assessment import assess_range, cleared_findings
from shipui.ship.procedure import Ship
from shipui.ship.shipment import Order, Shipment

LONGEST_TITLE = 500
LOOK_SECONDS = 30.0
ASSESSMENT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Shipping:
    running: RunningRun
    made: dict[str, str]
    """Filled while it runs: product, version, epic, promotion."""


def prepare_order(
    installation: Installation,
    *,
    build: str,
    title: str,
    sandbox: str,
    target: str | None = None,
    base: str | None = None,
    product: str | None = None,
    version: str | None = None,
    type: ChangeType = ChangeType.NORMAL,
    risk: RiskLevel | None = None,
    evidence: Evidence | None = None,
    contribute: bool | None = None,
) -> Order:
    """Checked: BadInput names what is missing. `target` may be left out where the install has only one."""
    if not title.strip():
        raise BadInput("The title is empty.", fix="Say in a few words what the build is.")
    if len(title) > LONGEST_TITLE:
        raise BadInput(f"The title has {len(title)} characters; {LONGEST_TITLE} are allowed.")
    if version is not None:
        require_semantic(version)
    if target is None:
        if len(installation.settings.target) > 1:
            known = ", ".join(sorted(installation.settings.target))
            raise BadInput("This install has several targets.", fix=f"Choose one with --target: {known}.")
        target = next(iter(installation.settings.target))
    installation.target(target)
    if not sandbox.startswith("docker://"):
        sandbox = str(Path(sandbox).absolute())
    return Order(build, title.strip(), sandbox, target, base, product, version, type, risk, evidence, contribute)


def assessment(installation: Installation, person: Person, order: Order) -> tuple[Assessment, bool | None]:
    """What speaks for and against sharing it, and what was chosen for this very content before: for whoever has to choose now."""
    person.require(Right.SHIP)
    sharing, deadline = installation.sharing(), Deadline(ASSESSMENT_SECONDS)
    sandbox = installation.sandbox(order.sandbox)
    revision = sandbox.snapshot(order.base, deadline).revision
    sandbox.keep(revision, deadline)
    with installation.records.transaction() as connection:
        chosen, _ = contributions.choice(connection, order.build, revision)
        cleared = cleared_findings(connection, order.build, sharing.mode)
    with sandbox.examined(revision, deadline) as examined:
        found = assess_range(examined, order.title, installation.settings, sharing.redaction, cleared)
    return found, chosen


def ship(installation: Installation, person: Person, order: Order) -> Shipping:
    """A run that begins when it is started; safe to repeat for the same build.

    TargetBusy while somebody ships or merges the same build; BadInput for evidence of another commit, and where the contribution
    mode asks and nothing was answered.
    """
    person.require(Right.SHIP)
    limit = installation.settings.limits.run_seconds
    sandbox = installation.sandbox(order.sandbox)
    if order.evidence is not None:
        require_same_commit(order.evidence, sandbox.head(Deadline(LOOK_SECONDS)))
    sharing = installation.sharing()
    with installation.audited(
        person, "shipping begun", order.build, sandbox=order.sandbox, contribute=order.contribute
    ) as connection:
        run = runs.open_run(
            connection,
            kind=RunKind.SHIP,
            promotion=None,
            target=order.target,
            machine=machine_id(),
            host=socket.gethostname(),
            pid=os.getpid(),
            person=person.name,
            limit_seconds=limit,
        )
    alive = hold_alive(installation.records, run)
    try:
        take_build(alive, order.build)
    except ShipuiError as error:
        runs.finish(alive, run.id, Outcome.REFUSED, error.plain, error.detail, ())
        alive.close()
        raise
    lock = TargetLock(run, -1, alive)
    journal = open_journal(installation, run)
    work = Shipment(
        RunContext(run, journal, Deadline(limit)),
        order,
        person,
        sandbox,
        installation.records,
        installation.settings,
        sharing,
        installation.folders.contexts / f"evidence-{order.build}",
    )
    return Shipping(RunningRun(Runner(Ship(), work, limit), journal, lock), work.made)


def require_answer(installation: Installation, order: Order, chosen: bool | None) -> None:
    """BadInput where the install asks each time, and neither now nor before anything was answered."""
    require_choice(installation.sharing().mode, order.contribute if order.contribute is not None else chosen)
