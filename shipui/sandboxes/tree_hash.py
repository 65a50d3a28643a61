"""git's ID of a folder, worked out from the files alone: no index, no filter, no attribute has a say."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from shipui.limits.deadline import Deadline
from shipui.sandboxes.git_command import EMPTY_TREE

_CHUNK = 1024 * 1024


def tree_id(folder: Path, deadline: Deadline) -> str:
    """The tree object that git would make of the folder; a folder without files is not part of one. Links are not followed."""
    entries: list[tuple[bytes, bytes, bytes]] = []
    with os.scandir(os.fsencode(folder)) as found:
        for entry in found:
            deadline.check()
            path = Path(os.fsdecode(entry.path))
            if entry.is_dir(follow_symlinks=False):
                below = tree_id(path, deadline)
                if below != EMPTY_TREE:
                    entries.append((entry.name + b"/", b"40000", bytes.fromhex(below)))
            elif entry.is_symlink():
                entries.append((entry.name, b"120000", _blob(os.fsencode(os.readlink(path)))))
            else:
                executable = entry.stat(follow_symlinks=False).st_mode & stat.S_IXUSR
                entries.append((entry.name, b"100755" if executable else b"100644", _file(path, deadline)))
    entries.sort()
    content = b"".join(mode + b" " + name.removesuffix(b"/") + b"\0" + id_ for name, mode, id_ in entries)
    return _object(b"tree", content).hex()


def _file(path: Path, deadline: Deadline) -> bytes:
    with path.open("rb") as file:
        digest = hashlib.sha1(b"blob %d\0" % os.fstat(file.fileno()).st_size, usedforsecurity=False)
        while chunk := file.read(_CHUNK):
            deadline.check()
            digest.update(chunk)
    return digest.digest()


def _blob(content: bytes) -> bytes:
    return _object(b"blob", content)


def _object(kind: bytes, content: bytes) -> bytes:
    return hashlib.sha1(kind + b" %d\0" % len(content) + content, usedforsecurity=False).digest()
