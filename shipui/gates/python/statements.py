"""A module read from top to bottom: assignments, branches, functions and classes, in the order in which they would run."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from shipui.gates.python.calling import Function, Functions, dotted
from shipui.gates.python.expressions import TooDeep, element_of
from shipui.gates.python.guards import leaves, proved
from shipui.gates.python.reading import statements_of
from shipui.gates.python.scopes import ClassFacts, ModuleFacts, Scope
from shipui.gates.python.sinks import assignment_checks, checks_for_return, module_checks, value_checks
from shipui.gates.python.values import SAFE, Origin, Value, made_clean

_DEEPEST_BLOCKS = 60


class Statements(Functions):
    """`read(tree)` reads a whole module; `hits` are then what the sinks found, `too_deep` the lines that were not read."""

    def __init__(self, module: ModuleFacts, left_out: frozenset[int] = frozenset()) -> None:
        """`left_out`: first lines of functions that are read only when they are called."""
        super().__init__(module)
        self.too_deep: list[int] = []
        self._left_out = left_out
        self._blocks = 0

    def read(self, tree: ast.Module) -> None:
        for name in _imported(tree):
            parts = name.split(".")
            self.module.packages.update(".".join(parts[:size]) for size in range(1, len(parts) + 1))
        self.declare(tree.body)
        self.block(tree.body)
        for check in module_checks():
            self.found(check(tree, self.module))

    def block(self, body: Iterable[ast.stmt]) -> None:
        self._blocks += 1
        try:
            for statement in body:
                if self._blocks > _DEEPEST_BLOCKS:
                    self.too_deep.append(statement.lineno)
                    return
                self.statement(statement)
        finally:
            self._blocks -= 1

    def statement(self, node: ast.stmt) -> None:
        reader = _READERS.get(type(node))
        outer = self.statement_lines
        self.statement_lines = (node.lineno, _last_line(node))
        depth = self._depth
        try:
            if reader is not None:
                reader(self, node)
            else:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.value(child)
        except (TooDeep, RecursionError):
            self.too_deep.append(node.lineno)
        finally:
            self._depth = depth
            self.statement_lines = outer

    def declare(self, body: Iterable[ast.stmt]) -> None:
        """Functions and imports may be used before the line on which they stand."""
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self.scope.functions[node.name] = node
            elif isinstance(node, ast.Import | ast.ImportFrom) and self.scope.parent is None:
                self._import(node)
            elif isinstance(node, ast.If | ast.Try) and self.scope.parent is None:
                self.declare(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt))

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                name = alias.name if alias.asname else alias.name.partition(".")[0]
                self.scope.set(alias.asname or name, Value(Origin.FIXED, SAFE, name))
            elif alias.name != "*":
                module = "." * node.level + (node.module or "")
                constant = alias.name.isupper()
                full = _CANONICAL.get(module, module)
                self.scope.set(
                    alias.asname or alias.name,
                    Value(Origin.FIXED if not constant else Origin.CLEAN, SAFE, f"{full}.{alias.name}"),
                )

    def _function(self, node: Function) -> None:
        for decorator in node.decorator_list:
            self.value(decorator)
        for default in (*node.args.defaults, *(each for each in node.args.kw_defaults if each is not None)):
            self.value(default)
        self.scope.functions.setdefault(node.name, node)
        if node.lineno in self._left_out:
            return
        self.read_body(node, {})

    def _class(self, node: ast.ClassDef) -> None:
        bases = tuple(self.value(base).name for base in node.bases)
        for keyword in node.keywords:
            self.value(keyword.value)
        outer, outer_scope = self.class_facts, self.scope
        facts = ClassFacts(node.name, bases)
        self.class_facts = facts
        self.scope = Scope(parent=outer_scope)
        facts.methods = {
            each.name: each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        properties = {
            name
            for name, each in facts.methods.items()
            if any("property" in dotted(one) for one in each.decorator_list)
        }
        for name in properties:
            facts.methods.pop(name)
        try:
            self._blocks += 1
            plain = [each for each in node.body if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
            methods = [each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
            for statement in plain:
                self.statement(statement)
            facts.attributes.update(self.scope.variables)
            self.scope = outer_scope
            for method in sorted(methods, key=lambda each: each.name not in ("__init__", "setUp", "prepare")):
                self.statement(method)
        finally:
            self._blocks -= 1
            self.class_facts, self.scope = outer, outer_scope
        self.scope.set(node.name, Value(Origin.FIXED, SAFE, f"class:{node.name}"))

    def _assign(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        for target in node.targets:
            self.bind(target, value)
            self._seen_assigned(target, node.value)
        if value.origin is Origin.REQUEST:
            for check in value_checks():
                self.found(check(value))

    def _seen_assigned(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name | ast.Attribute):
            name = target.id if isinstance(target, ast.Name) else dotted(target)
            for check in assignment_checks():
                self.found(check(name, value, self.statement_lines, self.module))

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.bind(node.target, self.value(node.value))

    def _augmented(self, node: ast.AugAssign) -> None:
        whole = ast.BinOp(left=_loaded(node.target), op=node.op, right=node.value)
        self.bind(node.target, self.value(ast.copy_location(whole, node)))

    def _if(self, node: ast.If) -> None:
        self.value(node.test)
        when_true, when_false = proved(node.test)
        branches = []
        for body, names in ((node.body, when_true), (node.orelse, when_false)):
            with self.scope.branch() as before:
                self._harmless(names)
                self.block(body)
            written = self.scope.taken_back(before)
            if not leaves(body):
                branches.append(written)
        self.scope.joined(branches)

    def _harmless(self, names: set[str]) -> None:
        """These variables, and what they were made from or into, passed a check."""
        if not names:
            return
        for name in list(names):
            value = self.scope.get(name)
            if value is not None:
                names = names | value.roots
        scope: Scope | None = self.scope
        while scope is not None and scope.parent is not None:
            for name, value in list(scope.variables.items()):
                if value.dynamic and (name in names or value.roots & names):
                    self.scope.set(name, made_clean(value))
            scope = scope.parent
        for name in names:
            value = self.scope.get(name)
            if value is not None and value.dynamic:
                self.scope.set(name, made_clean(value))

    def _while(self, node: ast.While) -> None:
        self.value(node.test)
        self._branch(node.body, proved(node.test)[0])
        self.block(node.orelse)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        source = self.value(node.iter)
        with self.scope.branch() as before:
            self.bind(node.target, element_of(source))
            self.block(node.body)
        self.scope.joined([self.scope.taken_back(before), {}])
        self.block(node.orelse)

    def _branch(self, body: list[ast.stmt], harmless: set[str] | None = None) -> None:
        """A block that may be left out."""
        with self.scope.branch() as before:
            self._harmless(harmless or set())
            self.block(body)
        self.scope.joined([self.scope.taken_back(before), {}])

    def _try(self, node: Any) -> None:
        self.block(node.body)
        for handler in node.handlers:
            if not leaves(handler.body):
                self._branch(handler.body)
            else:
                with self.scope.branch() as before:
                    self.block(handler.body)
                self.scope.taken_back(before)
        self.block(node.orelse)
        self.block(node.finalbody)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, value)
        self.block(node.body)

    def _match(self, node: ast.Match) -> None:
        subject = self.value(node.subject)
        for case in node.cases:
            with self.scope.branch() as before:
                for each in ast.walk(case.pattern):
                    if isinstance(each, ast.MatchAs | ast.MatchStar) and each.name:
                        self.scope.set(each.name, subject)
                self.value(case.guard)
                self.block(case.body)
            self.scope.joined([self.scope.taken_back(before), {}])

    def _return(self, node: ast.Return) -> None:
        value = self.value(node.value)
        if self.returned:
            self.returned[-1].append(value)
        for check in checks_for_return():
            self.found(check(node, value, self.routed, self.module))

    def _assert(self, node: ast.Assert) -> None:
        self.value(node.test)
        self._harmless(proved(node.test)[0])


_CANONICAL = {
    "urllib2": "urllib2",
    "django.db.models.expressions": "django.db.models.expressions",
    "flask.globals": "flask",
    "flask.wrappers": "flask",
    "fastapi.requests": "fastapi",
}


def _imported(tree: ast.Module) -> Iterable[str]:
    for node in statements_of(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _loaded(target: ast.Name | ast.Attribute | ast.Subscript) -> ast.expr:
    return target


def _last_line(node: ast.stmt) -> int:
    """Of a compound statement: the last line of its head."""
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
        return max(node.lineno, min(body[0].lineno - 1, node.end_lineno or node.lineno))
    return node.end_lineno or node.lineno


_READERS: dict[type[ast.stmt], Callable[[Statements, Any], None]] = {
    ast.Import: Statements._import,
    ast.ImportFrom: Statements._import,
    ast.FunctionDef: Statements._function,
    ast.AsyncFunctionDef: Statements._function,
    ast.ClassDef: Statements._class,
    ast.Assign: Statements._assign,
    ast.AnnAssign: Statements._annotated,
    ast.AugAssign: Statements._augmented,
    ast.If: Statements._if,
    ast.While: Statements._while,
    ast.For: Statements._for,
    ast.AsyncFor: Statements._for,
    ast.Try: Statements._try,
    ast.TryStar: Statements._try,
    ast.With: Statements._with,
    ast.AsyncWith: Statements._with,
    ast.Match: Statements._match,
    ast.Return: Statements._return,
    ast.Assert: Statements._assert,
}
