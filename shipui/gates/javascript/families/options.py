"""Reading the options that a call is given: object literals, also those that a constant name stands for."""

from __future__ import annotations

from collections.abc import Iterator

from shipui.gates.javascript.script import Call, Script
from shipui.gates.javascript.tree import Node


def literal(script: Script, node: Node) -> Node | None:
    """The object literal that an argument is, or stands for."""
    if node.kind == "object":
        return node
    if node.kind in {"parenthesized_expression", "as_expression", "satisfies_expression"} and node.children:
        return literal(script, node.children[0])
    binding = script.bindings.of(node) if node.kind == "identifier" else None
    if binding is not None and len(binding.definitions) == 1 and not binding.definitions[0].path:
        value = binding.definitions[0].value
        return value if value is not None and value.kind == "object" else None
    return None


def key_of(pair: Node) -> str:
    return pair.children[0].text.strip("'\"[]`")


def option(script: Script, node: Node, *names: str) -> Node | None:
    """The value of a property of an object literal."""
    found = literal(script, node)
    for each in found.children if found is not None else ():
        if each.kind == "pair" and key_of(each) in names:
            return each.children[-1]
        if each.kind == "shorthand_property_identifier" and each.text in names:
            return each
    return None


def of_call(script: Script, call: Call, *names: str) -> Node | None:
    """The option in any of the call's arguments."""
    for each in call.arguments:
        value = option(script, each, *names)
        if value is not None:
            return value
    return None


def pairs(script: Script, *names: str) -> Iterator[tuple[Node, str, Node]]:
    """Every property with one of these names in any object literal of the script."""
    for pair in script.tree.all("pair"):
        key = key_of(pair)
        if key in names:
            yield pair, key, pair.children[-1]


def is_true(node: Node) -> bool:
    return node.kind == "true"


def is_false(node: Node) -> bool:
    return node.kind == "false" or node.text == "!1"
