"""What an expression may be when the program runs: constant text, and parts graded by who writes them.

Follows local variables to the definitions that reach a use, properties of object literals, calls of the file's own small functions,
and the checks that stand before a use (`if (!allowed.includes(x)) return`).
"""

from __future__ import annotations

from collections.abc import Callable

from shipui.gates.javascript import sources
from shipui.gates.javascript.bindings import Binding, Bindings, Definition
from shipui.gates.javascript.call_values import CallValues
from shipui.gates.javascript.guards import Guards
from shipui.gates.javascript.names import Names
from shipui.gates.javascript.parts import function_name, property_of, unescaped
from shipui.gates.javascript.reaching import reaching_definitions
from shipui.gates.javascript.requests import Requests
from shipui.gates.javascript.shapes import (
    CHOSEN,
    EMPTY,
    SAFE,
    UNKNOWN,
    Level,
    Part,
    Shape,
    changed,
    either,
    joined,
    labels_of,
    level_of,
    summed,
)
from shipui.gates.javascript.tree import FUNCTIONS, Node

_DEPTH = 14
_MOST_STEPS = 1500
"""For one question. What takes more is unknown."""
_MOST_STEPS_OF_ALL = 60_000
"""For one file."""
_LITERALS = frozenset(
    {"number", "true", "false", "null", "undefined", "regex", "unary_expression", "update_expression"}
)
_INNER = frozenset(
    {
        "parenthesized_expression", "await_expression", "as_expression", "non_null_expression", "satisfies_expression", "spread_element",
        "jsx_expression", "yield_expression", "template_substitution", "type_assertion", "expression_statement",
    }
)  # fmt: skip
_FUNCTION_VALUES = FUNCTIONS | {"class", "class_declaration"}
_TELLING = frozenset({"secret", "environment", "decoded", "downloaded"})


class Values(CallValues):
    def __init__(self, bindings: Bindings, names: Names, calls: dict[str, list[Node]]) -> None:
        self._bindings = bindings
        self._names = names
        self._calls = calls
        """Calls of the file's own functions, by the plain name that is called."""
        self._requests = Requests(bindings, names)
        self._guards = Guards()
        self._busy: set[int] = set()
        self._given = []
        self._seen: list[tuple[int, int]] = []
        self._known: dict[int, tuple[Shape, tuple[tuple[int, int], ...]]] = {}
        self._steps = 0
        self._steps_of_all = 0
        self._limited = False
        """Whether a limit, or a value that refers to itself, has cut the present answer short: then it is not kept."""

    def followed(self, node: Node) -> tuple[Shape, frozenset[tuple[int, int]]]:
        """The shape, and the first and last lines of the definitions that were followed to find it."""
        self._seen.clear()
        self._steps_of_all += self._steps
        self._steps = 0
        shape = self.of(node)
        return shape, frozenset(self._seen)

    @property
    def exhausted(self) -> bool:
        """Whether the file asked for more than it may: its last values were not followed."""
        return self._steps_of_all + self._steps > _MOST_STEPS_OF_ALL

    def of(self, node: Node, depth: int = 0) -> Shape:
        key = id(node)
        known = self._known.get(key) if not self._given else None
        if known is not None:
            self._seen += known[1]
            return known[0]
        self._steps += 1
        if depth > _DEPTH or key in self._busy or self._steps > _MOST_STEPS or self.exhausted:
            self._limited = True
            return CHOSEN if key in self._busy else UNKNOWN
        before, limited = len(self._seen), self._limited
        self._limited = False
        self._busy.add(key)
        try:
            shape = self._of(node, depth + 1)
        finally:
            self._busy.discard(key)
        if not self._limited and not self._given:
            self._known[key] = (shape, tuple(dict.fromkeys(self._seen[before:])))
        self._limited = self._limited or limited
        return shape

    def _of(self, node: Node, depth: int) -> Shape:
        kind = node.kind
        if kind in _LITERALS:
            return (node.text,) if kind == "number" else SAFE if kind.endswith("_expression") else (node.text,)
        if kind in _INNER:
            return self.of(node.children[0], depth) if node.children else CHOSEN
        if kind in _FUNCTION_VALUES or kind.startswith("jsx"):
            return SAFE
        handler = _HANDLERS.get(kind)
        return handler(self, node, depth) if handler is not None else UNKNOWN

    def _string(self, node: Node, depth: int) -> Shape:
        return (unescaped(node.text[1:-1]),)

    def _template(self, node: Node, depth: int) -> Shape:
        pieces: list[Shape] = []
        place = node.start + 1
        for each in node.children:
            if each.kind == "template_substitution":
                pieces.append((unescaped(node.text[place - node.start : each.start - node.start]),))
                pieces.append(self.of(each, depth))
                place = each.end
        pieces.append((unescaped(node.text[place - node.start : -1]),))
        return joined(*pieces)

    def _binary(self, node: Node, depth: int) -> Shape:
        left, right = node.children[0], node.children[-1]
        operator = node.between(left, right)
        if operator == "+":
            first, second = self.of(left, depth), self.of(right, depth)
            return joined(first, second)
        if operator in {"||", "??"}:
            return either([self.of(left, depth), self.of(right, depth)])
        return self.of(right, depth) if operator == "&&" else SAFE

    def _choice(self, node: Node, depth: int) -> Shape:
        return either([self.of(each, depth) for each in node.children[1:]])

    def _last(self, node: Node, depth: int) -> Shape:
        return self.of(node.children[-1], depth) if node.children else UNKNOWN

    def _array(self, node: Node, depth: int) -> Shape:
        return summed([self.of(each, depth) for each in node.children])

    def _object(self, node: Node, depth: int) -> Shape:
        shapes = []
        for each in node.children:
            if each.kind == "pair":
                shapes.append(self.of(each.children[-1], depth))
            elif each.kind == "shorthand_property_identifier":
                shapes.append(self._identifier(each, depth))
            elif each.kind == "spread_element":
                shapes.append(self.of(each, depth))
        return summed(shapes)

    def _identifier(self, node: Node, depth: int) -> Shape:
        if node.text == "undefined":
            return ("undefined",)
        binding = self._bindings.of(node)
        if binding is None:
            shape = self._outside(node.text)
            return changed(shape, most=Level.SAFE) if self._guarded(node, shape) else shape
        if binding.imported:
            return SAFE if binding.name.upper() == binding.name else UNKNOWN
        shape = self._binding(binding, node, depth)
        return changed(shape, most=Level.SAFE) if self._guarded(node, shape) else shape

    def _outside(self, name: str) -> Shape:
        """A global."""
        if sources.ADDRESS_BAR.fullmatch(name):
            return (Part(Level.REQUEST, labels=frozenset({"address-bar"})),)
        if name in {"__dirname", "__filename"} or (name.upper() == name and len(name) > 2):
            return SAFE
        return self._requests.unbound(name) or ((Part(Level.HINTED),) if sources.HINTED.fullmatch(name) else UNKNOWN)

    def _binding(self, binding: Binding, use: Node, depth: int) -> Shape:
        if sources.NUMBER_TYPES.fullmatch(binding.annotation):
            return SAFE
        shapes: list[Shape] = []
        for definition in reaching_definitions(binding, use):
            shape = self._definition(binding, definition, use, depth)
            self._seen.append((definition.at.first, definition.at.last))
            if definition.how == "added":
                shapes = [joined(shapes[-1] if shapes else EMPTY, shape)]
            else:
                shapes.append(shape)
        return either(shapes) if shapes else CHOSEN if binding.kind in {"let", "var"} else UNKNOWN

    def _definition(self, binding: Binding, definition: Definition, use: Node, depth: int) -> Shape:
        if definition.how == "parameter":
            return self._parameter(binding, definition, depth)
        if definition.value is None:
            return UNKNOWN
        if definition.how in {"function", "class"}:
            return SAFE
        value = definition.value
        for each in definition.path:
            found = property_of(value, each)
            if found is None:
                break
            value = found
        shape = self.of(value, depth)
        if definition.how == "key":
            return changed(shape, most=Level.DYNAMIC) if level_of(shape) > Level.SAFE else UNKNOWN
        if definition.path and value is definition.value:
            for each in definition.path:
                shape = self._requests.property(shape, each)
            if level_of(shape) >= Level.DYNAMIC and level_of(shape) < Level.REQUEST:
                shape = self._named(binding.name, shape)
        return summed([shape]) if definition.path or definition.how == "element" else shape

    def _parameter(self, binding: Binding, definition: Definition, depth: int) -> Shape:
        for given in reversed(self._given):
            if id(binding) in given:
                return given[id(binding)]
        request = self._requests.parameter(binding, definition)
        if request is not None:
            return request
        own = self._from_callers(binding, definition, depth)
        default = [self.of(binding.default, depth)] if binding.default is not None else []
        if own is not None:
            return either([own, *default])
        callback = self._of_callback(binding, definition, depth)
        return callback if callback is not None else self._named(binding.name, UNKNOWN)

    def _named(self, name: str, shape: Shape) -> Shape:
        return (Part(Level.HINTED, labels=labels_of(shape)),) if sources.HINTED.fullmatch(name) else shape

    def _of_callback(self, binding: Binding, definition: Definition, depth: int) -> Shape | None:
        """list.map((each, index) => ...): an element of the list, and a number."""
        function = binding.scope
        arguments = function.parent
        if arguments is None or arguments.kind != "arguments" or arguments.parent is None:
            return None
        callee = arguments.parent.children[0]
        if callee.kind != "member_expression":
            return None
        method = callee.children[-1].text
        if method in {"map", "forEach", "filter", "flatMap", "find", "some", "every", "then", "findIndex"}:
            if binding.index == 1 and method != "then":
                return SAFE
            shape = self.of(callee.children[0], depth)
            for each in definition.path:
                shape = self._requests.property(shape, each)
            return summed([shape]) if level_of(shape) != Level.DYNAMIC or labels_of(shape) else None
        return None

    def _from_callers(self, binding: Binding, definition: Definition, depth: int) -> Shape | None:
        """What the file's own calls of a function put into its parameter, if it comes from a request somewhere."""
        name = function_name(binding.scope)
        if not name or definition.path:
            return None
        shapes = []
        for call in self._calls.get(name, ())[:8]:
            arguments = call.child("arguments")
            if arguments is not None and binding.index < len(arguments.children):
                shapes.append(self.of(arguments.children[binding.index], depth + 2))
        worst = either(shapes) if shapes else None
        telling = worst is not None and (level_of(worst) >= Level.HINTED or bool(labels_of(worst) & _TELLING))
        return worst if telling else None

    def _member(self, node: Node, depth: int) -> Shape:
        if len(node.children) < 2:
            return UNKNOWN
        text = node.text.replace("?.", ".")
        name = node.children[-1].text.strip("'\"`") if node.kind == "subscript_expression" else node.children[-1].text
        if name == "length":
            return SAFE
        base = self._names.of(node)
        if base.startswith(("process.", "import.meta.")):
            return _environment(base)
        if base == "document.cookie":
            return (Part(Level.DYNAMIC, labels=frozenset({"secret", "cookie"})),)
        if sources.ADDRESS_BAR.fullmatch(base) and "~" not in base:
            return (Part(Level.REQUEST, labels=frozenset({"address-bar"})),)
        if sources.ROUTE_VALUES.fullmatch(base) or sources.ROUTE_VALUES.fullmatch(text):
            return (Part(Level.REQUEST),)
        if node.kind == "subscript_expression":
            return self._subscript(node, depth)
        shape = self._property(node, name, depth)
        return changed(shape, most=Level.SAFE) if self._guarded(node, shape) else shape

    def _property(self, node: Node, name: str, depth: int) -> Shape:
        owner = node.children[0]
        if owner.kind == "this":
            values = self._bindings.properties.get(name, ())
            shapes = [self.of(each, depth) for each in values]
            if shapes:
                return either(shapes)
            trusted = "table" in name.lower() or "schema" in name.lower() or "column" in name.lower()
            return (
                SAFE
                if trusted or sources.NUMBER_TYPES.fullmatch(self._bindings.property_types.get(name, "-"))
                else UNKNOWN
            )
        found = self._literal_property(owner, name)
        if found is not None:
            return self.of(found, depth)
        if name.upper() == name and len(name) > 2 and any(each.isalpha() for each in name):
            return SAFE
        if owner.kind == "identifier" and owner.text.lower() in {
            "config",
            "constants",
            "settings",
            "conf",
            "options",
            "opts",
        }:
            binding = self._bindings.of(owner)
            if binding is not None and binding.imported:
                return SAFE
        shape = self._requests.property(self.of(owner, depth), name)
        return self._named(name, shape) if level_of(shape) == Level.DYNAMIC else shape

    def _subscript(self, node: Node, depth: int) -> Shape:
        owner, key = node.children[0], node.children[-1]
        literal = self._literal(owner)
        if literal is not None and literal.children:
            constant = self.of(literal, depth)
            if level_of(constant) <= Level.SAFE:
                return CHOSEN
        shape = self.of(owner, depth)
        if key.kind == "string":
            shape = self._requests.property(shape, key.text[1:-1])
        elif level_of(shape) <= Level.DYNAMIC:
            return UNKNOWN if level_of(shape) == Level.DYNAMIC else SAFE
        return changed(shape, most=Level.SAFE) if self._guarded(node, shape) else summed([shape])

    def _literal(self, owner: Node) -> Node | None:
        """The object or array literal that a constant name stands for."""
        if owner.kind in {"object", "array"}:
            return owner
        binding = self._bindings.of(owner) if owner.kind == "identifier" else None
        if binding is None or len(binding.definitions) != 1 or binding.definitions[0].path:
            return None
        value = binding.definitions[0].value
        while value is not None and value.kind in _INNER and value.children:
            value = value.children[0]
        if (
            value is not None
            and value.kind == "call_expression"
            and self._names.of(value.children[0]) == "Object.freeze"
        ):
            arguments = value.child("arguments")
            value = arguments.children[0] if arguments is not None and arguments.children else None
        return value if value is not None and value.kind in {"object", "array"} else None

    def _literal_property(self, owner: Node, name: str) -> Node | None:
        literal = self._literal(owner)
        return property_of(literal, name) if literal is not None else None

    def _guarded(self, node: Node, shape: Shape) -> bool:
        """A request itself is never checked, only what comes out of it."""
        return level_of(shape) >= Level.DYNAMIC and "request" not in labels_of(shape) and self._guards.checked(node)


_HANDLERS: dict[str, Callable[[Values, Node, int], Shape]] = {
    "string": Values._string,
    "template_string": Values._template,
    "binary_expression": Values._binary,
    "ternary_expression": Values._choice,
    "assignment_expression": Values._last,
    "sequence_expression": Values._last,
    "array": Values._array,
    "object": Values._object,
    "identifier": Values._identifier,
    "shorthand_property_identifier": Values._identifier,
    "member_expression": Values._member,
    "subscript_expression": Values._member,
    "call_expression": Values._call,
    "new_expression": Values._new,
}


def _environment(name: str) -> Shape:
    if name in {"process.env", "import.meta.env"}:
        return (Part(Level.SAFE, labels=frozenset({"environment"})),)
    variable = name.rpartition(".")[2]
    secret = {"secret-variable"} if sources.SECRET_VARIABLES.search(variable) else set()
    if name.startswith("process.argv"):
        return UNKNOWN
    return (Part(Level.SAFE, labels=frozenset(secret)),)
