"""Backups that are being verified by this process. They outlive their screen, and end with the app: nothing is half done then but a scratch
database, which is dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from textual.app import App

from shipui.limits.deadline import Deadline
from shipui.model.errors import Cancelled
from shipui.tui.desks.backups import BackupsDesk, Proof
from shipui.tui.errands import Answered


class Verification:
    """One backup's: what it is at, and in the end what it showed. Read on the screens' thread."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.deadline = Deadline.unlimited()
        self.saying = "Beginning …"
        self.proof: Proof | None = None
        self.error: Exception | None = None
        self.ended = False

    @property
    def cancelled(self) -> bool:
        return isinstance(self.error, Cancelled) or (self.ended and self.deadline.cancelled is not None)

    def say(self, words: str) -> None:
        self.saying = words


class Verifications:
    def __init__(self) -> None:
        self._known: dict[str, Verification] = {}

    def get(self, name: str) -> Verification | None:
        return self._known.get(name)

    @property
    def under_way(self) -> Verification | None:
        return next((each for each in self._known.values() if not each.ended), None)

    def begin(self, app: App[Any], desk: BackupsDesk, name: str, told: Callable[[Verification], None]) -> Verification:
        """On a thread of its own; `told` is called on the screens' when it has ended."""
        verification = self._known[name] = Verification(name)

        def go() -> None:
            try:
                verification.proof = desk.verify(name, verification.say, verification.deadline)
            except Exception as error:  # noqa: BLE001 - shown on the screen, by whoever asked
                verification.error = error
            finally:
                verification.ended = True
                app.post_message(Answered(lambda: told(verification)))

        # No daemon: the process leaves once the scratch database is dropped.
        threading.Thread(target=go, name=f"verify-{name}").start()
        return verification

    def cancel_all(self, reason: str) -> None:
        for each in self._known.values():
            each.deadline.cancel(reason)
