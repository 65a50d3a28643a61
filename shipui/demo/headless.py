"""Deploys every scenario's build as an operator would, and has what came of it looked at from outside."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from shipui.actions.approve import approve
from shipui.actions.deploy import deploy
from shipui.demo import check
from shipui.demo.folder import DemoFolder
from shipui.demo.production import production_of
from shipui.demo.scenarios import SCENARIOS, Scenario
from shipui.demo.shipping import open_promotion, ship_scenario
from shipui.install import Installation
from shipui.model.errors import ShipuiError
from shipui.model.promotion import Promotion, Status
from shipui.records import promotions
from shipui.runs.running import RunningRun

HANG_LIMIT_SECONDS = 15.0
"""For the build that hangs: long enough to reach the build on a busy machine."""
_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str
    expected: str
    promotion: str
    status: str
    plain: str
    seconds: float
    problems: list[str] = field(default_factory=list)
    longest_pause: float | None = None
    """Seconds without an accepted note, while people wrote; None if nobody did."""

    @property
    def ok(self) -> bool:
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "promotion": self.promotion,
            "expected": self.expected,
            "status": self.status,
            "plain": self.plain,
            "seconds": round(self.seconds, 1),
            "ok": self.ok,
        }


class Headless:
    """One after the other, in the order of the list. `leave` has it end after the scenario that is under way."""

    def __init__(self, folder: DemoFolder, installation: Installation) -> None:
        self._folder = folder
        self._installation = installation
        self._running: RunningRun | None = None
        self._leaving = False
        self._cancelled = False
        self._place = check.Place(
            f"http://127.0.0.1:{folder.port()}", production_of(folder).url(), installation.records_url
        )

    def run(self, begun: Callable[[Scenario], None], ended: Callable[[Outcome], None]) -> list[Outcome]:
        outcomes = []
        for scenario in SCENARIOS:
            if self._leaving:
                break
            begun(scenario)
            outcome = self._attempt(scenario)
            ended(outcome)
            outcomes.append(outcome)
        return outcomes

    def leave(self, *, cancel: bool) -> None:
        """Safe in a signal handler. With `cancel` the run that is under way rolls back."""
        self._leaving = True
        self._cancelled = self._cancelled or cancel
        if cancel and self._running is not None:
            self._running.cancel(self._installation.person.name)

    def _attempt(self, scenario: Scenario) -> Outcome:
        began = time.monotonic()
        promotion = open_promotion(self._installation, self._folder, scenario)
        if promotion is None:
            promotion = ship_scenario(self._installation, self._folder, scenario)
        try:
            return self._play(scenario, promotion)
        except (ShipuiError, psycopg.Error) as error:
            plain = error.plain if isinstance(error, ShipuiError) else "Production could not be looked at."
            status = str(self._look_up(promotion.id).status)
            return Outcome(
                scenario.name,
                str(scenario.expected),
                promotion.id,
                status,
                plain,
                time.monotonic() - began,
                [str(error)],
            )

    def _play(self, scenario: Scenario, promotion: Promotion) -> Outcome:
        token = promotion.id
        if promotion.status is Status.PENDING:
            approve(self._installation, self._installation.person, promotion.id, "For the demo.")
        before = check.look(self._place, token)
        writer = check.Writer(self._place.application, token) if scenario.writers else None
        if writer is not None:
            writer.start()
        began = time.monotonic()
        try:
            plain = self._deploy(scenario, promotion.id)
        finally:
            seconds = time.monotonic() - began
            written = writer.stop() if writer is not None else None
        after = check.look(self._place, token)
        expected = check.Expected(
            status=str(scenario.expected),
            build=promotion.build,
            commit=promotion.revision.commit,
            steps=scenario.ends_at,
            backed_up=scenario.expected is not Status.APPROVED,
            uninterrupted=scenario.uninterrupted,
        )
        problems = check.problems(self._place, promotion.id, expected, before, after, written)
        status = str(self._look_up(promotion.id).status)
        pause = written.longest_pause if written is not None else None
        return Outcome(scenario.name, str(scenario.expected), promotion.id, status, plain, seconds, problems, pause)

    def _deploy(self, scenario: Scenario, promotion: str) -> str:
        """The plain sentence of how it ended."""
        self._running = deploy(
            self._installation,
            self._installation.person,
            promotion,
            emergency=bool(scenario.emergency),
            reason=scenario.emergency,
            limit_seconds=HANG_LIMIT_SECONDS if scenario.hangs else None,
        )
        if self._cancelled:
            self._running.cancel(self._installation.person.name)
        try:
            self._running.start()
            # In small parts, so that signals are heard meanwhile.
            while (ending := self._running.wait(_POLL_SECONDS)) is None and not self._running.finished:
                continue
            ending = ending or self._running.wait()
        finally:
            self._running = None
        assert ending is not None
        return ending.plain

    def _look_up(self, promotion: str) -> Promotion:
        with self._installation.records.transaction() as connection:
            return promotions.get(connection, promotion)
