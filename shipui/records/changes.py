"""Whether anything changed: a text that is another one once somebody has done something. Cheap enough to ask every other second."""

from __future__ import annotations

from typing import Any

import psycopg

_ASK = """
SELECT coalesce((SELECT max(id) FROM transition), 0), coalesce((SELECT max(id) FROM approval), 0), coalesce((SELECT max(id) FROM audit), 0),
    coalesce((SELECT string_agg(concat_ws('/', id, epoch, step, cancel_asked_by), ',' ORDER BY id) FROM run WHERE finished_at IS NULL), '')
"""


def counter(connection: psycopg.Connection[Any]) -> str:
    """Of promotions, approvals, the audit trail, and the runs that are open; never of their logs."""
    row = connection.execute(_ASK).fetchone()
    assert row is not None
    return "|".join(str(each) for each in row)
