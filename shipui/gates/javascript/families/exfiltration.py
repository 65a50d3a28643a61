"""Credentials and private data that are sent away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.javascript.families.addresses import CLIENTS, address_of, is_suspicious
from shipui.gates.javascript.families.options import key_of, literal
from shipui.gates.javascript.script import Call, Script
from shipui.gates.javascript.shapes import labels_of, skeleton
from shipui.gates.javascript.sources import SECRET_FILES
from shipui.gates.javascript.tree import FUNCTIONS, Node
from shipui.gates.rules.javascript_trust import EXFILTRATION
from shipui.model.findings import Finding

_SECRETS = frozenset({"secret", "environment", "secret-variable"})
_SENDS = re.compile(
    r"(.*\.)?(write|end|send|emit|sendBeacon|resolve4|resolveTxt|lookup|sendMail|postMessage)|dns(\.promises)?\.(resolve\w*|lookup)"
)
_CONNECTIONS = re.compile(
    r"(net|tls|dgram|http|https|ws|WebSocket|XMLHttpRequest|dns|nodemailer|socket\.io-client|navigator)\b.*|~?\w*(req|request|xhr|socket|sock|ws|client|transporter|beacon)\w*(\(\))?",
    re.IGNORECASE,
)
_KEYS = frozenset({"keydown", "keyup", "keypress", "paste", "copy"})
_RELATIVE = re.compile(r"^(/(?!/)|\./|\?)")


def look(script: Script) -> Iterator[Finding]:
    for call in script.calls:
        if not call.arguments or call.tagged:
            continue
        if CLIENTS.fullmatch(call.name):
            yield from _client(script, call)
        elif _SENDS.fullmatch(call.name) and _CONNECTIONS.fullmatch(call.owner):
            yield from _sent(script, call.node, list(call.arguments[:2]))
        elif call.method == "addEventListener" and call.arguments[0].text.strip("'\"`") in _KEYS:
            yield from _keys(script, call)
    for node in script.tree.all("assignment_expression"):
        target = node.children[0]
        if target.kind == "member_expression" and target.children[-1].text in {"src", "href", "action", "onload"} | {
            "location"
        }:
            yield from _sent(script, node, [node.children[-1]])


def _client(script: Script, call: Call) -> Iterator[Finding]:
    address = address_of(script, call)
    shape = script.shape(address)
    text = skeleton(shape, "?")
    if _RELATIVE.match(text):
        return
    values = [address]
    for each in call.arguments:
        if each is address:
            continue
        written = literal(script, each)
        if written is None:
            values.append(each)
        elif (
            each is call.arguments[0]
            or call.method in {"fetch", "got", "get", "request", "axios", "needle", "ky", "ajax"}
            or "." not in call.name
        ):
            body = [
                pair.children[-1] if pair.children else pair
                for pair in written.children
                if pair.kind in {"pair", "shorthand_property_identifier"}
                and _name_of(pair) in {"body", "data", "json", "form", "params", "searchParams", "qs", "formData"}
            ]
            values += body or ([written] if not _is_options(written) else [])
            if is_suspicious(text):
                values.append(written)
        elif each is call.arguments[1]:
            values.append(each)
    yield from _sent(script, call.node, values)


def _name_of(property: Node) -> str:
    return key_of(property) if property.children else property.text


def _is_options(written: Node) -> bool:
    return any(
        pair.kind == "pair"
        and key_of(pair)
        in {
            "headers",
            "method",
            "timeout",
            "auth",
            "signal",
            "agent",
            "credentials",
            "mode",
            "host",
            "hostname",
            "path",
            "port",
            "baseURL",
            "httpsAgent",
            "cache",
            "redirect",
            "next",
        }
        for pair in written.children
    )


def _sent(script: Script, node: Node, values: list[Node]) -> Iterator[Finding]:
    for value in values:
        if value.kind in FUNCTIONS:
            continue
        labels = labels_of(script.shape(value))
        if labels & _SECRETS or _reads_credentials(value):
            yield from script.found(EXFILTRATION, node, until=value)
            return


def _reads_credentials(value: Node) -> bool:
    """A read of a file of credentials right in what is sent."""
    return any(
        each.kind == "call_expression"
        and "readFile" in each.children[0].text
        and SECRET_FILES.search(each.text) is not None
        for each in value.walk()
    )


def _keys(script: Script, call: Call) -> Iterator[Finding]:
    """A listener of keys that sends what was typed."""
    listener = call.arguments[-1]
    binding = script.bindings.of(listener) if listener.kind == "identifier" else None
    if binding is not None and binding.definitions:
        listener = binding.definitions[0].value or listener
    parameter = (listener.child("formal_parameters") or listener).children[:1]
    if listener.kind not in FUNCTIONS or not parameter:
        return
    name = parameter[0].text.strip("() ").split(":")[0]
    for inner in script.calls:
        sends = CLIENTS.fullmatch(inner.name) or (_SENDS.fullmatch(inner.name) and _CONNECTIONS.fullmatch(inner.owner))
        if (
            sends
            and any(each is listener for each in inner.node.ancestors())
            and re.search(rf"\b{re.escape(name)}\.(key|code|which|keyCode|clipboardData)\b", inner.node.text)
        ):
            yield from script.found(EXFILTRATION, inner.node)
