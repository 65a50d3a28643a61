"""The parts of a desk that lists ask, without an install: what a test put there, paged as the records would."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from queue import Empty, Queue
from typing import Any

from shipui.limits.deadline import Deadline
from shipui.model.backup import Backup
from shipui.model.errors import ShipuiError
from shipui.model.events import Event, EventKind
from shipui.model.ids import IdKind, parse_id
from shipui.model.inventory import BacklogEntry, InventoryEntry, ReadyBuild, Version
from shipui.model.promotion import Promotion, Status
from shipui.model.run import Run
from shipui.model.run_log import log_lines
from shipui.records.audit import AuditEntry, Sought
from shipui.tui.desk import Running
from shipui.tui.desks.backups import BackupRow
from shipui.tui.desks.logs import Found, Opened, Way
from shipui.tui.desks.shipping import Assessed, Draft, Remark
from shipui.tui.log_book import block_of

NOW = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)


def paged(rows: Sequence[Any], after: Any, limit: int) -> list[Any]:
    start = rows.index(after) + 1 if after is not None else 0
    return list(rows[start : start + limit])


def backup(number: int, **other: Any) -> Backup:
    name = f"pre-promote-FB-{number:08X}-20261124{number:06}.dump"
    values: dict[str, Any] = {
        "name": name,
        "promotion": f"CP-{number:08X}",
        "target": "notes",
        "run": f"RN-{number:08X}",
        "kind": "before",
        "made_at": NOW - timedelta(hours=number),
        "path": f"/var/lib/shipui/backups/{name}",
        "sha256": f"{number:x}" * 64,
        "size": 4_200_000 * number,
        "facts": {
            "server_version": 180001,
            "tables": {"public.note": 120, "public.person": 3},
            "identity": {"name": "notes"},
        },
    }
    return Backup(**{**values, **other})


@dataclass(frozen=True)
class FakeProof:
    ok: bool = True
    plain: str = "It restores: 2 tables with 123 rows, as recorded."
    tables: dict[str, tuple[int, int]] = field(default_factory=lambda: {"public.note": (120, 120)})


@dataclass
class FakeBackups:
    rows: list[BackupRow] = field(default_factory=list)
    proof: FakeProof = field(default_factory=FakeProof)
    error: ShipuiError | None = None
    let_end: threading.Event = field(default_factory=threading.Event)
    """A verification waits for this."""
    verified: list[str] = field(default_factory=list)

    def page(self, text: str, limit: int, after: Backup | None) -> list[BackupRow]:
        found = [
            each for each in self.rows if text.casefold() in f"{each.backup.name} {each.backup.promotion}".casefold()
        ]
        last = next((each for each in found if after is not None and each.backup.name == after.name), None)
        return paged(found, last, limit)

    def restore_commands(self, name: str) -> list[str]:
        return ["# Stop the application first.", f"pg_restore --dbname=notes_new {name}"]

    def verify(self, name: str, say: Callable[[str], None], deadline: Deadline) -> FakeProof:
        self.verified.append(name)
        say("Counting the rows of every table …")
        while not self.let_end.wait(0.02):
            deadline.check()
        if self.error is not None:
            raise self.error
        return self.proof


def entry(
    number: int, person: str = "ann", action: str = "approved", subject: str = "CP-00000001", **details: Any
) -> AuditEntry:
    at = NOW - timedelta(minutes=1000 - number)
    return AuditEntry(
        number,
        at,
        person,
        1000,
        "operator",
        "10.0.0.7 50000 10.0.0.1 22",
        action,
        subject,
        json.dumps(details),
        "a" * 64,
        "b" * 64,
    )


@dataclass
class FakeAudit:
    rows: list[AuditEntry] = field(default_factory=list)
    """The newest first."""
    problems: list[str] = field(default_factory=list)
    asked: list[tuple[Sought, int, int | None]] = field(default_factory=list)

    def page(self, sought: Sought, limit: int, before: int | None) -> list[AuditEntry]:
        self.asked.append((sought, limit, before))
        found = [each for each in self.rows if (before is None or each.id < before) and _matches(each, sought)]
        return found[:limit]

    def verify(self) -> list[str]:
        return list(self.problems)


def _matches(each: AuditEntry, sought: Sought) -> bool:
    terms = ((sought.by, each.person), (sought.subject, each.subject), (sought.action, each.action))
    fields = all(term is None or (term.text == value if term.whole else term.text in value) for term, value in terms)
    return fields and all(word in f"{each.person} {each.action} {each.subject} {each.details}" for word in sought.text)


def log_event(number: int, *lines: str) -> Event:
    return Event("RN-00000001", number, NOW, EventKind.LOG, None, {"lines": list(lines)})


@dataclass
class FakeLogs:
    """One run's log, or several runs that have the same."""

    run_rows: list[Run] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    promotion: Promotion | None = None
    coming: Queue[list[Event] | None] = field(default_factory=Queue)
    """Batches that `follow` gives, until None."""
    reads: list[tuple[int, int]] = field(default_factory=list)

    def runs(self, text: str, limit: int, after: Run | None) -> list[Run]:
        found = [
            each for each in self.run_rows if text.casefold() in f"{each.id} {each.promotion} {each.person}".casefold()
        ]
        return paged(found, after, limit)

    def open(self, run_id: str) -> Opened:
        run = next(each for each in self.run_rows if each.id == run_id)
        return Opened(run, self.promotion, self.events[-1].number if self.events else 0)

    def counts(self, run_id: str, last: int) -> list[tuple[int, int]]:
        found: Counter[int] = Counter()
        for each in self.events:
            found[block_of(each.number)] += len(log_lines(each, {}))
        return sorted(found.items())

    def read(self, run_id: str, first: int, last: int) -> list[Event]:
        self.reads.append((first, last))
        return [each for each in self.events if first <= each.number <= last]

    def find(
        self, run_id: str, text: str, start: tuple[int, int], last: int, stop: threading.Event,
        titles: Mapping[int, str], *, forwards: bool,
    ) -> Found | None:  # fmt: skip
        way = Way(text, start, titles, forwards)
        ordered = self.events if forwards else self.events[::-1]
        for around in (False, True):
            for each in ordered:
                ahead = each.number > start[0] if forwards else each.number < start[0]
                if each.number == start[0] or ahead != around:
                    index = way.match(each, around=around)
                    if index is not None:
                        return Found(each.number, index, around)
        return None

    def follow(self, run_id: str, after: int, stop: threading.Event) -> Iterator[list[Event]]:
        while not stop.is_set():
            try:
                batch = self.coming.get(timeout=0.05)
            except Empty:
                continue
            if batch is None:
                return
            self.events += batch
            yield batch


@dataclass
class FakeInventory:
    product_rows: list[InventoryEntry] = field(default_factory=list)
    version_rows: list[Version] = field(default_factory=list)
    backlog_rows: list[BacklogEntry] = field(default_factory=list)

    def products(self, text: str, limit: int, after: InventoryEntry | None) -> list[InventoryEntry]:
        return paged([each for each in self.product_rows if text.casefold() in each.name.casefold()], after, limit)

    def versions(self, product: str, text: str, limit: int, after: Version | None) -> list[Version]:
        return paged(
            [each for each in self.version_rows if each.product == product and text in each.version], after, limit
        )

    def backlog(self, text: str, limit: int, after: BacklogEntry | None) -> list[BacklogEntry]:
        return paged(
            [each for each in self.backlog_rows if text.casefold() in each.epic.title.casefold()], after, limit
        )


def ready_build(number: int, status: Status | None = None, **other: Any) -> ReadyBuild:
    values: dict[str, Any] = {
        "id": f"FB-{number:08X}",
        "title": "Search the notes",
        "sandbox": "/srv/sandboxes/search",
        "created_by": "build-studio",
        "created_at": NOW - timedelta(hours=number),
        "target": "notes" if status else None,
        "product_name": "Notes" if status else None,
        "version": f"1.{number}.0" if status else None,
        "promotion": f"CP-{number:08X}" if status else None,
        "status": status,
        "reason": "Step 5, Image build, failed." if status is Status.ROLLED_BACK else "",
    }
    return ReadyBuild(**{**values, **other})


@dataclass
class FakeShipping:
    rows: list[ReadyBuild] = field(default_factory=list)
    targets: Sequence[str] = ("notes",)
    shipped: list[Draft] = field(default_factory=list)
    running: Running | None = None
    """What `ship` begins."""
    assessed: Assessed | None = None
    """What there is to know before it is shared; None: the install shares nothing."""
    accepted: bool = False
    error: ShipuiError | None = None

    def ready(self, text: str, limit: int, after: ReadyBuild | None) -> list[ReadyBuild]:
        return paged(
            [each for each in self.rows if text.casefold() in f"{each.id} {each.title}".casefold()], after, limit
        )

    def check(self, draft: Draft) -> dict[str, Remark]:
        try:
            parse_id(draft.build, IdKind.BUILD)
        except ShipuiError as error:
            return {"build": Remark(False, error.plain)}
        return {
            "build": Remark(True, "a build without an open promotion"),
            "product": Remark(True, "notes, by default"),
        }

    def shares(self) -> bool:
        return self.assessed is not None

    def assess(self, draft: Draft) -> Assessed:
        assert self.assessed is not None
        return self.assessed

    def certificate(self) -> str:
        return "I certify that the contribution is mine."

    def accept_certificate(self) -> None:
        self.accepted = True

    def ship(self, draft: Draft) -> Running:
        if self.error is not None:
            raise self.error
        self.shipped.append(draft)
        assert self.running is not None
        return self.running
