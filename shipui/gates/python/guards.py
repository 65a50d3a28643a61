"""What a condition proves: which variables hold only allowed values where it is true, or where it is false."""

from __future__ import annotations

import ast
import re

from shipui.gates.python.functions import GUARD_METHODS, validates

_EXITS = frozenset(
    {"abort", "exit", "_exit", "fail", "error", "bad_request", "forbidden", "not_found", "permission_denied"}
)
_TELLS_WHERE = re.compile(r"host|netloc|domain|scheme|suffix|ext(?:ension)?$|parent|prefix", re.IGNORECASE)


def proved(test: ast.expr) -> tuple[set[str], set[str]]:
    """Variables that are harmless where `test` is true, and those where it is false."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        when_true, when_false = proved(test.operand)
        return when_false, when_true
    if isinstance(test, ast.BoolOp):
        pairs = [proved(each) for each in test.values]
        if isinstance(test.op, ast.And):
            return set().union(*(pair[0] for pair in pairs)), set.intersection(*(pair[1] for pair in pairs))
        return set.intersection(*(pair[0] for pair in pairs)), set().union(*(pair[1] for pair in pairs))
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test)
    if isinstance(test, ast.Call):
        name = _last_name(test.func)
        if name in GUARD_METHODS or validates(f".{name}") or name in ("any", "all"):
            return _names(test), set()
    return set(), set()


def leaves(body: list[ast.stmt]) -> bool:
    """Whether nothing after this block runs once it was entered."""
    last = body[-1] if body else None
    if isinstance(last, ast.Return | ast.Raise | ast.Continue | ast.Break):
        return True
    return isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and _last_name(last.value.func) in _EXITS


def _compared(test: ast.Compare) -> tuple[set[str], set[str]]:
    operator, left, right = test.ops[0], test.left, test.comparators[0]
    if isinstance(operator, ast.In | ast.NotIn):
        names = set() if isinstance(left, ast.Constant) else _names(left)
        if (
            isinstance(left, ast.Constant)
            and isinstance(right, ast.Name | ast.Attribute | ast.Call)
            and isinstance(operator, ast.In)
        ):
            # `if ".." in name: abort()`
            return set(), _names(right) if left.value in ("..", "/", "\\", "\0", "../", "\x00", "<") else set()
        return (names, set()) if isinstance(operator, ast.In) else (set(), names)
    if isinstance(operator, ast.Eq | ast.NotEq):
        names = _names(left) if not isinstance(right, ast.Constant) or right.value not in ("", None) else set()
        if isinstance(right, ast.Constant) and not isinstance(right.value, str):
            names = set()
        if not isinstance(right, ast.Constant) and not _TELLS_WHERE.search(ast.unparse(left)[:200]):
            names = set()
        return (names, set()) if isinstance(operator, ast.Eq) else (set(), names)
    if (
        isinstance(operator, ast.Is | ast.IsNot)
        and isinstance(left, ast.Call)
        and _last_name(left.func) in GUARD_METHODS
    ):
        return (set(), _names(left)) if isinstance(operator, ast.Is) else (_names(left), set())
    return set(), set()


def _names(node: ast.expr) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} - {"self", "cls", "re", "os"}


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
