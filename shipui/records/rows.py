"""Rows that get an ID of their own, refusals of the database in words, and patterns that mean what they say."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from shipui.model.errors import WrongState
from shipui.model.ids import IdKind, make_id

REFUSED_BY_RULE = "SU001"
"""The SQLSTATE of the triggers' own refusals; their message is plain words."""
_TRIES = 20


def insert_with_id(connection: psycopg.Connection[Any], kind: IdKind, statement: str, values: Sequence[Any]) -> str:
    """Run an INSERT whose first parameter is the ID, and that ends in ON CONFLICT (id) DO NOTHING; the ID that was free."""
    for _ in range(_TRIES):
        new = make_id(kind, secrets.token_bytes(4))
        if connection.execute(statement, (new, *values)).rowcount == 1:
            return new
    raise AssertionError(f"{_TRIES} random IDs of kind {kind} were all taken")


@contextmanager
def refusals_in_words(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """A refusal by one of the triggers becomes WrongState; the transaction around it stays usable."""
    try:
        with connection.transaction():
            yield
    except psycopg.DatabaseError as error:
        if error.sqlstate == REFUSED_BY_RULE:
            raise WrongState(error.diag.message_primary or str(error), detail=str(error)) from error
        raise


def containing(text: str) -> str:
    """A LIKE pattern for whatever contains exactly `text`."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
