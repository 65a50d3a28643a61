"""The collection of cases: how much is found, and how much is flagged that should not be, by category."""

from __future__ import annotations

import pytest

from benchmarks.gates_collection import Figures, measured


@pytest.fixture(scope="module")
def javascript() -> dict[str, Figures]:
    return measured("javascript")


def test_the_collection_is_large_enough(javascript: dict[str, Figures]) -> None:
    for category, figures in javascript.items():
        assert figures.harmful >= 30, category
        assert figures.harmless >= 40, category


def test_recall_and_false_alarms(javascript: dict[str, Figures]) -> None:
    for category, figures in javascript.items():
        assert figures.recall_in_one >= 0.85, category
        assert figures.recall_followed >= 0.5, category
        assert figures.false_alarms <= 0.03, category
