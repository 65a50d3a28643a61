"""A sandbox that is a git work tree (or a linked one, or a bare repository) in a container: docker://NAME/PATH."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from shipui.model.promotion import Revision
from shipui.sandboxes.base import Snapshot
from shipui.sandboxes.container_location import ContainerLocation
from shipui.sandboxes.container_view import ContainerView, reading, viewing_inside
from shipui.sandboxes.git_command import EMPTY_TREE
from shipui.sandboxes.kept import KeptRevisions, require_ids
from shipui.sandboxes.snapshot import nothing_differs, snapshot_of


class ContainerSandbox(KeptRevisions):
    """The commits come out as one bundle, without the files that shipui's own repository has already.

    What they hold is then read here, from objects that were named anew by their content: the container's git is believed only
    in what it names (branches, the base, which files are uncommitted). A snapshot fetches the objects; they count as kept only
    after `keep`, which then transfers nothing more.
    """

    def __init__(self, location: str, engine: Engine, store: Path) -> None:
        super().__init__(store)
        self._place = ContainerLocation.parse(location)
        self.location = str(self._place)
        self._engine = engine

    def snapshot(self, base: str | None, deadline: Deadline) -> Snapshot:
        with self._viewing(deadline) as inside:
            head, start = inside.view.head, inside.view.base(base, deadline)
            if head == start:
                raise nothing_differs(start)
            self._fetch(inside, head, start, deadline)
            return snapshot_of(self._store.git, head, start, lambda: inside.uncommitted(deadline), deadline)

    def head(self, deadline: Deadline) -> str:
        with reading(self._engine, self._place, deadline) as (_, folder):
            return folder.copy.head()[0]

    def uncommitted(self, deadline: Deadline) -> tuple[str, ...]:
        with self._viewing(deadline) as inside:
            return inside.uncommitted(deadline)

    def keep(self, revision: Revision, deadline: Deadline) -> None:
        commit, base = revision.commit, revision.base
        if not self._store.has(commit, base):
            require_ids(revision)
            if self._store.lacks(commit, base, deadline):
                with self._viewing(deadline) as inside:
                    self._fetch(inside, commit, base, deadline)
            self._store.mark_kept(commit, base, deadline)
        self._require_kept_as_said(revision, deadline)

    @contextlib.contextmanager
    def _viewing(self, deadline: Deadline) -> Iterator[ContainerView]:
        with viewing_inside(self._engine, self._place, deadline) as inside:
            yield inside

    def _fetch(self, inside: ContainerView, commit: str, base: str, deadline: Deadline) -> None:
        """Both commits with all their files, as far as they are not here yet. BadInput if the sandbox does not have them."""
        for each in (commit, base):
            if each != EMPTY_TREE:
                inside.view.commit(each, deadline)
        lacking = self._store.lacks(commit, base, deadline)
        if not lacking:
            return
        parent = base if base != EMPTY_TREE else None
        expected = [commit, base] if base in lacking else [commit]
        with self._store.room_for_bundle() as file:
            inside.git.bundle(file, commit, parent, base in lacking, deadline)
            self._store.take_bundle(file, expected, deadline)
