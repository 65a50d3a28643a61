"""Addresses that a request chooses, and calls to places that no shipped program should talk to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.python.scopes import Call, Hit, grade, whence
from shipui.gates.python.sinks.addresses import host_is_open, host_of, is_drop_place, is_local, is_public_number
from shipui.gates.python.values import HOLE, Origin, Trait, Value
from shipui.model.findings import Severity

_VERBS = [
    "get",
    "post",
    "put",
    "delete",
    "patch",
    "head",
    "options",
    "request",
    "stream",
    "send",
    "urlopen",
    "open",
    "ws_connect",
    "fetch",
]
CLIENT = re.compile(
    r"(?:requests(?:\.sessions)?|httpx|grequests|aiohttp|treq|urllib3|urllib\.request|urllib2|urllib|tornado\.httpclient|pycurl|httplib2|websockets?|"
    r"(?:requests|httpx|aiohttp|urllib3|urllib\.request|tornado\.httpclient|httplib2|websocket|cloudscraper|curl_cffi\.requests)\.\w+\(\)|"
    r"\?(?:self\.)?_?(?:\w*session|\w*client|http|https|s|client))"
    r"\.(?:get|post|put|delete|patch|head|options|request|stream|send|urlopen|urlretrieve|open|ws_connect|fetch|connect|URLopener|create_connection)"
)
_SENDS_DATA = re.compile(r"\.(?:post|put|patch|request|send|urlopen)$")


def address_of(call: Call) -> Value | None:
    if not CLIENT.fullmatch(call.name):
        return None
    place = 1 if call.method in ("request", "stream") and "urlopen" not in call.name else 0
    if call.method == "request" and len(call.arguments) == 1:
        place = 0
    return call.argument(place, "url", "uri", "fullurl")


def _requested(call: Call) -> Iterator[Hit]:
    address = address_of(call)
    if address is None or address.text is None:
        return
    address = address.seen_in("url")
    text = address.text or ""
    loosely = call.name.startswith("?")
    if loosely and not (re.match(r"https?:|\ue000", text)):
        return
    if address.harmful_in("url") and host_is_open(text):
        if address.origin is Origin.REQUEST and not (
            loosely
            and text == HOLE
            and call.method in ("get", "delete", "send", "open", "put")
            and not re.search(r"http|session|client", call.name)
        ):
            yield Hit("python-server-side-request-forgery", grade(address), (0, 0), whence(address), address.lines)
            return
        if address.origin is Origin.OUTSIDE and not address.traits and not loosely:
            yield Hit("python-server-side-request-forgery", grade(address), (0, 0), whence(address), address.lines)
            return
    yield from _suspicious(text)


def _suspicious(text: str) -> Iterator[Hit]:
    if is_drop_place(text):
        yield Hit(
            "python-unexpected-network",
            Severity.HIGH,
            (0, 0),
            "The address is one where stolen data and payloads are usually kept.",
        )
    elif is_public_number(host_of(text)):
        yield Hit(
            "python-unexpected-network",
            Severity.MEDIUM,
            (0, 0),
            "The address is a bare number, not the name of a service.",
        )


def _connection(call: Call) -> Iterator[Hit]:
    """http.client.HTTPSConnection(host), smtplib.SMTP(host) …: a host and not an address."""
    host = call.argument(0, "host", "hostname")
    if host is None:
        return
    if host.origin is Origin.REQUEST and host.harmful_in("url"):
        yield Hit("python-server-side-request-forgery", grade(host), (0, 0), whence(host), host.lines)
    elif host.fixed_text is not None and (is_public_number(host.fixed_text) or is_drop_place(host.fixed_text)):
        yield Hit(
            "python-unexpected-network",
            Severity.MEDIUM,
            (0, 0),
            "The address is a bare number, not the name of a service.",
        )


def _plain_protocol(call: Call) -> Iterator[Hit]:
    """Telnet and FTP to another machine."""
    host = call.argument(0, "host")
    if host is not None and host.fixed_text is not None and not is_local(host.fixed_text):
        yield Hit(
            "python-unexpected-network", Severity.MEDIUM, (0, 0), "What is sent, passwords too, can be read on the way."
        )
    elif host is not None and host.origin is Origin.REQUEST:
        yield from _connection(call)


def _socket(call: Call) -> Iterator[Hit]:
    """A socket of the program's own that is connected to a fixed place elsewhere."""
    known = (
        call.name.startswith("socket.socket()")
        or call.name == "socket.create_connection"
        or (
            call.module.uses("socket")
            and re.match(r"\?(?:self\.)?_?(?:s|sock|socket|client|client_socket|conn|c)\.", call.name)
        )
    )
    place = call.argument(0, "address")
    if not known or place is None or not place.items:
        return
    host, port = place.items[0], place.items[1] if len(place.items) > 1 else None
    if host.origin is Origin.REQUEST and host.harmful_in("url"):
        yield Hit("python-server-side-request-forgery", grade(host), (0, 0), whence(host), host.lines)
    elif (
        host.fixed_text is not None and not is_local(host.fixed_text) and host.fixed_text not in ("8.8.8.8", "1.1.1.1")
    ):
        if port is not None and port.fixed_text in ("80", "443") and not is_public_number(host.fixed_text):
            return
        yield Hit(
            "python-unexpected-network",
            Severity.MEDIUM,
            (0, 0),
            "A connection of the program's own goes to a fixed place elsewhere.",
        )


def _connected(call: Call) -> Iterator[Hit]:
    yield from _socket(call)
    yield from _requested(call)


def _sent_to(call: Call) -> Iterator[Hit]:
    """sock.sendto(data, (host, port))."""
    place = call.arguments[-1] if len(call.arguments) > 1 else None
    if place is None or not place.items or not call.module.uses("socket"):
        return
    host = place.items[0].fixed_text
    if host is not None and not is_local(host) and not host.endswith(".255"):
        yield Hit(
            "python-unexpected-network",
            Severity.MEDIUM,
            (0, 0),
            "Packets of the program's own go to a fixed place elsewhere.",
        )


def _bound(call: Call) -> Iterator[Hit]:
    place = call.argument(0, "address")
    known = call.name.startswith("socket.") or (re.match(r"\?\w*(?:s|sock|socket|server|srv)\.bind", call.name))
    if known and place is not None and place.items and place.items[0].fixed_text in ("0.0.0.0", "::"):  # noqa: S104 - looked for, not used
        yield Hit("python-open-bind", Severity.LOW, (0, 0), "The program listens on every network of the machine.")


def _looked_up(call: Call) -> Iterator[Hit]:
    """Data in a name that is looked up leaves by way of the name servers."""
    name = call.argument(0, "host", "hostname", "qname", "name")
    if name is None or name.text is None:
        return
    carried = name.traits & {Trait.CREDENTIAL, Trait.ENVIRONMENT, Trait.VARIABLE, Trait.HOST}
    if re.search(r"[\ue000\ue001]\.[\w.-]+\.[a-z]{2,}\.?$", name.text) and (carried or (name.dynamic and name.built)):
        yield Hit(
            "python-unexpected-network",
            Severity.HIGH if carried else Severity.MEDIUM,
            (0, 0),
            "Data is put into a name that is looked up.",
        )
    elif is_drop_place(name.text):
        yield Hit(
            "python-unexpected-network",
            Severity.HIGH,
            (0, 0),
            "The address is one where stolen data and payloads are usually kept.",
        )
    elif name.origin is Origin.REQUEST and call.name.startswith("socket.create"):
        yield Hit("python-server-side-request-forgery", grade(name), (0, 0), whence(name), name.lines)


def _first_address(call: Call) -> Iterator[Hit]:
    address = call.argument(0, "url")
    if address is None or address.text is None:
        return
    if address.harmful_in("url") and address.origin is Origin.REQUEST and host_is_open(address.text):
        yield Hit("python-server-side-request-forgery", grade(address), (0, 0), whence(address), address.lines)
    else:
        yield from _suspicious(address.text)


def _curl_option(call: Call) -> Iterator[Hit]:
    """pycurl: c.setopt(c.URL, address)."""
    if len(call.arguments) == 2 and call.arguments[0].name.endswith(".URL"):
        address = call.arguments[1]
        if address.harmful_in("url") and address.origin is Origin.REQUEST and host_is_open(address.text or ""):
            yield Hit("python-server-side-request-forgery", grade(address), (0, 0), whence(address), address.lines)
        else:
            yield from _suspicious(address.text or "")


CALLS = {
    **dict.fromkeys(
        [
            "http.client.HTTPConnection",
            "http.client.HTTPSConnection",
            "httplib.HTTPConnection",
            "httplib.HTTPSConnection",
            "smtplib.SMTP",
            "smtplib.SMTP_SSL",
            "asyncio.open_connection",
            "xmlrpc.client.ServerProxy",
            "paramiko.Transport",
            "asyncio.start_server_",
        ],
        _connection,
    ),
    **dict.fromkeys(["telnetlib.Telnet", "ftplib.FTP", "telnetlib3.open_connection"], _plain_protocol),
    **dict.fromkeys(
        [
            "socket.gethostbyname",
            "socket.getaddrinfo",
            "socket.gethostbyname_ex",
            "dns.resolver.resolve",
            "dns.resolver.query",
            "dns.resolver.Resolver().resolve",
            "aiodns.DNSResolver().query",
        ],
        _looked_up,
    ),
    **dict.fromkeys(
        [
            "urllib.request.urlretrieve",
            "urllib.urlretrieve",
            "wget.download",
            "urllib.request.Request",
            "urllib.urlopen",
        ],
        _first_address,
    ),
}
METHODS = {
    **dict.fromkeys(_VERBS, _requested),
    "connect": _connected,
    "create_connection": _connected,
    "connect_ex": _socket,
    "sendto": _sent_to,
    "bind": _bound,
    "setopt": _curl_option,
}
