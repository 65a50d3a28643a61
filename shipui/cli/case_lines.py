"""The case of a promotion on a plain terminal: what whoever approves it has to know, in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shipui.model.text import counted, visible

if TYPE_CHECKING:
    from shipui.actions.case import Case


def case_facts(case: Case) -> dict[str, str]:
    """By a word of at most nine letters; what there is nothing to say about is empty."""
    size = case.statistics
    files = counted(size["files"], "file") or ""
    return {
        "size": f"{files}, {size['additions']} lines added, {size['deletions']} removed" if files else "",
        "risk": _risk(case),
        "evidence": " ".join(case.evidence.evidence.in_words()) if case.evidence else "none",
        "pull": _pull_request(case),
        "sharing": _sharing(case),
        "window": case.window_words,
        "destroys": _destroys(case),
    }


def _risk(case: Case) -> str:
    if case.risk is None:
        return ""
    why = " ".join(case.risk.reasons)
    if case.risk.chosen_by is None:
        return f"{case.risk.chosen}, as the change suggests: {why}"
    return f"{case.risk.chosen}, chosen by {case.risk.chosen_by}; the change suggests {case.risk.suggested}: {why}"


def _pull_request(case: Case) -> str:
    return case.pull_request.in_words() if case.pull_request else ""


def _sharing(case: Case) -> str:
    found = case.contribution
    return f"{found.plain} Recommended: {found.recommendation}." if found else ""


def _destroys(case: Case) -> str:
    waiting, whole = len(case.to_acknowledge), len(case.destructive)
    if not whole:
        return ""
    words = "operation may destroy" if whole == 1 else "operations may destroy"
    left = f"{waiting} still to be acknowledged" if waiting else "acknowledged"
    return visible(f"{whole} database {words} data: {left}")
