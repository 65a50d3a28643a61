"""The screens on a desk in memory, with a deployment that writes ten log lines a second."""

from __future__ import annotations

import threading
import time

from shipui.model.events import EventKind
from shipui.model.promotion import Status
from shipui.tui.app import ShipuiApp
from tests.tui.fake_desk import FakeDesk, FakeRunning, promotion

LINES_A_SECOND = 10


class TalkingDesk(FakeDesk):
    def deploy(self, promotion_id: str, *, emergency: bool, override: bool, reason: str) -> FakeRunning:
        running = super().deploy(promotion_id, emergency=emergency, override=override, reason=reason)
        threading.Thread(target=_talk, args=(running,), daemon=True).start()
        return running


def _talk(running: FakeRunning) -> None:
    time.sleep(0.5)
    running.begin()
    running.pass_steps(1, 4)
    running.say(EventKind.INTENT, 5)
    for number in range(1_000_000):
        words = f"#{number} [build 3/7] compiling module number {number} of the application, which has many of them"
        running.say(EventKind.LOG, lines=[words])
        if number % LINES_A_SECOND == 0:
            running.say(EventKind.PROGRESS, 5, done=number // LINES_A_SECOND % 100, total=100, unit="lines")
        time.sleep(1 / LINES_A_SECOND)


if __name__ == "__main__":
    ShipuiApp(TalkingDesk([promotion(1, Status.APPROVED)])).run()
