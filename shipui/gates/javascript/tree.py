"""Source text as a tree of plain Python nodes: the parser's own are a call into another language for every question.

Comments are left out. Where the parser went wrong is kept: its ERROR nodes, and the tokens that it put in because they were missing
(these show only as empty leaves).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ast_grep_py import SgRoot

LARGEST_TREE = 1_500_000
"""Characters. A tree of more would take gigabytes."""
MOST_COLUMN_WORK = 800_000_000
"""The sum of all nodes' columns: the parser counts each from the beginning of its line. Some seconds."""
_MOST_TROUBLES = 20
DEEPEST = 1000
"""Levels. Every look-up of a name climbs them."""


class TooMuch(Exception):
    """Source that no person wrote by hand, in words that complete "This file ..."."""


STATEMENTS = frozenset(
    {
        "expression_statement",
        "lexical_declaration",
        "variable_declaration",
        "return_statement",
        "throw_statement",
        "if_statement",
        "for_statement",
        "for_in_statement",
        "while_statement",
        "do_statement",
        "switch_statement",
        "export_statement",
        "import_statement",
        "public_field_definition",
        "field_definition",
        "method_definition",
        "function_declaration",
        "class_declaration",
        "arrow_function",
    }
)
FUNCTIONS = frozenset(
    {
        "function_declaration",
        "function_expression",
        "generator_function",
        "generator_function_declaration",
        "arrow_function",
        "method_definition",
    }
)


class Node:
    """`children` are the named ones; `text` comes from the source when it is asked for."""

    __slots__ = ("_source", "children", "end", "first", "kind", "last", "parent", "start")

    def __init__(
        self, source: str, kind: str, start: int, end: int, first: int, last: int, parent: Node | None
    ) -> None:
        self._source = source
        self.kind = kind
        self.start = start
        self.end = end
        self.first = first
        """Line, from 1."""
        self.last = last
        self.parent = parent
        self.children: list[Node] = []

    @property
    def text(self) -> str:
        return self._source[self.start : self.end]

    def between(self, left: Node, right: Node) -> str:
        """What stands between two of its children: an operator."""
        return self._source[left.end : right.start].strip()

    def tail(self) -> str:
        """What stands before its first named child: a keyword or a prefix operator."""
        return self._source[self.start : self.children[0].start].strip() if self.children else self.text

    def child(self, *kinds: str) -> Node | None:
        for each in self.children:
            if each.kind in kinds:
                return each
        return None

    def walk(self) -> Iterator[Node]:
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    def ancestors(self) -> Iterator[Node]:
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    @property
    def statement(self) -> Node:
        """The smallest statement that it is part of."""
        if self.kind in STATEMENTS:
            return self
        for each in self.ancestors():
            if each.kind in STATEMENTS:
                return each
        return self

    @property
    def function(self) -> Node | None:
        """The function whose body (or parameters) it stands in."""
        for each in self.ancestors():
            if each.kind in FUNCTIONS:
                return each
        return None


class Tree:
    """`troubles`: first and last line of every place that did not parse."""

    def __init__(self, source: str, root: Node, troubles: list[tuple[int, int]]) -> None:
        self.source = source
        self.root = root
        self.troubles = troubles
        self.by_kind: dict[str, list[Node]] = {}
        for node in root.walk():
            self.by_kind.setdefault(node.kind, []).append(node)

    def all(self, *kinds: str) -> Iterator[Node]:
        for kind in kinds:
            yield from self.by_kind.get(kind, ())


def troubles_of(source: str, language: str) -> list[tuple[int, int]]:
    """Where the text does not parse, without making a tree of Python nodes."""
    return _troubles(SgRoot(source, language).root())


def parsed(source: str, language: str, first_line: int = 1) -> Tree:
    """`language` is one of the parser's: javascript, typescript, tsx. TooMuch for minified and generated code."""
    if len(source) > LARGEST_TREE:
        raise TooMuch(f"has {len(source) // 1000:,} kB of code, too much to be examined")
    root = SgRoot(source, language).root()
    troubles = [(first + first_line - 1, last + first_line - 1) for first, last in _troubles(root)]
    return Tree(source, _converted(source, root, first_line), troubles)


def _troubles(root: Any) -> list[tuple[int, int]]:
    found = [_lines(node) for node in root.find_all(kind="ERROR")[:_MOST_TROUBLES]]
    missing = [
        node
        for node in root.find_all(regex="^$")[:_MOST_TROUBLES]
        if not node.is_named() or node.kind() == "identifier"
    ]
    return found + [_lines(node) for node in missing]


def _lines(node: Any) -> tuple[int, int]:
    place = node.range()
    return place.start.line + 1, place.end.line + 1


def _converted(source: str, root: Any, first_line: int) -> Node:
    columns = 0

    def made(found: Any, parent: Node | None) -> Node:
        nonlocal columns
        place = found.range()
        start, end = place.start, place.end
        columns += start.column + end.column
        if columns > MOST_COLUMN_WORK:
            raise TooMuch("is minified or generated code (its lines are too long to be examined)")
        return Node(
            source, found.kind(), start.index, end.index, start.line + first_line, end.line + first_line, parent
        )

    top = made(root, None)
    top.kind = "program"  # of a piece that cannot be read the parser gives an ERROR, and still what is in it
    stack = [(root, top, 0)]
    while stack:
        found, node, depth = stack.pop()
        if depth > DEEPEST:
            raise TooMuch(f"is nested too deeply to be examined (more than {DEEPEST} levels, at line {node.first})")
        for each in found.named_children():
            child = made(each, node)
            if child.kind == "comment":
                continue
            node.children.append(child)
            stack.append((each, child, depth + 1))
    return top
