"""Which definitions of a name may hold where it is used."""

from __future__ import annotations

import bisect

from shipui.gates.javascript.bindings import Binding, Definition
from shipui.gates.javascript.tree import FUNCTIONS, Node

_MOST_DEFINITIONS = 30
"""Of one name: the nearest before a use."""
_STRAIGHT = frozenset({"statement_block", "program", "switch_case"})


def reaching_definitions(binding: Binding, use: Node) -> list[Definition]:
    """The definitions that may hold at a use, in order. In another function than the name's own, all of them."""
    own, definitions = use.function, binding.definitions
    if len(definitions) <= 1:
        return definitions
    place = bisect.bisect_left(definitions, use.start, key=lambda each: each.at.start)
    earlier = definitions[max(place - _MOST_DEFINITIONS, 0) : place]
    later = [each for each in definitions[place : place + _MOST_DEFINITIONS] if each.at.function is not own]
    if binding.scope is not own and binding.scope.kind != "program" and _inside(binding.scope) is not own:
        return definitions[: _MOST_DEFINITIONS * 2]
    reaching: list[Definition] = later[::-1]
    ancestors = {id(each) for each in use.ancestors()}
    for definition in reversed(earlier):
        if definition.at.end >= use.end and definition.at.kind == "assignment_expression":
            continue
        reaching.append(definition)
        block = next((each for each in definition.at.ancestors() if each.kind in _STRAIGHT), None)
        straight = block is None or id(block) in ancestors
        if definition.how != "added" and straight and definition.at.function is own:
            break
    return reaching[::-1] or definitions[:_MOST_DEFINITIONS]


def _inside(scope: Node) -> Node | None:
    return scope if scope.kind in FUNCTIONS else scope.function
