"""Strings of a Python file that a migration hands to its database, as far as they stand there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

NAME = "some_name"
"""Stands where a value is put in while running."""
_FORMATS = re.compile(r"\{[^{}]{0,80}\}|%\([A-Za-z_]{1,60}\)s|%s")


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    line: int
    """On which its content begins."""
    end_line: int
    verbatim: bool
    """Its lines are those of the file, so that a line within it can be told."""


class Strings:
    """Module constants, local names and loops over lists of strings are looked up by name alone: scopes do not matter for text."""

    def __init__(self, module: ast.Module) -> None:
        self._values: dict[str, list[ast.expr]] = {}
        for node in ast.walk(module):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._values.setdefault(name, []).append(value)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    self._values.setdefault(name, []).append(value)
                case ast.For(target=ast.Name(id=name), iter=ast.List(elts=each) | ast.Tuple(elts=each)):
                    self._values.setdefault(name, []).extend(each)
                case ast.For(target=ast.Name(id=name), iter=ast.Name() as several):
                    self._values.setdefault(name, []).append(several)

    def of(self, node: ast.expr | None, depth: int = 4) -> list[Text]:
        """Every text that this expression may be; empty when none can be told."""
        if node is None or depth == 0:
            return []
        found: list[Text] = []
        match node:
            case ast.Constant(value=str() as value):
                found = [_literal(node, value)]
            case ast.JoinedStr():
                found = [Text(_joined(node), node.lineno, node.end_lineno or node.lineno, verbatim=False)]
            case ast.BinOp(left=left, op=ast.Mod()):
                found = [_formatted(text) for text in self.of(left, depth - 1)]
            case ast.BinOp(left=left, right=right, op=ast.Add()):
                found = self._added(left, right, depth - 1)
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                found = [text for element in elements for text in self._element(element, depth - 1)]
            case ast.Name(id=name):
                found = [text for value in self._values.get(name, []) for text in self.of(value, depth - 1)]
            case ast.Call():
                found = self._called(node, depth - 1)
            case ast.IfExp(body=body, orelse=other):
                found = [*self.of(body, depth - 1), *self.of(other, depth - 1)]
        return found

    def one(self, node: ast.expr | None) -> str | None:
        """The single text that it is."""
        texts = self.of(node)
        return texts[0].value if len(texts) == 1 else None

    def _element(self, element: ast.expr, depth: int) -> list[Text]:
        """Django allows (sql, parameters) in a list."""
        if isinstance(element, ast.Tuple) and element.elts:
            return self.of(element.elts[0], depth)
        return self.of(element, depth)

    def _added(self, left: ast.expr, right: ast.expr, depth: int) -> list[Text]:
        firsts, seconds = self.of(left, depth), self.of(right, depth)
        if not firsts and not seconds:
            return []
        line, end = left.lineno, right.end_lineno or right.lineno
        return [
            Text(first + second, line, end, verbatim=False)
            for first in [text.value for text in firsts] or [NAME]
            for second in [text.value for text in seconds] or [NAME]
        ][:20]

    def _called(self, call: ast.Call, depth: int) -> list[Text]:
        match call.func:
            case ast.Attribute(attr="format", value=template):
                return [_formatted(text) for text in self.of(template, depth)]
            case ast.Attribute(attr="join", value=ast.Constant(value=str() as glue)) if call.args:
                texts = self.of(call.args[0], depth)
                line, end = call.lineno, call.end_lineno or call.lineno
                return [Text(glue.join(text.value for text in texts), line, end, verbatim=False)] if texts else []
            case ast.Attribute(attr="text" | "dedent" | "DDL" | "SQL" | "strip" | "cleandoc" as attr, value=receiver):
                return self.of(receiver if attr == "strip" else next(iter(call.args), None), depth)
            case ast.Name(id="text" | "dedent" | "DDL" | "SQL" | "cleandoc"):
                return self.of(next(iter(call.args), None), depth)
            case ast.Attribute(attr="bindparams" | "execution_options" | "params", value=receiver):
                return self.of(receiver, depth)
        return []


def _literal(node: ast.expr, value: str) -> Text:
    end = node.end_lineno or node.lineno
    return Text(value, node.lineno, end, verbatim=value.count("\n") == end - node.lineno)


def _joined(node: ast.JoinedStr) -> str:
    return "".join(_pieces(node))


def _pieces(node: ast.JoinedStr) -> Iterator[str]:
    for part in node.values:
        yield part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else NAME


def _formatted(text: Text) -> Text:
    return Text(_FORMATS.sub(NAME, text.value), text.line, text.end_line, text.verbatim)
