"""Proposals as pull requests on GitHub, by its REST API: one repository, one token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import SecretStr

from shipui.code_hosts.base import (
    Comment,
    Issue,
    Merged,
    Merging,
    Placed,
    Proposal,
    PullRequest,
    PullRequestState,
)
from shipui.code_hosts.github_access import checks_of_access
from shipui.code_hosts.github_branch import base_head, brought_up_to_date, holds_revision
from shipui.code_hosts.github_connection import PUBLIC, Connection, Patience
from shipui.code_hosts.github_merge import merged
from shipui.code_hosts.github_notes import commented, filed
from shipui.code_hosts.github_pull_request import described, follows, found_pull, labelled, opened
from shipui.code_hosts.github_state import state_of
from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from shipui.model.errors import ShipuiError, Unreachable
from shipui.model.text import visible

if TYPE_CHECKING:
    from github import Github
    from github.PullRequest import PullRequest as GitHubPull
    from github.Repository import Repository

FIRST_POLL = 1.0
LONGEST_POLL = 30.0
FIRST_ANSWER_SECONDS = 20.0
"""Whether something can be merged is worked out when it is asked for: that much is always waited for."""


@dataclass(frozen=True, slots=True)
class _Places:
    client: Github
    upstream: Repository
    home: Repository
    base_branch: str


class GitHubCodeHost:
    def __init__(
        self,
        repository: str,
        token: SecretStr,
        *,
        api_url: str = PUBLIC,
        fork: str = "",
        base_branch: str = "",
        patience: Patience | None = None,
    ) -> None:
        """`repository` is OWNER/NAME; branches go to `fork`, where one is named; `base_branch` is the repository's own by default."""
        self._repository = repository
        self._fork = fork or repository
        self._base_branch = base_branch
        self._connection = Connection(api_url, token, patience or Patience())

    def where(self) -> str:
        by_way_of = f" (branches in {self._fork})" if self._fork != self._repository else ""
        return f"{self._connection.host}, {self._repository}{by_way_of}"

    def local(self) -> bool:
        return False

    def access(self, deadline: Deadline) -> Sequence[Check]:
        try:
            with self._places(deadline, "look at the repository") as places:
                found = list(
                    checks_of_access(
                        places.client, places.upstream, places.home, self.where(), self._connection.api_url
                    )
                )
                base_head(places.upstream, places.base_branch)
                return found
        except ShipuiError as error:
            name = "reachable" if isinstance(error, Unreachable) else "token and repository"
            return [Check(name, False, f"{error.plain} ({error.detail})" if error.detail else error.plain, error.fix)]

    def publish(self, proposal: Proposal, deadline: Deadline) -> PullRequest:
        with self._places(deadline, "publish the build") as places:
            pull = self._found(places, proposal.build, proposal.branch)
            over = pull is not None and pull.state != "open"
            if pull is not None and over and not holds_revision(places.home, pull.head.sha, proposal):
                pull = None  # the build has been shipped with newer content since: that is another pull request
            if pull is not None and over:
                ended = "merged" if pull.merged else "closed by somebody"
                plain = f"Pull request #{pull.number} of this build had been {ended} before; it was left as it is."
                return self._said(pull, Placed.UNKNOWN, "", plain, found=True)
            return self._proposed(places, pull, proposal, deadline)

    def _proposed(
        self, places: _Places, pull: GitHubPull | None, proposal: Proposal, deadline: Deadline
    ) -> PullRequest:
        upstream, home, base = places.upstream, places.home, places.base_branch
        name = pull.head.ref if pull is not None else proposal.branch
        branch = brought_up_to_date(upstream, home, base, name, proposal, deadline)
        found, replaced = pull is not None, ""
        patience = self._connection.patience.follow_seconds
        if pull is not None and not follows(upstream, pull.number, branch.head, patience, deadline):
            # A pull request that shows an older commit would be merged with that one's content.
            pull.edit(state="closed")
            replaced, found, pull = (
                f"Pull request #{pull.number} did not follow its branch and was closed.",
                False,
                None,
            )
        if pull is None:
            pull, found = opened(upstream, home, base, name, proposal)
        described(pull, proposal)
        labels = labelled(pull, proposal.labels, proposal.replaced_labels)
        made = f"Pull request #{pull.number} {'was there already and is up to date' if found else 'is open'}."
        plain = " ".join(each for each in (made, replaced, branch.plain, labels) if each)
        return replace(
            self._said(pull, branch.placed, branch.tree, plain, found=found), branch=name, head=branch.head, over=False
        )

    def find(self, build: str, branch: str, deadline: Deadline) -> PullRequest | None:
        with self._places(deadline, "look for the pull request") as places:
            pull = self._found(places, build, branch)
            if pull is None:
                return None
            tree = places.home.get_git_commit(pull.head.sha).tree.sha if pull.state == "open" else ""
            return self._said(pull, Placed.UNKNOWN, tree, f"Pull request #{pull.number} is {pull.state}.", found=True)

    def comment(self, pull_request: PullRequest, marker: str, text: str, deadline: Deadline) -> Comment:
        with self._places(deadline, "comment on the pull request") as places:
            return commented(places.upstream, pull_request.number, marker, text)

    def state(self, pull_request: PullRequest, deadline: Deadline) -> PullRequestState:
        with self._places(deadline, "look at the pull request") as places:
            return state_of(places.upstream, places.upstream.get_pull(pull_request.number), pull_request.head)

    def settled(self, pull_request: PullRequest, seconds: float, deadline: Deadline) -> PullRequestState:
        asked, first, pause = Deadline(seconds), Deadline(FIRST_ANSWER_SECONDS), FIRST_POLL
        while True:
            state = self.state(pull_request, deadline)
            left = max(asked.remaining(), first.remaining() if state.merging is Merging.UNKNOWN else 0.0)
            if not state.merging.passing or left <= pause:
                return state
            deadline.sleep(pause)
            pause = min(pause * 1.6, LONGEST_POLL)

    def merge(self, pull_request: PullRequest, tree: str, title: str, message: str, deadline: Deadline) -> Merged:
        with self._places(deadline, "merge the pull request") as places:
            return merged(places.upstream, pull_request, tree, title, message)

    def issue(self, marker: str, title: str, body: str, labels: Sequence[str], deadline: Deadline) -> Issue | None:
        with self._places(deadline, "file the issue") as places:
            return filed(places.upstream, marker, title, body, labels)

    @contextmanager
    def _places(self, deadline: Deadline, doing: str) -> Iterator[_Places]:
        with self._connection.session(deadline, doing, self.where()) as client:
            upstream = client.get_repo(self._repository)
            home = upstream if self._fork == self._repository else client.get_repo(self._fork)
            yield _Places(client, upstream, home, self._base_branch or upstream.default_branch)

    def _found(self, places: _Places, build: str, branch: str) -> GitHubPull | None:
        return found_pull(places.upstream, places.home, places.base_branch, build, branch)

    def _said(self, pull: GitHubPull, placed: Placed, tree: str, plain: str, *, found: bool) -> PullRequest:
        return PullRequest(
            host=self.where(),
            number=pull.number,
            url=visible(pull.html_url, limit=500),
            branch=pull.head.ref,
            head=pull.head.sha,
            tree=tree,
            placed=placed,
            found=found,
            over=pull.state != "open",
            plain=plain,
        )
