"""A sandbox that is a git work tree (or a linked one, or a bare repository) on this machine."""

from __future__ import annotations

from pathlib import Path

from shipui.limits.deadline import Deadline
from shipui.model.promotion import Revision
from shipui.sandboxes.base import Snapshot
from shipui.sandboxes.git_command import EMPTY_TREE
from shipui.sandboxes.git_folder import GitFolder
from shipui.sandboxes.git_view import viewing
from shipui.sandboxes.kept import KeptRevisions, require_ids
from shipui.sandboxes.snapshot import snapshot_of


class GitSandbox(KeptRevisions):
    """What is kept (`keep`) can be compared and extracted when the sandbox is gone.

    `base` may be the ID of git's empty tree: then the head is a first commit, and all of its files are new.
    """

    def __init__(self, location: Path, store: Path) -> None:
        super().__init__(store)
        self.location = str(location)

    def snapshot(self, base: str | None, deadline: Deadline) -> Snapshot:
        with viewing(self._folder(), deadline) as (view, scratch):
            start = view.base(base, deadline)
            return snapshot_of(view.git, view.head, start, lambda: view.uncommitted(scratch, deadline), deadline)

    def head(self, deadline: Deadline) -> str:
        deadline.check()
        return self._folder().head()[0]

    def uncommitted(self, deadline: Deadline) -> tuple[str, ...]:
        with viewing(self._folder(), deadline) as (view, scratch):
            return view.uncommitted(scratch, deadline)

    def keep(self, revision: Revision, deadline: Deadline) -> None:
        if not self._store.has(revision.commit, revision.base):
            require_ids(revision)
            self._require_commits(revision, deadline)
            self._store.keep(revision.commit, revision.base, self._folder().objects, deadline)
        self._require_kept_as_said(revision, deadline)

    def _folder(self) -> GitFolder:
        return GitFolder.find(Path(self.location))

    def _require_commits(self, revision: Revision, deadline: Deadline) -> None:
        with viewing(self._folder(), deadline) as (view, _):
            for each in (revision.commit, revision.base):
                if each != EMPTY_TREE:
                    view.commit(each, deadline)
