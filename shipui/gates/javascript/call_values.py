"""What a call may give: of known functions, of methods of text and lists, of the file's own small functions."""

from __future__ import annotations

from shipui.gates.javascript import cleaners, sources
from shipui.gates.javascript.bindings import Bindings
from shipui.gates.javascript.names import Names
from shipui.gates.javascript.parts import results_of
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

_OBJECTS = frozenset({"structured", "whole"})
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


class CallValues:
    """A part of Values, which knows the other expressions."""

    _bindings: Bindings
    _names: Names
    _requests: Requests
    _given: list[dict[int, Shape]]
    """Arguments of the calls that are being followed, by the parameter's binding."""

    def of(self, node: Node, depth: int = 0) -> Shape:
        raise NotImplementedError

    def _literal(self, owner: Node) -> Node | None:
        raise NotImplementedError

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
            returned = [self.of(each, depth) for each in results_of(given[0])]
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
        returned = results_of(function)
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


def _text(shape: Shape) -> str:
    return "".join(each if isinstance(each, str) else "\0" for each in shape)
