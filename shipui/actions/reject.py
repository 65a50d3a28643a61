"""Reject a promotion that waits for approval."""

from __future__ import annotations

from shipui.actions.decide_against import decide_against
from shipui.install import Installation
from shipui.model.promotion import Promotion, Status
from shipui.model.roles import Person, Right


def reject(installation: Installation, person: Person, promotion_id: str, reason: str) -> Promotion:
    """`reason` must not be empty: whoever asked will read it."""
    person.require(Right.REJECT)
    return decide_against(
        installation, person, promotion_id, reason, Status.REJECTED, frozenset({Status.PENDING}), "rejected"
    )
