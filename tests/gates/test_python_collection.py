"""The collection of Python cases and of secrets: how much is found, and how much is flagged that should not be."""

from __future__ import annotations

import pytest

from benchmarks import gates_python, gates_secrets
from shipui.gates.python.analyser import PythonAnalyser

CATEGORIES = sorted((gates_python.ROOT / "benchmarks/collection/python").glob("*.txt"), key=lambda path: path.stem)


@pytest.mark.parametrize("whole", [True, False], ids=["whole files", "a diff alone"])
@pytest.mark.parametrize("category", CATEGORIES, ids=lambda path: path.stem)
def test_recall_and_false_alarms(category: gates_python.Path, whole: bool) -> None:
    cases = gates_python.cases(category)
    flags = gates_python.flagged_by(PythonAnalyser(), whole=whole)(cases)

    def rate(kind: str) -> float:
        part, all_of_them = gates_python.share(flags, cases, kind)
        return part / max(all_of_them, 1)

    assert sum(case.kind != "-" for case in cases) >= 40
    assert sum(case.kind == "-" for case in cases) >= 40
    assert rate("+") >= 0.85
    assert category.stem == "assorted" or rate("~") >= 0.5
    assert rate("-") <= 0.03


def test_secrets() -> None:
    found, false, positive, harmless = gates_secrets.figures()
    assert positive >= 40
    assert harmless >= 40
    assert found / positive >= 0.95
    assert false / harmless <= 0.05
