"""Notices that the terminal is gone where no SIGHUP says so: below `su -c` or `setsid` a process has no controlling terminal.

Unnoticed, Textual would go on reading from it, as fast as it can, for ever.
"""

from __future__ import annotations

import select
import sys
import threading
from collections.abc import Callable

LOOK_SECONDS = 1.0


class HangUpWatch:
    """Calls `gone` from a thread of its own as soon as the terminal has hung up, and once a second from then on until it is stopped."""

    def __init__(self, gone: Callable[[], None]) -> None:
        self._gone = gone
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="hang-up-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        if sys.__stdin__ is None:
            return
        poll = select.poll()
        # No event is asked for: a hang-up and an error are reported all the same, and what is typed wakes nobody.
        poll.register(sys.__stdin__.fileno(), 0)
        while not self._stopped.is_set():
            if poll.poll(LOOK_SECONDS * 1000):
                self._gone()
                self._stopped.wait(LOOK_SECONDS)
