"""From a kept build to its pull request: proposed, commented, merged where the rule allows it, and written down. Safe to repeat.

Both the fifth step and the action `merge` go this way: every call finds what an earlier one made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shipui.code_hosts.base import (
    Author,
    CodeHost,
    Merging,
    NothingToPropose,
    Proposal,
    PullRequest,
    PullRequestState,
    branch_for,
)
from shipui.config.settings import Settings
from shipui.limits.deadline import Deadline
from shipui.model.contribution import Decision
from shipui.model.errors import Refused
from shipui.model.promotion import Revision
from shipui.model.redaction import Redaction
from shipui.records import builds, pull_requests
from shipui.records.connection import Records
from shipui.records.pull_requests import RecordedPullRequest
from shipui.sandboxes.base import Sandbox
from shipui.ship.pull_request_text import (
    COMMENT,
    REPLACED_LABELS,
    Facts,
    body,
    comment,
    commit_message,
    labels,
    merge_message,
    redacted,
)
from shipui.ship.redacted_change import RedactedChange

_STATES = {Merging.MERGED: "merged", Merging.CLOSED: "closed"}
_NOBODYS_FAULT = frozenset({Merging.CHECKS_RUNNING, Merging.QUEUED, Merging.UNKNOWN})
"""It may merge later by itself, or by asking again: no reviewer has to look."""


@dataclass(frozen=True, slots=True)
class Publishing:
    host: CodeHost
    records: Records
    sandbox: Sandbox
    revision: Revision
    facts: Facts
    decision: Decision
    redaction: Redaction
    settings: Settings
    author: str
    """Of the sandbox's commit, as "Name <address>"."""


@dataclass(frozen=True, slots=True)
class Published:
    pull_request: RecordedPullRequest
    merged: bool
    plain: str


def publish(work: Publishing, deadline: Deadline) -> Published:
    """Refused and Unreachable as the code host says; then nothing was lost, and it can be tried again."""
    before = _before(work)
    flagged = bool(work.facts.in_the_way)
    try:
        made = work.host.publish(_proposal(work, deadline, flagged=flagged), deadline)
    except NothingToPropose as nothing:
        return Published(before or _none(work, nothing.plain), False, nothing.plain)
    known = _record(work, made, before)
    if work.host.local():
        return Published(known, False, made.plain)
    if made.over:
        return _over(work, known, work.host.state(made, deadline))
    if flagged or known.comment_url:
        known = _comment(work, made, known, deadline)
    if flagged:
        why = " ".join(work.facts.in_the_way)
        return _open(work, known, work.host.state(made, deadline), f"{made.plain} It stays open for a reviewer: {why}")
    return _merge(work, made, known, deadline)


def _before(work: Publishing) -> RecordedPullRequest | None:
    with work.records.transaction() as connection:
        return pull_requests.of_build(connection, work.facts.build)


def _none(work: Publishing, plain: str) -> RecordedPullRequest:
    """There is no pull request, and none is needed."""
    none = RecordedPullRequest(
        host=work.host.where(),
        number=0,
        url="",
        branch="",
        head="",
        tree=work.revision.tree,
        placed="",
        commit=work.revision.commit,
        state="closed",
        merging=str(Merging.LOCAL),
        plain=plain,
    )
    return _write(work, none)


def _proposal(work: Publishing, deadline: Deadline, *, flagged: bool) -> Proposal:
    facts = _told(work)
    clean = work.redaction.text if work.decision.redacted else str
    change = work.sandbox.change(work.revision, deadline)
    tree = work.revision.tree
    author = _author(work)
    if work.decision.redacted:
        cleaned = RedactedChange(change, work.redaction)
        tree = work.sandbox.tree_with(work.revision, cleaned.replaced, deadline)
        change = cleaned
    return Proposal(
        build=facts.build,
        branch=branch_for(facts.build, facts.title),
        base=work.revision.base,
        commit=work.revision.commit,
        tree=tree,
        change=change,
        title=facts.title,
        body=clean(body(facts)),
        message=commit_message(facts.build, facts.title, _signed(work)),
        author=author,
        labels=(*work.settings.github.labels, *labels(facts.risk, facts.report, flagged=flagged)),
        replaced_labels=REPLACED_LABELS,
    )


def _told(work: Publishing) -> Facts:
    return redacted(work.facts, work.redaction) if work.decision.redacted else work.facts


def _author(work: Publishing) -> Author:
    """A pseudonym for what is shared; else whoever made the sandbox's commit."""
    pseudonym = work.settings.contribution.pseudonym
    if work.decision.redacted:
        assert pseudonym is not None, "settings.py asks for one in the modes that share"
        return Author(pseudonym.name, pseudonym.email)
    name, _, rest = work.author.rpartition(" <")
    return Author(name or "shipui", rest.removesuffix(">") or "shipui@localhost")


def _comment(
    work: Publishing, made: PullRequest, known: RecordedPullRequest, deadline: Deadline
) -> RecordedPullRequest:
    text = comment(_told(work))
    said = work.host.comment(made, COMMENT, work.redaction.text(text) if work.decision.redacted else text, deadline)
    return _write(work, replace(known, comment_url=said.url))


def _merge(work: Publishing, made: PullRequest, known: RecordedPullRequest, deadline: Deadline) -> Published:
    state = work.host.settled(made, work.settings.github.checks_wait_seconds, deadline)
    if state.merging is Merging.BEHIND:
        # Somebody was quicker: what would come of merging is known only after it is put on the newer base.
        made = work.host.publish(_proposal(work, deadline, flagged=False), deadline)
        known = _record(work, made, known)
        state = work.host.settled(made, work.settings.github.checks_wait_seconds, deadline)
    if state.merging.over:
        return _over(work, known, state)
    if state.merging is not Merging.READY:
        return _waits(work, made, known, state, deadline)
    proposal = _proposal(work, deadline, flagged=False)
    try:
        merged = work.host.merge(
            made, proposal.tree, proposal.title, merge_message(proposal.build, _signed(work)), deadline
        )
    except Refused as refusal:
        return _waits(
            work, made, known, PullRequestState(work.host.state(made, deadline).merging, str(refusal)), deadline
        )
    if merged.queued:
        return _waits(work, made, known, PullRequestState(Merging.QUEUED, merged.plain), deadline)
    done = replace(known, state="merged", merging=str(Merging.MERGED), plain=merged.plain, merge_commit=merged.commit)
    return Published(_write(work, done), True, f"{made.plain} {merged.plain}".strip())


def _signed(work: Publishing) -> str:
    """The certificate of origin has been accepted for what is shared."""
    author = _author(work)
    return f"{author.name} <{author.email}>" if work.decision.redacted else ""


def _waits(
    work: Publishing, made: PullRequest, known: RecordedPullRequest, state: PullRequestState, deadline: Deadline
) -> Published:
    """Not merged, although nothing of ours stands in the way."""
    if state.merging not in _NOBODYS_FAULT:
        work.host.publish(_proposal(work, deadline, flagged=True), deadline)
    again = f"Try again with shipui merge {work.facts.build}."
    return _open(work, known, state, f"{made.plain} It is not merged yet: {state.plain} {again}")


def _over(work: Publishing, known: RecordedPullRequest, state: PullRequestState) -> Published:
    merged = state.merging is Merging.MERGED
    now = replace(
        known,
        state="merged" if merged else "closed",
        merging=str(state.merging),
        plain=state.plain,
        merge_commit=state.merge_commit or known.merge_commit,
    )
    _write(work, now)
    if known.commit != work.revision.commit:
        newer = f"It was of older content ({known.commit[:12]}): newer content needs a build of its own."
        return Published(now, False, f"{state.plain} {newer}")
    return Published(now, merged, state.plain)


def _open(work: Publishing, known: RecordedPullRequest, state: PullRequestState, plain: str) -> Published:
    now = replace(known, state=_STATES.get(state.merging, "open"), merging=str(state.merging), plain=plain)
    return Published(_write(work, now), now.state == "merged", plain)


def _record(work: Publishing, made: PullRequest, before: RecordedPullRequest | None) -> RecordedPullRequest:
    """As it is now. What is local does not take the place of a pull request that was opened before, and one that is over stays as it was."""
    same = before is not None and (before.host, before.number) == (made.host, made.number)
    if before is not None and ((work.host.local() and before.number) or (made.over and same)):
        return before
    now = RecordedPullRequest(
        host=made.host,
        number=made.number,
        url=made.url,
        branch=made.branch,
        head=made.head,
        tree=made.tree,
        placed=str(made.placed),
        commit=work.revision.commit,
        state="open",
        merging=str(Merging.LOCAL if work.host.local() else Merging.UNKNOWN),
        plain=made.plain,
        comment_url=before.comment_url if same and before is not None else "",
        merge_commit=before.merge_commit if same and before is not None else "",
    )
    return _write(work, now)


def _write(work: Publishing, now: RecordedPullRequest) -> RecordedPullRequest:
    with work.records.transaction() as connection:
        pull_requests.record(connection, work.facts.build, now)
        if now.state == "merged":
            builds.complete(connection, work.facts.build, now.commit)
    return now
