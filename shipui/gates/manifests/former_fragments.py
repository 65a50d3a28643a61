"""What a diff shows of a file as it was before: its unchanged lines, with the removed ones in their places."""

from __future__ import annotations

from collections.abc import Iterator

from shipui.gates.base import ChangedFile, Fragment

LONGEST_CLEAR = 400
"""A longer line of a manifest holds more than one thing, which only the whole file tells apart."""


def former_fragments(file: ChangedFile) -> list[Fragment]:
    """`cuts` and the runs of removed lines come in the same order: one run for each cut."""
    runs = dict(zip(sorted(file.cuts), _runs(file), strict=False))
    fragments = []
    for fragment in file.fragments:
        lines: list[str] = []
        after = fragment.start + len(fragment.lines)
        for number, line in enumerate(fragment.lines, fragment.start):
            lines += runs.pop(number, ())
            lines += [line] if number not in file.added else []
        lines += runs.pop(after, ())
        fragments.append(Fragment(fragment.start, tuple(lines)))
    return fragments + [Fragment(start, tuple(run)) for start, run in runs.items()]


def unclear_line(file: ChangedFile) -> int | None:
    """The first added line that says too much at once, when only a diff is at hand."""
    if any(fragment.start == 1 and len(fragment.lines) <= 3 for fragment in file.fragments):
        return None
    return next(
        (number for number, line in sorted(file.added.items()) if len(line) > LONGEST_CLEAR and line.count(":") > 3),
        None,
    )


def _runs(file: ChangedFile) -> Iterator[list[str]]:
    run: list[str] = []
    last = None
    for number, line in sorted(file.removed.items()):
        if last is not None and number != last + 1:
            yield run
            run = []
        run.append(line)
        last = number
    if run:
        yield run
