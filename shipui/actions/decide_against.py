"""What rejecting and withdrawing have in common: a final status, with a reason."""

from __future__ import annotations

from shipui.install import Installation
from shipui.model.errors import BadInput
from shipui.model.promotion import Promotion, Status, require
from shipui.model.roles import Person
from shipui.records import promotions


def decide_against(
    installation: Installation,
    person: Person,
    promotion_id: str,
    reason: str,
    status: Status,
    allowed: frozenset[Status],
    word: str,
) -> Promotion:
    if not reason.strip():
        raise BadInput(f"{promotion_id} was not {word}: a reason is needed.", fix='Say why with --reason "…".')
    with installation.audited(person, word, promotion_id, reason=reason) as connection:
        promotion = promotions.get(connection, promotion_id)
        require(promotion.id, promotion.status, allowed, word)
        words = f"{word.capitalize()} by {person.name}: {reason}"
        promotions.move(connection, promotion.id, status, words, person.name, None)
        return promotions.get(connection, promotion.id)
