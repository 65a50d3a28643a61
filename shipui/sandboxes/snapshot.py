"""What a feature changes, read from its two commits."""

from __future__ import annotations

from collections.abc import Callable

from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput
from shipui.sandboxes.base import Snapshot
from shipui.sandboxes.extraction import entries_of
from shipui.sandboxes.git_command import GitCommands, shown_path
from shipui.sandboxes.git_store import revision_of


def snapshot_of(
    git: GitCommands, head: str, base: str, uncommitted: Callable[[], tuple[str, ...]], deadline: Deadline
) -> Snapshot:
    """BadInput when nothing differs, or for what could not be extracted later; before the sandbox is asked what is uncommitted."""
    entries_of(git, head, deadline)
    revision = revision_of(git, head, base, deadline)
    additions, deletions, paths = _statistics(git, head, base, deadline)
    if not paths:
        raise nothing_differs(base)
    author, subject = _who_and_what(git, head, deadline)
    return Snapshot(
        revision=revision,
        subject=subject,
        author=author,
        uncommitted=uncommitted(),
        files=len(paths),
        additions=additions,
        deletions=deletions,
        paths=paths,
    )


def nothing_differs(base: str) -> BadInput:
    return BadInput(
        f"The sandbox is empty: nothing differs between its newest commit and {base[:12]}.",
        fix="Commit the feature in the sandbox, or name another base.",
    )


def _statistics(git: GitCommands, head: str, base: str, deadline: Deadline) -> tuple[int, int, tuple[str, ...]]:
    """Lines added, lines removed (binary files have none), and the changed paths in order."""
    what = ("--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv")
    listing = git.run("diff", *what, base, head, "--", deadline=deadline)
    additions = deletions = 0
    paths = []
    for line in listing.split(b"\0")[:-1]:
        added, removed, path = line.split(b"\t", 2)
        additions += int(added) if added != b"-" else 0
        deletions += int(removed) if removed != b"-" else 0
        paths.append(shown_path(path))
    return additions, deletions, tuple(paths)


def _who_and_what(git: GitCommands, head: str, deadline: Deadline) -> tuple[str, str]:
    """Without a look at its parents, which need not be here. `rev-list` puts a line of its own before each commit."""
    what = ("--no-walk", "--encoding=UTF-8", "--format=%an <%ae>%x00%s")
    text = git.run("rev-list", *what, head, "--", deadline=deadline).decode("utf-8", "replace").partition("\n")[2]
    author, _, subject = text.rstrip("\n").partition("\0")
    return author, subject
