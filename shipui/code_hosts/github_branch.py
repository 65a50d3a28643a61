"""A build's branch on GitHub: which commit it must hold, whether it does already, and never over somebody else's work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from github import GithubException, InputGitAuthor

from shipui.code_hosts.base import Author, NothingToPropose, Placed, Proposal
from shipui.code_hosts.file_rebase import rebased
from shipui.code_hosts.github_tree import TreeReader, made_tree
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Failed, Refused
from shipui.model.markdown import silent
from shipui.model.source_change import ChangedFile
from shipui.model.text import listed, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from github.GitCommit import GitCommit
    from github.GitRef import GitRef
    from github.Repository import Repository

TRAILER = "Shipui-Build"
"""A line of the commit's message: a commit without it is not shipui's, and is never replaced."""
REVISION_TRAILER = "Shipui-Commit"
"""Which commit of the sandbox it is: known even when the change was put on a newer base."""
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Branch:
    name: str
    head: str
    tree: str
    placed: Placed
    plain: str
    """What is not as asked; "" when it is exactly the approved tree."""


@dataclass(frozen=True, slots=True)
class _Place:
    parent: str
    files: Sequence[ChangedFile]
    onto: str
    """The tree that the files are put on."""
    placed: Placed
    plain: str


def base_head(repository: Repository, branch: str) -> GitCommit:
    """The commit that the base branch holds; BadInput when there is none."""
    try:
        return repository.get_git_commit(repository.get_git_ref(f"heads/{branch}").object.sha)
    except GithubException as error:
        if error.status not in (404, 409):
            raise
        raise BadInput(
            f"{repository.full_name} has no branch “{visible(branch, limit=100)}”, or is empty: there is nothing to propose anything to.",
            detail=visible(str(error.data), limit=200),
            fix="Push your main branch to it, or name another with base_branch in the section [github] of config.toml.",
        ) from None


def brought_up_to_date(
    upstream: Repository, home: Repository, base_branch: str, name: str, proposal: Proposal, deadline: Deadline
) -> Branch:
    """The branch in `home` holds the proposal afterwards; `upstream` has the base branch (the same repository, or what home forks)."""
    base = base_head(upstream, base_branch)
    place = _place(upstream, base, base_branch, proposal)
    for _ in range(_TRIES):
        ref = _ref(home, name)
        standing = home.get_git_commit(ref.object.sha) if ref is not None else None
        if standing is not None:
            _require_ours(standing, name, proposal)
            if _holds(standing, place, proposal):
                return Branch(name, standing.sha, standing.tree.sha, place.placed, place.plain)
        tree = made_tree(home, place.onto, place.files, proposal.change, deadline)
        if place.placed is not Placed.REBASED and tree != proposal.tree:
            raise Failed(
                "What GitHub made of the change is not the tree that was approved; the branch was left as it was.",
                detail=f"approved {proposal.tree}, there {tree}",
            )
        if (
            standing is not None
            and standing.tree.sha == tree
            and [each.sha for each in standing.parents] == [place.parent]
        ):
            return Branch(name, standing.sha, tree, place.placed, place.plain)
        if place.placed is Placed.REBASED and tree == base.tree.sha:
            raise NothingToPropose(f"{base_branch} holds all of this change already: there is nothing to propose.")
        head = _commit(home, tree, place.parent, proposal)
        if _pointed(home, name, head, there=ref is not None):
            return Branch(name, head, tree, place.placed, place.plain)
    raise Failed(f"The branch {name} is being changed by somebody else at the same time.", fix="Try again.")


def holds_revision(repository: Repository, head: str, proposal: Proposal) -> bool:
    """Whether a commit there is this very content of the build, on whatever base."""
    try:
        commit = repository.get_git_commit(head)
    except GithubException as error:
        if error.status in (404, 422):
            return False
        raise
    return f"{REVISION_TRAILER}: {proposal.commit}" in commit.message.splitlines() or commit.tree.sha == proposal.tree


def _place(upstream: Repository, base: GitCommit, base_branch: str, proposal: Proposal) -> _Place:
    files, base_tree = proposal.change.files(), proposal.change.base_tree()
    if base_tree == base.tree.sha:
        return _Place(base.sha, files, base_tree, Placed.EXACT, "")
    found = rebased(files, TreeReader(upstream, base.tree.sha).at)
    shown = listed([visible(each.decode("utf-8", "backslashreplace"), limit=80) for each in found.conflicts], most=3)
    if not found.conflicts:
        return _Place(
            base.sha,
            found.applied,
            base.tree.sha,
            Placed.REBASED,
            f"{base_branch} has moved on since the sandbox was made: the change was put on top of it, file by file. "
            "What would be merged is not the tree that was approved.",
        )
    if _has_commit(upstream, proposal.base):
        return _Place(
            proposal.base,
            files,
            base_tree,
            Placed.BASE_MOVED,
            f"{base_branch} has moved on since the sandbox was made, and changed the same files ({shown}). The pull request shows the "
            "approved tree on its old base; it cannot be merged before the sandbox has been brought up to date.",
        )
    raise Refused(
        f"The sandbox does not start from anything that {upstream.full_name} has, and the change does not fit on its {base_branch} ({shown}).",
        detail=f"base {proposal.base}, tree {base_tree}; {base_branch} is {base.sha}, tree {base.tree.sha}",
        fix=f"Bring the sandbox up to date with {base_branch}, or name the right repository in the section [github] of config.toml.",
    )


def _has_commit(repository: Repository, commit: str) -> bool:
    try:
        return repository.get_git_commit(commit).sha == commit
    except GithubException as error:
        if error.status in (404, 409, 422):
            return False
        raise


def _holds(standing: GitCommit, place: _Place, proposal: Proposal) -> bool:
    """Nothing has to be sent at all: known beforehand where the tree is the approved one."""
    parents = [each.sha for each in standing.parents]
    return place.placed is not Placed.REBASED and standing.tree.sha == proposal.tree and parents == [place.parent]


def _require_ours(standing: GitCommit, name: str, proposal: Proposal) -> None:
    if f"{TRAILER}: {proposal.build}" not in standing.message.splitlines():
        raise Refused(
            f"Somebody else has pushed to the branch {name}. It is not overwritten.",
            detail=f"{standing.sha}: {visible(standing.message, limit=200)}",
            fix="Look at it; delete the branch if nobody needs what is on it, and ship again.",
        )


def _commit(repository: Repository, tree: str, parent: str, proposal: Proposal) -> str:
    author = _author(proposal.author)
    subject, _, rest = proposal.message.partition("\n")
    lines = [silent(subject, limit=500), "", *(silent(line) for line in rest.strip().split("\n") if rest.strip())]
    message = "\n".join(lines).rstrip() + f"\n\n{TRAILER}: {proposal.build}\n{REVISION_TRAILER}: {proposal.commit}\n"
    made = repository.create_git_commit(
        message, repository.get_git_tree(tree), [repository.get_git_commit(parent)], author, author
    )
    return made.sha


def _ref(repository: Repository, name: str) -> GitRef | None:
    try:
        return repository.get_git_ref(f"heads/{name}")
    except GithubException as error:
        if error.status == 404:
            return None
        raise


def _author(author: Author) -> InputGitAuthor:
    return InputGitAuthor(visible(author.name, limit=100), visible(author.email, limit=200))


def _pointed(repository: Repository, name: str, head: str, *, there: bool) -> bool:
    """The branch holds that commit afterwards; False when it was not `there` and somebody made it in the meantime."""
    if there:
        # Not by GitRef.edit: the address that it takes from the reply is, at some servers, one for reading only.
        where = f"{repository.url}/git/refs/heads/{quote(name)}"
        repository.requester.requestJsonAndCheck("PATCH", where, input={"sha": head, "force": True})
        return True
    try:
        repository.create_git_ref(f"refs/heads/{name}", head)
    except GithubException as error:
        if error.status == 422 and "already exists" in str(error.data):
            return False
        raise
    return True
