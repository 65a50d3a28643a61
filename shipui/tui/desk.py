"""What the screens need of an install: things to read, things to do. The real one is install_desk.py; tests bring their own.

Every method may block, and is called on a thread that is not the screens'. All raise ShipuiError in plain words.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Protocol

from shipui.model.backup import Backup
from shipui.model.calendar import Calendar, Decision
from shipui.model.change import Change
from shipui.model.events import Event, Outcome
from shipui.model.findings import Severity
from shipui.model.promotion import Approval, Promotion, Status
from shipui.model.promotion_order import Order
from shipui.model.roles import Person
from shipui.model.run import Run

if TYPE_CHECKING:
    from shipui.actions.interruption import Interruption
    from shipui.actions.recover import Recovered
    from shipui.tui.desks.audit import AuditDesk
    from shipui.tui.desks.backups import BackupsDesk
    from shipui.tui.desks.findings import FindingsDesk
    from shipui.tui.desks.inventory import InventoryDesk
    from shipui.tui.desks.logs import LogsDesk
    from shipui.tui.desks.shipping import ShippingDesk
    from shipui.tui.desks.windows import WindowsDesk

PAGE = 100
"""Promotions that are read at once."""


class Ended(Protocol):
    """How a run ended, for people."""

    @property
    def outcome(self) -> Outcome: ...
    @property
    def plain(self) -> str: ...


class Running(Protocol):
    """A run of this process, on a thread of its own."""

    @property
    def run(self) -> Run: ...
    @property
    def finished(self) -> bool: ...
    def listen(self, listener: Callable[[Event], None]) -> None: ...
    def start(self) -> object: ...
    def cancel(self, who: str) -> None: ...
    def wait(self, seconds: float | None = None) -> Ended | None: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """What the header and the tabs show: how the install stands now."""

    counter: str
    """Another one means that something in the records changed."""
    counts: dict[Status, int]
    windows: str
    """Whether changes may go out now, in words."""
    windows_open: bool | None
    """None: for some changes only, or not known."""
    open_runs: tuple[Run, ...] = ()
    interrupted: tuple[Run, ...] = ()
    """Those of the open runs whose shipui is dead."""
    attention: tuple[Promotion, ...] = ()
    decisions: dict[Change, Decision] = field(default_factory=dict)
    """Of every kind of change, if it were deployed now; empty when windows.toml cannot be read."""
    zone: tzinfo | None = None
    """The install's, for what the decisions say."""


@dataclass(frozen=True, slots=True)
class Details:
    """One promotion, with what an operator wants to know before deciding."""

    promotion: Promotion
    approvals: tuple[Approval, ...]
    approvals_needed: int
    own_request_allowed: bool
    decision: Decision | None
    """If it were deployed now; None when windows.toml cannot be read."""
    decision_problem: str = ""
    last_run: Run | None = None
    runs: tuple[Run, ...] = ()
    """The oldest first."""
    backup: Backup | None = None
    """Of its last deployment."""
    findings: dict[Severity, int] = field(default_factory=dict)
    """Of the gates on this content, less what reviewers have settled; empty also when none has run: see the promotion's verdict."""
    evidence: tuple[str, ...] = ()
    """What the build was verified by, a line each."""
    pull_request: str = ""
    """Where it is and how it stands, in words; "" where there is none."""
    pull_request_open: bool = False
    deployed_now: Promotion | None = None
    """What its target runs."""
    limit_seconds: float = 600
    backups_folder: str = ""


@dataclass(frozen=True, slots=True)
class WindowRow:
    change: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class Windows:
    file: str
    calendar: Calendar
    rows: tuple[WindowRow, ...] = field(default_factory=tuple)


class Desk(Protocol):
    @property
    def backups(self) -> BackupsDesk: ...
    @property
    def audit(self) -> AuditDesk: ...
    @property
    def logs(self) -> LogsDesk: ...
    @property
    def findings(self) -> FindingsDesk: ...
    @property
    def window_settings(self) -> WindowsDesk: ...
    @property
    def inventory(self) -> InventoryDesk: ...
    @property
    def shipping(self) -> ShippingDesk: ...

    name: str
    production: bool
    """False for an install that only rehearses."""
    person: Person
    recovers_by_itself: bool
    """Whether interrupted runs are recovered without asking."""

    def standing(self, known: Standing | None) -> Standing:
        """`known` comes back when nothing changed since."""
        ...

    def page(
        self,
        status: Status | None,
        text: str,
        limit: int,
        *,
        after: Promotion | None = None,
        order: Order = Order.NEWEST,
    ) -> list[Promotion]:
        """From the first on, or behind `after`."""
        ...

    def as_they_are(self, promotion_ids: Sequence[str]) -> list[Promotion]:
        """Read anew; in no order."""
        ...

    def details(self, promotion_id: str) -> Details: ...
    def run(self, run_id: str) -> Run: ...
    def newest_run(self) -> Run | None:
        """The last of any promotion."""
        ...

    def follow(self, run_id: str, stop: threading.Event) -> Iterator[list[Event]]:
        """All events from the first on, and then as they come, until the run has ended or `stop` is set."""
        ...

    def now(self) -> datetime: ...
    def interruptions(self) -> Sequence[Interruption]:
        """The runs of this machine that were interrupted, with what their recovery would do."""
        ...

    def approve(self, promotion_id: str, reason: str) -> Promotion: ...
    def reject(self, promotion_id: str, reason: str) -> Promotion: ...
    def withdraw(self, promotion_id: str, reason: str) -> Promotion: ...
    def retry(self, promotion_id: str) -> Promotion: ...
    def cancel(self, promotion_id: str) -> Run: ...
    def merge(self, promotion_id: str) -> str:
        """What came of trying to merge its pull request, in words."""
        ...

    def recover(self, promotion_id: str = "", *, put_back: bool = False) -> Sequence[Recovered]:
        """What was interrupted, and that promotion, which needs attention; `put_back`: its ID was typed so that its database is."""
        ...

    def deploy(self, promotion_id: str, *, emergency: bool, override: bool, reason: str) -> Running: ...
    def roll_back(self, promotion_id: str, *, restore_database: bool, typed: str) -> Running: ...
