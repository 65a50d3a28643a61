"""One piece of JavaScript, read: its tree, its names and values, its calls, and how a family of rules reports what it finds in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shipui.gates.base import ChangedFile, Rule
from shipui.gates.javascript.bindings import Bindings
from shipui.gates.javascript.names import Names
from shipui.gates.javascript.shapes import Level, Shape, level_of
from shipui.gates.javascript.tree import FUNCTIONS, Node, Tree
from shipui.gates.javascript.values import Values
from shipui.model.findings import Finding, Severity

BY_LEVEL = {Level.REQUEST: Severity.HIGH, Level.HINTED: Severity.MEDIUM, Level.DYNAMIC: Severity.MEDIUM}
ONLY_REQUESTS = {Level.REQUEST: Severity.HIGH, Level.HINTED: Severity.MEDIUM}
_ORIGIN = {
    Level.REQUEST: "The value comes from a request, or from elsewhere outside.",
    Level.HINTED: "The name of the value says that somebody outside wrote it.",
    Level.DYNAMIC: "Where the value comes from cannot be seen here.",
}


@dataclass(frozen=True, slots=True)
class Call:
    node: Node
    name: str
    """As `Names` tells, without "()" of its own."""
    arguments: tuple[Node, ...]
    is_new: bool
    tagged: bool
    """A template with a tag: db`...`."""

    @property
    def method(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def owner(self) -> str:
        return self.name.rpartition(".")[0]


class Script:
    def __init__(self, file: ChangedFile, tree: Tree) -> None:
        self.file = file
        self.tree = tree
        bindings = Bindings(tree)
        self.names = Names(bindings)
        self.bindings = bindings
        self.calls = [self._call(node) for node in tree.all("call_expression", "new_expression") if node.children]
        by_name: dict[str, list[Node]] = {}
        for call in self.calls:
            by_name.setdefault(call.node.children[0].text.rpartition(".")[2], []).append(call.node)
        self._values = Values(bindings, self.names, by_name)
        self._followed: frozenset[tuple[int, int]] = frozenset()

    def shape(self, node: Node) -> Shape:
        """What the expression may be. The lines that were followed for it count as part of the next report."""
        shape, self._followed = self._values.followed(node)
        return shape

    def imports(self, module: re.Pattern[str]) -> bool:
        """Whether it imports or requires a module whose name the pattern is found in."""
        written = [each for each in self.tree.all("import_statement") if each.children]
        required = [each.node for each in self.calls if each.name == "require"]
        return any(module.search(each.children[-1].text) for each in (*written, *required))

    @property
    def exhausted(self) -> bool:
        return self._values.exhausted

    def of_method(self, *methods: str) -> Iterator[Call]:
        for call in self.calls:
            if call.method in methods:
                yield call

    def found(
        self, rule: Rule, node: Node, severity: Severity | None = None, message: str = "", *, until: Node | None = None
    ) -> Iterator[Finding]:
        """A finding at the node, if this change touched its statement, or one that the last `shape` was followed through.

        `until` is the last node that matters (a call's argument: a callback after it may be long).
        """
        line = self._line(node, until or node)
        self._followed = frozenset()
        if line is not None:
            statement = _shortened(node)
            yield rule.finding(
                self.file.path,
                line,
                statement=statement,
                severity=severity,
                message=message and f"{rule.why} {message}",
            )

    def graded(
        self,
        rule: Rule,
        node: Node,
        value: Node,
        subject: str,
        severities: dict[Level, Severity] = BY_LEVEL,
        shape: Shape | None = None,
    ) -> Iterator[Finding]:
        """A finding by who writes the value, if that is one of `severities`."""
        known = self.shape(value) if shape is None else shape
        level = level_of(known, subject)
        if level in severities:
            yield from self.found(rule, node, severities[level], _ORIGIN[level], until=value)

    def enclosing_name(self, node: Node) -> str:
        """The names that say what a value is for: the variable, property or function that it goes into."""
        names = []
        for each in node.ancestors():
            if each.kind in {"variable_declarator", "assignment_expression", "pair", *FUNCTIONS} and each.children:
                names.append(each.children[0].text[:80] if each.kind != "arrow_function" else "")
            if each.kind in FUNCTIONS and each.kind != "arrow_function":
                break
        return " ".join(names)

    def _call(self, node: Node) -> Call:
        arguments = node.child("arguments")
        tagged = node.children[-1].kind == "template_string"
        given = tuple(arguments.children) if arguments is not None else (node.children[-1],) if tagged else ()
        return Call(node, self.names.of(node.children[0]), given, node.kind == "new_expression", tagged)

    def _line(self, node: Node, until: Node) -> int | None:
        statement = node.statement
        first = statement.first if statement.kind not in FUNCTIONS else node.first
        last = max(node.first, until.last)
        if self.file.touches(first, last):
            return node.first if node.first in self.file.added else self._first_added(first, last) or node.first
        for start, end in sorted(self._followed):
            if end - start < 60 and self.file.touches(start, end):
                return self._first_added(start, end) or start
        return None

    def _first_added(self, first: int, last: int) -> int | None:
        return next((line for line in range(first, last + 1) if line in self.file.added), None)


def _shortened(node: Node) -> str:
    """The text of a statement, without the bodies of the functions in it."""
    text = node.text
    return text if len(text) < 400 else text[:400]
