"""Calls that may block, made on daemon threads, their answers brought back to the screens' own thread. A call that hangs holds up nobody's exit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from textual.app import App
from textual.message import Message

T = TypeVar("T")


class Answered(Message):
    """Carries an answer to the app, whose handler calls `deliver` where widgets may be touched."""

    def __init__(self, deliver: Callable[[], None]) -> None:
        super().__init__()
        self.deliver = deliver


@dataclass(slots=True)
class _Errand:
    call: Callable[[], Any]
    answer: Callable[[Any], None]
    failed: Callable[[Exception], None]


class Errands:
    """One at a time per group; of those that wait in a group only the newest is kept, because the others are out of date."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._busy: set[str] = set()
        self._next: dict[str, _Errand] = {}

    def ask(
        self, group: str, call: Callable[[], T], answer: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        """From the screens' thread. `answer` or `failed` is called there later, unless a newer errand of the group came between."""
        errand = _Errand(call, answer, failed)
        if group in self._busy:
            self._next[group] = errand
            return
        self._busy.add(group)
        threading.Thread(target=self._go, args=(group, errand), name=f"errand-{group}", daemon=True).start()

    def _go(self, group: str, errand: _Errand) -> None:
        try:
            result = errand.call()
        except Exception as error:  # noqa: BLE001 - shown on the screen, by whoever asked
            self._bring(group, errand.failed, error)
        else:
            self._bring(group, errand.answer, result)

    def _bring(self, group: str, tell: Callable[[Any], None], what: Any) -> None:
        def deliver() -> None:
            self._busy.discard(group)
            newer = self._next.pop(group, None)
            if newer is None:
                tell(what)
            else:
                self.ask(group, newer.call, newer.answer, newer.failed)

        self._app.post_message(Answered(deliver))
