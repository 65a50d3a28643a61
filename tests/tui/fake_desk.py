"""A desk without an install: promotions in memory, a clock that stands still, runs that a test plays by hand."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shipui.actions.interruption import Interruption
from shipui.actions.recover import Recovered
from shipui.model.calendar import Decision
from shipui.model.change import Change, ChangeType, RiskLevel
from shipui.model.errors import ShipuiError
from shipui.model.events import Event, EventKind, Outcome, RunKind
from shipui.model.findings import Severity
from shipui.model.promotion import Approval, Promotion, Revision, Status
from shipui.model.promotion_order import Order
from shipui.model.roles import Person, Role
from shipui.model.run import Run
from shipui.tui.desk import Details, Standing
from shipui.tui.desks.inventory import InventoryDesk
from shipui.tui.desks.logs import LogsDesk
from shipui.tui.desks.shipping import ShippingDesk
from tests.tui.fake_desks import FakeAudit, FakeBackups, FakeInventory, FakeLogs, FakeShipping
from tests.tui.fake_findings import FakeFindings
from tests.tui.fake_windows import FakeWindows

NOW = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
OPERATOR = Person("ann", 1000, Role.OPERATOR)
REVISION = Revision("c" * 40, "b" * 40, "a" * 40, "d" * 64)
OPEN = Decision(True, "Open: window “Weeknights” until 06:00.", None, "Weeknights", None)
CLOSED = Decision(False, "Closed: the next window, “Weeknights”, opens Wed 25 Nov 22:00.", NOW, None, None)


def promotion(number: int, status: Status = Status.PENDING, title: str = "Search the notes", **other: Any) -> Promotion:
    made = Promotion(
        id=f"CP-{number:08X}",
        status=status,
        build=f"FB-{number:08X}",
        title=title,
        target="notes",
        product="DP-00000001",
        product_name="Notes",
        version=f"1.{number}.0",
        type=ChangeType.STANDARD,
        risk=RiskLevel.LOW,
        requested_by="build-studio",
        requested_at=NOW - timedelta(minutes=7 * number),
        revision=REVISION,
        sandbox="/srv/sandbox",
    )
    return replace(made, **other)


def run_of(subject: Promotion, *, outcome: Outcome | None = None, plain: str = "") -> Run:
    return Run(
        id=f"RN-{subject.id[3:]}",
        kind=RunKind.DEPLOY,
        target=subject.target,
        promotion=subject.id,
        epoch=1,
        person="ann",
        machine="machine-1",
        host="ops1",
        pid=4711,
        limit_seconds=600,
        started_at=NOW - timedelta(seconds=41),
        step=5,
        finished_at=NOW if outcome else None,
        outcome=outcome,
        plain=plain,
    )


@dataclass(frozen=True)
class FakeEnding:
    outcome: Outcome
    plain: str


class FakeRunning:
    """Says what the test has it say; ends when the test has it end."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.started = False
        self.cancelled_by = ""
        self._listeners: list[Callable[[Event], None]] = []
        self._ended = threading.Event()
        self._number = 0
        self.at = NOW - timedelta(seconds=41)

    @property
    def finished(self) -> bool:
        return self._ended.is_set()

    def listen(self, listener: Callable[[Event], None]) -> None:
        self._listeners.append(listener)

    def start(self) -> FakeRunning:
        self.started = True
        return self

    def cancel(self, who: str) -> None:
        self.cancelled_by = who

    def wait(self, seconds: float | None = None) -> FakeEnding | None:
        return FakeEnding(Outcome.DONE, "It is deployed.") if self._ended.wait(seconds) else None

    def say(self, kind: EventKind, step: int | None = None, /, **data: Any) -> None:
        self._number += 1
        for listener in self._listeners:
            listener(Event(self.run.id, self._number, self.at, kind, step, data))

    def pass_steps(self, first: int, last: int) -> None:
        for number in range(first, last + 1):
            self.say(EventKind.INTENT, number)
            self.say(EventKind.RESULT, number, state="passed", plain=f"Step {number} went well.", seconds=0.4, left={})

    def begin(self) -> None:
        self.say(EventKind.RUN_STARTED, kind="deploy", limit_seconds=600, steps=[])

    def end(self, outcome: Outcome, plain: str, **other: Any) -> None:
        self.at = NOW
        self.say(EventKind.RUN_FINISHED, outcome=str(outcome), plain=plain, **other)
        self._ended.set()


@dataclass
class FakeDesk:
    promotions: list[Promotion] = field(default_factory=list)
    person: Person = OPERATOR
    name: str = "shop"
    production: bool = True
    windows: str = "Window open until 06:00"
    decision: Decision = OPEN
    approvals: list[Approval] = field(default_factory=list)
    needed: int = 1
    runs: dict[str, Run] = field(default_factory=dict)
    earlier_runs: list[Run] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    """What `follow` gives."""
    done: list[tuple[Any, ...]] = field(default_factory=list)
    """Every action that was called."""
    error: ShipuiError | None = None
    """What every action raises."""
    broken: ShipuiError | None = None
    """What every look raises."""
    running: FakeRunning | None = None
    recovers_by_itself: bool = False
    interrupted: list[Interruption] = field(default_factory=list)
    asked_pages: list[tuple[int, str]] = field(default_factory=list)
    severities: dict[Severity, int] = field(default_factory=dict)
    """How many findings of each."""
    evidence: tuple[str, ...] = ()
    pull_request: str = ""
    counter: int = 1
    backups: FakeBackups = field(default_factory=FakeBackups)
    audit: FakeAudit = field(default_factory=FakeAudit)
    logs: LogsDesk = field(default_factory=FakeLogs)
    findings: FakeFindings = field(default_factory=FakeFindings)
    window_settings: FakeWindows = field(default_factory=FakeWindows)
    inventory: InventoryDesk = field(default_factory=FakeInventory)
    shipping: ShippingDesk = field(default_factory=FakeShipping)

    def __post_init__(self) -> None:
        self.findings.find = {each.id: each for each in self.promotions}

    def now(self) -> datetime:
        return NOW

    def find(self, promotion_id: str) -> Promotion:
        return next(each for each in self.promotions if each.id == promotion_id)

    def change(self, promotion_id: str, status: Status, reason: str = "") -> Promotion:
        """As somebody else would."""
        after = replace(self.find(promotion_id), status=status, reason=reason)
        self.promotions = [after if each.id == promotion_id else each for each in self.promotions]
        self.counter += 1
        return after

    # Looks

    def standing(self, known: Standing | None) -> Standing:
        self._look()
        if known is not None and known.counter == str(self.counter):
            return known
        counts = Counter(each.status for each in self.promotions)
        return Standing(
            str(self.counter),
            {status: counts[status] for status in Status},
            self.windows,
            self.decision.open,
            tuple(each for each in self.runs.values() if each.finished_at is None),
            tuple(each.run for each in self.interrupted),
            tuple(each for each in self.promotions if each.status is Status.NEEDS_ATTENTION),
            {Change(kind, risk): self.decision for kind in ChangeType for risk in RiskLevel},
            UTC,
        )

    def page(
        self,
        status: Status | None,
        text: str,
        limit: int,
        *,
        after: Promotion | None = None,
        order: Order = Order.NEWEST,
    ) -> list[Promotion]:
        self._look()
        self.asked_pages.append((limit, after.id if after else ""))
        found = [
            each
            for each in self.promotions
            if (status is None or each.status is status)
            and any(text.casefold() in part.casefold() for part in (each.id, each.build, each.title, each.product_name))
        ]
        match order:
            case Order.OLDEST:
                found.reverse()
            case Order.RISK:
                found.sort(key=lambda each: -list(RiskLevel).index(each.risk))
            case Order.PRODUCT:
                found.sort(key=lambda each: each.product_name)
        start = next((place for place, each in enumerate(found, 1) if after and each.id == after.id), 0)
        return found[start : start + limit]

    def as_they_are(self, promotion_ids: Sequence[str]) -> list[Promotion]:
        self._look()
        return [each for each in self.promotions if each.id in promotion_ids]

    def details(self, promotion_id: str) -> Details:
        self._look()
        run = self.runs.get(promotion_id)
        return Details(
            promotion=self.find(promotion_id),
            approvals=tuple(self.approvals),
            approvals_needed=self.needed,
            own_request_allowed=False,
            decision=self.decision,
            last_run=run,
            runs=(*self.earlier_runs, run) if run else (),
            findings=dict(self.severities),
            evidence=self.evidence,
            pull_request=self.pull_request,
            pull_request_open=bool(self.pull_request),
            backups_folder="/var/lib/shipui/backups",
        )

    def run(self, run_id: str) -> Run:
        return next(each for each in self.runs.values() if each.id == run_id)

    def newest_run(self) -> Run | None:
        return next(reversed(self.runs.values()), None)

    def follow(self, run_id: str, stop: threading.Event) -> Iterator[list[Event]]:
        yield list(self.events)

    def _look(self) -> None:
        if self.broken is not None:
            raise self.broken

    # Actions

    def _act(self, *what: Any) -> None:
        if self.error is not None:
            raise self.error
        self.done.append(what)

    def approve(self, promotion_id: str, reason: str) -> Promotion:
        self._act("approve", promotion_id, reason)
        return self.change(promotion_id, Status.APPROVED)

    def reject(self, promotion_id: str, reason: str) -> Promotion:
        self._act("reject", promotion_id, reason)
        return self.change(promotion_id, Status.REJECTED)

    def withdraw(self, promotion_id: str, reason: str) -> Promotion:
        self._act("withdraw", promotion_id, reason)
        return self.change(promotion_id, Status.WITHDRAWN)

    def retry(self, promotion_id: str) -> Promotion:
        self._act("retry", promotion_id)
        return self.find(promotion_id)

    def merge(self, promotion_id: str) -> str:
        self._act("merge", promotion_id)
        return "Pull request #7 is merged."

    def cancel(self, promotion_id: str) -> Run:
        self._act("cancel", promotion_id)
        return self.runs[promotion_id]

    def interruptions(self) -> list[Interruption]:
        self._look()
        return list(self.interrupted)

    def recover(self, promotion_id: str = "", *, put_back: bool = False) -> list[Recovered]:
        self._act("recover", promotion_id, put_back)
        found = [each.run for each in self.interrupted] or [run_of(self.find(promotion_id))]
        self.interrupted = []
        self.counter += 1
        return [Recovered(each, Outcome.ROLLED_BACK, "The old version runs again.") for each in found]

    def deploy(self, promotion_id: str, *, emergency: bool, override: bool, reason: str) -> FakeRunning:
        self._act("deploy", promotion_id, emergency, override, reason)
        return self._begun(promotion_id)

    def roll_back(self, promotion_id: str, *, restore_database: bool, typed: str) -> FakeRunning:
        self._act("roll back", promotion_id, restore_database, typed)
        return self._begun(promotion_id)

    def _begun(self, promotion_id: str) -> FakeRunning:
        run = run_of(self.find(promotion_id))
        self.runs[promotion_id] = run
        self.counter += 1
        self.running = FakeRunning(run)
        return self.running
