"""What a kept revision changes, file by file, for a code host."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Failed
from shipui.model.promotion import Revision
from shipui.model.source_change import ChangedFile
from shipui.model.text import size
from shipui.sandboxes.git_command import EMPTY_TREE, GitCommands
from shipui.sandboxes.git_store import diff_of

LARGEST = 100_000_000
"""Bytes of one file: no code host takes more."""
_NONE = "000000"


class KeptChange:
    """A `SourceChange`; files are read when they are asked for, one at a time."""

    def __init__(self, git: GitCommands, revision: Revision, deadline: Deadline) -> None:
        self._git = git
        self._revision = revision
        self._deadline = deadline

    def files(self) -> Sequence[ChangedFile]:
        return self._files

    @cached_property
    def _files(self) -> tuple[ChangedFile, ...]:
        listing = self._git.run(
            "diff-tree", "-r", "-z", "--no-renames", self._revision.base, self._revision.commit, deadline=self._deadline
        )
        parts = listing.split(b"\0")[:-1]
        entries = [_entry(about, path) for about, path in zip(parts[::2], parts[1::2], strict=True)]
        sizes = self._sizes(each[4] for each in entries if each[4] is not None)
        return tuple(ChangedFile(*each, sizes.get(each[4] or "", 0)) for each in entries)

    def content(self, blob: str) -> bytes:
        length = self._sizes([blob]).get(blob)
        if length is None:
            raise Failed("A file of the kept source code cannot be read.", detail=f"no blob {blob}")
        if length > LARGEST:
            raise BadInput(
                f"A file of the change has {size(length)}; no code host takes more than {size(LARGEST)} in one file.",
                fix="Keep it outside of the repository, for instance with Git LFS.",
            )
        return self._git.run("cat-file", "blob", blob, deadline=self._deadline)

    def base_tree(self) -> str:
        if self._revision.base == EMPTY_TREE:
            return EMPTY_TREE
        return (
            self._git.run(
                "rev-parse", "--verify", "--end-of-options", f"{self._revision.base}^{{tree}}", deadline=self._deadline
            )
            .decode()
            .strip()
        )

    def diff(self) -> bytes:
        return diff_of(self._git, self._revision.commit, self._revision.base, self._deadline)

    def _sizes(self, blobs: Iterable[str]) -> dict[str, int]:
        asked = "".join(f"{each}\n" for each in blobs).encode()
        answer = self._git.run("cat-file", "--batch-check", deadline=self._deadline, stdin=asked)
        rows = [line.split() for line in answer.decode().splitlines()]
        return {row[0]: int(row[2]) for row in rows if len(row) == 3 and row[1] == "blob"}


def _entry(about: bytes, path: bytes) -> tuple[bytes, str | None, str | None, str | None, str | None]:
    """From ":100644 100755 OLD NEW M"."""
    old_mode, mode, old_blob, blob, _ = about.decode().removeprefix(":").split()
    was, stays = old_mode != _NONE, mode != _NONE
    return path, old_mode if was else None, old_blob if was else None, mode if stays else None, blob if stays else None
