"""docker://NAME/PATH: a work tree in a container."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from shipui.model.errors import BadInput
from shipui.model.text import visible

SCHEME = "docker://"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_LONGEST_PATH = 4000


@dataclass(frozen=True, slots=True)
class ContainerLocation:
    container: str
    """Its name, or its ID."""
    path: PurePosixPath
    """From the container's root."""

    def __str__(self) -> str:
        return f"{SCHEME}{self.container}{self.path}"

    @classmethod
    def parse(cls, text: str) -> ContainerLocation:
        """BadInput for what cannot be one; nothing of it is used before."""
        name, slash, rest = text.removeprefix(SCHEME).partition("/")
        if not text.startswith(SCHEME) or _NAME.fullmatch(name) is None:
            raise _bad(text, "it names no container")
        if not slash or not rest.strip("/"):
            raise _bad(text, "it names no folder in the container")
        if not rest.isprintable() or len(rest) > _LONGEST_PATH:
            raise _bad(text, "the path holds characters that no folder of a work tree should have, or is too long")
        path = PurePosixPath("/", rest.lstrip("/"))
        if ".." in path.parts:
            raise _bad(text, "the path goes up with “..”")
        return cls(name, path)


def _bad(text: str, why: str) -> BadInput:
    return BadInput(
        f"“{visible(text, limit=200)}” does not name a sandbox in a container: {why}.",
        fix="Write docker://NAME/PATH: the container's name, and the work tree's folder from the container's root.",
    )
