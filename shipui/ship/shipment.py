"""What the steps of the Ship phase work on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from shipui.code_hosts.base import CodeHost
from shipui.config.settings import Settings
from shipui.gates.base import Change
from shipui.gates.engine import examine
from shipui.gates.range_reading import change_in
from shipui.model.change import ChangeType, RiskLevel
from shipui.model.contribution import Assessment, Decision, Mode
from shipui.model.evidence import Evidence
from shipui.model.findings import Report
from shipui.model.redaction import Redaction
from shipui.model.risk import Suggestion
from shipui.model.roles import Person
from shipui.records import gates
from shipui.records.connection import Records
from shipui.runs.context import RunContext
from shipui.sandboxes.base import Sandbox, Snapshot


@dataclass(frozen=True, slots=True)
class Order:
    """What the person asked to ship."""

    build: str
    title: str
    sandbox: str
    target: str
    base: str | None = None
    product: str | None = None
    """A product's ID or name; the target's name without one."""
    version: str | None = None
    type: ChangeType = ChangeType.NORMAL
    risk: RiskLevel | None = None
    """None: what the change suggests."""
    evidence: Evidence | None = None
    contribute: bool | None = None
    """Whether it is to be shared; None: nothing was said."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """How builds leave this install."""

    mode: Mode
    redaction: Redaction
    host: Callable[[Decision], CodeHost]
    """Where a build goes: into local files when it must not leave, or where no repository or token is set."""


@dataclass(slots=True)
class Shipment:
    context: RunContext
    order: Order
    person: Person
    sandbox: Sandbox
    records: Records
    settings: Settings
    sharing: Sharing
    folder: Path
    """For the copy in which the build is verified; it does not exist yet."""
    snapshot: Snapshot | None = None
    """Set by the first step, as the next three."""
    change: Change | None = None
    report: Report | None = None
    """What the gates say."""
    suggestion: Suggestion | None = None
    assessment: Assessment | None = None
    """Set by the fourth step."""
    decision: Decision | None = None
    made: dict[str, str] = field(default_factory=dict)
    """IDs that the steps made or found: product, version, epic, promotion."""

    def read(self) -> Snapshot:
        if self.snapshot is None:
            self.snapshot = self.sandbox.snapshot(self.order.base, self.context.deadline)
        return self.snapshot

    def examined(self) -> tuple[Change, Report]:
        """The kept change, and what the gates say of it: once in a run."""
        if self.change is None or self.report is None:
            deadline = self.context.deadline
            with self.records.transaction() as connection:
                settled = gates.settled_of_build(connection, self.order.build)
            with self.sandbox.examined(self.read().revision, deadline) as examined:
                self.change = change_in(examined)
                self.report = examine(self.change, self.settings.gates, settled=settled)
            deadline.check()
        return self.change, self.report

    @property
    def risk(self) -> RiskLevel:
        """A person's choice, else what is suggested; from the first step on."""
        if self.order.risk is not None:
            return self.order.risk
        assert self.suggestion is not None
        return self.suggestion.level
