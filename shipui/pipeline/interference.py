"""Whether somebody other than shipui changed what runs in production while a run was at work: asked before each call that changes it."""

from __future__ import annotations

from shipui.model.errors import Failed
from shipui.pipeline.production import Production
from shipui.runtimes.base import ContainerState


def require_undisturbed(work: Production, *, named: str | None, stopped: str | None = None) -> None:
    """Failed unless the target's name is `named`'s (None: nobody's), and `stopped` is there and stopped. Both are container IDs."""
    current = work.runtime.current()
    if (current.id if current else None) != named:
        raise _disturbed(
            f"the name {work.runtime.name} is {current.id if current else 'nobody'}'s, not {named or 'nobody'}'s"
        )
    if stopped is None:
        return
    old = work.runtime.find_container(stopped)
    if old is None:
        raise _disturbed(f"the old version's container {stopped} is gone")
    if old.state is ContainerState.RUNNING:
        raise _disturbed(f"the old version's container {stopped} was started again")


def _disturbed(detail: str) -> Failed:
    return Failed(
        "something other than shipui changed what runs in production in the middle of this run (docker-compose up, perhaps).",
        detail=detail,
        fix="Find out what did, then try again.",
    )
