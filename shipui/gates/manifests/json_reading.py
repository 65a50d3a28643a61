"""JSON manifests, read so that nothing can hide: a key that is there twice is an error, not the last one's victory."""

from __future__ import annotations

import json
from typing import Any

from shipui.gates.manifests.dependency import Unreadable


def read_object(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"is no JSON ({str(error)[:80]})") from error
    if not isinstance(read, dict):
        raise Unreadable("holds JSON that is no object")
    return read


def table(value: Any, what: str) -> dict[str, Any]:
    """A part that must be an object if it is there."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"has {what} in a form that is not understood")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {repeated[:40]!r} is there twice")
    return found
