"""The calls of a JavaScript or TypeScript migration, each with the functions around it, and the strings that they are given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ast_grep_py import SgNode, SgRoot

NAME = "some_name"
"""Stands where a value is put in while running."""
_FUNCTIONS = frozenset(
    {
        "function_declaration",
        "method_definition",
        "function_expression",
        "arrow_function",
        "generator_function_declaration",
    }
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\n": ""}
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_BACK = re.compile(r"^_?(?:down|rollback|revert|undo|downgrade|backward)\w*$", re.IGNORECASE)
_FORTH = re.compile(r"^(?:up|upgrade|migrate|forward|default)$", re.IGNORECASE)
_WRAPPERS = frozenset({"member_expression", "non_null_expression", "parenthesized_expression", "await_expression"})
_NO_ARGUMENTS = frozenset({"(", ")", ",", "comment"})


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    line: int
    """From 1, on which its content begins."""
    verbatim: bool


@dataclass(frozen=True, slots=True)
class Call:
    """knex.schema.dropTable("users"): method "dropTable", receiver knex.schema."""

    node: SgNode
    method: str
    receiver: SgNode | None
    arguments: tuple[SgNode, ...]
    functions: tuple[str, ...]
    """The named functions around it, outermost first."""
    place: int
    """Of the method's name in the text: calls in this order are calls in the order of time."""

    def argument(self, place: int) -> SgNode | None:
        return self.arguments[place] if place < len(self.arguments) else None

    @property
    def line(self) -> int:
        return self.node.range().start.line + 1

    @property
    def end_line(self) -> int:
        return self.node.range().end.line + 1


@dataclass(slots=True)
class JavaScript:
    calls: list[Call] = field(default_factory=list)
    constants: dict[str, list[SgNode]] = field(default_factory=dict)
    users: dict[str, set[str]] = field(default_factory=dict)
    """By function: the functions that name it; "" is the module."""
    broken: int | None = None
    """The first line that does not parse."""

    def backward(self) -> frozenset[str]:
        """Functions that serve only the way back."""
        found = {name for name in self.users if _BACK.match(name)}
        while True:
            more = {
                name
                for name, users in self.users.items()
                if users and users <= found and name not in found and not _FORTH.match(name)
            }
            if not more:
                return frozenset(found)
            found |= more


def language_of(suffix: str) -> str:
    if suffix in {".ts", ".mts", ".cts"}:
        return "typescript"
    return "tsx" if suffix == ".tsx" else "javascript"


def parsed(text: str, language: str) -> JavaScript:
    """One walk over the tree, without recursion."""
    result = JavaScript()
    mentions: list[tuple[str, str]] = []
    stack: list[tuple[SgNode, tuple[str, ...]]] = [(SgRoot(text, language).root(), ())]
    while stack:
        node, functions = stack.pop()
        kind = node.kind()
        if result.broken is None and (
            kind == "ERROR" or (node.is_leaf() and not node.text() and kind not in {"program", "string_fragment"})
        ):
            result.broken = node.range().start.line + 1
        if kind in _FUNCTIONS and (name := _name_of(node)):
            result.users.setdefault(name, set())
            functions = (*functions, name)
        elif kind == "call_expression":
            result.calls += [call] if (call := _call(node, functions)) else []
        elif kind == "variable_declarator":
            _note_constant(result, node)
        elif kind in {"identifier", "property_identifier"}:
            mentions.append((node.text(), functions[-1] if functions else ""))
        elif kind == "for_in_statement":
            _note_loop(result, node)
        stack += [(child, functions) for child in reversed(node.children())]
    for name, user in mentions:
        if name in result.users and name != user:
            result.users[name] |= {user} if user else set()
    result.calls.sort(key=lambda call: call.place)
    return result


def _name_of(function: SgNode) -> str:
    """As it is known: of a declaration, a method, a property, a variable, exports.up = …"""
    if own := function.field("name"):
        return own.text()
    parent = function.parent()
    if parent is None:
        return ""
    holder = {
        "pair": "key",
        "variable_declarator": "name",
        "assignment_expression": "left",
        "public_field_definition": "name",
    }
    named = parent.field(holder[parent.kind()]) if parent.kind() in holder else None
    return named.text().rpartition(".")[2].strip("'\"") if named is not None else ""


def _call(node: SgNode, functions: tuple[str, ...]) -> Call | None:
    called, given = node.field("function"), node.field("arguments")
    if called is None or given is None:
        return None
    if given.kind() == "template_string":
        arguments: tuple[SgNode, ...] = (given,)
    else:
        arguments = tuple(child for child in given.children() if child.kind() not in _NO_ARGUMENTS)
    receiver = None
    if called.kind() == "member_expression":
        receiver, named = called.field("object"), called.field("property")
    else:
        named = called
    if named is None:
        return None
    return Call(node, named.text(), receiver, arguments, functions, named.range().start.index)


def _note_constant(result: JavaScript, node: SgNode) -> None:
    name, value = node.field("name"), node.field("value")
    if name is not None and value is not None and name.kind() == "identifier":
        result.constants.setdefault(name.text(), []).append(value)


def _note_loop(result: JavaScript, node: SgNode) -> None:
    left, right = node.field("left"), node.field("right")
    if left is not None and right is not None and left.kind() == "identifier":
        result.constants.setdefault(left.text(), []).append(right)


class Strings:
    def __init__(self, script: JavaScript) -> None:
        self._constants = script.constants

    def of(self, node: SgNode | None, depth: int = 4) -> list[Text]:
        """Every text that this expression may be; empty when none can be told."""
        if node is None or depth == 0:
            return []
        found: list[Text] = []
        match node.kind():
            case "string":
                found = [Text(_unescaped(node.text()[1:-1]), node.range().start.line + 1, verbatim=True)]
            case "template_string":
                found = [_template(node)]
            case "binary_expression":
                found = self._added(node, depth - 1)
            case "array":
                found = [text for child in node.children() for text in self.of(child, depth - 1)]
            case "identifier":
                found = [text for value in self._constants.get(node.text(), []) for text in self.of(value, depth - 1)]
            case "object":
                found = [
                    text
                    for key in ("sql", "text", "query", "tableName", "name")
                    for text in self.of(member(node, key), depth - 1)
                ]
            case "call_expression":
                found = self._called(node, depth - 1)
            case (
                "parenthesized_expression"
                | "as_expression"
                | "await_expression"
                | "satisfies_expression"
                | "non_null_expression"
            ):
                found = next((texts for child in node.children() if (texts := self.of(child, depth - 1))), [])
            case "new_expression":
                given = node.field("arguments")
                found = (
                    self.of(next((each for each in given.children() if each.kind() == "object"), None), depth - 1)
                    if given
                    else []
                )
        return found

    def one(self, node: SgNode | None) -> str | None:
        texts = self.of(node)
        return texts[0].value if len(texts) == 1 else None

    def argument(self, call: Call, place: int) -> str | None:
        """A name among a call's arguments, in lower case."""
        text = self.one(call.argument(place))
        return text.lower() if text else None

    def _added(self, node: SgNode, depth: int) -> list[Text]:
        left, right = self.of(node.field("left"), depth), self.of(node.field("right"), depth)
        if not left and not right:
            return []
        line = node.range().start.line + 1
        firsts, seconds = [each.value for each in left] or [NAME], [each.value for each in right] or [NAME]
        return [Text(first + second, line, verbatim=False) for first in firsts for second in seconds][:20]

    def _called(self, node: SgNode, depth: int) -> list[Text]:
        """sql`…`, sql.raw("…"), ["…"].join(" "), "…".trim()"""
        call = _call(node, ())
        if call is None:
            return []
        if call.method in {"join", "trim", "concat", "replace", "format"} and call.receiver is not None:
            texts = self.of(call.receiver, depth)
            line = node.range().start.line + 1
            return (
                [Text(" ".join(each.value for each in texts), line, verbatim=False)]
                if call.method == "join" and texts
                else texts
            )
        return self.of(next(iter(call.arguments), None), depth)


def is_text(node: SgNode | None, text: str) -> bool:
    return node is not None and node.text() == text


def member(node: SgNode | None, name: str) -> SgNode | None:
    """The value of a property of an object literal."""
    if node is None or node.kind() != "object":
        return None
    for pair in node.children():
        key = pair.field("key") if pair.kind() == "pair" else None
        if key is not None and key.text().strip("'\"") == name:
            return pair.field("value")
    return None


def chain(call: Call) -> Iterator[Call]:
    """The calls that this one is called on, from the nearest to the first: of a.b(x).c(y).d() c(y), then b(x)."""
    receiver = call.receiver
    while receiver is not None:
        while receiver is not None and receiver.kind() in _WRAPPERS:
            receiver = receiver.field("object") or next(iter(receiver.children()[-2:]), None)
        if receiver is None or receiver.kind() != "call_expression" or (inner := _call(receiver, ())) is None:
            return
        yield inner
        receiver = inner.receiver


def around(call: Call) -> Iterator[Call]:
    """The calls among whose arguments this one stands, from the nearest outwards."""
    node = call.node.parent()
    while node is not None:
        outer = _call(node, ()) if node.kind() == "call_expression" else None
        if outer is not None and any(_encloses(each, call.place) for each in outer.arguments):
            yield outer
        node = node.parent()


def _encloses(node: SgNode, place: int) -> bool:
    return node.range().start.index <= place < node.range().end.index


def _template(node: SgNode) -> Text:
    parts = []
    for child in node.children():
        if child.kind() == "template_substitution":
            parts.append(NAME + "\n" * child.text().count("\n"))
        elif child.kind() != "`":
            parts.append(_unescaped(child.text()))
    return Text("".join(parts), node.range().start.line + 1, verbatim=True)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_escape, text) if "\\" in text else text


def _escape(match: re.Match[str]) -> str:
    code = match.group(1)
    if len(code) == 1:
        return _ESCAPES.get(code, code)
    digits = code[1:].strip("{}")
    value = int(digits, 16)
    return chr(value) if value < 0x110000 else ""
