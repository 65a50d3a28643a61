"""Try a rolled-back promotion again: a new promotion of the same build, linked to the old one."""

from __future__ import annotations

from shipui.install import Installation
from shipui.limits.deadline import Deadline
from shipui.model.errors import Refused
from shipui.model.promotion import Promotion, Status, require
from shipui.model.roles import Person, Right
from shipui.records import promotions

LOOK_SECONDS = 30.0


def retry(installation: Installation, person: Person, promotion_id: str) -> Promotion:
    """The new promotion, `pending`: it has to be approved anew."""
    person.require(Right.SHIP)
    with installation.records.transaction() as connection:
        old = promotions.get(connection, promotion_id)
    require(old.id, old.status, frozenset({Status.ROLLED_BACK}), "tried again")
    head = installation.sandbox(old.sandbox).head(Deadline(LOOK_SECONDS))
    if head != old.revision.commit:
        raise Refused(
            f"The sandbox of {old.build} has moved on since {old.id}.",
            fix="Ship the build again: shipui ship.",
        )
    with installation.audited(person, "retried", old.id, build=old.build) as connection:
        return promotions.request(connection, promotions.again(old, person.name))
