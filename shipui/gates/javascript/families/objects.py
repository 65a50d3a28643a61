"""Keys from outside that reach the prototype of all objects."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.javascript.families.options import is_true
from shipui.gates.javascript.script import Script
from shipui.gates.javascript.shapes import Level, level_of
from shipui.gates.javascript.tree import FUNCTIONS, Node
from shipui.gates.rules.javascript_injection import PROTOTYPE_POLLUTION
from shipui.model.findings import Finding, Severity

_MERGES = re.compile(
    r"(lodash|_)\.(merge|mergeWith|defaultsDeep|set|setWith|zipObjectDeep|update)|lodash\.(merge|defaultsdeep|set|mergewith)|(\$|jQuery|jquery)\.extend"
    r"|deepmerge(\.all)?|deep-extend|merge-deep|extend|object-path\.set|dot-prop\.set|set-value|hoek\.(merge|applyToDefaults)|merge|defaults-deep|mixin-deep|dset|flat\.unflatten|nested-property\.set|jsonpointer\.set|json-pointer\.set|ini\.parse"
)
_PATH_SETTERS = re.compile(r".*\.(set|setWith|update)|set-value|dset|lodash\.set")
_REFUSES = re.compile(
    r"__proto__|prototype|hasOwn|Object\.create\(null\)|new Map|Object\.keys|isSafeKey|isUnsafe", re.IGNORECASE
)


def look(script: Script) -> Iterator[Finding]:
    for call in script.calls:
        if len(call.arguments) > 1 and _MERGES.fullmatch(call.name):
            given = call.arguments[1:2] if _PATH_SETTERS.fullmatch(call.name) else call.arguments
            if (
                call.name.endswith(".extend")
                and "$" in call.name + "$"
                and not is_true(call.arguments[0])
                and call.name != "extend"
            ):
                continue
            for each in given:
                yield from script.graded(PROTOTYPE_POLLUTION, call.node, each, "keys", {Level.REQUEST: Severity.HIGH})
    for node in script.tree.all("assignment_expression"):
        target = node.children[0]
        if target.kind == "subscript_expression" and len(target.children) > 1:
            yield from _assigned(script, node, target)


def _assigned(script: Script, node: Node, target: Node) -> Iterator[Finding]:
    owner, key = target.children[0], target.children[-1]
    if key.kind in {"number", "string", "template_string", "binary_expression"}:
        return
    function = node.function
    if _REFUSES.search((function or script.tree.root).text[:20_000]):
        return
    if function is not None and _merges(function, key):
        yield from script.found(PROTOTYPE_POLLUTION, node, Severity.MEDIUM)
        return
    shape = script.shape(key)
    nested = owner.kind == "subscript_expression" and level_of(script.shape(owner.children[-1])) == Level.REQUEST
    if level_of(shape) == Level.REQUEST or nested:
        yield from script.found(PROTOTYPE_POLLUTION, node, Severity.HIGH if nested else Severity.MEDIUM)


def _merges(function: Node, key: Node) -> bool:
    """A function that copies every key of one object to another, and calls itself for what is nested."""
    name = function.child("identifier", "property_identifier")
    if name is None and function.parent is not None and function.parent.kind == "variable_declarator":
        name = function.parent.children[0]
    if name is None or key.kind != "identifier":
        return False
    loops = any(
        each.kind == "for_in_statement"
        and key.text in each.children[0].text
        and each.between(each.children[0], each.children[1]).startswith("in")
        for each in function.walk()
    )
    again = any(
        each.kind == "call_expression" and each.children[0].text.rpartition(".")[2] == name.text
        for each in function.walk()
    )
    return loops and again and function.kind in FUNCTIONS
