"""How a pull request stands, in one word and a plain sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from github import GithubException

from shipui.code_hosts.base import Merging, PullRequestState
from shipui.code_hosts.github_checks import Asked, Checks, asked_of, checks_of
from shipui.model.text import counted, listed, visible

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository


_Judgement = tuple[Merging, str, *tuple[str, ...]]
"""The word, the sentence, and the names of checks."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the judgement is made from."""

    number: int
    state: str
    merged: bool
    draft: bool
    head: str
    expected_head: str
    mergeable: bool | None
    mergeable_state: str
    behind: int
    base: str
    queued: bool
    merge_commit: str
    merged_by: str
    asked: Asked
    checks: Checks


def state_of(upstream: Repository, pull: PullRequest, expected_head: str) -> PullRequestState:
    return judged(facts_of(upstream, pull, expected_head))


def facts_of(upstream: Repository, pull: PullRequest, expected_head: str) -> Facts:
    is_open = pull.state == "open"
    asked = asked_of(upstream, pull.base.ref) if is_open else Asked()
    head = _head(pull) if is_open else pull.head.sha
    return Facts(
        number=pull.number,
        state=pull.state,
        merged=bool(pull.merged),
        draft=bool(pull.draft),
        head=head,
        expected_head=expected_head,
        mergeable=pull.mergeable,
        mergeable_state=pull.mergeable_state or "unknown",
        behind=_behind(upstream, pull, head) if is_open else 0,
        base=pull.base.ref,
        queued=is_open and asked.queue and _is_queued(upstream, pull),
        merge_commit=(pull.merge_commit_sha or "") if pull.merged else "",
        merged_by=pull.merged_by.login if pull.merged and pull.merged_by else "",
        asked=asked,
        checks=checks_of(upstream, head) if is_open else Checks((), (), ()),
    )


def judged(facts: Facts) -> PullRequestState:
    for look in (_over, _in_the_way, _by_checks, _by_rules):
        found = look(facts)
        if found is not None:
            merging, plain, *checks = found
            return PullRequestState(merging, plain, facts.head, facts.behind, tuple(checks), facts.merge_commit)
    note = f" Not required, and failed: {_shown(facts.checks.failed)}." if facts.checks.failed else ""
    plain = f"Pull request #{facts.number} can be merged.{note}"
    return PullRequestState(Merging.READY, plain, facts.head, facts.behind, facts.checks.failed)


def _in_the_way(facts: Facts) -> _Judgement | None:
    name = f"Pull request #{facts.number}"
    if facts.queued:
        return Merging.QUEUED, f"{name} is in the merge queue: GitHub merges it when its turn comes."
    if facts.mergeable is False or facts.mergeable_state == "dirty":
        return Merging.CONFLICTS, f"{name} conflicts with {facts.base}: the sandbox has to be brought up to date."
    if facts.behind:
        plain = f"{facts.base} has {counted(facts.behind, 'commit')} that {name.lower()} lacks: it has to be put on top of them first."
        return Merging.BEHIND, plain
    return None


def _by_checks(facts: Facts) -> _Judgement | None:
    """Those that are required decide; of the others only what still runs is waited for."""
    name, wanted = f"Pull request #{facts.number}", facts.asked.checks
    failed = [each for each in facts.checks.failed if each in wanted]
    if failed:
        return Merging.CHECKS_FAILED, f"{name} may not be merged: {_shown(failed)} failed.", *failed
    running = [*(each for each in facts.checks.running if each in wanted), *facts.checks.missing(wanted)]
    if not running and facts.mergeable_state in ("blocked", "unstable"):
        running = list(facts.checks.running)
    return (Merging.CHECKS_RUNNING, f"{name} waits for {_shown(running)}.", *running) if running else None


def _by_rules(facts: Facts) -> _Judgement | None:
    name = f"Pull request #{facts.number}"
    if facts.mergeable_state == "blocked":
        if facts.asked.queue:
            return Merging.READY, f"{name} can go into the merge queue."
        plain = (
            f"The rules of {facts.base} ask for something more before {name.lower()} may be merged, such as a review."
        )
        return Merging.PROTECTED, plain
    if facts.mergeable is None or facts.mergeable_state == "unknown":
        return Merging.UNKNOWN, f"GitHub has not worked out yet whether {name.lower()} can be merged."
    return None


def _over(facts: Facts) -> _Judgement | None:
    name = f"Pull request #{facts.number}"
    if facts.merged:
        by = f" by {visible(facts.merged_by, limit=60)}" if facts.merged_by else ""
        return Merging.MERGED, f"{name} has been merged{by}, as {facts.merge_commit[:12]}."
    if facts.state == "closed":
        return Merging.CLOSED, f"{name} was closed without being merged. Reopen it on GitHub if that was a mistake."
    if facts.expected_head and facts.head != facts.expected_head:
        return Merging.HEAD_MOVED, f"Somebody pushed to {name.lower()}: it is not what was examined here."
    if facts.draft:
        return Merging.DRAFT, f"{name} is a draft: mark it as ready on GitHub."
    return None


def _home(pull: PullRequest) -> Repository | None:
    """None when the fork that the branch was in has been deleted."""
    return pull.head.repo


def _head(pull: PullRequest) -> str:
    """What the branch holds: the pull request itself may be late to say so."""
    home = _home(pull)
    try:
        return home.get_git_ref(f"heads/{pull.head.ref}").object.sha if home is not None else pull.head.sha
    except GithubException as error:
        if error.status == 404:  # deleted; or not for this token to see
            return pull.head.sha
        raise


def _behind(upstream: Repository, pull: PullRequest, head: str) -> int:
    """Commits of the base branch that are not below the head; 1 for some, where the server does not count them."""
    home = _home(pull) or upstream
    base = upstream.get_git_ref(f"heads/{pull.base.ref}").object.sha
    if any(parent.sha == base for parent in home.get_git_commit(head).parents):
        return 0
    within = home.full_name == upstream.full_name
    try:
        return upstream.compare(base, head if within else f"{home.owner.login}:{pull.head.ref}").behind_by
    except GithubException as error:
        if error.status == 404:
            return 1
        raise


def _is_queued(upstream: Repository, pull: PullRequest) -> bool:
    """Only GraphQL tells."""
    query = "query Q($id: ID!) { node(id: $id) { ... on PullRequest { isInMergeQueue } } }"
    _, data = upstream.requester.graphql_query(query, {"id": pull.node_id})
    return bool(((data.get("data") or {}).get("node") or {}).get("isInMergeQueue"))


def _shown(names: Sequence[str]) -> str:
    return listed([f"“{each}”" for each in names], most=4)
