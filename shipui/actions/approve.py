"""Approve a promotion: exactly this content, by this person."""

from __future__ import annotations

from shipui.install import Installation
from shipui.limits.deadline import Deadline
from shipui.model.errors import Refused
from shipui.model.promotion import Promotion, Status, require
from shipui.model.roles import Person, Right
from shipui.records import approvals, promotions

LOOK_SECONDS = 30.0


def approve(installation: Installation, person: Person, promotion_id: str, reason: str = "") -> Promotion:
    """The promotion afterwards: `approved`, or still `pending` while more approvals are needed.

    Refused for somebody's own request, for a second approval by the same person, and when the sandbox has moved on.
    """
    person.require(Right.APPROVE)
    with installation.records.transaction() as connection:
        promotion = promotions.get(connection, promotion_id)
    require(promotion.id, promotion.status, frozenset({Status.PENDING}), "approved")
    settings = installation.settings.approvals
    if promotion.requested_by == person.name and not settings.own_request:
        raise Refused(
            f"{person.name} asked for {promotion.id}, so somebody else has to approve it.",
            fix="An admin can set [approvals] own_request = true in config.toml.",
        )
    _require_same_content(installation, promotion)
    needed = settings.needed_for(promotion.risk)
    with installation.audited(
        person, "approved", promotion.id, commit=promotion.revision.commit, reason=reason
    ) as connection:
        # Two people at once: the second waits here, and then counts the first one's approval too.
        promotion = promotions.get(connection, promotion_id, lock=True)
        require(promotion.id, promotion.status, frozenset({Status.PENDING}), "approved")
        standing = {each.person for each in approvals.standing(connection, promotion.id)}
        if person.name in standing:
            raise Refused(
                f"{person.name} has approved {promotion.id} already.",
                fix=f"It needs {needed} approvals, by {needed} people; {len(standing)} so far.",
            )
        approvals.add(connection, promotion.id, person.name, promotion.revision, reason)
        given = len(standing) + 1
        if given >= needed:
            words = f"Approved by {person.name}" + (f": {reason}" if reason else ".")
            promotions.move(connection, promotion.id, Status.APPROVED, words, person.name, None)
        return promotions.get(connection, promotion.id)


def _require_same_content(installation: Installation, promotion: Promotion) -> None:
    """What is approved is what the sandbox still holds; else it has to be shipped again."""
    sandbox = installation.sandbox(promotion.sandbox)
    deadline = Deadline(LOOK_SECONDS)
    head = sandbox.head(deadline)
    if head != promotion.revision.commit:
        raise Refused(
            f"The sandbox of {promotion.build} has moved on from {promotion.revision.commit[:12]} to {head[:12]}.",
            fix="Ship the build again, then approve its new content.",
        )
