"""Brings the demo's builds into the queue, as the studio in which they were made would."""

from __future__ import annotations

import os
from itertools import count

from shipui.actions.acknowledge import acknowledge
from shipui.actions.ship import prepare_order, ship
from shipui.demo.configuration import PRODUCT
from shipui.demo.folder import DemoFolder
from shipui.demo.sandboxes import FIRST, head
from shipui.demo.scenarios import FIRST_VERSION, Scenario
from shipui.install import Installation
from shipui.limits.deadline import Deadline
from shipui.model.change import ChangeType, RiskLevel
from shipui.model.errors import Failed, Refused
from shipui.model.events import Outcome
from shipui.model.evidence import Criterion, Evidence, SuiteResult
from shipui.model.findings import Verdict, verdict_of
from shipui.model.ids import IdKind, make_id
from shipui.model.promotion import Promotion, Status
from shipui.model.roles import Person, Role
from shipui.records import gates, products, promotions

STUDIO = Person("build-studio", os.getuid(), Role.OPERATOR)
"""Whoever asks for the demo's promotions; somebody else has to approve them."""


REVIEWER = Person("code-review", os.getuid(), Role.REVIEWER)
"""Whoever has looked at what the gates found of the builds that are about something else."""
_LOOK_SECONDS = 30.0


def target_of(installation: Installation) -> str:
    """The demo's production: the first target of its settings."""
    return next(iter(installation.settings.target))


def open_promotion(installation: Installation, folder: DemoFolder, scenario: Scenario) -> Promotion | None:
    """The newest promotion of the scenario's sandbox that waits for approval, or is approved."""
    sandbox = str(folder.sandboxes / scenario.name)
    with installation.records.transaction() as connection:
        waiting = [
            promotion
            for status in (Status.PENDING, Status.APPROVED)
            for promotion in promotions.listed(connection, status)
            if promotion.sandbox == sandbox
        ]
    return max(waiting, key=lambda promotion: promotion.requested_at, default=None)


def ship_first(installation: Installation, folder: DemoFolder) -> Promotion:
    """The first version."""
    return _ship(
        installation,
        str(folder.sandboxes / FIRST),
        "Notes, the first version",
        FIRST_VERSION,
        ChangeType.STANDARD,
        RiskLevel.LOW,
    )


def ship_scenario(installation: Installation, folder: DemoFolder, scenario: Scenario) -> Promotion:
    """A new build of the scenario's sandbox, with what the gates found of it settled, unless that is what it shows."""
    promotion = _ship(
        installation,
        str(folder.sandboxes / scenario.name),
        scenario.title,
        scenario.version,
        scenario.type,
        scenario.risk,
        _evidence(folder, scenario),
    )
    if not scenario.stopped_by_gates:
        _settle(installation, promotion)
    return promotion


def _evidence(folder: DemoFolder, scenario: Scenario) -> Evidence | None:
    """As the studio left it when it had verified the build."""
    if not scenario.proved:
        return None
    commit = head(folder.sandboxes / scenario.name, Deadline(_LOOK_SECONDS))
    return Evidence(commit, True, SuiteResult(4, 4, 0), (Criterion(scenario.proved, True),))


def _settle(installation: Installation, promotion: Promotion) -> None:
    with installation.records.transaction() as connection:
        reports = gates.reports(connection, promotion.id)
    left = [
        each.fingerprint
        for report in reports
        for each in report.findings
        if each.fingerprint not in report.settled and verdict_of([each]) in {Verdict.BLOCK, Verdict.ERROR}
    ]
    if left:
        acknowledge(installation, REVIEWER, promotion.id, left, "The demo is to show what becomes of it in production.")


def _ship(
    installation: Installation,
    sandbox: str,
    title: str,
    version: str,
    change_type: ChangeType,
    risk: RiskLevel,
    evidence: Evidence | None = None,
) -> Promotion:
    order = prepare_order(
        installation,
        build=make_id(IdKind.BUILD, os.urandom(4)),
        title=title,
        sandbox=sandbox,
        target=target_of(installation),
        product=PRODUCT,
        version=_free_version(installation, version),
        type=change_type,
        risk=risk,
        evidence=evidence,
    )
    shipping = ship(installation, STUDIO, order)
    ending = shipping.running.start().wait()
    if ending is None or ending.outcome is not Outcome.DONE:
        why = ending.plain if ending is not None else "it did not end"
        raise Failed(f"The demo's build “{title}” could not be shipped: {why}", detail=ending.detail if ending else "")
    with installation.records.transaction() as connection:
        return promotions.get(connection, shipping.made["promotion"])


def _free_version(installation: Installation, version: str) -> str:
    """`version`, or, once it is taken, the same with a build number: what is in the sandbox has not changed."""
    with installation.records.transaction() as connection:
        product = products.find(connection, PRODUCT)
        if product is None:
            return version
        for number in count(2):
            try:
                return products.next_version(connection, product.id, version)
            except Refused:
                version = f"{version.partition('+')[0]}+{number}"
    raise AssertionError("unreachable")
