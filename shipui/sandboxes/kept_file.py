"""The content of one file of a kept commit, before anything is extracted."""

from __future__ import annotations

from pathlib import PurePosixPath

from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput
from shipui.model.text import size, visible
from shipui.sandboxes.git_command import GitCommands

LARGEST = 1024 * 1024
_FILES = frozenset({b"100644", b"100755"})


def file_at(git: GitCommands, commit: str, path: str, deadline: Deadline) -> bytes | None:
    """None when the commit has no regular file there: a link, or a path that leads through one, is not followed.

    `path` is relative to the top of the tree. BadInput if it could lead out of it, or if the file is larger than 1 MiB.
    """
    parts = PurePosixPath(path).parts
    if not parts or ".." in parts or path.startswith("/") or "\0" in path:
        raise BadInput(
            f"“{visible(path, limit=200)}” does not name a file within the source code.",
            fix="Give its path from the top of the source code, such as deploy/Dockerfile.",
        )
    wanted = "/".join(parts)
    # Named literally: neither a wildcard nor a word like “:(exclude)” means anything in it.
    listing = git.run("ls-tree", "-z", "-l", "--full-tree", commit, "--", f":(top,literal){wanted}", deadline=deadline)
    about, _, _ = listing.partition(b"\t")
    mode, *_, name, length = about.split() or [b"", b"", b""]
    if mode not in _FILES:
        return None
    if int(length) > LARGEST:
        raise BadInput(
            f"The file {visible(wanted, limit=200)} of the source code is too large to be read: {size(int(length))}.",
            detail=f"at most {LARGEST} bytes",
            fix="Such a file has at most 1 MiB: make it smaller, or name another.",
        )
    return git.run("cat-file", "blob", name.decode(), deadline=deadline)
