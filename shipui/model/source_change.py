"""What a feature changes in its repository, file by file: read from a kept commit, and carried to a code host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

FILE = "100644"
EXECUTABLE = "100755"
LINK = "120000"
SUBMODULE = "160000"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One path before and after. A rename is two of these: one that went, one that came.

    Modes are git's, as six digits; blobs are git's object IDs; `size` is in bytes, of the newer content. Before (or after) it is
    None where the path did not exist (or does not any more). Of a submodule the blob is the commit that it points to.
    """

    path: bytes
    """From the top of the repository; git promises no encoding."""
    old_mode: str | None
    old_blob: str | None
    mode: str | None
    blob: str | None
    size: int = 0

    @property
    def deleted(self) -> bool:
        return self.mode is None


class SourceChange(Protocol):
    """base..head of one revision, from shipui's own repository: the sandbox may be gone. All of it ends with one deadline.

    Whoever changes what leaves the machine (redaction) wraps one of these and gives the changed content a blob ID of its own.
    """

    def files(self) -> Sequence[ChangedFile]:
        """In the order of their paths."""
        ...

    def content(self, blob: str) -> bytes:
        """One file, or the target of one link; BadInput when it is larger than a code host takes (100 MB)."""
        ...

    def base_tree(self) -> str:
        """git's ID of the tree before the change."""
        ...

    def diff(self) -> bytes:
        """The same diff that was approved and gated."""
        ...
