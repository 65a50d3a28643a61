"""What the steps of the Ship phase work on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from shipui.config.settings import GateSettings
from shipui.model.change import ChangeType, RiskLevel
from shipui.model.findings import Report
from shipui.model.roles import Person
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
    risk: RiskLevel = RiskLevel.MEDIUM
    evidence: dict[str, Any] | None = None


@dataclass(slots=True)
class Shipment:
    context: RunContext
    order: Order
    person: Person
    sandbox: Sandbox
    records: Records
    gates: GateSettings
    snapshot: Snapshot | None = None
    """Set by the first step."""
    report: Report | None = None
    """What the gates said; set by the fifth step."""
    made: dict[str, str] = field(default_factory=dict)
    """IDs that the steps made or found: product, version, epic, promotion."""

    def read(self) -> Snapshot:
        if self.snapshot is None:
            self.snapshot = self.sandbox.snapshot(self.order.base, self.context.deadline)
        return self.snapshot
