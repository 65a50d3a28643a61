"""What an address in a text tells: whether its host is fixed, local, a bare number, or a place where loot is dropped."""

from __future__ import annotations

import ipaddress
import re

from shipui.gates.python.values import HOLE, SAFE

DROP_PLACES = re.compile(
    r"(?:discord(?:app)?\.com/api/webhooks|api\.telegram\.org/bot|pastebin\.com|paste\.ee|hastebin\.com|ghostbin\.|dpaste\.|rentry\.co|0x0\.st|"
    r"transfer\.sh|file\.io|gofile\.io|anonfiles\.com|webhook\.site|requestbin|pipedream\.net|burpcollaborator\.net|oastify\.com|interact\.sh|"
    r"oast\.(?:pro|live|site|online|fun|me)|\bngrok(?:-free)?\.(?:io|app|dev)|\.ngrok\.|serveo\.net|localtunnel\.me|\.loca\.lt|trycloudflare\.com|"
    r"\.onion\b|bit\.ly/|tinyurl\.com/|is\.gd/|cutt\.ly/|iplogger\.|grabify\.link|canarytokens\.|dnslog\.cn|ceye\.io|catbox\.moe|"
    r"requestcatcher\.com|beeceptor\.com|hookbin\.com|termbin\.com|ix\.io|api\.ipify\.org|ipinfo\.io|ip-api\.com|ifconfig\.me|icanhazip\.com)",
    re.IGNORECASE,
)
_FREE_NAMES = re.compile(r"\.(?:tk|ml|ga|cf|gq|icu|cyou)$")
"""Top-level domains of which names cost nothing, and so are thrown away."""
_OWN_ADDRESS = re.compile(r"api\.ipify\.org|ipinfo\.io|ip-api\.com|ifconfig\.me|icanhazip\.com", re.IGNORECASE)
_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//(?:[^/?#@\s]*@)?(?P<host>\[[0-9a-f:.]+\]|[^/?#:\s]+)", re.IGNORECASE)
_LOCAL_NAMES = ("localhost", "host.docker.internal")
_RESOLVERS = frozenset(
    {
        "8.8.8.8",
        "8.8.4.4",
        "1.1.1.1",
        "1.0.0.1",
        "9.9.9.9",
        "10.255.255.255",
        "239.255.255.250",
        "192.0.2.0",
        "169.254.169.254",
    }
)
"""Addresses that programs name to learn about themselves: connecting by UDP sends nothing."""


def host_of(url: str) -> str:
    found = _HOST.match(url.strip())
    return found["host"].strip("[]").lower() if found else ""


def host_is_open(url: str) -> bool:
    """Whether what is not known of the address decides whom it reaches."""
    text = url.strip()
    if text.startswith(HOLE):
        return True
    if "://" not in text:
        return HOLE in text and not text.startswith(("/", SAFE))
    return HOLE in re.split(r"[/?#\\]", text.partition("://")[2], maxsplit=1)[0]


def is_public_number(host: str) -> bool:
    """An IP address, written out, that is neither this machine nor its own network."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if (
        str(address) in _RESOLVERS
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
    ):
        return False
    return not address.is_private or any(
        address in network for network in _DOCUMENTATION if network.version == address.version
    )


def is_local(host: str) -> bool:
    host = host.strip("[]").lower()
    if host in ("", *_LOCAL_NAMES) or host.endswith((".local", ".localhost", ".internal", ".svc")):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host
    return not is_public_number(str(address))


def is_drop_place(url: str) -> bool:
    if _FREE_NAMES.search(host_of(url)):
        return True
    return DROP_PLACES.search(url) is not None and _OWN_ADDRESS.search(url) is None


def is_suspicious(url: str) -> bool:
    return is_drop_place(url) or is_public_number(host_of(url))


_DOCUMENTATION = [
    ipaddress.ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]
