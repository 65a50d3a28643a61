"""A budget of time that can also be cancelled, from any thread, and that ends what is waiting when it is over."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shipui.model.errors import Cancelled, TimeLimitPassed
from shipui.model.text import plain_minutes


def boottime() -> float:
    """Seconds that go on while the machine sleeps, and that nobody can set."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Deadline:
    """Ends when its seconds are over, or when somebody cancels it.

    What blocks (a child process, a socket, a database session) registers how to be ended with `ending`; the closer is
    called at most once, from a thread of its own, within 0.1 s of the end (1 s when the machine slept). One closer that
    takes its time, or fails, keeps no other waiting.
    """

    def __init__(self, seconds: float | None, *, clock: Callable[[], float] = boottime) -> None:
        self._clock = clock
        self.seconds = seconds
        self._ends = math.inf if seconds is None else clock() + seconds
        self._changed = threading.Condition()
        self._cancelled: str | None = None
        self._closers: dict[int, _Closer] = {}
        self._next = 0
        self._watching = False

    @classmethod
    def unlimited(cls) -> Deadline:
        return cls(None)

    def remaining(self) -> float:
        """Seconds left; infinity without a limit, 0 when it is over."""
        if self._cancelled is not None:
            return 0.0
        return max(0.0, self._ends - self._clock())

    def over(self) -> bool:
        return self.remaining() <= 0

    def cancel(self, reason: str) -> None:
        """End it now; the first reason is kept."""
        with self._changed:
            if self._cancelled is None:
                self._cancelled = reason
            self._changed.notify_all()

    @property
    def cancelled(self) -> str | None:
        return self._cancelled

    def check(self) -> None:
        """Raise Cancelled or TimeLimitPassed when it is over."""
        if self._cancelled is not None:
            raise Cancelled(self._cancelled)
        if self.remaining() <= 0:
            raise TimeLimitPassed(f"It took longer than {plain_minutes(self.seconds or 0)}.")

    def sleep(self, seconds: float) -> None:
        """Wait, but not past the end; raises as `check` does."""
        until = self._clock() + seconds
        with self._changed:
            while not self.over() and (left := until - self._clock()) > 0:
                self._changed.wait(min(left, self.remaining(), 1.0))
        self.check()

    def part(self, seconds: float) -> float:
        """At most `seconds`, and at most what is left: a timeout for one call."""
        return min(seconds, self.remaining())

    @contextmanager
    def ending(self, close: Callable[[], None]) -> Iterator[None]:
        """Have `close` called if the deadline ends while the block runs. Raises at once if it is over already.

        Once the block has been left, `close` does not begin any more; if it is at work just then the block waits for it (at most
        5 s), so that it never closes what the caller has already given to somebody else.
        """
        self.check()
        closer = _Closer(close)
        with self._changed:
            key = self._next
            self._next += 1
            self._closers[key] = closer
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, name="deadline", daemon=True).start()
        try:
            yield
        finally:
            with self._changed:
                self._closers.pop(key, None)
                self._changed.notify_all()
            closer.settle()

    def _watch(self) -> None:
        while True:
            with self._changed:
                while self._closers and not self.over():
                    self._changed.wait(min(self.remaining(), 1.0))
                if not self._closers:
                    self._watching = False
                    return
                closers = list(self._closers.values())
                self._closers.clear()
                for closer in closers:
                    closer.begin()


class _Closer:
    """One way to end what waits, called in a thread of its own."""

    _PATIENCE_SECONDS = 5

    def __init__(self, close: Callable[[], None]) -> None:
        self._close = close
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._close, name="deadline-closer", daemon=True)
        self._thread.start()

    def settle(self) -> None:
        if self._thread is not None:
            self._thread.join(self._PATIENCE_SECONDS)
