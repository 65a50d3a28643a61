"""A sandbox's revisions in shipui's own repository: what can be asked of them when the sandbox is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Failed
from shipui.model.promotion import Revision
from shipui.model.text import visible
from shipui.sandboxes.base import Examined, Extracted
from shipui.sandboxes.extraction import extract
from shipui.sandboxes.git_contents import GitContents
from shipui.sandboxes.git_folder import is_object_id
from shipui.sandboxes.git_store import GitStore, diff_of
from shipui.sandboxes.kept_change import KeptChange
from shipui.sandboxes.kept_file import file_at
from shipui.sandboxes.replaced_tree import replaced_tree


class KeptRevisions:
    """The half of every sandbox that does not need the sandbox itself.

    `store` is shipui's own bare repository, made when something is first kept, closed to others (0700).
    """

    def __init__(self, store: Path) -> None:
        self._store = GitStore(store)

    def revision(self, commit: str, base: str, deadline: Deadline) -> Revision:
        return self._store.revision(commit, base, deadline)

    def diff(self, revision: Revision, deadline: Deadline) -> bytes:
        self._store.require(revision.commit, revision.base)
        return diff_of(self._store.git, revision.commit, revision.base, deadline)

    @contextmanager
    def examined(self, revision: Revision, deadline: Deadline) -> Iterator[Examined]:
        yield Examined(
            self.diff(revision, deadline), GitContents(self._store.git, revision.commit, deadline, whole_history=False)
        )

    def change(self, revision: Revision, deadline: Deadline) -> KeptChange:
        self._store.require(revision.commit, revision.base)
        return KeptChange(self._store.git, revision, deadline)

    def tree_with(self, revision: Revision, blobs: Mapping[bytes, str], deadline: Deadline) -> str:
        self._store.require(revision.commit, revision.base)
        return replaced_tree(self._store.git, revision.commit, blobs, deadline) if blobs else revision.tree

    def file(self, revision: Revision, path: str, deadline: Deadline) -> bytes | None:
        self._store.require(revision.commit, revision.base)
        return file_at(self._store.git, revision.commit, path, deadline)

    def extract(self, revision: Revision, into: Path, deadline: Deadline, log: Callable[[str], None]) -> Extracted:
        self._store.require(revision.commit, revision.base)
        return extract(self._store.git, revision.commit, revision.tree, into, deadline, log)

    def _require_kept_as_said(self, revision: Revision, deadline: Deadline) -> None:
        found = self._store.revision(revision.commit, revision.base, deadline)
        if found != revision:
            raise Failed(
                "The sandbox's commit does not hold the files that it was said to hold.",
                detail=f"expected {revision}, found {found}",
                fix="The sandbox's git repository is damaged, or has been tampered with: `git fsck` shows more.",
            )


def require_ids(revision: Revision) -> None:
    for each in (revision.commit, revision.base):
        if not is_object_id(each):
            raise BadInput("That is not the ID of a commit.", detail=visible(each, limit=200))
