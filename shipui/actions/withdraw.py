"""Withdraw a promotion before it is deployed."""

from __future__ import annotations

from shipui.actions.decide_against import decide_against
from shipui.install import Installation
from shipui.model.promotion import Promotion, Status
from shipui.model.roles import Person, Right


def withdraw(installation: Installation, person: Person, promotion_id: str, reason: str) -> Promotion:
    """From `pending` or `approved`; `reason` must not be empty."""
    person.require(Right.WITHDRAW)
    allowed = frozenset({Status.PENDING, Status.APPROVED})
    return decide_against(installation, person, promotion_id, reason, Status.WITHDRAWN, allowed, "withdrawn")
