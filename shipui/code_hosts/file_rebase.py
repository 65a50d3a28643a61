"""A change put on a newer base, file by file: what only one side changed is taken, what both changed differently is a conflict.

Lines are never brought together: no file comes out of this that nobody wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shipui.model.source_change import ChangedFile

FOLDER = "040000"
Entry = tuple[str, str]
"""git's mode and object ID."""


@dataclass(frozen=True, slots=True)
class Rebased:
    applied: tuple[ChangedFile, ...]
    conflicts: tuple[bytes, ...]
    """Paths that both sides changed, each in its own way."""


def rebased(files: Sequence[ChangedFile], now: Callable[[bytes], Entry | None]) -> Rebased:
    """`now` is what the newer base has at a path."""
    gone = {each.path for each in files if each.deleted}
    applied, conflicts = [], []
    for each in files:
        here, before, after = now(each.path), _entry(each.old_mode, each.old_blob), _entry(each.mode, each.blob)
        if here == after and here is not None:
            continue
        if here is None and each.deleted:
            continue
        if here != before or (not each.deleted and _blocked(each.path, gone, now)):
            conflicts.append(each.path)
        else:
            applied.append(each)
    return Rebased(tuple(applied), tuple(conflicts))


def _blocked(path: bytes, gone: set[bytes], now: Callable[[bytes], Entry | None]) -> bool:
    """A file stands where a folder of the path belongs, and this change does not take it away."""
    parts = path.split(b"/")
    for count in range(1, len(parts)):
        above = b"/".join(parts[:count])
        here = now(above)
        if here is None:
            return False
        if here[0] != FOLDER:
            return above not in gone
    return False


def _entry(mode: str | None, blob: str | None) -> Entry | None:
    return (mode, blob) if mode is not None and blob is not None else None
