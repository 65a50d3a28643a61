"""A git bundle, as far as shipui reads it by itself: which commits it says to hold, and where its pack begins."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import IO

from shipui.model.errors import Failed
from shipui.model.text import visible

_SIGNATURE = b"# v2 git bundle\n"
_PREREQUISITE = re.compile(rb"-[0-9a-f]{40}( .*)?")
_REFERENCE = re.compile(rb"([0-9a-f]{40}) .+")
_LONGEST_LINE = 1024 * 1024
_MOST_LINES = 1000


def pack_offset(file: IO[bytes], commits: Sequence[str]) -> int:
    """Failed unless the bundle's header names each of these commits. The pack itself is for git to check."""
    file.seek(0)
    if file.readline(len(_SIGNATURE)) != _SIGNATURE:
        raise _unusable("it does not begin as a bundle does")
    found: set[str] = set()
    for _ in range(_MOST_LINES):
        line = file.readline(_LONGEST_LINE)
        if line == b"\n":
            break
        reference = _REFERENCE.fullmatch(line.rstrip(b"\n"))
        if reference is not None:
            found.add(reference[1].decode())
        elif _PREREQUISITE.fullmatch(line.rstrip(b"\n")) is None:
            raise _unusable(f"its header says {os.fsdecode(line[:200])}")
    else:
        raise _unusable("its header does not end")
    if missing := set(commits) - found:
        raise _unusable(f"it does not hold {', '.join(sorted(missing))}")
    return file.tell()


def _unusable(why: str) -> Failed:
    return Failed(
        "The source code did not come out of the container as git packs it.",
        detail=visible(f"git bundle: {why}", limit=500),
        fix="Try again. If it happens again, something in the container stands in for git.",
    )
