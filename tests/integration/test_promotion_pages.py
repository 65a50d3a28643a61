"""The queue's pages: in every order each promotion once, whatever is equal; and a page that lies deep costs what the first one does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from shipui.model.promotion import Promotion, Status
from shipui.model.promotion_order import Order
from shipui.records import promotion_pages
from tests.many_promotions import fill
from tests.records import RecordsDatabase

Connection = psycopg.Connection[Any]
MANY = 2_000


@pytest.fixture
def connection(records_database: RecordsDatabase) -> Iterator[Connection]:
    fill(records_database.superuser_url, MANY)
    with psycopg.connect(records_database.url) as connection:
        yield connection


def _all(connection: Connection, status: Status | None, text: str, order: Order) -> list[Promotion]:
    found, page = list[Promotion](), list[Promotion]()
    while not found or page:
        page = promotion_pages.page(connection, status, text, 301, after=found[-1] if found else None, order=order)
        found += page
    return found


def test_every_order_has_every_promotion_once_and_as_it_says(connection: Connection) -> None:
    for order in Order:
        found = _all(connection, None, "", order)
        assert len({each.id for each in found}) == len(found) == MANY, order
        match order:
            case Order.NEWEST:
                assert found == sorted(found, key=lambda each: each.requested_at, reverse=True)
            case Order.OLDEST:
                assert found == sorted(found, key=lambda each: each.requested_at)
            case Order.RISK:
                risks = ["critical", "high", "medium", "low"]
                assert [each.risk for each in found] == sorted((each.risk for each in found), key=risks.index)
            case Order.PRODUCT:
                assert [each.product_name for each in found] == sorted(each.product_name for each in found)
            case Order.CHANGED:
                changed = [each.updated_at for each in found if each.updated_at]
                assert changed == sorted(changed, reverse=True)


def test_pages_keep_to_the_state_and_the_text(connection: Connection) -> None:
    waiting = _all(connection, Status.PENDING, "", Order.NEWEST)
    assert len(waiting) == MANY // 20
    assert {each.status for each in waiting} == {Status.PENDING}
    assert [each.title for each in _all(connection, None, "number 1777", Order.NEWEST)] == ["Feature number 1777"]


def test_a_deep_page_reads_an_index_from_where_it_begins(connection: Connection) -> None:
    deep = _all(connection, None, "", Order.NEWEST)[-200]
    read = promotion_pages.page(connection, None, "", 100, after=deep)
    assert len(read) == 100
    statement, values = promotion_pages.statement(None, "", 100, after=deep)
    plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {statement}", values))
    assert "promotion_newest" in plan, plan
    assert "Index Cond: (requested_at <=" in plan, plan
