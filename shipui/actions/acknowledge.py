"""Say of findings of the gates that they may stay, that they are none, or that they count again: somebody has looked, and says why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg

from shipui.install import Installation
from shipui.model.disposition import Disposition, DispositionKind, wants_other_eyes
from shipui.model.errors import BadInput, Refused, UnknownId
from shipui.model.promotion import Promotion
from shipui.model.roles import Person, Right
from shipui.model.text import listed, visible
from shipui.records import gates, promotions

MOST = 1_000
"""Findings that one reason can be given for."""
LONGEST_REASON = 2_000
_IN_THE_TRAIL = {
    DispositionKind.ACKNOWLEDGED: "finding acknowledged",
    DispositionKind.FALSE_POSITIVE: "finding called a false positive",
    DispositionKind.REOPENED: "finding reopened",
}


def acknowledge(
    installation: Installation,
    person: Person,
    promotion_id: str,
    findings: Sequence[str],
    reason: str,
    *,
    kind: DispositionKind = DispositionKind.ACKNOWLEDGED,
    until: datetime | None = None,
) -> list[Disposition]:
    """`findings` are fingerprints that the gates have recorded for this promotion's build; else UnknownId. `until`: it counts before that.

    Refused when the promotion is the person's own and approved already: what is settled then, nobody would look at any more.
    """
    person.require(Right.GIVE_DISPOSITION)
    fingerprints = list(dict.fromkeys(findings))
    _require_sense(promotion_id, fingerprints, reason, kind, until)
    facts = {"findings": fingerprints, "reason": reason}
    if until is not None:
        facts["until"] = until.isoformat()
    with installation.audited(person, _IN_THE_TRAIL[kind], promotion_id, **facts) as connection:
        promotion = promotions.get(connection, promotion_id, lock=True)
        _require_other_eyes(installation, person, promotion)
        _require_known(connection, promotion_id, fingerprints)
        return gates.add_dispositions(connection, promotion_id, fingerprints, kind, reason.strip(), person.name, until)


def _require_sense(
    promotion_id: str, fingerprints: Sequence[str], reason: str, kind: DispositionKind, until: datetime | None
) -> None:
    if not fingerprints:
        raise BadInput(f"No finding of {promotion_id} was named.", fix="Name at least one by its fingerprint.")
    if len(fingerprints) > MOST:
        raise BadInput(f"{len(fingerprints)} findings were named; one reason can be given for {MOST} at most.")
    if not reason.strip():
        what = "The finding" if len(fingerprints) == 1 else f"The {len(fingerprints)} findings"
        verb = "was" if len(fingerprints) == 1 else "were"
        raise BadInput(
            f"{what} of {promotion_id} {verb} not {kind.words}: a reason is needed.", fix="Say why with --reason “…”."
        )
    if len(reason) > LONGEST_REASON:
        raise BadInput(f"The reason has {len(reason)} characters; {LONGEST_REASON} are allowed.")
    if until is not None and kind is DispositionKind.REOPENED:
        raise BadInput(
            "What is reopened stays open until somebody settles it: it has no end date.", fix="Leave the date out."
        )
    if until is not None and until <= datetime.now(UTC):
        raise BadInput(
            f"It would have ended already, {until:%Y-%m-%d %H:%M}.",
            fix="Name a date to come, or none: then it counts for good.",
        )


def _require_other_eyes(installation: Installation, person: Person, promotion: Promotion) -> None:
    why = wants_other_eyes(person, promotion, own_request=installation.settings.approvals.own_request)
    if why:
        raise Refused(
            why,
            fix="Let another reviewer settle it. An admin can set [approvals] own_request = true in config.toml.",
        )


def _require_known(connection: psycopg.Connection[object], promotion_id: str, fingerprints: Sequence[str]) -> None:
    unknown = gates.unknown(connection, promotion_id, fingerprints)
    if unknown:
        named = listed([visible(each, limit=80) for each in unknown], most=3)
        raise UnknownId(
            f"The gates have no finding {named} on {promotion_id}.",
            fix=f"Name it by its fingerprint. shipui show {promotion_id} tells what the gates said.",
        )
