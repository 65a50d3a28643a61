"""Which functions of a Python migration serve only the way back."""

from __future__ import annotations

import ast
import re

_BACK = re.compile(
    r"^_?(?:downgrade|downgrades?_\w+|rollback\w*|backwards?\w*|reverse\w*|down|down_\w+|revert\w*|undo\w*|unapply\w*)$"
)
_FORTH = re.compile(r"^_?(?:upgrade\w*|forwards?\w*|up|migrate|apply|run)$")
_REVERSES = ("reverse_code", "reverse_sql")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(module: ast.Module) -> dict[str, Function]:
    return {node.name: node for node in ast.walk(module) if isinstance(node, Function)}


def backward_only(module: ast.Module) -> frozenset[str]:
    """Their names: downgrade and the like, what is given as reverse_code, and what only those call."""
    every = functions(module)
    forth, back = _handed_over(module)
    found = {name for name in every if (_BACK.match(name) or name in back) and name not in forth}
    users = _users(module, every)
    while True:
        more = {
            name
            for name in every
            if name not in found
            and name not in forth
            and not _FORTH.match(name)
            and users[name]
            and users[name] <= found
        }
        if not more:
            return frozenset(found)
        found |= more


def _handed_over(module: ast.Module) -> tuple[set[str], set[str]]:
    """Functions given to RunPython: for the way forward, and for the way back."""
    forth: set[str] = set()
    back: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and _called(node) == "RunPython":
            forth |= {argument.id for argument in node.args[:1] if isinstance(argument, ast.Name)}
            back |= {argument.id for argument in node.args[1:2] if isinstance(argument, ast.Name)}
            for keyword in node.keywords:
                if isinstance(keyword.value, ast.Name):
                    (back if keyword.arg in _REVERSES else forth).add(keyword.value.id)
    return forth, back


def _called(call: ast.Call) -> str:
    return (
        call.func.attr
        if isinstance(call.func, ast.Attribute)
        else call.func.id
        if isinstance(call.func, ast.Name)
        else ""
    )


def _users(module: ast.Module, every: dict[str, Function]) -> dict[str, set[str]]:
    """By function: which functions name it; "" is the module itself."""
    users: dict[str, set[str]] = {name: set() for name in every}
    inside: set[int] = set()
    for name, function in every.items():
        for node in ast.walk(function):
            inside.add(id(node))
            if isinstance(node, ast.Name) and node.id in users and node.id != name:
                users[node.id].add(name)
    for node in ast.walk(module):
        if isinstance(node, ast.Name) and node.id in users and id(node) not in inside:
            users[node.id].add("")
    return users
