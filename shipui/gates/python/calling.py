"""Functions of the file itself: read where they stand, and again with what a call hands to them."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from shipui.gates.python.expressions import Expressions
from shipui.gates.python.scopes import Call, ModuleFacts, Scope
from shipui.gates.python.sources import answers_requests, parameter_origin
from shipui.gates.python.values import HOLE, NOTHING, SAFE, Origin, Value, either, mixed, unknown

Function = ast.FunctionDef | ast.AsyncFunctionDef
_MOST_CONTEXTS = 6
"""With how many kinds of arguments one function is read: so the cost stays in proportion to the file."""
_DEEPEST_CALLS = 3
_FRAMEWORKS = frozenset(
    {"flask", "fastapi", "starlette", "aiohttp", "sanic", "falcon", "litestar", "bottle", "quart", "django"}
)
_HTTP_METHODS = frozenset(
    {
        "get",
        "post",
        "put",
        "delete",
        "patch",
        "head",
        "options",
        "on_get",
        "on_post",
        "on_put",
        "on_delete",
        "on_message",
        "on_receive",
        "prepare",
    }
)


class Functions(Expressions):
    """`routed`: the function that is read answers requests. `returned`: what it has returned so far, of each function being read."""

    def __init__(self, module: ModuleFacts) -> None:
        super().__init__(module)
        self.routed = False
        self.returned: list[list[Value]] = []
        self._calls = 0
        self._contexts: dict[int, dict[Any, Value]] = {}

    def block(self, body: Iterable[ast.stmt]) -> None:
        raise NotImplementedError

    def declare(self, body: Iterable[ast.stmt]) -> None:
        raise NotImplementedError

    def called_function(self, call: Call) -> Value | None:
        function = None
        if call.name.startswith("local:"):
            function = self.scope.function(call.name.removeprefix("local:"))
        elif call.name.startswith("self:") and self.class_facts is not None:
            function = self.class_facts.methods.get(call.name.removeprefix("self:"))
        if function is None:
            return None
        arguments = self._bound(function, call)
        worth = not arguments or any(
            value.origin >= Origin.OUTSIDE
            or value.traits
            or (value.fixed_text is not None and len(value.fixed_text) > 4)
            for value in arguments.values()
        )
        if not worth or self._calls >= _DEEPEST_CALLS:
            return mixed(arguments.values(), call.node.lineno) if arguments else unknown()
        key = tuple(
            (name, value.origin, value.traits, value.clean, value.built, value.fixed_text)
            for name, value in arguments.items()
        )
        known = self._contexts.setdefault(id(function), {})
        if key not in known:
            if len(known) >= _MOST_CONTEXTS:
                return mixed(arguments.values())
            known[key] = unknown()
            known[key] = self._called(function, arguments)
        return known[key]

    def _bound(self, function: Function, call: Call) -> dict[str, Value]:
        names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        if call.name.startswith("self:") and names[:1] in (["self"], ["cls"]):
            names = names[1:]
        bound = dict(zip(names, call.arguments, strict=False))
        known = {*names, *(each.arg for each in function.args.kwonlyargs)}
        bound |= {name: value for name, value in call.keywords.items() if name in known}
        return bound

    def _called(self, function: Function, arguments: dict[str, Value]) -> Value:
        """Read the function's body with these arguments."""
        self._calls += 1
        outer = self.statement_lines
        try:
            return self.read_body(function, arguments)
        finally:
            self._calls -= 1
            self.statement_lines = outer

    def read_body(self, function: Function, arguments: dict[str, Value]) -> Value:
        """The result of a function; of parameters that are not among `arguments` only the name is known."""
        outer, routed = self.scope, self.routed
        self.scope = Scope(parent=outer)
        self.function_names.append(function.name)
        self.returned.append([])
        self.routed = self._is_routed(function)
        try:
            self._parameters(function, arguments)
            self.declare(function.body)
            self.block(function.body)
        finally:
            self.scope, self.routed = outer, routed
            self.function_names.pop()
            returned = self.returned.pop()
        if not returned:
            return NOTHING
        result = returned[0]
        for value in returned[1:]:
            result = either(result, value)
        return result

    def _parameters(self, function: Function, arguments: dict[str, Value]) -> None:
        parameters = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        extra = [each for each in (function.args.vararg, function.args.kwarg) if each is not None]
        siblings = [each.arg for each in parameters]
        in_handler = (
            self.class_facts is not None
            and self.class_facts.answers_requests
            and function.name.lower() in _HTTP_METHODS
        )
        for parameter in (*parameters, *extra):
            name = parameter.arg
            if name in arguments:
                value = arguments[name]
                self.scope.set(name, replace(value, roots=value.roots | {name}, name=value.name or f"?{name}"))
                continue
            if name in ("self", "cls"):
                self.scope.set(name, Value(Origin.UNKNOWN, HOLE, f"?{name}"))
                continue
            origin = parameter_origin(parameter, siblings, routed=self.routed, in_handler=in_handler)
            text = HOLE if origin >= Origin.UNKNOWN else SAFE
            self.scope.set(name, Value(origin, text, f"?{name}", roots=frozenset((name,))))

    def _is_routed(self, function: Function) -> bool:
        names = [dotted(each) for each in function.decorator_list]
        if any(name.endswith(".route") for name in names) and not self.module.packages & _FRAMEWORKS:
            self.module.packages.add("flask")
        return any(map(answers_requests, names))


def dotted(node: ast.expr) -> str:
    """A name as it is written: "app.route" of @app.route("/")."""
    target = node.func if isinstance(node, ast.Call) else node
    parts: list[str] = []
    while isinstance(target, ast.Attribute):
        parts.append(target.attr)
        target = target.value
    parts.append(target.id if isinstance(target, ast.Name) else "")
    return ".".join(reversed(parts))
