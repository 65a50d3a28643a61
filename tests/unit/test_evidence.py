"""The evidence file: read strictly, so that nothing that is missing or misspelt ever counts as passed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipui.model.errors import BadInput
from shipui.model.evidence import Criterion, Evidence, SuiteResult, read_evidence, require_same_commit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_a_whole_file() -> None:
    found = read_evidence(
        {
            "commit": COMMIT,
            "type_check": {"passed": True},
            "tests": {"total": 42, "passed": 41, "failed": 1},
            "acceptance_criteria": [{"text": "Notes can be \x1b[31msearched.", "passed": True}],
        }
    )
    assert found == Evidence(COMMIT, True, SuiteResult(42, 41, 1), (Criterion("Notes can be ␛[31msearched.", True),))
    assert read_evidence(found.as_json()) == found
    assert found.missing() == ["1 of 42 tests failed."]


def test_a_commit_alone_proves_nothing() -> None:
    assert len(read_evidence({"commit": COMMIT}).missing()) == 3


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], "The evidence must be an object"),
        ("passed", "The evidence must be an object"),
        ({}, "commit must be the commit's whole ID"),
        ({"commit": COMMIT[:12]}, "commit must be the commit's whole ID"),
        ({"commit": COMMIT, "test": {}}, "a key “test” in The evidence that is not known"),
        ({"commit": COMMIT, "type_check": True}, "type_check must be an object"),
        ({"commit": COMMIT, "type_check": {}}, "type_check.passed must be true or false"),
        ({"commit": COMMIT, "type_check": {"passed": "yes"}}, "type_check.passed must be true or false"),
        ({"commit": COMMIT, "tests": {"total": 1, "passed": 1}}, "tests.failed must be a whole number"),
        ({"commit": COMMIT, "tests": {"total": 1, "passed": True, "failed": 0}}, "tests.passed must be a whole"),
        ({"commit": COMMIT, "tests": {"total": 1, "passed": 1, "failed": -1}}, "tests.failed must be a whole"),
        ({"commit": COMMIT, "tests": {"total": 1, "passed": 1, "failed": 1}}, "no more tests passed and failed than"),
        ({"commit": COMMIT, "tests": {"total": 1, "passed": 1, "failed": 0, "skipped": 0}}, "a key “skipped”"),
        ({"commit": COMMIT, "acceptance_criteria": {}}, "acceptance_criteria must be a list"),
        ({"commit": COMMIT, "acceptance_criteria": [{"passed": True}]}, r"acceptance_criteria[0].text must be"),
        (
            {"commit": COMMIT, "acceptance_criteria": [{"text": "It.", "passed": 1}]},
            r"[0].passed must be true or false",
        ),
    ],
)
def test_what_is_wrong_is_named(found: Any, said: str) -> None:
    with pytest.raises(BadInput) as raised:
        read_evidence(found)
    assert said in raised.value.plain


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_json_holds_is_read_or_refused(found: Any) -> None:
    with pytest.raises(BadInput):
        read_evidence(found)


def test_evidence_of_another_commit_is_refused() -> None:
    with pytest.raises(BadInput, match="it proves nothing about that"):
        require_same_commit(read_evidence({"commit": COMMIT}), "f" * 40)
