"""The orders in which the queue can be read."""

from __future__ import annotations

from enum import StrEnum


class Order(StrEnum):
    """The value is what people read."""

    NEWEST = "newest first"
    OLDEST = "oldest first"
    CHANGED = "last changed first"
    RISK = "highest risk first"
    PRODUCT = "by product"

    @property
    def next(self) -> Order:
        orders = list(Order)
        return orders[(orders.index(self) + 1) % len(orders)]
