"""What an expression is called, whatever the file calls it: `run` is child_process.exec, `db` is pg.Pool(), if they were imported so.

A call adds "()". What is local and cannot be traced further begins with "~" ("~db.query"); "this.db" stays when nothing is known of it.
"""

from __future__ import annotations

import re

from shipui.gates.javascript.bindings import Binding, Bindings, module_name
from shipui.gates.javascript.tree import Node

_DEPTH = 12
_THROUGH = frozenset(
    {
        "await_expression",
        "parenthesized_expression",
        "as_expression",
        "non_null_expression",
        "satisfies_expression",
        "type_assertion",
    }
)
_GLOBALS = frozenset({"globalThis", "window", "global", "self", "top", "parent"})
_PASSING = frozenset({"util.promisify", "promisify", "pify", "bluebird.promisify"})
_TYPE = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")


class Names:
    def __init__(self, bindings: Bindings) -> None:
        self._bindings = bindings
        self._known: dict[int, str] = {}

    def of(self, node: Node) -> str:
        """Empty when the expression has no name (a literal, a sum)."""
        found = self._known.get(id(node))
        if found is None:
            self._known[id(node)] = ""  # what refers to itself has no name
            found = self._known[id(node)] = self._of(node, 0)
        return found

    def of_type(self, annotation: str) -> str:
        """What a value of that type is called: pg.Pool() for `Pool` that was imported from pg."""
        match = _TYPE.match(annotation)
        if match is None:
            return ""
        first, _, rest = match.group(0).partition(".")
        name = self._bindings.imports.get(first, first)
        return f"{name}.{rest}()" if rest else f"{name}()"

    def _of(self, node: Node, depth: int) -> str:
        if depth > _DEPTH:
            return ""
        if node.kind in _THROUGH:
            return self._of(node.children[0], depth + 1) if node.children else ""
        match node.kind:
            case "identifier":
                return self._identifier(node, depth)
            case "member_expression" | "subscript_expression":
                return self._member(node, depth)
            case "call_expression" | "new_expression":
                return self._call(node, depth)
            case "this":
                return "this"
            case "sequence_expression":
                return self._of(node.children[-1], depth + 1)
            case "binary_expression":
                if node.between(node.children[0], node.children[-1]) in {"||", "??"}:
                    return self._of(node.children[0], depth + 1) or self._of(node.children[-1], depth + 1)
            case "import" | "super":
                return node.kind
        return ""

    def _identifier(self, node: Node, depth: int) -> str:
        binding = self._bindings.of(node)
        if binding is None:
            return "" if node.text in _GLOBALS else node.text
        if binding.imported:
            return binding.imported
        return self.of_binding(binding, depth) or f"~{binding.name}"

    def of_binding(self, binding: Binding, depth: int = 0) -> str:
        if binding.annotation and binding.kind == "parameter":
            return (
                self.of_type(binding.annotation) if binding.annotation[0].isupper() or "." in binding.annotation else ""
            )
        for definition in reversed(binding.definitions):
            if (
                definition.how != "set"
                or definition.value is None
                or (definition.value.kind == "identifier" and definition.value.text == binding.name)
            ):
                continue
            name = self._of(definition.value, depth + 1)
            if name and not name.startswith("~"):
                return ".".join((name, *(each for each in definition.path if not each.isdigit())))
        if binding.annotation and binding.annotation[0].isupper():
            return self.of_type(binding.annotation)
        return ""

    def _member(self, node: Node, depth: int) -> str:
        if len(node.children) < 2:
            return ""
        inner, name = node.children[0], node.children[-1]
        if node.kind == "subscript_expression":
            text = literal_text(name)
            if text is None:
                return ""
        else:
            text = name.text
        if inner.kind == "this":
            return self._property(text, depth) or f"this.{text}"
        owner = self._of(inner, depth + 1)
        if owner == "" and inner.kind == "identifier" and inner.text in _GLOBALS:
            return text
        if text in {"default", "bind", "promise"} and owner:
            return owner
        return f"{owner}.{text}" if owner else f".{text}"

    def _property(self, name: str, depth: int) -> str:
        for value in self._bindings.properties.get(name, ()):
            found = self._of(value, depth + 1)
            if found and not found.startswith("~"):
                return found
        return self.of_type(self._bindings.property_types.get(name, ""))

    def _call(self, node: Node, depth: int) -> str:
        if not node.children:
            return ""
        callee, arguments = node.children[0], node.child("arguments")
        given = arguments.children if arguments is not None else []
        if callee.kind in {"identifier", "import"} and callee.text in {"require", "import"} and given:
            text = literal_text(given[0])
            return module_name(text) if text is not None else ""
        name = self._of(callee, depth + 1)
        if callee.kind == "member_expression" and callee.children[-1].text == "bind":
            return name
        if name in _PASSING and given:
            return self._of(given[0], depth + 1)
        return f"{name}()" if name else ""


def literal_text(node: Node) -> str | None:
    """A string literal's text, also of several put together with +; None if it is anything else."""
    if node.kind == "string" or (node.kind == "template_string" and not node.child("template_substitution")):
        return node.text[1:-1]
    if node.kind == "parenthesized_expression" and node.children:
        return literal_text(node.children[0])
    if node.kind == "binary_expression" and node.between(node.children[0], node.children[-1]) == "+":
        left, right = literal_text(node.children[0]), literal_text(node.children[-1])
        return left + right if left is not None and right is not None else None
    return None
