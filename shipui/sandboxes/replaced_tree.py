"""git's ID of a commit's tree in which some files have other content: nothing is checked out, and the new content need not be here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from shipui.limits.deadline import Deadline
from shipui.sandboxes.git_command import Git


def replaced_tree(git: Git, commit: str, blobs: Mapping[bytes, str], deadline: Deadline) -> str:
    """`blobs` by path; the paths are the commit's own, and keep their modes."""
    listing = git.run("ls-tree", "-r", "-z", "--full-tree", commit, deadline=deadline)
    lines = []
    for line in listing.split(b"\0")[:-1]:
        about, _, path = line.partition(b"\t")
        mode, _, blob = about.decode().split(" ")
        lines.append(b"%s %s\t%s\0" % (mode.encode(), blobs.get(path, blob).encode(), path))
    with TemporaryDirectory(prefix="shipui-index-") as folder:
        private = replace(git, index=Path(folder) / "index")
        private.run("update-index", "-z", "--index-info", deadline=deadline, stdin=b"".join(lines))
        return private.run("write-tree", "--missing-ok", deadline=deadline).decode().strip()
