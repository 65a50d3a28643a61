"""What ctrl+c, a lost terminal and `kill` do while production is being changed: nothing is left half-way."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from types import FrameType

GOES_ON = "It goes on to its end, so that production is not left half-way."


@contextlib.contextmanager
def undisturbed(asked_to_stop: Callable[[], str] = lambda: GOES_ON) -> Iterator[None]:
    """For the block: ctrl+c calls `asked_to_stop` and says what it returns; SIGTERM, SIGHUP and ctrl+z are survived."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        _say(asked_to_stop())

    def survive(_number: int, _frame: FrameType | None) -> None:
        _say(GOES_ON)

    wanted = {
        signal.SIGINT: interrupt,
        signal.SIGTERM: survive,
        signal.SIGHUP: survive,
        signal.SIGTSTP: survive,
    }
    former = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _say(words: str) -> None:
    """Past Python's buffers: the handler may have come in the middle of a print."""
    with contextlib.suppress(OSError):
        os.write(2, f"{words}\n".encode(errors="replace"))
