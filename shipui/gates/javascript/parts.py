"""Parts of what is written out: properties of objects, names and results of functions, the text within quotes."""

from __future__ import annotations

from shipui.gates.javascript.tree import Node

_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "v": "\v", "f": "\f"}


def property_of(literal: Node, name: str) -> Node | None:
    if literal.kind != "object":
        return None
    for each in literal.children:
        if each.kind == "pair" and each.children[0].text.strip("'\"") == name:
            return each.children[-1]
        if each.kind == "shorthand_property_identifier" and each.text == name:
            return each
    return None


def function_name(function: Node) -> str:
    """The plain name under which a function is called in its file; empty if it has none."""
    if function.kind in {"function_declaration", "generator_function_declaration", "method_definition"}:
        name = function.child("identifier", "property_identifier")
        return name.text if name is not None else ""
    parent = function.parent
    if parent is not None and parent.kind == "variable_declarator":
        return parent.children[0].text
    return ""


def results_of(function: Node) -> list[Node]:
    """The expressions that a function may return."""
    body = function.children[-1] if function.children else None
    if body is None:
        return []
    if body.kind != "statement_block":
        return [body]
    found = []
    for each in body.walk():
        if each.kind == "return_statement" and each.children and each.function is function:
            found.append(each.children[0])
    return found


def unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    pieces = text.split("\\")
    result = [pieces[0]]
    for each in pieces[1:]:
        result.append(_SIMPLE_ESCAPES.get(each[:1], each[:1]) + each[1:])
    return "".join(result)
