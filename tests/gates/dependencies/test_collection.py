"""The collection of manifests: what is new is listed, with both texts at hand and from the diff alone, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shipui.config.settings import GateSettings
from shipui.gates.base import Change
from shipui.gates.dependencies import Dependencies
from shipui.model.findings import INCOMPLETE
from tests.gates.changes import changed_file

COLLECTION = Path(__file__).parents[3] / "benchmarks" / "collections"


def _cases(kind: str) -> list[tuple[str, str, str, str]]:
    found = []
    for each in re.split(
        r"^=== ", (COLLECTION / f"dependencies-{kind}.txt").read_text(encoding="utf-8"), flags=re.MULTILINE
    )[1:]:
        head, _, texts = each.partition("\n")
        path, _, new = head.partition(" > ")
        before, _, after = texts.partition("---\n")
        found.append((path, new, before, after))
    return found


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "diff"])
@pytest.mark.parametrize(("path", "new", "before", "after"), [*_cases("new"), *_cases("harmless")])
def test_exactly_what_is_new_is_listed(path: str, new: str, before: str, after: str, whole: bool) -> None:
    change = Change((changed_file(path, after, before, whole=whole),))
    findings = Dependencies().examine(change, GateSettings()).findings
    listed = {
        match.group(1)
        for each in findings
        if each.rule in {"dependency-new", "dependency-locked"} and (match := re.search(r": (\S+) ", each.message))
    }
    assert listed == set(filter(None, new.split(", ")))
    assert not {each.rule for each in findings} & INCOMPLETE
