"""The collection of cases, as the bench reads it: how much the gates find, and how much they flag that is harmless."""

from __future__ import annotations

import pytest

from benchmarks.cases import HARMLESS, every_case
from benchmarks.gates import broken, categories, figures_of
from benchmarks.scanners import by_shipui, by_shipui_from_diffs, findings_of, listed
from shipui.model.findings import INCOMPLETE, Verdict, verdict_of

CASES = every_case()
BY_CATEGORY = {" ".join(key): [CASES[index] for index in indexes] for key, indexes in categories(CASES).items()}


@pytest.mark.parametrize("scan", [by_shipui, by_shipui_from_diffs], ids=["whole files", "a diff alone"])
@pytest.mark.parametrize("name", BY_CATEGORY)
def test_no_bound_is_broken(name: str, scan: object) -> None:
    cases = BY_CATEGORY[name]
    figures = figures_of(cases, scan(cases))  # type: ignore[operator]
    assert not list(broken(cases[0].family, cases[0].category, figures))


@pytest.mark.parametrize("name", ["migrations data loss", "migrations long locks"])
def test_what_loses_data_blocks_and_what_locks_for_long_warns(name: str) -> None:
    for case in BY_CATEGORY[name]:
        found = findings_of(case)
        assert not {each.rule for each in found} & INCOMPLETE, case.text
        if case.kind == HARMLESS:
            assert not found, case.text
        elif name == "migrations long locks":
            assert verdict_of(found) is Verdict.WARN, case.text
        else:
            assert verdict_of(found) is Verdict.BLOCK or {each.rule for each in found} == {"detach-partition"}, (
                case.text
            )


@pytest.mark.parametrize("whole", [True, False], ids=["whole files", "a diff alone"])
def test_exactly_what_is_new_is_listed(whole: bool) -> None:
    for case in BY_CATEGORY["dependencies new"]:
        assert listed(case, whole=whole) == case.new, case
        assert not {each.rule for each in findings_of(case, whole=whole)} & INCOMPLETE, case
