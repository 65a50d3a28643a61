"""The events of one run on their way to a screen: added on any thread, taken in batches by the screen when it is ready to paint."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shipui.model.events import Event
    from shipui.tui.desk import Desk


class Feed:
    """Keeps every event, so that a screen that is opened again, or a second one, misses nothing."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._lock = threading.Lock()
        self.stop = threading.Event()
        """Set when nobody looks any more; ends a thread that fills the feed from the records."""

    def add(self, event: Event) -> None:
        with self._lock:
            self._events.append(event)

    def add_all(self, events: Iterable[Event]) -> None:
        with self._lock:
            self._events.extend(events)

    def since(self, index: int, most: int) -> list[Event]:
        """At most `most` events from that place on."""
        with self._lock:
            return self._events[index : index + most]

    def follow(self, desk: Desk, run_id: str, failed: Callable[[Exception], None]) -> None:
        """From a thread of its own: the records' events, until the run has ended or `stop` is set. `failed` is called on that thread."""

        def fill() -> None:
            try:
                for batch in desk.follow(run_id, self.stop):
                    self.add_all(batch)
            except Exception as error:  # noqa: BLE001 - shown on the screen
                failed(error)

        threading.Thread(target=fill, name=f"follow-{run_id}", daemon=True).start()
