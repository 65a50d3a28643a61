"""A build's pull request: found again, or opened; its title, body and labels brought up to date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from github import GithubException
from github.GithubObject import NotSet

from shipui.code_hosts.base import Proposal
from shipui.code_hosts.github_connection import ReplyLost
from shipui.code_hosts.github_errors import words_of
from shipui.limits.deadline import Deadline
from shipui.model.markdown import cut, silent

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

LONGEST_TITLE = 256
LONGEST_BODY = 65_536
LONGEST_LABEL = 50
CUT = "… *The rest did not fit here: shipui has it.*"


def found_pull(upstream: Repository, home: Repository, base_branch: str, build: str, branch: str) -> PullRequest | None:
    """The open one of the build, else its newest; whatever words its branch was given."""
    owner = home.full_name.partition("/")[0]
    found: dict[int, PullRequest] = {}
    for name in sorted({branch, *branches_of(home, build)}):
        for each in upstream.get_pulls(state="all", head=f"{owner}:{name}", base=base_branch):
            if each.head.ref == name and (each.head.repo is None or each.head.repo.full_name == home.full_name):
                found[each.number] = each
    return max(found.values(), key=lambda each: (each.state == "open", each.number), default=None)


def branches_of(home: Repository, build: str) -> list[str]:
    return [each.ref.removeprefix("refs/heads/") for each in home.get_git_matching_refs(f"heads/build/{build}/")]


def opened(
    upstream: Repository, home: Repository, base_branch: str, branch: str, proposal: Proposal
) -> tuple[PullRequest, bool]:
    """The pull request, and whether it was there already. An answer that was lost is looked for, and the call made once more."""
    owner = home.full_name.partition("/")[0]
    within = home.full_name == upstream.full_name
    head = branch if within else f"{owner}:{branch}"
    # Two repositories of one owner: the branch's name alone does not say in which it is.
    of_owner = home.name if not within and owner == upstream.full_name.partition("/")[0] else NotSet
    title, body = title_of(proposal), body_of(proposal)
    for last in (False, True):
        try:
            made = upstream.create_pull(
                base_branch, head, title=title, body=body, draft=proposal.draft, head_repo=of_owner
            )
            return made, False
        except ReplyLost:
            found = found_pull(upstream, home, base_branch, proposal.build, branch)
            if found is not None:
                return found, False
            if last:
                raise
        except GithubException as error:
            found = found_pull(upstream, home, base_branch, proposal.build, branch)
            if error.status != 422 or "already exists" not in words_of(error.data) or found is None:
                raise
            return found, True
    raise AssertionError("unreachable")


def follows(upstream: Repository, number: int, head: str, seconds: float, deadline: Deadline) -> bool:
    """Whether the pull request comes to show this commit as its head: GitHub takes a moment after a branch has moved."""
    patience, pause = Deadline(seconds), 0.25
    while upstream.get_pull(number).head.sha != head:
        if patience.remaining() < pause:
            return False
        deadline.sleep(pause)
        pause = min(pause * 2, 4.0)
    return True


def described(pull: PullRequest, proposal: Proposal) -> None:
    title, body = title_of(proposal), body_of(proposal)
    if pull.title != title or (pull.body or "").replace("\r\n", "\n").strip() != body.strip():
        pull.edit(title=title, body=body)


def labelled(pull: PullRequest, labels: Sequence[str], replaced: Sequence[str]) -> str:
    """What could not be done, in plain words; "" when all could: labels are no reason to stop."""
    wanted = [silent(each, limit=LONGEST_LABEL) for each in labels]
    has = {each.name for each in pull.labels}
    try:
        for name in _outdated(has, wanted, replaced):
            pull.remove_from_labels(name)
        if missing := [each for each in wanted if each not in has]:
            pull.add_to_labels(*missing)
    except GithubException as error:
        if error.status not in (403, 404):
            raise
        return "Its labels could not be set: the token has not the right to."
    return ""


def title_of(proposal: Proposal) -> str:
    return silent(proposal.title, limit=LONGEST_TITLE)


def body_of(proposal: Proposal) -> str:
    return cut(proposal.body, LONGEST_BODY, CUT)


def _outdated(has: Iterable[str], wanted: Sequence[str], replaced: Sequence[str]) -> list[str]:
    return sorted(each for each in has if each.startswith(tuple(replaced)) and each not in wanted) if replaced else []
