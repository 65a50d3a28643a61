"""What shows that a build was verified: type check, tests and acceptance criteria of one commit. What is missing counts as not passed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shipui.model.errors import BadInput
from shipui.model.text import counted, visible

LONGEST_TEXT = 500
MOST_CRITERIA = 1000
_COMMIT = re.compile(r"[0-9a-f]{40}")
_WHOLE = frozenset({"commit", "type_check", "tests", "acceptance_criteria"})
_FORM = "docs/shipping.md shows the form of the file."


class Source(StrEnum):
    FILE = "file"
    """The build left it, and whoever shipped handed it in."""
    COMMANDS = "commands"
    """shipui ran the commands of the section [evidence] on the exact commit."""


@dataclass(frozen=True, slots=True)
class SuiteResult:
    total: int
    """Those that were to run. What is skipped on purpose is not among them."""
    passed: int
    failed: int

    @property
    def ok(self) -> bool:
        return self.total > 0 and self.passed == self.total and self.failed == 0


@dataclass(frozen=True, slots=True)
class Criterion:
    text: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """None: nobody has said anything about it."""

    commit: str
    type_check: bool | None = None
    tests: SuiteResult | None = None
    criteria: tuple[Criterion, ...] = ()

    def missing(self) -> list[str]:
        """One sentence for everything that is not proved; an empty list: all of it passed."""
        return [*self._of_the_type_check(), *self._of_the_tests(), *self._of_the_criteria()]

    def in_words(self) -> tuple[str, ...]:
        """What is missing; else that all of it passed."""
        return tuple(self.missing()) or ("type check, tests and acceptance criteria passed",)

    @property
    def complete(self) -> bool:
        return not self.missing()

    def _of_the_type_check(self) -> list[str]:
        if self.type_check is None:
            return ["There is no evidence of a type check."]
        return [] if self.type_check else ["The type check failed."]

    def _of_the_tests(self) -> list[str]:
        if self.tests is None or self.tests.total == 0:
            return ["There is no evidence of tests."]
        if self.tests.ok:
            return []
        idle = self.tests.total - self.tests.passed - self.tests.failed
        parts = [f"{self.tests.failed} of {self.tests.total} tests failed" if self.tests.failed else "", *_idle(idle)]
        return [f"{', and '.join(filter(None, parts))}."]

    def _of_the_criteria(self) -> list[str]:
        if not self.criteria:
            return ["There is no evidence of acceptance criteria."]
        failed = sum(not each.passed for each in self.criteria)
        return [f"{failed} of {counted(len(self.criteria), 'acceptance criterion', 'acceptance criteria')} failed."] * (
            failed > 0
        )

    def as_json(self) -> dict[str, Any]:
        """What `read_evidence` reads: parts of which nothing is known are left out."""
        whole: dict[str, Any] = {"commit": self.commit}
        if self.type_check is not None:
            whole["type_check"] = {"passed": self.type_check}
        if self.tests is not None:
            whole["tests"] = {"total": self.tests.total, "passed": self.tests.passed, "failed": self.tests.failed}
        whole["acceptance_criteria"] = [{"text": each.text, "passed": each.passed} for each in self.criteria]
        return whole


@dataclass(frozen=True, slots=True)
class RecordedEvidence:
    """As it is kept with a revision of a build."""

    evidence: Evidence
    source: Source
    output: str
    """The last lines of what the commands said, secrets masked; "" for a file."""
    by: str
    at: datetime

    def as_json(self) -> dict[str, Any]:
        return {
            **self.evidence.as_json(),
            "source": str(self.source),
            "by": self.by,
            "at": self.at.isoformat(),
            "missing": self.evidence.missing(),
            "output": self.output,
        }


NOT_THERE = "There is no evidence of a type check, of tests or of acceptance criteria."


def not_proved(evidence: Evidence | None) -> list[str]:
    """As `missing`, of evidence that may not be there at all."""
    return [NOT_THERE] if evidence is None else evidence.missing()


def read_evidence(found: object) -> Evidence:
    """From what a JSON file held; BadInput names what is wrong and where. Strict: a key that is not known may be one that was misspelt."""
    whole = _object(found, "The evidence", _WHOLE)
    commit = whole.get("commit")
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        raise _wrong("commit", "the commit's whole ID, 40 of 0-9 and a-f")
    return Evidence(
        commit,
        _type_check(whole["type_check"]) if "type_check" in whole else None,
        _tests(whole["tests"]) if "tests" in whole else None,
        _criteria(whole["acceptance_criteria"]) if "acceptance_criteria" in whole else (),
    )


def require_same_commit(evidence: Evidence, commit: str) -> None:
    """BadInput when it speaks of another commit than the one that is shipped."""
    if evidence.commit != commit:
        raise BadInput(
            f"The evidence is of commit {evidence.commit[:12]}, and the sandbox is at {commit[:12]}: it proves nothing about that.",
            fix="Verify the sandbox's newest commit, and hand in what that left.",
        )


def _type_check(found: object) -> bool:
    part = _object(found, "type_check", frozenset({"passed"}))
    return _truth(part, "type_check.passed", "passed")


def _tests(found: object) -> SuiteResult:
    part = _object(found, "tests", frozenset({"total", "passed", "failed"}))
    numbers = {name: part.get(name) for name in ("total", "passed", "failed")}
    for name, number in numbers.items():
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= 10**9:
            raise _wrong(f"tests.{name}", "a whole number, 0 or more")
    tests = SuiteResult(**{name: number for name, number in numbers.items() if isinstance(number, int)})
    if tests.passed + tests.failed > tests.total:
        raise _wrong("tests", f"no more tests passed and failed than there are: {tests.total}")
    return tests


def _criteria(found: object) -> tuple[Criterion, ...]:
    if not isinstance(found, list) or len(found) > MOST_CRITERIA:
        raise _wrong("acceptance_criteria", f"a list of at most {MOST_CRITERIA}")
    return tuple(_criterion(each, f"acceptance_criteria[{place}]") for place, each in enumerate(found))


def _criterion(found: object, where: str) -> Criterion:
    part = _object(found, where, frozenset({"text", "passed"}))
    text = part.get("text")
    if not isinstance(text, str) or not text.strip():
        raise _wrong(f"{where}.text", "what the feature must do, in words")
    return Criterion(visible(text.strip(), limit=LONGEST_TEXT), _truth(part, f"{where}.passed", "passed"))


def _object(found: object, where: str, known: frozenset[str]) -> Mapping[str, object]:
    if not isinstance(found, dict):
        raise _wrong(where, 'an object, {"…": …}')
    for key in found:
        if key not in known:
            shown = visible(str(key), limit=60)
            raise BadInput(
                f"The evidence has a key “{shown}” in {where} that is not known.",
                fix=f"Known are {', '.join(sorted(known))}. {_FORM}",
            )
    return found


def _truth(part: Mapping[str, object], where: str, key: str) -> bool:
    value = part.get(key)
    if not isinstance(value, bool):
        raise _wrong(where, "true or false")
    return value


def _idle(count: int) -> list[str]:
    return [f"{count} did not run"] if count else []


def _wrong(where: str, expected: str) -> BadInput:
    return BadInput(f"The evidence cannot be used: {where} must be {expected}.", fix=_FORM)
