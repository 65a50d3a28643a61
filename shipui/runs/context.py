"""What a step has at hand while it runs, whatever kind of run it belongs to."""

from __future__ import annotations

import time
from typing import Any

from shipui.limits.deadline import Deadline
from shipui.model.run import Run
from shipui.model.steps import StepDefinition
from shipui.runs.journal import Journal

PROGRESS_SECONDS = 0.5


class RunContext:
    """`deadline` is the forward run's until a rollback begins; then it is the rollback's."""

    def __init__(self, run: Run, journal: Journal, deadline: Deadline) -> None:
        self.run = run
        self.journal = journal
        self.deadline = deadline
        self.left: dict[str, dict[str, Any]] = {}
        """What each step that ended has left, by the step's name."""
        self._step: StepDefinition | None = None
        self._next_progress = 0.0

    def enter(self, step: StepDefinition) -> None:
        self._step = step
        self._next_progress = 0.0

    def log(self, line: str) -> None:
        """A technical line for the log; escapes in it are made visible."""
        self.journal.log(line)

    def note(self, plain: str) -> None:
        """A sentence that the operator should see."""
        self.journal.note(plain, self._step.number if self._step else None)

    def progress(self, done: int, total: int | None, unit: str) -> None:
        """How far the step is; more often than twice a second is dropped, but for the end."""
        now = time.monotonic()
        if self._step is None or (now < self._next_progress and done != total):
            return
        self._next_progress = now + PROGRESS_SECONDS
        self.journal.progress(self._step.number, done, total, unit)
