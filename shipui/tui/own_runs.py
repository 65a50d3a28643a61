"""The runs that this process has begun. They outlive the screens: whoever leaves waits for them, with or without a terminal."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import App

from shipui.tui.errands import Answered
from shipui.tui.feed import Feed

if TYPE_CHECKING:
    from shipui.tui.desk import Ended, Running

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OwnRun:
    running: Running
    feed: Feed


class OwnRuns:
    """Beginning a run takes a moment (locks, records), so it has a thread too; it is no daemon, a run is never half begun."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._beginning: dict[threading.Thread, str] = {}
        self._runs: dict[str, OwnRun] = {}

    def begin(
        self,
        app: App[Any],
        promotion: str,
        call: Callable[[], Running],
        answer: Callable[[OwnRun], None],
        failed: Callable[[Exception], None],
    ) -> None:
        def go() -> None:
            try:
                running = call()
                own = OwnRun(running, Feed())
                running.listen(own.feed.add)
                with self._lock:
                    self._runs[running.run.id] = own
                running.start()
            except Exception as error:  # noqa: BLE001 - shown on the screen, by whoever asked
                caught = error
                app.post_message(Answered(lambda: failed(caught)))
            else:
                app.post_message(Answered(lambda: answer(own)))
            finally:
                with self._lock:
                    del self._beginning[thread]

        thread = threading.Thread(target=go, name=f"begin-{promotion}")
        with self._lock:
            self._beginning[thread] = promotion
        thread.start()

    def finish(
        self,
        app: App[Any],
        promotion: str,
        call: Callable[[], T],
        answer: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """A recovery: it goes to its end like a run that was begun here, whatever becomes of the screens."""

        def go() -> None:
            try:
                result = call()
            except Exception as error:  # noqa: BLE001 - shown on the screen, by whoever asked
                caught = error
                app.post_message(Answered(lambda: failed(caught)))
            else:
                app.post_message(Answered(lambda: answer(result)))
            finally:
                with self._lock:
                    del self._beginning[thread]

        thread = threading.Thread(target=go, name=f"recover-{promotion}")
        with self._lock:
            self._beginning[thread] = promotion
        thread.start()

    def get(self, run_id: str) -> OwnRun | None:
        with self._lock:
            return self._runs.get(run_id)

    def under_way(self) -> list[str]:
        """The promotions whose run has begun, or is about to, and has not ended."""
        with self._lock:
            begun = [each.running for each in self._runs.values() if not each.running.finished]
            return [*self._beginning.values(), *(each.run.promotion or each.run.id for each in begun)]

    def wait(self) -> list[tuple[str, Ended]]:
        """Until all have ended: (promotion, ending) of those that were under way when this was called."""
        with self._lock:
            beginning = list(self._beginning)
            before = {key for key, each in self._runs.items() if each.running.finished}
        for thread in beginning:
            thread.join()
        with self._lock:
            waited = [each.running for key, each in self._runs.items() if key not in before]
        ended = [(each.run.promotion or each.run.id, each.wait()) for each in waited]
        return [(promotion, ending) for promotion, ending in ended if ending is not None]
