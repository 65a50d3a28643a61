"""Whether a call to GitHub is made again, and after how long: decided from what came back alone, without a clock of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
SECONDARY_PAUSE = 60.0
"""What GitHub asks for when it says “secondary rate limit” and nothing else."""
_AWAY = frozenset({500, 502, 503, 504})
_REPEATABLE_POST = re.compile(r"/git/(blobs|trees|commits)$|/labels$|/graphql$")
"""Named by their content, or a set: the second one finds the first. (GraphQL is only asked for what may be asked twice.)"""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    text: str


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float
    limited: bool
    """A rate limit: nothing was done, so anything may be repeated."""


def repeatable(verb: str, path: str) -> bool:
    """Whether a second call does no more than the first. Not so for what makes a pull request, a comment or an issue, or merges."""
    where = path.partition("?")[0]
    if verb == "POST":
        return _REPEATABLE_POST.search(where) is not None
    return not (verb == "PUT" and where.endswith("/merge"))


def backed_off(attempt: int) -> float:
    """Seconds before try number attempt + 1: 1, 2, 4, 8 …"""
    return min(FIRST_PAUSE * 2.0 ** (attempt - 1), LONGEST_PAUSE)


def pause_after(reply: Reply, verb: str, path: str, attempt: int, now: float) -> Pause | None:
    """None: take the reply as it is. `now` is the time of day in seconds since 1970, which X-RateLimit-Reset counts in."""
    limited = limit_pause(reply, now)
    if limited is not None:
        return Pause(max(limited, backed_off(attempt)), True)
    if reply.status in _AWAY and repeatable(verb, path):
        asked = _seconds(reply.headers.get("retry-after"))
        return Pause(asked if asked is not None else backed_off(attempt), False)
    return None


def limit_pause(reply: Reply, now: float) -> float | None:
    """How long a rate limit asks to wait; None when the reply speaks of none."""
    if reply.status not in (403, 429):
        return None
    asked = _seconds(reply.headers.get("retry-after"))
    if asked is not None:
        return asked
    if reply.headers.get("x-ratelimit-remaining") == "0":
        reset = _seconds(reply.headers.get("x-ratelimit-reset"))
        return max(reset - now, 0.0) + 1.0 if reset is not None else SECONDARY_PAUSE
    words = reply.text[:4000].lower()
    if reply.status == 429 or "secondary rate limit" in words or "abuse detection" in words:
        return SECONDARY_PAUSE
    return None


def _seconds(header: str | None) -> float | None:
    try:
        return max(float(header), 0.0) if header is not None else None
    except ValueError:
        return None
