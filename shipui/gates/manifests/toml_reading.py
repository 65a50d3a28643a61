"""TOML manifests, and stretches of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from shipui.gates.manifests.dependency import Unreadable

_HEADER = re.compile(r"^\s*\[+\s*(?P<name>[^\]]+?)\s*\]+\s*(?:#.*)?$")
_PAIR = re.compile(r"^\s*(?P<key>\"[^\"]+\"|'[^']+'|[A-Za-z0-9_.-]+)\s*=\s*(?P<value>.+?)\s*$")


def read_toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise Unreadable(f"is no TOML ({str(error)[:80]})") from error


LONGEST = 2_000_000
"""In characters: Python's TOML parser takes seconds for a longer text. Lock files, which machines write, are then read line by line."""


def pairs(text: str) -> Iterator[tuple[int, str, str, str]]:
    """(line, section, key, value as written), line by line; a section that the piece does not show is ""."""
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(line):
            section = header["name"]
            yield number, section, "", ""
        elif pair := _PAIR.match(line):
            yield number, section, pair["key"].strip("\"'"), pair["value"]
        elif line.strip():
            yield number, section, "", line.strip()


def value_of(written: str) -> Any:
    """One value as written; None if it goes on in the next line."""
    try:
        return tomllib.loads(f"value = {written}")["value"]
    except (tomllib.TOMLDecodeError, ValueError):
        return None
