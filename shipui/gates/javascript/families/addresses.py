"""Addresses: those that a server calls or redirects to because somebody outside said so, and those that nobody should call."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from shipui.gates.javascript.families.options import of_call, option
from shipui.gates.javascript.script import ONLY_REQUESTS, Call, Script
from shipui.gates.javascript.shapes import Level, Part, Shape, labels_of, leading, level_of, skeleton
from shipui.gates.javascript.tree import Node
from shipui.gates.rules.javascript_trust import NETWORK
from shipui.gates.rules.javascript_web import OPEN_REDIRECT, SSRF
from shipui.model.findings import Finding

CLIENTS = re.compile(
    r"fetch|(node-fetch|cross-fetch|isomorphic-fetch|undici|make-fetch-happen|ofetch|got|axios|ky|needle|request|superagent|request-promise|request-promise-native|bent|phin|urllib|wretch|ofetch\.ofetch|\$fetch|minipass-fetch|axios-retry|unfetch|sync-request|undici\.fetch|cross-fetch\.fetch)(\(\))?"
    r"|(axios|got|ky|needle|request|superagent|undici|http|https|follow-redirects\.https?|http2|~?\w*[aA]xios\w*|~?(http|https|httpClient|apiClient|restClient)|axios\.create\(\)|got\.extend\(\)|ky\.create\(\)|urllib|phin|@nestjs/axios\.HttpService\(\)|HttpService\(\)|this\.http(Service|Client)?|this\.axios|wretch)(\(\))?(\.axiosRef)?"
    r"\.(get|post|put|patch|delete|del|head|options|request|stream|fetch|connect|extend|json|getUri|postForm|url|raw|paginate)"
    r"|(puppeteer|playwright|~page|~browser|~tab|page)(.*)\.goto|~?page\.goto|(.*\.)?(loadURL|openExternal)|ws|WebSocket|EventSource|socket\.io-client(\.io)?|ws\.WebSocket|navigator\.sendBeacon|(.*\.)?importScripts|jsonp|(\$|jQuery|jquery)\.(get|post|ajax|getJSON|getScript|load)|download|image-downloader\.image"
)
_REDIRECTS = re.compile(
    r"~?_?(res|response|reply|resp|rep|ctx|context|c|h|Response|NextResponse|this\.ctx|next/server\.NextResponse)(\.\w+\(\))*\.redirect|redirect|next/navigation\.redirect|next/navigation\.permanentRedirect|@remix-run/(node|server-runtime|cloudflare)\.redirect|react-router(-dom)?\.redirect|@sveltejs/kit\.redirect|(.*\.)?sendRedirect|h3\.sendRedirect"
)
_NAVIGATION = re.compile(r"((window|document|top|parent|self)\.)?location(\.href)?|(.*\.)?location\.href")
_NAVIGATING = re.compile(r"(.*\.)?location\.(assign|replace)|open|window\.open")
_SCHEME_AND_HOST = re.compile(r"^(https?|wss?|ftp)://[^/\0?#]+[/?#]|^(https?|wss?|ftp)://[^/\0?#]+$", re.IGNORECASE)
_OWN_PATH = re.compile(r"^(/(?![/\\])[^\0]|/$|\./|\?|#|[\w-]+/)")
_ADDRESS = re.compile(
    r"^(?:(?:https?|wss?|ftp|tcp)://)?(?:[^@/\s]*@)?(\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\])(?::\d+)?(?:[/?#]|$)",
    re.IGNORECASE,
)
_NUMERIC_HOST = re.compile(r"^https?://(0x[0-9a-f]{8}|\d{8,10})(?=[:/]|$)", re.IGNORECASE)
_DROPS = re.compile(
    r"\b(pastebin\.com|hastebin\.com|paste\.ee|ghostbin\.\w+|transfer\.sh|file\.io|0x0\.st|webhook\.site|requestbin\.(com|net)|pipedream\.net|ngrok(-free)?\.(io|app)|ngrok\.dev|burpcollaborator\.net|oast\.(pro|live|site|online|fun|me)"
    r"|interact\.sh|interactsh\.com|beeceptor\.com|hookbin\.com|postb\.in|dnslog\.cn|ceye\.io|canarytokens\.com|serveo\.net|localtunnel\.me|loca\.lt|trycloudflare\.com|discord(app)?\.com/api/webhooks|api\.telegram\.org/bot|anonfiles\.com|catbox\.moe|rentry\.co|termbin\.com|ix\.io|sprunge\.us|gofile\.io|temp\.sh)|\.onion\b"
    r"|//[^/?#]*\b(evil|attacker|malicious|malware|hackers?|exfil\w*|c2|cnc|phish\w*|steal\w*|backdoor|pwn\w*|badguy)\b",
    re.IGNORECASE,
)
_SOCKETS = re.compile(
    r"(net|tls|dgram)\.(connect|createConnection|Socket\(\)\.connect|createSocket\(\)\.send)|~?(socket|sock|client)\.connect"
)


def look(script: Script) -> Iterator[Finding]:
    for call in script.calls:
        if not call.arguments or call.tagged:
            continue
        name = call.name
        if CLIENTS.fullmatch(name):
            yield from _client(script, call)
        elif call.method == "open" and len(call.arguments) > 1 and ("XMLHttpRequest" in name or "xhr" in name.lower()):
            yield from _unexpected(script, call.node, script.shape(call.arguments[1]), call.arguments[1])
        elif call.name.startswith("dns."):
            yield from _unexpected(script, call.node, ("//", *script.shape(call.arguments[0])), call.arguments[0])
        elif _SOCKETS.fullmatch(name):
            yield from _socket(script, call)
        elif _REDIRECTS.fullmatch(name):
            yield from _redirect(script, call.node, _last_text(call))
        elif _NAVIGATING.fullmatch(name):
            yield from _redirect(script, call.node, call.arguments[0])
        elif call.method in {"setHeader", "header", "set", "location", "writeHead"}:
            yield from _header(script, call)
    for node in script.tree.all("assignment_expression"):
        target, value = node.children[0], node.children[-1]
        if (
            target.kind in {"member_expression", "identifier"}
            and _NAVIGATION.fullmatch(target.text)
            and script.names.of(target).lstrip("~").endswith(("location", "location.href"))
        ):
            yield from _redirect(script, node, value)
        elif (
            target.kind == "member_expression"
            and target.children[-1].text == "src"
            and value.kind in {"string", "template_string", "binary_expression"}
        ):
            yield from _unexpected(script, node, script.shape(value))


def address_of(script: Script, call: Call) -> Node:
    """The argument, or the option in it, that names where a request goes."""
    first = call.arguments[0]
    if first.kind in {"object", "identifier"}:
        found = option(script, first, "url", "uri", "baseURL", "prefixUrl", "host", "hostname")
        if found is not None:
            return found
    if call.method == "request" and first.kind == "string" and len(call.arguments) > 1 and first.text[1:-1].isupper():
        return call.arguments[1]
    return first


def is_fixed(shape: Shape) -> bool:
    """Whether the host stands in the code, or in the settings: only the path may vary."""
    if _SCHEME_AND_HOST.match(skeleton(shape)) or _OWN_PATH.match(skeleton(shape)):
        return True
    first = next((each for each in shape if each), None)
    return isinstance(first, Part) and first.level <= Level.SAFE and len(shape) > 1


def _client(script: Script, call: Call) -> Iterator[Finding]:
    address = address_of(script, call)
    shape = script.shape(address)
    if is_fixed(shape) or _SCHEME_AND_HOST.match(leading(shape)):
        yield from _unexpected(script, call.node, shape, address)
    elif not _stays(shape) and not call.method.endswith(("sendBeacon", "getUri")):
        yield from script.graded(SSRF, call.node, address, "url", ONLY_REQUESTS, shape)


def _stays(shape: Shape) -> bool:
    """Whether only the request's own address goes into it, which the page chose."""
    return bool(labels_of(shape) & {"address-bar"}) and leading(shape) != ""


def _socket(script: Script, call: Call) -> Iterator[Finding]:
    host = of_call(script, call, "host", "hostname")
    if host is None:
        texts = [
            each
            for each in call.arguments
            if each.kind not in {"number", "arrow_function", "function_expression", "object"}
        ]
        host = next(
            (each for each in texts if _ADDRESS.match(skeleton(script.shape(each)))), texts[-1] if texts else None
        )
    if host is None:
        return
    shape = script.shape(host)
    if level_of(shape) >= Level.HINTED:
        yield from script.graded(SSRF, call.node, host, "url", ONLY_REQUESTS, shape)
    else:
        yield from _unexpected(script, call.node, shape, host)


def _unexpected(script: Script, node: Node, shape: Shape, until: Node | None = None) -> Iterator[Finding]:
    text = skeleton(shape, "?")
    if is_suspicious(text):
        yield from script.found(NETWORK, node, until=until)


def is_suspicious(text: str) -> bool:
    """A bare public IP address, also in disguise, or a place where anybody can leave or collect data."""
    if _DROPS.search(text[:2000]) or _NUMERIC_HOST.match(text):
        return True
    match = _ADDRESS.match(text)
    if match is None:
        return False
    try:
        address = ipaddress.ip_address(match.group(1).strip("[]"))
    except ValueError:
        return False
    documented = any(address in network for network in _DOCUMENTATION if network.version == address.version)
    return documented or not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
    )


_DOCUMENTATION = [
    ipaddress.ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15")
]
"""Private to Python, but an address of one's own network is never among them."""


def _last_text(call: Call) -> Node:
    """res.redirect(302, url): the address comes last; NextResponse.redirect(url, 302): first."""
    return next((each for each in reversed(call.arguments) if each.kind not in {"number", "object"}), call.arguments[0])


def _redirect(script: Script, node: Node, value: Node) -> Iterator[Finding]:
    shape = script.shape(value)
    first = next((each for each in shape if each), "")
    fixed = bool(_SCHEME_AND_HOST.match(skeleton(shape)) or _OWN_PATH.match(skeleton(shape)))
    own = isinstance(first, Part) and bool(first.labels & {"own-address", "address-bar"}) and not _names_another(value)
    if not fixed and not own and not _own_host(shape):
        yield from script.graded(OPEN_REDIRECT, node, value, "redirect", ONLY_REQUESTS, shape)


def _names_another(value: Node) -> bool:
    """A part of the address bar that is picked out: its query or fragment."""
    return (
        bool(re.search(r"\.get\(|\.(hash|search)\b|split|slice|substr|params", value.text))
        or value.kind == "identifier"
    )


def _own_host(shape: Shape) -> bool:
    """https:// and the request's own host."""
    parts = [each for each in shape if isinstance(each, Part)]
    return skeleton(shape).startswith(("https://\0", "http://\0")) and bool(parts) and "own-address" in parts[0].labels


def _header(script: Script, call: Call) -> Iterator[Finding]:
    first = call.arguments[0].text.strip("'\"`").lower()
    if call.method == "location":
        yield from _redirect(script, call.node, call.arguments[0])
    elif first == "location" and len(call.arguments) > 1:
        yield from _redirect(script, call.node, call.arguments[1])
    elif call.method == "writeHead":
        value = of_call(script, call, "Location", "location")
        if value is not None:
            yield from _redirect(script, call.node, value)
