"""The desk over a real install: reads its records, calls its actions."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from shipui.actions.approve import approve
from shipui.actions.cancel import cancel
from shipui.actions.reject import reject
from shipui.actions.retry import retry
from shipui.actions.withdraw import withdraw
from shipui.install import Installation
from shipui.model.calendar import Decision, decide
from shipui.model.change import Change, ChangeType, RiskLevel
from shipui.model.errors import ShipuiError
from shipui.model.events import Event
from shipui.model.promotion import Promotion, Status
from shipui.model.promotion_order import Order
from shipui.model.roles import Person
from shipui.model.run import Run
from shipui.records import (
    approvals,
    backups,
    changes,
    evidence,
    gates,
    promotion_pages,
    promotions,
    pull_requests,
    runs,
)
from shipui.records.follow import follow
from shipui.runs.lock import is_alive
from shipui.tui.desk import Details, Running, Standing
from shipui.tui.desks.audit import InstallAudit
from shipui.tui.desks.backups import InstallBackups
from shipui.tui.desks.install_findings import InstallFindings
from shipui.tui.desks.inventory import InstallInventory
from shipui.tui.desks.logs import RecordsLogs
from shipui.tui.desks.shipping import InstallShipping
from shipui.tui.desks.windows import InstallWindows
from shipui.tui.window_words import windows_now

if TYPE_CHECKING:
    from shipui.actions.interruption import Interruption
    from shipui.actions.recover import Recovered

WINDOWS_SECONDS = 20.0
"""How old the words on windows may get while nothing else changes."""
ATTENTION_SHOWN = 20


class InstallDesk:
    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.name = installation.settings.install.name
        self.production = installation.settings.install.production
        self.person: Person = installation.person
        self.recovers_by_itself = installation.settings.recover.automatic
        self.window_settings = InstallWindows(installation)
        self._windows_at = 0.0
        self.backups = InstallBackups(installation)
        self.audit = InstallAudit(installation)
        self.logs = RecordsLogs(installation.records)
        self.findings = InstallFindings(installation)
        self._windows_seen: tuple[int, int, int] | None = None
        self.inventory = InstallInventory(installation)
        self.shipping = InstallShipping(installation)

    def now(self) -> datetime:
        return datetime.now(UTC)

    # What is read

    def interruptions(self) -> Sequence[Interruption]:
        from shipui.actions.recover import interruptions

        return [each for each in interruptions(self._installation) if not each.elsewhere]

    def standing(self, known: Standing | None) -> Standing:
        with self._installation.records.transaction() as connection:
            counter = changes.counter(connection)
            stamp = self._windows_stamp()
            stale = stamp != self._windows_seen or time.monotonic() - self._windows_at > WINDOWS_SECONDS
            if known is not None and counter == known.counter and not stale:
                return known
            counts = promotions.counts(connection)
            open_runs = tuple(runs.open_runs(connection))
            dead = tuple(each for each in open_runs if not is_alive(connection, each))
            attention = promotions.listed(connection, Status.NEEDS_ATTENTION, limit=ATTENTION_SHOWN)
        self._windows_at, self._windows_seen = time.monotonic(), stamp
        words, is_open, decisions, zone = self._windows_now()
        found = Standing(counter, counts, words, is_open, open_runs, dead, tuple(attention), decisions, zone)
        # The same as before is the same object: an idle screen is not painted again.
        return known if known == found else found

    def _windows_stamp(self) -> tuple[int, int, int] | None:
        """Another one once somebody has edited windows.toml, also by hand."""
        try:
            facts = self._installation.install.windows_file.stat()
        except OSError:
            return None
        return facts.st_mtime_ns, facts.st_ino, facts.st_size

    def _windows_now(self) -> tuple[str, bool | None, dict[Change, Decision], tzinfo | None]:
        now = self.now()
        try:
            calendar = self._installation.calendar()
        except ShipuiError as error:
            return f"Deployment windows cannot be read: {error.plain}", False, {}, None
        changes = [Change(kind, risk) for kind in ChangeType for risk in RiskLevel]
        decisions = {change: decide(calendar, change, now) for change in changes}
        return (*windows_now(calendar, now, decisions), decisions, calendar.zone)

    def page(
        self,
        status: Status | None,
        text: str,
        limit: int,
        *,
        after: Promotion | None = None,
        order: Order = Order.NEWEST,
    ) -> list[Promotion]:
        with self._installation.records.transaction() as connection:
            return promotion_pages.page(connection, status, text, limit, after=after, order=order)

    def as_they_are(self, promotion_ids: Sequence[str]) -> list[Promotion]:
        with self._installation.records.transaction() as connection:
            return promotion_pages.by_ids(connection, promotion_ids)

    def details(self, promotion_id: str) -> Details:
        with self._installation.records.transaction() as connection:
            promotion = promotions.get(connection, promotion_id)
            standing = tuple(approvals.standing(connection, promotion_id))
            all_runs = tuple(runs.of_promotion(connection, promotion_id))
            made = [each for each in backups.for_promotion(connection, promotion_id) if each.kind == "before"]
            deployed = promotions.deployed_on(connection, promotion.target)
            severities = gates.severities(connection, promotion_id)
            # Dispositions may have ended since the verdict was noted.
            verdict = gates.verdict_now(connection, promotion_id) or promotion.gate_verdict
            proof = evidence.of_revision(connection, promotion.build, promotion.revision)
            pull = pull_requests.of_build(connection, promotion.build)
        settings = self._installation.settings
        decision, problem = self._decide(promotion)
        return Details(
            promotion=replace(promotion, gate_verdict=str(verdict)),
            approvals=standing,
            approvals_needed=settings.approvals.needed_for(promotion.risk),
            own_request_allowed=settings.approvals.own_request,
            decision=decision,
            decision_problem=problem,
            last_run=all_runs[-1] if all_runs else None,
            runs=all_runs,
            backup=made[-1] if made else None,
            findings=severities,
            evidence=proof.evidence.in_words() if proof else ("none",),
            pull_request=pull.in_words() if pull else "",
            pull_request_open=pull is not None and pull.is_open,
            deployed_now=deployed,
            limit_seconds=settings.limits.run_seconds,
            backups_folder=str(self._installation.install.backups),
        )

    def _decide(self, promotion: Promotion) -> tuple[Decision | None, str]:
        try:
            return decide(self._installation.calendar(), promotion.change, self.now()), ""
        except ShipuiError as error:
            return None, str(error)

    def run(self, run_id: str) -> Run:
        with self._installation.records.transaction() as connection:
            return runs.get(connection, run_id)

    def newest_run(self) -> Run | None:
        with self._installation.records.transaction() as connection:
            return runs.newest(connection)

    def follow(self, run_id: str, stop: threading.Event) -> Iterator[list[Event]]:
        return follow(self._installation.records, run_id, 0, stop)

    # What is done

    def approve(self, promotion_id: str, reason: str) -> Promotion:
        return approve(self._installation, self.person, promotion_id, reason)

    def reject(self, promotion_id: str, reason: str) -> Promotion:
        return reject(self._installation, self.person, promotion_id, reason)

    def withdraw(self, promotion_id: str, reason: str) -> Promotion:
        return withdraw(self._installation, self.person, promotion_id, reason)

    def retry(self, promotion_id: str) -> Promotion:
        return retry(self._installation, self.person, promotion_id)

    def cancel(self, promotion_id: str) -> Run:
        return cancel(self._installation, self.person, promotion_id)

    def merge(self, promotion_id: str) -> str:
        from shipui.actions.merge import merge

        return merge(self._installation, self.person, promotion_id).plain

    def recover(self, promotion_id: str = "", *, put_back: bool = False) -> Sequence[Recovered]:
        from shipui.actions.recover import Decisions, recover

        decisions = Decisions(put_back=frozenset({promotion_id} if put_back else ()))
        asked = (promotion_id,) if promotion_id else ()
        return recover(self._installation, self.person, lambda _: None, decisions=decisions, attention=asked)

    def deploy(self, promotion_id: str, *, emergency: bool, override: bool, reason: str) -> Running:
        from shipui.actions.deploy import deploy

        return deploy(
            self._installation, self.person, promotion_id, emergency=emergency, override=override, reason=reason
        )

    def roll_back(self, promotion_id: str, *, restore_database: bool, typed: str) -> Running:
        from shipui.actions.rollback import roll_back

        return roll_back(self._installation, self.person, promotion_id, restore_database=restore_database, typed=typed)
