"""Ship a finished build: from a sandbox to a promotion that waits for approval."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shipui.actions.production_run import open_journal
from shipui.install import Installation
from shipui.limits.deadline import Deadline
from shipui.model.change import ChangeType, RiskLevel
from shipui.model.errors import BadInput
from shipui.model.events import RunKind
from shipui.model.roles import Person, Right
from shipui.records import runs
from shipui.records.products import require_semantic
from shipui.runs.context import RunContext
from shipui.runs.lock import TargetLock, hold_alive, machine_id
from shipui.runs.runner import Runner
from shipui.runs.running import RunningRun
from shipui.ship.procedure import Ship
from shipui.ship.shipment import Order, Shipment

LONGEST_TITLE = 500


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
    risk: RiskLevel = RiskLevel.MEDIUM,
    evidence: dict[str, Any] | None = None,
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
    return Order(build, title.strip(), sandbox, target, base, product, version, type, risk, evidence)


def ship(installation: Installation, person: Person, order: Order) -> Shipping:
    """A run that begins when it is started; safe to repeat for the same build."""
    person.require(Right.SHIP)
    limit = installation.settings.limits.run_seconds
    sandbox = installation.sandbox(order.sandbox)
    with installation.audited(person, "shipping begun", order.build, sandbox=order.sandbox) as connection:
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
    lock = TargetLock(run, -1, hold_alive(installation.records, run))
    journal = open_journal(installation, run)
    work = Shipment(
        RunContext(run, journal, Deadline(limit)),
        order,
        person,
        sandbox,
        installation.records,
        installation.settings.gates,
    )
    return Shipping(RunningRun(Runner(Ship(), work, limit), journal, lock), work.made)
