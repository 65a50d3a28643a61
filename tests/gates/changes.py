"""Changes for tests, made from the texts before and after."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from shipui.gates.base import Change, ChangedFile, Example, Fragment, Status


def changed_file(path: str, text: str | None, base: str | None = None, *, whole: bool = True) -> ChangedFile:
    """`text` None: deleted. Without `whole` the file has only what a diff with three lines of context would show."""
    after = [] if text is None else text.split("\n")
    before = [] if base is None else base.split("\n")
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    added: dict[int, str] = {}
    removed: dict[int, str] = {}
    cuts = set()
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind != "equal":
            added.update({index + 1: after[index] for index in range(new_from, new_to)})
            removed.update({index + 1: before[index] for index in range(old_from, old_to)})
            if old_to > old_from:
                cuts.add(new_from + 1)
    fragments = tuple(
        Fragment(group[0][3] + 1, tuple(after[group[0][3] : group[-1][4]])) for group in matcher.get_grouped_opcodes(3)
    )
    return ChangedFile(
        path=path,
        status=Status.DELETED if text is None else Status.ADDED if base is None else Status.MODIFIED,
        old_path=None if base is None else path,
        mode=0o100644,
        added=added,
        removed=removed,
        cuts=frozenset(cuts),
        head=text if whole else None,
        base=base if whole else None,
        fragments=fragments,
    )


def change_of(texts: Mapping[str, str]) -> Change:
    """New files, by path."""
    return Change(tuple(changed_file(path, texts[path]) for path in sorted(texts)))


def change_of_example(example: Example) -> Change:
    return Change((changed_file(example.path, example.text, example.base),))
