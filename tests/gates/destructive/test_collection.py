"""The collection of migrations: what must be found, and what must be left alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shipui.config.settings import GateSettings
from shipui.gates.base import Change
from shipui.gates.destructive_operations import DestructiveOperations
from shipui.model.findings import INCOMPLETE, Finding, Verdict, verdict_of
from tests.gates.changes import changed_file

COLLECTION = Path(__file__).parents[3] / "benchmarks" / "collections"


def _cases(kind: str) -> list[tuple[str, str]]:
    written = re.split(
        r"^=== ", (COLLECTION / f"destructive-{kind}.txt").read_text(encoding="utf-8"), flags=re.MULTILINE
    )[1:]
    return [(each.partition("\n")[0], each.partition("\n")[2]) for each in written]


def _findings(path: str, text: str) -> tuple[Finding, ...]:
    return DestructiveOperations().examine(Change((changed_file(path, text),)), GateSettings()).findings


@pytest.mark.parametrize(("path", "text"), _cases("harmful"), ids=lambda value: value if "\n" not in value else "")
def test_what_loses_data_is_found(path: str, text: str) -> None:
    found = _findings(path, text)
    assert found
    assert not {each.rule for each in found} & INCOMPLETE
    assert verdict_of(found) is Verdict.BLOCK or {each.rule for each in found} == {"detach-partition"}


@pytest.mark.parametrize(("path", "text"), _cases("locks"), ids=lambda value: value if "\n" not in value else "")
def test_what_locks_for_long_warns(path: str, text: str) -> None:
    assert verdict_of(_findings(path, text)) is Verdict.WARN


@pytest.mark.parametrize(("path", "text"), _cases("harmless"), ids=lambda value: value if "\n" not in value else "")
def test_what_is_harmless_is_left_alone(path: str, text: str) -> None:
    assert _findings(path, text) == ()
