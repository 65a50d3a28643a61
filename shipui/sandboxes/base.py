"""What the pipeline asks of the place where a feature was built and tested. Every sandbox passes tests/contract/."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from shipui.limits.deadline import Deadline
from shipui.model.promotion import Revision
from shipui.model.source_change import SourceChange


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A sandbox as it stands."""

    revision: Revision
    subject: str
    """First line of the head commit's message: data from outside."""
    author: str
    uncommitted: tuple[str, ...]
    """Paths that differ from the commit: they will not be part of any build."""
    files: int
    additions: int
    deletions: int
    paths: tuple[str, ...]
    """Changed paths, base..head, in order."""


@dataclass(frozen=True, slots=True)
class Extracted:
    tree: str
    """git's ID of the tree that the files really make, computed from the files."""
    files: int
    bytes: int


class Contents(Protocol):
    """The files of the commit that is examined."""

    def blobs(self, ids: Iterable[str]) -> dict[str, bytes]:
        """By git's object ID; those that are missing or larger than 20 MB are left out."""
        ...

    def paths(self) -> frozenset[str]: ...

    def read(self, path: str) -> bytes | None: ...

    def ever_held(self, folder: str) -> bool | None:
        """Whether any commit up to this one had a file below the folder; None: that cannot be told."""
        ...


@dataclass(frozen=True, slots=True)
class Examined:
    """What the gates look at: a diff with full object IDs, and the files behind it."""

    diff: bytes
    contents: Contents


class Sandbox(Protocol):
    """Read only: nothing in the sandbox changes, and none of its settings runs anything.

    Errors: BadInput when there is no such folder, container, repository, commit or base, when it belongs to somebody else and
    cannot be read, when base..head changes nothing; Failed for the rest.
    """

    location: str

    def snapshot(self, base: str | None, deadline: Deadline) -> Snapshot:
        """The head commit against `base` (default: where it left the main branch)."""
        ...

    def head(self, deadline: Deadline) -> str:
        """The head commit's ID."""
        ...

    def uncommitted(self, deadline: Deadline) -> tuple[str, ...]: ...

    def keep(self, revision: Revision, deadline: Deadline) -> None:
        """Fetch the commit and its base into shipui's own repository, so that they outlive the sandbox."""
        ...

    def revision(self, commit: str, base: str, deadline: Deadline) -> Revision:
        """The revision of a commit that is kept, computed anew."""
        ...

    def diff(self, revision: Revision, deadline: Deadline) -> bytes:
        """The diff that is approved and gated; SHA-256 of these bytes is the revision's digest."""
        ...

    def examined(self, revision: Revision, deadline: Deadline) -> AbstractContextManager[Examined]:
        """The same diff with the files that it speaks of, of a revision that is kept; for as long as the block lasts."""
        ...

    def change(self, revision: Revision, deadline: Deadline) -> SourceChange:
        """The same change, file by file, of a revision that is kept: for a code host. All of it ends with the deadline."""
        ...

    def tree_with(self, revision: Revision, blobs: Mapping[bytes, str], deadline: Deadline) -> str:
        """git's ID of the kept revision's tree, were these blobs at these paths: of what leaves redacted."""
        ...

    def file(self, revision: Revision, path: str, deadline: Deadline) -> bytes | None:
        """One file of a kept commit, by its path from the top; None when there is no such file. No link is followed.

        BadInput when it is larger than 1 MiB, or when the path could lead out of the source code.
        """
        ...

    def extract(self, revision: Revision, into: Path, deadline: Deadline, log: Callable[[str], None]) -> Extracted:
        """Exactly the approved tree into a folder that does not exist yet; Failed if what arrives is not that tree."""
        ...
