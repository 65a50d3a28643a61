"""Squash-merging a pull request: exactly its head, exactly once, and the result compared with what was approved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from github import GithubException

from shipui.code_hosts.base import Merged, Merging
from shipui.code_hosts.base import PullRequest as Published
from shipui.code_hosts.github_checks import asked_of
from shipui.code_hosts.github_connection import ReplyLost
from shipui.code_hosts.github_errors import words_of
from shipui.code_hosts.github_pull_request import LONGEST_TITLE
from shipui.code_hosts.github_state import state_of
from shipui.model.errors import Refused
from shipui.model.markdown import silent
from shipui.model.text import visible

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

ALLOWED = frozenset({Merging.READY, Merging.UNKNOWN})
_ENQUEUE = "enqueuePullRequest"


def merged(upstream: Repository, published: Published, tree: str, title: str, message: str) -> Merged:
    """`tree` is the approved one; Refused in plain words for all that stands in the way."""
    pull = upstream.get_pull(published.number)
    if pull.merged:
        return _result(upstream, pull, tree, already=True)
    state = state_of(upstream, pull, published.head)
    if state.merging is Merging.QUEUED:
        return Merged("", "", exact=False, already=True, plain=state.plain, queued=True)
    if state.merging not in ALLOWED:
        raise Refused(state.plain, detail=f"{pull.html_url}: {pull.mergeable_state}")
    if asked_of(upstream, pull.base.ref).queue:
        return _queued(upstream, pull, published.head)
    return _squashed(upstream, pull, published.head, tree, title, message)


def _squashed(upstream: Repository, pull: PullRequest, head: str, tree: str, title: str, message: str) -> Merged:
    number = f" (#{pull.number})"
    subject = silent(title.removesuffix(number), limit=LONGEST_TITLE - len(number)) + number
    text = "\n".join(silent(line) for line in message.split("\n"))
    for last in (False, True):
        try:
            pull.merge(commit_title=subject, commit_message=text, merge_method="squash", sha=head)
            break
        except ReplyLost:
            pull = upstream.get_pull(pull.number)
            if pull.merged:
                break
            if last:
                raise
        except GithubException as error:
            if error.status not in (405, 409, 422):
                raise
            pull = upstream.get_pull(pull.number)
            if pull.merged:  # somebody was quicker
                return _result(upstream, pull, tree, already=True)
            raise _refused(error, pull, head) from None
    return _result(upstream, upstream.get_pull(pull.number), tree, already=False)


def _result(upstream: Repository, pull: PullRequest, tree: str, *, already: bool) -> Merged:
    commit = pull.merge_commit_sha
    found = upstream.get_git_commit(commit).tree.sha
    exact = found == tree
    sentence = (
        f"Pull request #{pull.number} {'had been' if already else 'was'} merged into {pull.base.ref}, as {commit[:12]}."
    )
    if not exact:
        sentence += (
            f" That commit holds other content than the approved tree {tree[:12]}: {pull.base.ref} had moved on."
        )
    return Merged(commit, found, exact, already, sentence)


def _queued(upstream: Repository, pull: PullRequest, head: str) -> Merged:
    given = {"pullRequestId": pull.node_id, "expectedHeadOid": head}
    try:
        upstream.requester.graphql_named_mutation(_ENQUEUE, given, "mergeQueueEntry { position }")
    except GithubException as error:
        why = words_of(error.data) or visible(str(error), limit=200)
        raise Refused(
            f"Pull request #{pull.number} could not be put into the merge queue: {why.rstrip('.')}.",
            detail=f"{_ENQUEUE}: {why}",
            fix="Look at it on GitHub.",
        ) from None
    sentence = f"Pull request #{pull.number} is in the merge queue: GitHub merges it when its turn comes."
    return Merged("", "", exact=False, already=False, plain=sentence, queued=True)


def _refused(error: GithubException, pull: PullRequest, head: str) -> Refused:
    """405 for what the rules forbid, 409 when the head moved, 422 for the rest."""
    said = words_of(error.data)
    name, detail = f"Pull request #{pull.number}", f"HTTP {error.status}: {said}"
    if error.status == 409 or pull.head.sha != head:
        return Refused(
            f"{name} was not merged: it changed in the meantime. It is not what was examined here.",
            detail=detail,
            fix="Look at it on GitHub, and ship again.",
        )
    if "squash" in said.lower() and "not allowed" in said.lower():
        return Refused(
            f"{name} was not merged: the repository does not allow squash merges.",
            detail=detail,
            fix="Allow them in its settings (General, Pull Requests).",
        )
    return Refused(f"{name} was not merged. GitHub says: {said.rstrip('.') or 'it gave no reason'}.", detail=detail)
