"""Which names stand for a request, and what comes out of them."""

from __future__ import annotations

from shipui.gates.javascript import sources
from shipui.gates.javascript.bindings import Binding, Bindings, Definition
from shipui.gates.javascript.names import Names
from shipui.gates.javascript.shapes import UNKNOWN, Level, Part, Shape, changed, labels_of
from shipui.gates.javascript.tree import Node

_REQUEST: Shape = (Part(Level.DYNAMIC, labels=frozenset({"request"})),)
_CONTEXT: Shape = (Part(Level.DYNAMIC, labels=frozenset({"request", "context"})),)
_EVENT: Shape = (Part(Level.DYNAMIC, labels=frozenset({"request", "event"})),)
_WRITTEN_BY_OTHERS: Shape = (Part(Level.REQUEST),)


class Requests:
    def __init__(self, bindings: Bindings, names: Names) -> None:
        self._bindings = bindings
        self._names = names

    def property(self, shape: Shape, name: str) -> Shape:
        """The property of a value; from a request object come the parts that others write."""
        labels = labels_of(shape)
        if "request" not in labels:
            if "own-address" in labels and name in {"query", "searchParams", "search", "hash"}:
                return (Part(Level.REQUEST),)
            own_host = {"own-address"} if name in {"host", "hostname"} and "address-bar" not in labels else set()
            return changed(shape, without={"whole"}, labels=own_host) if shape else UNKNOWN
        if "context" in labels:
            if name in {"request", "req"}:
                return _REQUEST
            if name not in sources.CONTEXT_PROPERTIES:
                return UNKNOWN
        elif "event" in labels and name not in sources.EVENT_PROPERTIES:
            return _EVENT if name in {"request", "req", "node"} else UNKNOWN
        if name in {"raw", "req", "request"}:
            return _REQUEST
        if name not in sources.REQUEST_PROPERTIES and "event" not in labels:
            return UNKNOWN
        own = (
            {"structured", "whole"}
            if name in sources.STRUCTURED
            else {"own-address"}
            if name in sources.OWN_ADDRESS
            else {"whole"}
        )
        return (Part(Level.REQUEST, labels=frozenset(own)),)

    def method(self, shape: Shape, name: str, argument: str) -> Shape:
        labels = labels_of(shape)
        if name in {"get", "header"} and argument in {"host", "x-forwarded-proto"}:
            return (Part(Level.REQUEST, labels=frozenset({"own-address"})),)
        if name in sources.REQUEST_METHODS and not (
            "context" in labels and name not in {"get", "query", "param", "header"}
        ):
            own = {"structured", "whole"} if name in {"json", "parseBody", "valid"} else set()
            return (Part(Level.REQUEST, labels=frozenset(own)),)
        return UNKNOWN

    def unbound(self, name: str) -> Shape | None:
        """A name that nothing in sight declares: in a fragment of a file, the handler's first line may be missing."""
        if sources.REQUEST_NAMES.fullmatch(name):
            return _REQUEST
        return _CONTEXT if name in {"ctx", "context"} else None

    def parameter(self, binding: Binding, definition: Definition) -> Shape | None:
        """What a parameter holds, if it is of a request; None if nothing speaks for that."""
        whole = self._whole(binding, definition.at)
        if whole is None:
            return self._picked(binding, definition)
        for each in definition.path:
            whole = self.property(whole, each)
        return whole

    def _whole(self, binding: Binding, at: Node) -> Shape | None:
        name, annotation = at.text.split(":")[0].strip(), binding.annotation
        if sources.DECORATORS.match(at.text):
            return (
                None
                if sources.CHECKING_PIPES.search(at.text)
                else (Part(Level.REQUEST, labels=frozenset({"structured"} if "@Body" in at.text else ())),)
            )
        typed = at.child("type_annotation")
        written = typed.text if typed is not None else annotation
        if written and sources.REQUEST_TYPES.search(written):
            return _EVENT if "Event" in written else _CONTEXT if "Context" in written else _REQUEST
        pattern = name.startswith(("{", "["))
        if not pattern and sources.REQUEST_NAMES.fullmatch(name):
            return _REQUEST
        handler = self._handler(binding.scope)
        if (
            not pattern
            and sources.CONTEXT_NAMES.fullmatch(name)
            and binding.index == 0
            and (handler or name in {"ctx", "context"})
        ):
            return _CONTEXT
        if (
            not pattern
            and sources.EVENT_NAMES.fullmatch(name)
            and binding.index == 0
            and not handler
            and not self._is_listener(binding.scope)
        ):
            return _EVENT
        if handler and binding.index == 0 and not pattern:
            return _REQUEST
        if pattern and binding.index == 0 and (handler or _called_by_a_server(binding.scope)):
            return _REQUEST
        if not pattern and name in {"formData", "form_data"}:
            return _WRITTEN_BY_OTHERS
        return None

    def _picked(self, binding: Binding, definition: Definition) -> Shape | None:
        function = binding.scope
        if self._listens_for_messages(function) and binding.index <= 1:
            path = definition.path
            return _WRITTEN_BY_OTHERS if not path or path[0] in {"data", "detail"} else None
        if binding.index == 1 and _is_resolver(function):
            return _WRITTEN_BY_OTHERS
        if definition.path[:1] == ("input",) and _is_procedure(function):
            return (Part(Level.REQUEST, labels=frozenset({"checked-shape"})),)
        return None

    def _handler(self, function: Node) -> bool:
        """Whether the function is registered for a route: app.get("/x", ..., function)."""
        call = _call_with(function)
        if call is None:
            return False
        callee = call.children[0]
        if callee.kind != "member_expression" or callee.children[-1].text not in sources.HANDLER_METHODS:
            return False
        owner = self._names.of(callee.children[0])
        return bool(sources.SERVER_NAMES.fullmatch(owner)) and len(_parameters(function)) <= 4

    def _is_listener(self, function: Node) -> bool:
        """A listener of the page: onclick, addEventListener."""
        call = _call_with(function)
        return call is not None

    def _listens_for_messages(self, function: Node) -> bool:
        call = _call_with(function)
        if call is None:
            parent = function.parent
            return (
                parent is not None
                and parent.kind == "assignment_expression"
                and parent.children[0].text.endswith("onmessage")
            )
        callee, arguments = call.children[0], call.child("arguments")
        if callee.children and callee.kind == "member_expression":
            owner, method = self._names.of(callee.children[0]) or callee.children[0].text, callee.children[-1].text
        else:
            owner, method = "", callee.text
        first = arguments.children[0].text.strip("'\"`") if arguments is not None and arguments.children else ""
        if method == "addEventListener":
            return first == "message"
        return method == "on" and bool(sources.MESSAGE_RECEIVERS.fullmatch(owner)) and first in sources.MESSAGE_EVENTS


def _call_with(function: Node) -> Node | None:
    """The call that the function is an argument of."""
    arguments = function.parent
    if arguments is None or arguments.kind != "arguments":
        return None
    # handler(async (req) => ...) inside app.get(..., handler(...)): one wrapper deep.
    call = arguments.parent
    if (
        call is not None
        and call.parent is not None
        and call.parent.kind == "arguments"
        and call.children[0].kind == "identifier"
    ):
        return call.parent.parent
    return call


def _parameters(function: Node) -> list[Node]:
    formal = function.child("formal_parameters")
    return formal.children if formal is not None else function.children[:1]


def _called_by_a_server(function: Node) -> bool:
    name = function.child("identifier", "property_identifier")
    if (
        function.kind == "arrow_function"
        and function.parent is not None
        and function.parent.kind == "variable_declarator"
    ):
        name = function.parent.children[0]
    if name is not None and name.text in sources.SERVER_FUNCTIONS:
        return True
    parent = function.parent
    return (
        function.kind == "function_declaration"
        and parent is not None
        and parent.kind == "export_statement"
        and "default" in parent.tail().split()[:2]
    )


def _is_resolver(function: Node) -> bool:
    """(parent, args) of GraphQL."""
    parameters = _parameters(function)
    called = function.parent is not None and function.parent.kind == "arguments"
    return (
        not called
        and len(parameters) >= 2
        and bool(sources.RESOLVER_PARENTS.fullmatch(parameters[0].text.split(":")[0].strip()))
    )


def _is_procedure(function: Node) -> bool:
    call = _call_with(function)
    return (
        call is not None
        and call.children[0].kind == "member_expression"
        and call.children[0].children[-1].text in {"mutation", "query"}
    )
