"""What the base branch asks for before anything is merged, and how the checks of a commit stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from github import GithubException

from shipui.model.text import visible

if TYPE_CHECKING:
    from github.Repository import Repository

_FAILED = frozenset({"failure", "timed_out", "cancelled", "action_required", "startup_failure", "stale", "error"})
MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """Of the base branch, as far as the token may see it."""

    checks: frozenset[str] = frozenset()
    queue: bool = False


@dataclass(frozen=True, slots=True)
class Checks:
    """Names as GitHub gives them: data from outside."""

    running: tuple[str, ...]
    failed: tuple[str, ...]
    passed: tuple[str, ...]

    def missing(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """Those that have not even been reported."""
        return tuple(sorted(set(wanted) - {*self.running, *self.failed, *self.passed}))


def asked_of(repository: Repository, branch: str) -> Asked:
    """By rulesets, and by the older branch protection. What does not exist there, or may not be seen, asks for nothing."""
    name = quote(branch, safe="")
    rules = _read(repository, f"/rules/branches/{name}?per_page=100")
    checks: set[str] = set()
    queue = False
    for rule in rules if isinstance(rules, list) else []:
        queue = queue or rule.get("type") == "merge_queue"
        if rule.get("type") == "required_status_checks":
            wanted = (rule.get("parameters") or {}).get("required_status_checks") or []
            checks.update(str(each.get("context")) for each in wanted)
    branch_facts = _read(repository, f"/branches/{name}")
    protection = branch_facts.get("protection") if isinstance(branch_facts, dict) else None
    required = (protection or {}).get("required_status_checks") or {}
    checks.update(str(each) for each in required.get("contexts") or [])
    return Asked(frozenset(checks), queue)


def checks_of(repository: Repository, commit: str) -> Checks:
    """Check runs and commit statuses, the newest of each name."""
    states: dict[str, str] = {}
    for run in _pages(repository, f"/commits/{commit}/check-runs", "check_runs"):
        finished = run.get("status") == "completed"
        states[_name(run.get("name"))] = _judged(str(run.get("conclusion"))) if finished else "running"
    for each in _pages(repository, f"/commits/{commit}/status", "statuses"):
        state = str(each.get("state"))
        states[_name(each.get("context"))] = "running" if state == "pending" else _judged(state)
    return Checks(
        *(
            tuple(sorted(name for name, state in states.items() if state == wanted))
            for wanted in ("running", "failed", "passed")
        )
    )


def _judged(conclusion: str) -> str:
    return "failed" if conclusion in _FAILED else "passed"


def _name(text: object) -> str:
    return visible(str(text), limit=100)


def _pages(repository: Repository, path: str, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for page in range(1, MOST_PAGES + 1):
        data = _read(repository, f"{path}?per_page=100&page={page}")
        rows = data.get(key) if isinstance(data, dict) else None
        found += rows or []
        if not rows or len(rows) < 100:
            break
    return found


def _read(repository: Repository, path: str) -> Any:
    try:
        _, data = repository.requester.requestJsonAndCheck("GET", repository.url + path)
    except GithubException as error:
        if error.status in (403, 404, 422):
            return None
        raise
    return data
