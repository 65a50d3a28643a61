"""A run that is under way in this process, on a thread of its own; whoever holds this watches, waits, or cancels."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from shipui.model.events import Event
from shipui.model.run import Run
from shipui.runs.journal import Journal
from shipui.runs.lock import TargetLock
from shipui.runs.procedure import Ending
from shipui.runs.runner import Runner


class RunningRun:
    """Begins when `start` is called, so that a listener misses nothing. The thread is no daemon: the process waits for it."""

    def __init__(self, runner: Runner[Any], journal: Journal, lock: TargetLock) -> None:
        self.run: Run = lock.run
        self._runner = runner
        self._journal = journal
        self._lock = lock
        self._ending: Ending | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._execute, name=f"run-{self.run.id}")

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Every event, in order, on the run's thread: return quickly, do not raise."""
        self._journal.listen(listener)

    def start(self) -> RunningRun:
        self._thread.start()
        return self

    def cancel(self, who: str) -> None:
        self._runner.cancel(who)

    @property
    def finished(self) -> bool:
        return self._thread.ident is not None and not self._thread.is_alive()

    def wait(self, seconds: float | None = None) -> Ending | None:
        """The ending, or None if it is still under way after `seconds`. Raises what a defect in the bookkeeping raised."""
        self._thread.join(seconds)
        if self._error is not None:
            raise self._error
        return self._ending

    def _execute(self) -> None:
        try:
            try:
                self._ending = self._runner.execute()
            finally:
                self._journal.close()
        except BaseException as error:  # noqa: BLE001 - raised again in `wait`, on the thread that asks
            self._error = error
        finally:
            self._lock.release()
