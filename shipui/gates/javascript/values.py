"""What an expression may be when the program runs: constant text, and parts graded by who writes them.

Follows local variables to the definitions that reach a use, properties of object literals, calls of the file's own small functions,
and the checks that stand before a use (`if (!allowed.includes(x)) return`).
"""

from __future__ import annotations

import bisect
from collections.abc import Callable

from shipui.gates.javascript import cleaners, sources
from shipui.gates.javascript.bindings import Binding, Bindings, Definition
from shipui.gates.javascript.guards import Guards
from shipui.gates.javascript.names import Names
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
    constant_of,
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
_MOST_DEFINITIONS = 30
"""Of one name: the nearest before a use."""
_STRAIGHT = frozenset({"statement_block", "program", "switch_case"})
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
_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "v": "\v", "f": "\f"}
_OBJECTS = frozenset({"structured", "whole"})
_TELLING = frozenset({"secret", "environment", "decoded", "downloaded"})
_BROWSER_STORES = frozenset({"localStorage.getItem", "sessionStorage.getItem"})
_DOWNLOADS = frozenset(
    {
        "fetch",
        "axios",
        "axios.get",
        "got",
        "node-fetch",
        "request",
        "needle",
        "superagent.get",
        "ky",
        "http.get",
        "https.get",
        "undici.request",
    }
)


class Values:
    def __init__(self, bindings: Bindings, names: Names, calls: dict[str, list[Node]]) -> None:
        self._bindings = bindings
        self._names = names
        self._calls = calls
        """Calls of the file's own functions, by the plain name that is called."""
        self._requests = Requests(bindings, names)
        self._guards = Guards()
        self._busy: set[int] = set()
        self._given: list[dict[int, Shape]] = []
        """Arguments of the calls that are being followed, by the parameter's binding."""
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
        return (_unescaped(node.text[1:-1]),)

    def _template(self, node: Node, depth: int) -> Shape:
        pieces: list[Shape] = []
        place = node.start + 1
        for each in node.children:
            if each.kind == "template_substitution":
                pieces.append((_unescaped(node.text[place - node.start : each.start - node.start]),))
                pieces.append(self.of(each, depth))
                place = each.end
        pieces.append((_unescaped(node.text[place - node.start : -1]),))
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
        for definition in _reaching(binding, use):
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
            found = _property_of(value, each)
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
        name = _function_name(binding.scope)
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
        return _property_of(literal, name) if literal is not None else None

    def _guarded(self, node: Node, shape: Shape) -> bool:
        """A request itself is never checked, only what comes out of it."""
        return level_of(shape) >= Level.DYNAMIC and "request" not in labels_of(shape) and self._guards.checked(node)

    def _call(self, node: Node, depth: int) -> Shape:
        callee, arguments = node.children[0], node.child("arguments", "template_string")
        if arguments is None:
            return UNKNOWN
        given = arguments.children if arguments.kind == "arguments" else [arguments]
        name = self._names.of(callee)
        known = self._known_call(node, name, given, depth)
        if known is not None:
            return known
        own = self._own_function(callee, given, depth)
        if own is not None:
            return own
        if callee.kind == "member_expression":
            if cleaners.OF_MODULES.fullmatch(name):
                return summed([self.of(each, depth) for each in given])
            return self._method(callee, name, given, depth)
        if cleaners.PASSING_FUNCTIONS.fullmatch(name):
            shape = summed([self.of(each, depth) for each in given])
            return changed(shape, without=_OBJECTS) if name == "String" and labels_of(shape) else shape
        return self._unknown_call(given, depth)

    def _known_call(self, node: Node, name: str, given: list[Node], depth: int) -> Shape | None:
        if cleaners.TRANSLATIONS.fullmatch(name) and given:
            return changed(summed([self.of(each, depth) for each in given[:1]]))
        if name in {"Buffer.from", "atob", "Buffer"} and given:
            encoded = name == "atob" or (
                len(given) > 1 and given[1].text.strip("'\"") in {"base64", "hex", "base64url"}
            )
            return changed(self.of(given[0], depth), labels={"decoded"} if encoded else ())
        if name == "unescape" and given:
            return changed(self.of(given[0], depth), labels={"decoded"})
        if name == "String.fromCharCode":
            return changed(summed([self.of(each, depth) for each in given]), labels={"decoded"})
        if name.startswith("fs.") and name.rpartition(".")[2] in {"readFileSync", "readFile"} and given:
            path = self.of(given[0], depth)
            secret = {"secret"} if sources.SECRET_FILES.search(_text(path)) else set()
            return (
                Part(Level.DYNAMIC if level_of(path) > Level.SAFE else Level.SAFE, labels=frozenset(secret | {"file"})),
            )
        if name in _BROWSER_STORES:
            key = _text(self.of(given[0], depth)) if given else ""
            return (Part(Level.DYNAMIC, labels=frozenset({"secret"} if sources.SECRET_STORAGE.search(key) else ())),)
        if name.endswith("clipboard.readText"):
            return (Part(Level.DYNAMIC, labels=frozenset({"secret"})),)
        if name in {"prompt", "window.prompt"}:
            return (Part(Level.HINTED),)
        if name in sources.BODY_READERS or (name.startswith("h3.") and name[3:] in sources.BODY_READERS):
            return (Part(Level.REQUEST, labels=frozenset({"structured"})),)
        if name == "URL" and given:
            return self._address(given, depth)
        if name in _DOWNLOADS:
            return (Part(Level.DYNAMIC, labels=frozenset({"downloaded"})),)
        if sources.ROUTE_VALUES.fullmatch(f"{name}()"):
            return (Part(Level.REQUEST),)
        if name in {"path.join", "path.resolve", "path.posix.join", "join", "resolve"} and given:
            return self._path(given, depth)
        subjects = cleaners.cleans(name)
        if subjects:
            shape = summed([self.of(each, depth) for each in self._with_owner(node.children[0], given)])
            return SAFE if "*" in subjects else changed(shape, clean=subjects)
        return None

    def _address(self, given: list[Node], depth: int) -> Shape:
        """new URL(x, base): with a base of its own, a path stays on that host only if it is one."""
        shape = self.of(given[0], depth)
        return shape if len(given) == 1 else joined(self.of(given[1], depth), summed([shape]))

    def _path(self, given: list[Node], depth: int) -> Shape:
        pieces: list[Shape] = []
        for each in given:
            pieces += [self.of(each, depth), ("/",)]
        return joined(*pieces[:-1])

    def _with_owner(self, callee: Node, given: list[Node]) -> list[Node]:
        return [callee.children[0], *given] if callee.kind == "member_expression" and not given else given

    def _method(self, callee: Node, name: str, given: list[Node], depth: int) -> Shape:
        owner, method = callee.children[0], callee.children[-1].text
        shape = self.of(owner, depth)
        labels = labels_of(shape)
        if "request" in labels:
            named = given[0].text.strip("'\"`").lower() if given else ""
            return self._requests.method(shape, method, named)
        if method in {"replace", "replaceAll"} and given:
            text = given[0].text if given[0].kind == "regex" else self._regex_text(given[0])
            subjects = cleaners.replacing_cleans(text)
            if "*" in subjects:
                return SAFE
            return changed(shape, clean=subjects)
        if method in {"join", "concat"} or (method == "map" and given and given[0].kind in FUNCTIONS):
            return self._joined_list(callee, method, shape, given, depth)
        if method == "fill" and given:
            return changed(self.of(given[0], depth))
        if method in {"toString", "valueOf"} and constant_of(shape) is not None:
            return shape
        if method == "reverse" and labels:
            return shape
        if method in cleaners.PASSING_METHODS:
            return changed(shape, without=_OBJECTS) if level_of(shape) > Level.CONST or labels else shape
        if cleaners.PASSING_FUNCTIONS.fullmatch(name):
            return summed([self.of(each, depth) for each in given])
        if level_of(shape) >= Level.HINTED and "downloaded" not in labels:
            return changed(shape, most=Level.DYNAMIC)
        return self._unknown_call([owner, *given], depth)

    def _joined_list(self, callee: Node, method: str, shape: Shape, given: list[Node], depth: int) -> Shape:
        if method == "concat":
            return joined(shape, *(self.of(each, depth) for each in given))
        if method == "map":
            returned = [self.of(each, depth) for each in _returned(given[0])]
            return changed(either(returned)) if returned else changed(shape)
        array = self._literal(callee.children[0])
        if array is not None and array.kind == "array" and given and constant_of(self.of(given[0], depth)) is not None:
            between = self.of(given[0], depth)
            pieces = [piece for each in array.children for piece in (self.of(each, depth), between)]
            return joined(*pieces[:-1]) if pieces else EMPTY
        return changed(shape)

    def _regex_text(self, node: Node) -> str:
        binding = self._bindings.of(node) if node.kind == "identifier" else None
        value = binding.definitions[0].value if binding is not None and len(binding.definitions) == 1 else None
        return value.text if value is not None and value.kind == "regex" else ""

    def _own_function(self, callee: Node, given: list[Node], depth: int) -> Shape | None:
        """The value that one of the file's own functions returns for these arguments."""
        binding = self._bindings.of(callee) if callee.kind == "identifier" else None
        if binding is None or len(binding.definitions) != 1 or len(self._given) > 2:
            return None
        function = binding.definitions[0].value
        if function is None or function.kind not in FUNCTIONS:
            return None
        returned = _returned(function)
        if not returned or len(returned) > 6:
            return None
        arguments: dict[int, Shape] = {}
        formal = function.child("formal_parameters")
        names = formal.children if formal is not None else function.children[:1]
        for index, parameter in enumerate(names):
            identifier = parameter if parameter.kind == "identifier" else parameter.child("identifier")
            found = self._bindings.named(function, identifier.text) if identifier is not None else None
            if found is not None:
                arguments[id(found)] = self.of(given[index], depth) if index < len(given) else CHOSEN
        self._given.append(arguments)
        try:
            return either([self.of(each, depth + 1) for each in returned])
        finally:
            self._given.pop()

    def _unknown_call(self, given: list[Node], depth: int) -> Shape:
        labels = labels_of(summed([self.of(each, depth) for each in given[:6]])) - {
            "request",
            "structured",
            "own-address",
        }
        return (Part(Level.DYNAMIC, labels=labels),)

    def _new(self, node: Node, depth: int) -> Shape:
        name = self._names.of(node.children[0])
        arguments = node.child("arguments")
        given = arguments.children if arguments is not None else []
        if (name in {"Date", "Map", "Set", "WeakMap", "AbortController"} and not given) or name == "Date":
            return SAFE
        if name == "URL" and given:
            return self._address(given, depth)
        known = self._known_call(node, name, given, depth)
        if known is not None:
            return known
        if name == "Array":
            return SAFE
        if name in {"URLSearchParams", "String", "Set", "Buffer", "FormData", "Request", "RegExp", "Blob", "Proxy"}:
            return summed([self.of(each, depth) for each in given])
        return self._unknown_call(given, depth)


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


def _reaching(binding: Binding, use: Node) -> list[Definition]:
    """The definitions that may hold at a use, in order. In another function than the name's own, all of them."""
    own, definitions = use.function, binding.definitions
    if len(definitions) <= 1:
        return definitions
    place = bisect.bisect_left(definitions, use.start, key=lambda each: each.at.start)
    earlier = definitions[max(place - _MOST_DEFINITIONS, 0) : place]
    later = [each for each in definitions[place : place + _MOST_DEFINITIONS] if each.at.function is not own]
    if binding.scope is not own and binding.scope.kind != "program" and _inside(binding.scope) is not own:
        return definitions[: _MOST_DEFINITIONS * 2]
    reaching: list[Definition] = later[::-1]
    ancestors = {id(each) for each in use.ancestors()}
    for definition in reversed(earlier):
        if definition.at.end >= use.end and definition.at.kind == "assignment_expression":
            continue
        reaching.append(definition)
        block = next((each for each in definition.at.ancestors() if each.kind in _STRAIGHT), None)
        straight = block is None or id(block) in ancestors
        if definition.how != "added" and straight and definition.at.function is own:
            break
    return reaching[::-1] or definitions[:_MOST_DEFINITIONS]


def _inside(scope: Node) -> Node | None:
    return scope if scope.kind in FUNCTIONS else scope.function


def _property_of(literal: Node, name: str) -> Node | None:
    if literal.kind != "object":
        return None
    for each in literal.children:
        if each.kind == "pair" and each.children[0].text.strip("'\"") == name:
            return each.children[-1]
        if each.kind == "shorthand_property_identifier" and each.text == name:
            return each
    return None


def _function_name(function: Node) -> str:
    """The plain name under which a function is called in its file; empty if it has none."""
    if function.kind in {"function_declaration", "generator_function_declaration", "method_definition"}:
        name = function.child("identifier", "property_identifier")
        return name.text if name is not None else ""
    parent = function.parent
    if parent is not None and parent.kind == "variable_declarator":
        return parent.children[0].text
    return ""


def _returned(function: Node) -> list[Node]:
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


def _environment(name: str) -> Shape:
    if name in {"process.env", "import.meta.env"}:
        return (Part(Level.SAFE, labels=frozenset({"environment"})),)
    variable = name.rpartition(".")[2]
    secret = {"secret-variable"} if sources.SECRET_VARIABLES.search(variable) else set()
    if name.startswith("process.argv"):
        return UNKNOWN
    return (Part(Level.SAFE, labels=frozenset(secret)),)


def _text(shape: Shape) -> str:
    return "".join(each if isinstance(each, str) else "\0" for each in shape)


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    pieces = text.split("\\")
    result = [pieces[0]]
    for each in pieces[1:]:
        result.append(_SIMPLE_ESCAPES.get(each[:1], each[:1]) + each[1:])
    return "".join(result)
