"""Ship step 6: the promotion, which waits for approval; or the one that an earlier try made."""

from __future__ import annotations

from typing import Any

import psycopg

from shipui.model.errors import Refused
from shipui.model.promotion import WORDS, Promotion, Revision, Status
from shipui.model.steps import SHIP_STEPS
from shipui.records import approvals, gates, promotions
from shipui.runs.procedure import Done, Undone
from shipui.ship.shipment import Shipment


class RequestPromotion:
    definition = SHIP_STEPS[5]

    def intend(self, work: Shipment) -> dict[str, Any]:
        return {"build": work.order.build}

    def act(self, work: Shipment, intent: dict[str, Any]) -> Done:
        order, revision = work.order, work.read().revision
        with work.records.transaction() as connection:
            found = promotions.open_of_build(connection, order.build)
            if found is not None and found.revision != revision:
                found = _renew(connection, work, found, revision)
            promotion = found or promotions.request(
                connection,
                promotions.NewPromotion(
                    build=order.build,
                    revision=revision,
                    target=order.target,
                    product=work.made["product"],
                    version=work.made["version"],
                    type=order.type,
                    risk=work.risk,
                    title=order.title,
                    sandbox=order.sandbox,
                    requested_by=work.person.name,
                    diff_statistics=work.context.left["extract_and_scan"],
                ),
            )
            gates.record(connection, promotion.id, work.examined()[1])
        work.made["promotion"] = promotion.id
        _tell_of_the_risk(work, promotion)
        sentence = f"{promotion.id} is {WORDS[promotion.status]}."
        work.context.left["ending"] = {"plain": sentence}
        return Done(sentence, left={"promotion": promotion.id, "plain": sentence})

    def undo(self, work: Shipment, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()


def _tell_of_the_risk(work: Shipment, promotion: Promotion) -> None:
    """A suggestion that was used, or not; a choice that came too late."""
    assert work.suggestion is not None, "the first step suggests"
    suggested, why = work.suggestion.level, " ".join(work.suggestion.reasons)
    if promotion.risk is not work.risk:
        work.context.note(
            f"{promotion.id} keeps the risk {promotion.risk}: to ask for {work.risk}, withdraw it and ship again."
        )
    elif work.order.risk is None:
        work.context.note(f"The risk is {suggested}, as the change suggests: {why} Another one is chosen with --risk.")
    elif work.order.risk is not suggested:
        work.context.note(f"The risk is {work.order.risk}, as chosen; the change suggests {suggested}: {why}")


def _renew(connection: psycopg.Connection[Any], work: Shipment, found: Promotion, revision: Revision) -> Promotion:
    """The open promotion of this build, now for its newer content: what was approved before no longer is."""
    if found.status not in {Status.PENDING, Status.APPROVED}:
        raise Refused(
            f"{found.id} asks for an older content of {found.build}, and is {WORDS[found.status]}.",
            fix=f"Wait until {found.id} is finished, then ship again.",
        )
    why = "the build was shipped again with newer content"
    approvals.lapse(connection, found.id, why)
    if found.status is Status.APPROVED:
        promotions.move(connection, found.id, Status.PENDING, f"The approval lapsed: {why}.", work.person.name, None)
    statistics = work.context.left["extract_and_scan"]
    promotions.revise(connection, found.id, revision, statistics, work.person.name)
    return promotions.get(connection, found.id)
