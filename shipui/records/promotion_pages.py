"""The queue, page by page. A page begins behind the last promotion of the one before, so the thousandth costs what the first one does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from shipui.model.promotion import Promotion, Status
from shipui.model.promotion_order import Order
from shipui.records.connection import storable
from shipui.records.promotions import SELECT, selected
from shipui.records.rows import containing

_RISK = "array_position(ARRAY['critical', 'high', 'medium', 'low'], change_request.risk)"
_NEWEST = (("promotion.requested_at", "DESC"), ("promotion.id", "ASC"))
_KEYS: dict[Order, tuple[tuple[str, str], ...]] = {
    Order.NEWEST: _NEWEST,
    Order.OLDEST: (("promotion.requested_at", "ASC"), ("promotion.id", "DESC")),
    Order.CHANGED: (("promotion.updated_at", "DESC"), ("promotion.id", "ASC")),
    Order.RISK: ((_RISK, "ASC"), *_NEWEST),
    Order.PRODUCT: (("product.name", "ASC"), *_NEWEST),
}
"""The first two read an index; the others sort what the filter leaves, and keep only a page of it."""
_RISKS = ("critical", "high", "medium", "low")
_SOUGHT = ("promotion.id", "promotion.build", "promotion.title", "product.name", "promotion.requested_by")


def page(
    connection: psycopg.Connection[Any],
    status: Status | None,
    text: str,
    limit: int,
    *,
    after: Promotion | None = None,
    order: Order = Order.NEWEST,
) -> list[Promotion]:
    """At most `limit`, from the first on or behind `after`; `text` is looked for in ID, build, title, product and requester."""
    rest, values = _rest(status, text, limit, after, order)
    return selected(connection, rest, values)


def statement(
    status: Status | None, text: str, limit: int, *, after: Promotion | None = None, order: Order = Order.NEWEST
) -> tuple[str, tuple[Any, ...]]:
    """What `page` asks, for whoever wants to see how the database goes about it."""
    rest, values = _rest(status, text, limit, after, order)
    return SELECT + rest, values


def _rest(
    status: Status | None, text: str, limit: int, after: Promotion | None, order: Order
) -> tuple[str, tuple[Any, ...]]:
    conditions, values = ["true"], list[Any]()
    if status is not None:
        conditions.append("promotion.status = %s")
        values.append(str(status))
    if text:
        conditions.append("(" + " OR ".join(f"{place} ILIKE %s" for place in _SOUGHT) + ")")
        values += [containing(storable(text))] * len(_SOUGHT)
    if after is not None:
        condition, behind = _behind(list(zip(_KEYS[order], _place(after, order), strict=True)))
        conditions.append(condition)
        values += behind
    sorting = ", ".join(f"{key} {direction}" for key, direction in _KEYS[order])
    return f"WHERE {' AND '.join(conditions)} ORDER BY {sorting} LIMIT %s", (*values, limit)


def by_ids(connection: psycopg.Connection[Any], ids: Sequence[str]) -> list[Promotion]:
    """As they are now; in no order."""
    return selected(connection, "WHERE promotion.id = ANY(%s)", (list(ids),))


def _place(promotion: Promotion, order: Order) -> tuple[Any, ...]:
    newest = (promotion.requested_at, promotion.id)
    match order:
        case Order.CHANGED:
            return (promotion.updated_at, promotion.id)
        case Order.RISK:
            return (_RISKS.index(str(promotion.risk)) + 1, *newest)
        case Order.PRODUCT:
            return (promotion.product_name, *newest)
        case _:
            return newest


def _behind(keys: list[tuple[tuple[str, str], Any]]) -> tuple[str, list[Any]]:
    """Row after row in mixed directions: the first key's own condition stands outside of the OR, where an index can use it."""
    ((key, direction), value), *rest = keys
    beyond = f"{key} {'<' if direction == 'DESC' else '>'} %s"
    if not rest:
        return beyond, [value]
    inner, values = _behind(rest)
    return f"({beyond.replace(' %s', '= %s', 1)} AND ({beyond} OR {inner}))", [value, value, *values]
