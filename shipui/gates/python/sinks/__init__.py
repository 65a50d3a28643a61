"""What must not be reached by a value that nobody checked: a file per family, each with its checks by the name of the function called.

A family may have CALLS (by full name), METHODS (by the last part of the name), EVERY_CALL, COMPARISONS, RETURNS, ASSIGNMENTS, VALUES
and MODULES; a check yields hits. What all of them can see is a Call and the facts of its module.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from shipui.gates.python.scopes import Call, Hit
from shipui.gates.python.sinks import (
    backdoors,
    code,
    commands,
    databases,
    deserialisation,
    exfiltration,
    files,
    hygiene,
    network,
    web,
)

_FAMILIES: tuple[Any, ...] = (
    backdoors,
    code,
    commands,
    databases,
    deserialisation,
    exfiltration,
    files,
    hygiene,
    network,
    web,
)
CallCheck = Callable[[Call], Iterator[Hit]]


@cache
def _by_name(table: str) -> dict[str, tuple[CallCheck, ...]]:
    found: defaultdict[str, list[CallCheck]] = defaultdict(list)
    for family in _FAMILIES:
        for name, check in getattr(family, table, {}).items():
            found[name].append(check)
    return {name: tuple(checks) for name, checks in found.items()}


@cache
def _all_of(table: str) -> tuple[Callable[..., Iterator[Hit]], ...]:
    return tuple(check for family in _FAMILIES for check in getattr(family, table, ()))


def checks_for(call: Call) -> tuple[CallCheck, ...]:
    """By full name and by last part; a method that a file defines itself is found by what it calls."""
    return (*_by_name("CALLS").get(call.name, ()), *_by_name("METHODS").get(call.method, ()), *_all_of("EVERY_CALL"))


def comparison_checks() -> tuple[Callable[..., Iterator[Hit]], ...]:
    return _all_of("COMPARISONS")


def checks_for_return() -> tuple[Callable[..., Iterator[Hit]], ...]:
    return _all_of("RETURNS")


def assignment_checks() -> tuple[Callable[..., Iterator[Hit]], ...]:
    return _all_of("ASSIGNMENTS")


def value_checks() -> tuple[Callable[..., Iterator[Hit]], ...]:
    """Of what is assigned to any name."""
    return _all_of("VALUES")


def module_checks() -> tuple[Callable[..., Iterator[Hit]], ...]:
    return _all_of("MODULES")
