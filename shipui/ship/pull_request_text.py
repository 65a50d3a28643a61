"""What a pull request and its comment say. Text from outside is quoted: it is never markup, and calls nobody. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shipui.gates.reports.markdown import markdown, overview
from shipui.model.change import ChangeType, RiskLevel
from shipui.model.evidence import Evidence
from shipui.model.findings import GateReport, Report
from shipui.model.markdown import quoted
from shipui.model.redaction import Redaction
from shipui.model.text import counted

COMMENT = "gates"
"""The comment's marker."""
MOST_CRITERIA = 50
LONGEST_FIRST_LINE = 200


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of a build."""

    build: str
    title: str
    commit: str
    type: ChangeType
    risk: RiskLevel
    statistics: Mapping[str, Any]
    report: Report
    evidence: Evidence | None
    in_the_way: Sequence[str] = field(default_factory=tuple)
    """Why it is not merged without a person; empty: it is."""
    asked_by: str = ""
    """Empty where nobody else is to know."""


def redacted(facts: Facts, redaction: Redaction) -> Facts:
    """Before anything is quoted: Markdown's escapes would hide a word from redaction, and not from people."""
    clean = redaction.text
    proof = facts.evidence
    if proof is not None:
        proof = replace(proof, criteria=tuple(replace(each, text=clean(each.text)) for each in proof.criteria))
    return replace(
        facts,
        title=clean(facts.title),
        evidence=proof,
        report=Report(tuple(_redacted(each, clean) for each in facts.report.gates)),
    )


def _redacted(gate: GateReport, clean: Callable[[str], str]) -> GateReport:
    return replace(
        gate,
        findings=tuple(
            replace(
                each,
                path=clean(each.path),
                message=clean(each.message),
                fix=clean(each.fix),
                evidence=clean(each.evidence),
            )
            for each in gate.findings
        ),
    )


def body(facts: Facts) -> str:
    return "\n".join(_body(facts)) + "\n"


def _body(facts: Facts) -> Iterator[str]:
    yield quoted(facts.title)
    yield ""
    yield f"- Build: {facts.build}, commit `{facts.commit[:12]}`"
    yield f"- Change: {facts.type}, risk {facts.risk}"
    yield f"- Size: {_size(facts.statistics)}"
    if facts.asked_by:
        yield f"- Asked for by {quoted(facts.asked_by)}"
    yield ""
    yield "## Merging"
    yield ""
    if facts.in_the_way:
        yield "It waits for a reviewer:"
        yield ""
        yield from (f"- {quoted(each)}" for each in facts.in_the_way)
    else:
        yield "All gates pass, and type check, tests and acceptance criteria passed: it is merged without waiting."
    yield ""
    yield from _evidence(facts.evidence)
    yield ""
    yield from overview(facts.report)


def _size(statistics: Mapping[str, Any]) -> str:
    files = counted(int(statistics.get("files", 0)), "file") or "no file"
    return f"{files}, {statistics.get('additions', 0)} lines added, {statistics.get('deletions', 0)} removed"


def _evidence(evidence: Evidence | None) -> Iterator[str]:
    yield "## Evidence"
    yield ""
    if evidence is None:
        yield "There is none."
        return
    yield f"- Type check: {_word(evidence.type_check)}"
    tests = evidence.tests
    yield f"- Tests: {f'{tests.passed} of {tests.total} passed, {tests.failed} failed' if tests else 'not known'}"
    yield ""
    yield "### Acceptance criteria"
    yield ""
    if not evidence.criteria:
        yield "There are none."
    for each in evidence.criteria[:MOST_CRITERIA]:
        yield f"- [{'x' if each.passed else ' '}] {quoted(each.text)}"
    if len(evidence.criteria) > MOST_CRITERIA:
        yield f"- … and {len(evidence.criteria) - MOST_CRITERIA} more."


def _word(passed: bool | None) -> str:
    return "not known" if passed is None else "passed" if passed else "failed"


def comment(facts: Facts) -> str:
    """The findings, and what else stands in the way."""
    lines = [markdown(facts.report)]
    if facts.in_the_way:
        lines += ["", "### What keeps it open", "", *(f"- {quoted(each)}" for each in facts.in_the_way)]
    return "\n".join(lines)


def merge_message(build: str, signed_off: str) -> str:
    """What follows the title. `signed_off` as "Name <address>"; empty: nothing is signed."""
    return "\n\n".join(filter(None, (f"Build {build}", f"Signed-off-by: {signed_off}" if signed_off else "")))


def commit_message(build: str, title: str, signed_off: str) -> str:
    first = title if len(title) <= LONGEST_FIRST_LINE else f"{title[: LONGEST_FIRST_LINE - 1]}…"
    return f"{first}\n\n{merge_message(build, signed_off)}"


def labels(risk: RiskLevel, report: Report, *, flagged: bool) -> tuple[str, ...]:
    return (f"risk:{risk}", f"gates:{report.verdict}", *(("needs-review",) if flagged else ()))


REPLACED_LABELS = ("risk:", "gates:", "needs-review")
"""Of these only the newest stay."""
