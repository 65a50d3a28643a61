"""The variables of a module, class or function while it is read, and what a call found."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from shipui.gates.python.values import NOTHING, Origin, Value, either
from shipui.model.findings import Severity


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matched. `lines` are the first and last of the statement; `related` are where the value was put together."""

    rule: str
    severity: Severity | None
    lines: tuple[int, int]
    detail: str = ""
    related: tuple[int, ...] = ()


@dataclass(slots=True)
class Scope:
    """Variables by name. Writes are noted while a branch is read, so that two branches can be joined at the cost of what they wrote."""

    parent: Scope | None = None
    variables: dict[str, Value] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = field(default_factory=dict)
    _notes: list[dict[str, Value | None]] = field(default_factory=list)

    def get(self, name: str) -> Value | None:
        scope: Scope | None = self
        while scope is not None:
            found = scope.variables.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def function(self, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.functions:
                return scope.functions[name]
            scope = scope.parent
        return None

    def set(self, name: str, value: Value) -> None:
        if self._notes:
            self._notes[-1].setdefault(name, self.variables.get(name))
        self.variables[name] = value

    @contextmanager
    def branch(self) -> Iterator[dict[str, Value | None]]:
        """What is set within is noted: name and the value before."""
        before: dict[str, Value | None] = {}
        self._notes.append(before)
        try:
            yield before
        finally:
            self._notes.pop()

    def taken_back(self, before: dict[str, Value | None]) -> dict[str, Value]:
        """Undo what a branch set, and give what it had set."""
        written = {name: self.variables[name] for name in before if name in self.variables}
        for name, value in before.items():
            if value is None:
                self.variables.pop(name, None)
            else:
                self.variables[name] = value
        return written

    def joined(self, branches: list[dict[str, Value]]) -> None:
        """Go on after branches that each wrote something; one that did not write a variable left it as it was."""
        for name in dict.fromkeys(name for branch in branches for name in branch):
            values = [value for branch in branches if (value := branch.get(name, self.get(name))) is not None]
            result = values[0]
            for value in values[1:]:
                result = either(result, value)
            self.set(name, result)


@dataclass(slots=True)
class ClassFacts:
    name: str
    bases: tuple[str, ...]
    attributes: dict[str, Value] = field(default_factory=dict)
    methods: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = field(default_factory=dict)

    def gives_requests(self, attribute: str) -> bool:
        """Whether this attribute of self holds what a request brought."""
        if self.answers_requests and attribute in ("path", "headers", "rfile"):
            return True
        return attribute in ("kwargs", "args") and any(
            base.endswith(("View", "ViewSet", "Resource")) for base in self.bases
        )

    @property
    def answers_requests(self) -> bool:
        return any(
            base.rpartition(".")[2].endswith(("RequestHandler", "HTTPEndpoint", "WebSocketEndpoint"))
            for base in self.bases
        )


@dataclass(frozen=True, slots=True)
class Call:
    """A call as a sink sees it."""

    node: ast.Call
    name: str
    """Resolved: "subprocess.run", "sqlite3.connect().cursor().execute", "?cursor.execute"."""
    receiver: Value
    """Of a method; NOTHING for a plain function."""
    arguments: tuple[Value, ...]
    keywords: dict[str, Value]
    function: str
    """Name of the function that it stands in; empty at the module's top."""
    module: ModuleFacts

    @property
    def method(self) -> str:
        return self.name.rpartition(".")[2]

    def argument(self, place: int, *names: str) -> Value | None:
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        if place < len(self.arguments) and not any(
            isinstance(each, ast.Starred) for each in self.node.args[: place + 1]
        ):
            return self.arguments[place]
        return None

    def constant(self, place: int, *names: str) -> object:
        """The literal that was given, or None."""
        for keyword in self.node.keywords:
            if keyword.arg in names:
                return keyword.value.value if isinstance(keyword.value, ast.Constant) else None
        if 0 <= place < len(self.node.args):
            node = self.node.args[place]
            return node.value if isinstance(node, ast.Constant) else None
        return None

    def all_values(self) -> Iterator[Value]:
        yield from self.arguments
        yield from self.keywords.values()

    def worst(self) -> Value:
        return max(self.all_values(), key=lambda value: value.origin, default=NOTHING)


@dataclass(slots=True)
class ModuleFacts:
    """What sinks may ask about the file as a whole."""

    path: str
    packages: set[str] = field(default_factory=set)
    """Of everything that is imported anywhere in it: the full name, and the names of the packages around it."""
    downloaded: set[str] = field(default_factory=set)
    """Files into which something from the network was written: "=" and the path, or variables that hold it."""
    lines: list[str] = field(default_factory=list)
    """The file's text."""

    def text_of(self, node: ast.expr) -> str:
        """The first line of an expression, as it is written."""
        return self.lines[node.lineno - 1][:4000] if 0 < node.lineno <= len(self.lines) else ""

    def mentions(self, word: str) -> bool:
        return any(word in line for line in self.lines)

    @property
    def is_setup(self) -> bool:
        return self.path.rpartition("/")[2] == "setup.py"

    @property
    def is_test(self) -> bool:
        parts = self.path.split("/")
        return parts[-1].startswith("test_") or parts[-1].endswith("_test.py") or "tests" in parts or "test" in parts

    def uses(self, package: str) -> bool:
        """Whether it imports the package or a part of it, or calls something of it without an import in sight."""
        return package in self.packages


def grade(value: Value) -> Severity:
    """A value from a request blocks; another one warns."""
    return Severity.HIGH if value.origin is Origin.REQUEST else Severity.MEDIUM


def whence(value: Value) -> str:
    """In plain words, to begin an explanation."""
    return {
        Origin.REQUEST: "A value from a request gets here unchecked.",
        Origin.OUTSIDE: "A value from outside the program gets here unchecked.",
    }.get(value.origin, "A value that is not known gets here.")
