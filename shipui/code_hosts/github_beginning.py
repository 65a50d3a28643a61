"""The first content of a repository that has none: what a demonstration starts from. Nobody's work is ever replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from github import GithubException

from shipui.code_hosts.base import Author
from shipui.code_hosts.github_branch import author_of, base_head, pointed
from shipui.code_hosts.github_tree import EMPTY_TREE, made_tree
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Failed, Refused
from shipui.model.source_change import SourceChange

if TYPE_CHECKING:
    from github.GitCommit import GitCommit
    from github.Repository import Repository


def laid_down(
    repository: Repository,
    branch: str,
    change: SourceChange,
    tree: str,
    author: Author,
    message: str,
    deadline: Deadline,
) -> str:
    """The commit of `branch` that holds exactly `tree`: made where the repository is empty, or has one commit (a README, say)."""
    head = _head(repository, branch)
    if head.tree.sha == tree:
        return head.sha
    if head.parents:
        raise Refused(
            f"{repository.full_name} holds other work already, and not what builds here start from.",
            detail=f"{branch} is {head.sha}, tree {head.tree.sha}; wanted is tree {tree}",
            fix="Name a repository that is empty or new.",
        )
    found = made_tree(repository, EMPTY_TREE, change.files(), change, deadline)
    if found != tree:
        raise Failed("What GitHub made of the files is not what was sent.", detail=f"sent tree {tree}, there {found}")
    who = author_of(author)
    commit = repository.create_git_commit(message, repository.get_git_tree(tree), [head], who, who)
    pointed(repository, branch, commit.sha, there=True, force=False)
    return commit.sha


def _head(repository: Repository, branch: str) -> GitCommit:
    """An empty repository takes nothing by the Git Data API: only the API for single files makes its first commit."""
    try:
        return base_head(repository, branch)
    except BadInput:
        try:
            repository.create_file("README.md", "First commit", f"# {repository.name}\n", branch=branch)
        except GithubException as error:
            if error.status not in (404, 409, 422):
                raise
            raise BadInput(
                f"{repository.full_name} is empty, and its first commit could not be made.",
                detail=str(error.data)[:300],
                fix="Make it with a README, or push something to it.",
            ) from None
        return base_head(repository, branch)
