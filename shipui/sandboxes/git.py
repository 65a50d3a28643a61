"""A sandbox that is a git work tree (or a linked one, or a bare repository) on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Failed
from shipui.model.promotion import Revision
from shipui.model.text import visible
from shipui.sandboxes.base import Examined, Extracted, Snapshot
from shipui.sandboxes.extraction import entries_of, extract
from shipui.sandboxes.git_command import EMPTY_TREE, shown_path
from shipui.sandboxes.git_contents import GitContents
from shipui.sandboxes.git_folder import GitFolder, is_object_id
from shipui.sandboxes.git_store import GitStore, diff_of, revision_of
from shipui.sandboxes.git_view import GitView, viewing


class GitSandbox:
    """`store` is shipui's own bare repository, made when something is first kept, closed to others (0700).

    What is kept (`keep`) can be compared and extracted when the sandbox is gone. `base` may be the ID of git's empty tree: then the
    head is a first commit, and all of its files are new.
    """

    def __init__(self, location: Path, store: Path) -> None:
        self.location = str(location)
        self._store = GitStore(store)

    def snapshot(self, base: str | None, deadline: Deadline) -> Snapshot:
        with viewing(self._folder(), deadline) as (view, scratch):
            start = self._base(view, base, deadline)
            entries_of(view.git, view.head, deadline)  # refuses what could not be extracted later
            revision = revision_of(view.git, view.head, start, deadline)
            additions, deletions, paths = _statistics(view, start, deadline)
            if not paths:
                raise BadInput(
                    f"The sandbox is empty: nothing differs between its newest commit and {start[:12]}.",
                    fix="Commit the feature in the sandbox, or name another base.",
                )
            author, subject = _who_and_what(view, deadline)
            return Snapshot(
                revision=revision,
                subject=subject,
                author=author,
                uncommitted=view.uncommitted(scratch, deadline),
                files=len(paths),
                additions=additions,
                deletions=deletions,
                paths=paths,
            )

    def head(self, deadline: Deadline) -> str:
        deadline.check()
        return self._folder().head()[0]

    def uncommitted(self, deadline: Deadline) -> tuple[str, ...]:
        with viewing(self._folder(), deadline) as (view, scratch):
            return view.uncommitted(scratch, deadline)

    def keep(self, revision: Revision, deadline: Deadline) -> None:
        if not self._store.has(revision.commit, revision.base):
            for each in (revision.commit, revision.base):
                if not is_object_id(each):
                    raise BadInput("That is not the ID of a commit.", detail=visible(each, limit=200))
            self._require_commits(revision, deadline)
            self._store.keep(revision.commit, revision.base, self._folder().objects, deadline)
        found = self._store.revision(revision.commit, revision.base, deadline)
        if found != revision:
            raise Failed(
                "The sandbox's commit does not hold the files that it was said to hold.",
                detail=f"expected {revision}, found {found}",
                fix="The sandbox's git repository is damaged, or has been tampered with: `git fsck` shows more.",
            )

    def revision(self, commit: str, base: str, deadline: Deadline) -> Revision:
        return self._store.revision(commit, base, deadline)

    def diff(self, revision: Revision, deadline: Deadline) -> bytes:
        self._store.require(revision.commit, revision.base)
        return diff_of(self._store.git, revision.commit, revision.base, deadline)

    @contextmanager
    def examined(self, revision: Revision, deadline: Deadline) -> Iterator[Examined]:
        yield Examined(self.diff(revision, deadline), GitContents(self._store.git, revision.commit, deadline))

    def extract(self, revision: Revision, into: Path, deadline: Deadline, log: Callable[[str], None]) -> Extracted:
        self._store.require(revision.commit, revision.base)
        return extract(self._store.git, revision.commit, revision.tree, into, deadline, log)

    def _folder(self) -> GitFolder:
        return GitFolder.find(Path(self.location))

    @staticmethod
    def _base(view: GitView, base: str | None, deadline: Deadline) -> str:
        if base is None:
            return view.default_base(deadline)
        return base if base == EMPTY_TREE else view.commit(base, deadline)

    def _require_commits(self, revision: Revision, deadline: Deadline) -> None:
        with viewing(self._folder(), deadline) as (view, _):
            for each in (revision.commit, revision.base):
                if each != EMPTY_TREE:
                    view.commit(each, deadline)


def _statistics(view: GitView, base: str, deadline: Deadline) -> tuple[int, int, tuple[str, ...]]:
    """Lines added, lines removed (binary files have none), and the changed paths in order."""
    listing = view.git.run(
        "diff",
        "--numstat",
        "-z",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        base,
        view.head,
        "--",
        deadline=deadline,
    )
    additions = deletions = 0
    paths = []
    for line in listing.split(b"\0")[:-1]:
        added, removed, path = line.split(b"\t", 2)
        additions += int(added) if added != b"-" else 0
        deletions += int(removed) if removed != b"-" else 0
        paths.append(shown_path(path))
    return additions, deletions, tuple(paths)


def _who_and_what(view: GitView, deadline: Deadline) -> tuple[str, str]:
    text = view.git.run(
        "show",
        "--no-patch",
        "--no-mailmap",
        "--no-show-signature",
        "--format=%an <%ae>%x00%s",
        view.head,
        "--",
        deadline=deadline,
    ).decode("utf-8", "replace")
    author, _, subject = text.rstrip("\n").partition("\0")
    return author, subject
