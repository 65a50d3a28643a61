"""Whether the condition of a DELETE or UPDATE really leaves rows out."""

from __future__ import annotations

from collections.abc import Sequence

from shipui.gates.migrations.sql_cursor import find, has, split
from shipui.gates.migrations.sql_tokens import Kind, Token

DEEPEST = 20
"""Of parentheses round a condition."""
_ENDS = ("RETURNING", "LIMIT", "ORDER", "OPTION", "FETCH")
_TRUE = ("TRUE", "1", "T", "YES", "ON")
_COMPARISONS = ("=", "<>", "!=", "<", ">", "<=", ">=")


def limits_rows(statement: Sequence[Token]) -> bool:
    """False: it strikes every row, because there is no condition or because it always holds."""
    where = find(statement, "WHERE")
    if where is None:
        return _joins(statement)
    condition = statement[where + 1 :]
    end = find(condition, *_ENDS)
    return not always_true(condition if end is None else condition[:end])


def _joins(statement: Sequence[Token]) -> bool:
    """MySQL's DELETE a FROM a JOIN b ON …: the join leaves rows out."""
    if not has(statement, "JOIN") or not (has(statement, "ON") or has(statement, "USING")):
        return False
    return not has(statement, "LEFT", "JOIN") and not has(statement, "LEFT", "OUTER", "JOIN")


def always_true(condition: Sequence[Token]) -> bool:
    condition = _bare(condition)
    if not condition:
        return False
    if len(alternatives := split(condition, word="OR")) > 1:
        return any(always_true(each) for each in alternatives) or _covers_both(alternatives)
    if len(parts := _conjunction(condition)) > 1:
        return all(always_true(each) for each in parts)
    if condition[0].is_word("NOT"):
        return _always_false(condition[1:])
    return _holds(condition)


def _conjunction(condition: Sequence[Token]) -> list[Sequence[Token]]:
    return [condition] if has(condition, "BETWEEN") else split(condition, word="AND")


def _bare(tokens: Sequence[Token]) -> Sequence[Token]:
    """Without parentheses that enclose all of it."""
    for _ in range(DEEPEST):
        if len(tokens) < 2 or not tokens[0].is_symbol("(") or not tokens[-1].is_symbol(")"):
            break
        depth = 0
        for place, token in enumerate(tokens):
            depth += token.is_symbol("(")
            depth -= token.is_symbol(")")
            if depth == 0 and place < len(tokens) - 1:
                return tokens
        tokens = tokens[1:-1]
    return tokens


def _always_false(tokens: Sequence[Token]) -> bool:
    tokens = _bare(tokens)
    if len(tokens) == 1:
        return tokens[0].value.upper() in {"FALSE", "0"} and tokens[0].kind is not Kind.QUOTED
    return _compared(tokens) is False


def _holds(tokens: Sequence[Token]) -> bool:
    if len(tokens) == 1:
        return tokens[0].kind is not Kind.QUOTED and tokens[0].value.upper() in _TRUE
    if _compared(tokens):
        return True
    words = [token.value.upper() for token in tokens]
    column, rest = words[:1], words[1:]
    if len(words) > 2 and words[1] == ".":
        column, rest = words[2:3], words[3:]
    if rest == ["IS", "NOT", "NULL"]:
        return column in (["ID"], ["UUID"], ["CTID"], ["ROWID"])
    if column in (["ID"], ["ROWID"]) and rest in ([">", "0"], [">=", "0"], [">=", "1"], [">", "-", "1"]):
        return True
    return rest in (["LIKE", "%"], ["ILIKE", "%"]) or words == ["EXISTS", "(", "SELECT", "1", ")"]


def _compared(tokens: Sequence[Token]) -> bool | None:
    """The result of comparing two literals, or a column with itself; None: depends on the row."""
    sides = next((place for place, token in enumerate(tokens) if token.is_symbol(*_COMPARISONS)), None)
    if sides is None:
        return _is_true(tokens)
    operator, left, right = tokens[sides].value, _bare(tokens[:sides]), _bare(tokens[sides + 1 :])
    same = [(token.kind, token.value) for token in left] == [(token.kind, token.value) for token in right]
    if not same and not (_literal(left) and _literal(right)):
        return None
    if same:
        return operator in {"=", "<=", ">="}
    if operator in {"=", "<>", "!="}:
        return operator != "="
    try:
        first, second = float(left[0].value), float(right[0].value)
    except ValueError:
        return None
    return first < second if operator.startswith("<") else first > second


def _literal(tokens: Sequence[Token]) -> bool:
    return len(tokens) == 1 and (
        tokens[0].kind in {Kind.NUMBER, Kind.STRING} or tokens[0].is_word("TRUE", "FALSE", "NULL")
    )


def _is_true(tokens: Sequence[Token]) -> bool | None:
    words = [token.value.upper() for token in tokens]
    return True if words in (["TRUE", "IS", "TRUE"], ["1", "IS", "NOT", "NULL"]) else None


def _covers_both(alternatives: Sequence[Sequence[Token]]) -> bool:
    """x IS NULL OR x IS NOT NULL."""
    spelt = {" ".join(token.value.upper() for token in _bare(each)) for each in alternatives}
    return any(each.endswith(" IS NULL") and each.removesuffix("IS NULL") + "IS NOT NULL" in spelt for each in spelt)
