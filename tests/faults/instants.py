"""Every entry of the journals that the matrix kills at, by name and in order; test_kills.py proves that nothing is left out."""

from __future__ import annotations

from collections.abc import Sequence

Entries = tuple[str, ...]


def _steps(first: int, last: int) -> list[str]:
    return [f"{kind} {number}" for number in range(first, last + 1) for kind in ("intent", "result")]


def _undone(first: int, last: int = 1) -> list[str]:
    return [f"{kind} {number}" for number in range(first, last - 1, -1) for kind in ("undo_intent", "undo_result")]


def _with(entries: Sequence[str], **operations: str) -> list[str]:
    """`operations`: what is written just before the result of the step `_N`."""
    found = list(entries)
    for step, operation in operations.items():
        found.insert(found.index(f"result {step.removeprefix('_')}"), operation)
    return found


_END = ["run_finished", "finish"]
_BEGINNING = _with(_steps(1, 8), _2="audit", _3="backup_made", _7="audit again")

GOOD_DEPLOYMENT: Entries = (
    "run_started",
    *_BEGINNING,
    *_with(_steps(9, 11), _9="health_pass", _10="record_deployment"),
    *_END,
)
FAILING_DEPLOYMENT: Entries = ("run_started", *_BEGINNING, *_steps(9, 9), *_undone(9), *_END)
ROLLBACK: Entries = ("run_started", *_with(_steps(1, 5), _2="backup_made", _5="record_rollback"), *_END)

RECOVERED_BACK: Entries = (*_steps(9, 9), *_undone(9), *_END)
"""Of a deployment that was killed in step 9, and whose new version is dying."""
RECOVERED_FORWARDS: Entries = (*_with(_steps(10, 11), _10="record_deployment"), *_END)
"""Of a deployment that was killed when step 9 had passed."""
RECOVERED_ROLLBACK: Entries = (*_undone(3), *_END)
"""Of a rollback that was killed after its step 3."""


def deaths(entries: Entries) -> list[str]:
    return [f"{moment} {entry}" for entry in entries for moment in ("before", "after")]
