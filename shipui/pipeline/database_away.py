"""The production database's server is away in the middle of a rollback, restarting perhaps: it is waited for, and what is safe is repeated."""

from __future__ import annotations

from collections.abc import Callable

from shipui.limits.deadline import Deadline
from shipui.model.errors import ShipuiError, Unreachable
from shipui.model.text import plain_minutes
from shipui.pipeline.production import Production

TRIES = 3
RETURN_SECONDS = 60.0
LOOK_SECONDS = 10.0
PAUSE_SECONDS = 1.0


def with_patience(work: Production, act: Callable[[], str]) -> str:
    """What `act` returns. It must be safe to repeat: it looks at what is there before it changes anything.

    Unreachable when the database was lost three times, or did not come back.
    """
    for _ in range(TRIES - 1):
        try:
            return act()
        except Unreachable as error:
            work.context.note(f"{error.plain} It is waited for, up to {plain_minutes(RETURN_SECONDS)}.")
            await_return(work)
    return act()


def await_return(work: Production) -> None:
    """Until the database answers, and is open to everyone again, or the time for that is over: whoever uses it next is told."""
    limit = Deadline(min(RETURN_SECONDS, work.deadline.remaining()))
    while not limit.over():
        try:
            work.database.allow_connections(Deadline(LOOK_SECONDS))
            work.database.identity(Deadline(LOOK_SECONDS))
        except ShipuiError:
            work.deadline.sleep(PAUSE_SECONDS)
        else:
            return
