"""What the Ship phase asks of the place where a change is proposed. Every code host passes tests/contract/.

Errors, everywhere: Refused when the host says no for good (a right is missing, a rule of the repository, a conflict; nothing was
changed by that call), NothingToPropose among it, BadInput when the settings name something that does not exist or a file cannot be
carried, Unreachable when it does not answer or asks for more patience than the deadline has, Failed for the rest; and what the
deadline raises. No error holds a token.

Every call may be repeated: it finds what an earlier one made. What comes from outside (titles, bodies, names) is given as it is;
a code host cuts it to its limits. In titles and messages it makes control characters visible and breaks mentions; bodies and comments
are Markdown, and the caller's: `quoted` and `code` in model/markdown.py are for text that must not be read as such, or notify anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from shipui.model.errors import Refused
from shipui.model.source_change import SourceChange


class NothingToPropose(Refused):
    """The base branch holds all of the change already."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who the commit says made it; a pseudonym where that is the contribution mode's rule."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A build, as it is to be proposed."""

    build: str
    """Its ID: the branch, the pull request and the comment are found again by it."""
    branch: str
    """`branch_for` makes it: build/FB-…/words-of-the-title."""
    base: str
    """The commit that the sandbox started from."""
    commit: str
    tree: str
    """git's ID of the tree that the branch must hold when the base has not moved on."""
    change: SourceChange
    title: str
    body: str
    """Markdown."""
    message: str
    """The commit's message: a first line, and whatever is to follow it."""
    author: Author
    labels: tuple[str, ...] = ()
    """These are added; labels that people gave are left alone, but for `replaced_labels`."""
    replaced_labels: tuple[str, ...] = ()
    """Beginnings of labels of which only those in `labels` are to stay: ("risk:",)."""
    draft: bool = False


class Placed(StrEnum):
    """How the branch's content came to be."""

    EXACT = "exact"
    """The tree that was approved, on the base that was approved."""
    REBASED = "rebased"
    """The change, file by file, on a newer base: no file was changed on both sides. Not the tree that was approved."""
    BASE_MOVED = "base_moved"
    """The tree that was approved, on its own base: the base branch has changed the same files since. It cannot be merged."""
    UNKNOWN = "unknown"
    """Found, not made: compare its `tree`."""


@dataclass(frozen=True, slots=True)
class PullRequest:
    host: str
    """`where` of the code host that made it."""
    number: int
    """0 for local files."""
    url: str
    """For people; a path where there is no host."""
    branch: str
    head: str
    """The commit that the branch holds now: merging is guarded by it. "" for local files."""
    tree: str
    """What that commit holds; "" when the pull request is over."""
    placed: Placed
    found: bool
    """An earlier try had made it."""
    over: bool
    """It had been merged or closed before: nothing was changed. `state` tells which."""
    plain: str
    """One or two sentences: what was made or found, and what is not as asked."""


class Merging(StrEnum):
    """What stands between a pull request and the base branch."""

    MERGED = "merged"
    CLOSED = "closed"
    """By somebody, without merging."""
    QUEUED = "queued"
    """In the merge queue: it merges by itself."""
    CONFLICTS = "conflicts"
    BEHIND = "behind"
    """The base branch has commits that this one lacks: publish again, and it is rebased. What would be merged is not known else."""
    DRAFT = "draft"
    CHECKS_RUNNING = "checks_running"
    CHECKS_FAILED = "checks_failed"
    PROTECTED = "protected"
    """The base branch's rules ask for something (reviews, a signed commit …) that is not there yet."""
    HEAD_MOVED = "head_moved"
    """Somebody pushed to the branch: it is not what shipui put there."""
    UNKNOWN = "unknown"
    """The host has not worked it out yet: ask again."""
    READY = "ready"
    LOCAL = "local"
    """No host: nothing to merge."""

    @property
    def over(self) -> bool:
        return self in {Merging.MERGED, Merging.CLOSED, Merging.LOCAL}

    @property
    def passing(self) -> bool:
        """It may become something else without anybody's doing: worth asking again."""
        return self in {Merging.UNKNOWN, Merging.CHECKS_RUNNING, Merging.QUEUED}


@dataclass(frozen=True, slots=True)
class PullRequestState:
    merging: Merging
    plain: str
    head: str = ""
    behind: int = 0
    """Commits on the base branch that the pull request's branch does not have."""
    checks: tuple[str, ...] = ()
    """Names of the checks that run, or failed: data from outside, made harmless."""
    merge_commit: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """`commit` is on the base branch, unless `queued`: then the host will merge it by itself, and `state` tells when."""

    commit: str
    tree: str
    exact: bool
    """The commit holds exactly the tree that was given; False is said in `plain`."""
    already: bool
    plain: str
    queued: bool = False


@dataclass(frozen=True, slots=True)
class Issue:
    number: int
    url: str
    found: bool


@dataclass(frozen=True, slots=True)
class Comment:
    url: str
    changed: bool
    """False: it said the same already."""


class CodeHost(Protocol):
    def where(self) -> str:
        """For people: "github.com, owner/name", or "files in FOLDER"."""
        ...

    def local(self) -> bool:
        """Nothing leaves this machine: a patch file and a report for somebody to carry."""
        ...

    def access(self, deadline: Deadline) -> Sequence[Check]:
        """Does it answer, is the token good, which rights are missing? Raises nothing for what it finds."""
        ...

    def publish(self, proposal: Proposal, deadline: Deadline) -> PullRequest:
        """Commit, branch, pull request and labels; what an earlier try made is found and brought up to date."""
        ...

    def find(self, build: str, branch: str, deadline: Deadline) -> PullRequest | None:
        """The newest pull request of the build, open or not; None when there was none. For a run that has only the records."""
        ...

    def comment(self, pull_request: PullRequest, marker: str, text: str, deadline: Deadline) -> Comment:
        """One comment per marker (letters, digits, hyphens): found again by it, and changed in place. `text` is Markdown."""
        ...

    def state(self, pull_request: PullRequest, deadline: Deadline) -> PullRequestState:
        """As it is now: asked once. UNKNOWN right after publishing is usual."""
        ...

    def settled(self, pull_request: PullRequest, seconds: float, deadline: Deadline) -> PullRequestState:
        """Asked again, ever more slowly, while it is `passing`; after `seconds` the last answer, whatever it is.

        While it is UNKNOWN the host is given some seconds in any case.
        """
        ...

    def merge(self, pull_request: PullRequest, tree: str, title: str, message: str, deadline: Deadline) -> Merged:
        """Squash, guarded by `pull_request.head`; `tree` is the approved one, which the result is compared with.

        Already merged is found out, not an error. Refused, in plain words, for everything that `state` would name; BEHIND among it:
        whoever has the proposal publishes it again and merges that.
        """
        ...

    def issue(self, marker: str, title: str, body: str, labels: Sequence[str], deadline: Deadline) -> Issue | None:
        """An issue, found again by its marker; None where there are none (local files)."""
        ...


LONGEST_WORDS = 40


def branch_for(build: str, title: str) -> str:
    """build/FB-3DD07E19/what-the-title-says: ASCII letters, digits and hyphens alone, so that git and every shell take it."""
    spelt = "".join(each if each.isascii() and each.isalnum() else " " for each in title.lower())
    words = "-".join(spelt.split())[:LONGEST_WORDS].strip("-")
    return f"build/{build}/{words or 'feature'}"
