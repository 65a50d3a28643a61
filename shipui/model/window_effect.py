"""What another calendar would mean for the promotions that wait. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shipui.model.calendar import Calendar, Decision, decide
from shipui.model.change import Change
from shipui.model.promotion import Promotion


@dataclass(frozen=True, slots=True)
class Effect:
    """Of one kind of change, for all promotions of that kind."""

    change: Change
    promotions: tuple[Promotion, ...]
    before: Decision
    after: Decision

    @property
    def differs(self) -> bool:
        return _heart(self.before) != _heart(self.after)


def effects(before: Calendar, after: Calendar, waiting: Sequence[Promotion], now: datetime) -> list[Effect]:
    """One for each kind of change among those that wait, in their order; also those that stay as they are."""
    kinds: dict[Change, list[Promotion]] = {}
    for promotion in waiting:
        kinds.setdefault(promotion.change, []).append(promotion)
    return [
        Effect(change, tuple(found), decide(before, change, now), decide(after, change, now))
        for change, found in kinds.items()
    ]


def _heart(decision: Decision) -> tuple[bool, datetime | None, datetime | None]:
    return decision.open, decision.next_open, decision.closes
