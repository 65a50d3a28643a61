"""Servers that call themselves by another name than api_url does (localhost for 127.0.0.1, a proxy before GitHub Enterprise).

A reply is full of addresses, and the next call goes to one of them. So that every call, and the token with it, goes to api_url and
nowhere else, the server's own name is replaced by it.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit


class OwnName:
    """Learnt from the first reply that gives its own address, which is how every one of GitHub's objects begins."""

    def __init__(self, api_url: str) -> None:
        parts = urlsplit(api_url)
        self._here = f"{parts.scheme}://{parts.netloc}"
        self._there: str | None = None

    def learn(self, path: str, text: str) -> None:
        """`path` is what was asked for, from the host's top."""
        if self._there is not None:
            return
        said = _address_in(text)
        parts = urlsplit(said)
        if parts.netloc and parts.path.lower() == path.partition("?")[0].lower():
            self._there = f"{parts.scheme}://{parts.netloc}"

    def replaced(self, text: str) -> str:
        """In quotes (JSON) or angle brackets (the header Link), as whole origins only."""
        if self._there is None or self._there == self._here:
            return text
        for before in ('"', "<"):
            text = text.replace(f"{before}{self._there}/", f"{before}{self._here}/")
        return text


def _address_in(text: str) -> str:
    try:
        found: Any = json.loads(text)
    except ValueError:
        return ""
    address = found.get("url") if isinstance(found, dict) else None
    return address if isinstance(address, str) else ""
