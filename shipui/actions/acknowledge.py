"""Accept a finding of the gates: somebody has looked at it, and says why it may stay."""

from __future__ import annotations

from shipui.install import Installation
from shipui.model.errors import BadInput, UnknownId
from shipui.model.inventory import Disposition
from shipui.model.roles import Person, Right
from shipui.model.text import visible
from shipui.records import gates, promotions


def acknowledge(
    installation: Installation, person: Person, promotion_id: str, finding: str, reason: str
) -> Disposition:
    """`finding` is the fingerprint of a finding that the gates have recorded for this promotion; else UnknownId."""
    person.require(Right.GIVE_DISPOSITION)
    if not reason.strip():
        raise BadInput(
            f"The finding of {promotion_id} was not acknowledged: a reason is needed.", fix="Say why with --reason “…”."
        )
    with installation.audited(
        person, "finding acknowledged", promotion_id, finding=finding, reason=reason
    ) as connection:
        promotions.get(connection, promotion_id)
        if not gates.has_finding(connection, promotion_id, finding):
            raise UnknownId(
                f"The gates have no finding {visible(finding, limit=80)} on {promotion_id}.",
                fix=f"Name it by its fingerprint. shipui show {promotion_id} tells what the gates said.",
            )
        return gates.add_disposition(connection, promotion_id, finding, "acknowledged", reason, person.name)
