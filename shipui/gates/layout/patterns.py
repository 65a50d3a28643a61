"""Patterns of folders: apps, packages/*/src, **/migrations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

_PART = re.compile(r"\*\*/?|\*|[^*]+")


def within(path: str, patterns: Iterable[str]) -> str | None:
    """The first pattern that names a folder above this path, or the path itself."""
    return next((pattern for pattern in patterns if _compiled(pattern).match(path)), None)


def fixed_part(pattern: str) -> str:
    """The folders before the first asterisk."""
    parts = []
    for part in pattern.strip("/").split("/"):
        if "*" in part:
            break
        parts.append(part)
    return "/".join(parts)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    spelt = ""
    for part in _PART.findall(pattern.strip("/")):
        if part.startswith("**"):
            spelt += r"(?:[^/]+/)*" if part.endswith("/") else ".*"
        else:
            spelt += "[^/]*" if part == "*" else re.escape(part)
    return re.compile(rf"^{spelt}(?:/|$)")
