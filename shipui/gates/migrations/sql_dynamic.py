"""SQL that a statement executes from a string: DO blocks, EXECUTE, PREPARE, and the functions that a script makes and calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from shipui.gates.migrations.sql_foresight import Foresight
from shipui.gates.migrations.sql_tokens import Kind, Token

_PLACEHOLDER = re.compile(r"%(?:[0-9]+\$)?-?[0-9]*[IsL]")
_BEGINS_AS_SQL = re.compile(
    r"\s*(?:DROP|TRUNCATE|DELETE\s+FROM|UPDATE|ALTER|CREATE|DO|RENAME|REINDEX|LOCK|VACUUM)\s", re.IGNORECASE
)
_CALLS = ("SELECT", "CALL", "PERFORM", "EXEC", "EXECUTE", "DO")
_EXECUTES = ("EXECUTE", "EXEC", "PREPARE", "CALL")
_DYNAMIC_CALLS = ("SP_EXECUTESQL", "DBLINK_EXEC", "DBLINK", "EXEC_SQL", "QUERY_TO_XML", "RUN_COMMAND_ON_ALL_NODES")
_NAME = "some_name"


def executed(tokens: Sequence[Token], known: Foresight) -> Iterator[tuple[str, int]]:
    """(text, line on which it begins)."""
    first = tokens[0]
    if first.is_word("DO"):
        yield from (
            (token.value, token.body_line) for token in tokens[1:] if token.kind is Kind.STRING and len(token.value) > 8
        )
        return
    if first.is_word("CREATE"):
        return
    if known.routines and any(token.is_word(*_CALLS) for token in tokens):
        yield from _called(tokens, known)
    runs = any(token.is_word(*_EXECUTES) for token in tokens) or any(token.is_word(*_DYNAMIC_CALLS) for token in tokens)
    if runs or known.has_prepared or any(token.is_symbol(":=") for token in tokens[:4]) or first.is_word("FOR"):
        for text, line in _strings(tokens):
            if _BEGINS_AS_SQL.match(text):
                yield text, line


def _called(tokens: Sequence[Token], known: Foresight) -> Iterator[tuple[str, int]]:
    """The body of each routine of this script that is called here."""
    for place, token in enumerate(tokens[:-1]):
        if token.names and tokens[place + 1].is_symbol("(") and (body := known.routines.get(token.value.lower())):
            yield body.value, body.body_line


def _strings(tokens: Sequence[Token]) -> Iterator[tuple[str, int]]:
    """Literals, those joined by || as one, with a name where an expression or a placeholder stands."""
    text, line = "", 0
    joined = False
    for place, token in enumerate(tokens):
        if token.kind is Kind.STRING:
            if not joined and text:
                yield text, line
                text = ""
            line = line if text else token.body_line
            text += _PLACEHOLDER.sub(_NAME, token.value)
            joined = False
        elif text and token.is_symbol("||", "+"):
            following = tokens[place + 1] if place + 1 < len(tokens) else None
            if following is not None and following.kind is not Kind.STRING and not text.endswith(_NAME):
                text += _NAME
            joined = True
    if text:
        yield text, line
