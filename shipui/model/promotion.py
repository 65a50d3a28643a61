"""A promotion, its states, and the one table of the transitions between them. The records enforce the same table by a trigger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from shipui.model.change import Change, ChangeType, RiskLevel
from shipui.model.errors import WrongState


class Status(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXECUTING = "executing"
    DEPLOYED = "deployed"
    ROLLED_BACK = "rolled_back"
    NEEDS_ATTENTION = "needs_attention"
    SUPERSEDED = "superseded"


FIRST = Status.PENDING

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.APPROVED, Status.REJECTED, Status.WITHDRAWN}),
    Status.APPROVED: frozenset({Status.PENDING, Status.WITHDRAWN, Status.EXECUTING}),
    Status.EXECUTING: frozenset({Status.APPROVED, Status.DEPLOYED, Status.ROLLED_BACK, Status.NEEDS_ATTENTION}),
    Status.DEPLOYED: frozenset({Status.SUPERSEDED, Status.ROLLED_BACK, Status.NEEDS_ATTENTION}),
    Status.NEEDS_ATTENTION: frozenset({Status.ROLLED_BACK, Status.DEPLOYED}),
    Status.SUPERSEDED: frozenset({Status.DEPLOYED}),
    Status.REJECTED: frozenset(),
    Status.WITHDRAWN: frozenset(),
    Status.ROLLED_BACK: frozenset(),
}

NEEDS_HEALTH_PASS = frozenset({(Status.EXECUTING, Status.DEPLOYED), (Status.NEEDS_ATTENTION, Status.DEPLOYED)})
"""The transitions that are written only after a recorded health pass."""

OPEN = frozenset({Status.PENDING, Status.APPROVED, Status.EXECUTING, Status.NEEDS_ATTENTION})
"""At most one promotion of a build is in one of these."""

WORDS = {
    Status.PENDING: "waiting for approval",
    Status.APPROVED: "approved",
    Status.REJECTED: "rejected",
    Status.WITHDRAWN: "withdrawn",
    Status.EXECUTING: "being deployed",
    Status.DEPLOYED: "deployed",
    Status.ROLLED_BACK: "rolled back",
    Status.NEEDS_ATTENTION: "needs attention",
    Status.SUPERSEDED: "superseded by a newer version",
}


def may_become(old: Status, new: Status) -> bool:
    return new in TRANSITIONS[old]


def require(promotion: str, status: Status, allowed: frozenset[Status], doing: str) -> None:
    """WrongState, in words, unless `status` is one of `allowed`; `doing` completes "It cannot be …"."""
    if status not in allowed:
        wanted = " or ".join(sorted(is_in(each) for each in allowed))
        raise WrongState(
            f"{promotion} {is_in(status)}. It cannot be {doing}.",
            fix=f"Only a promotion that {wanted} can be.",
        )


def is_in(status: Status) -> str:
    """Completes a sentence about a promotion: "is approved", "needs attention"."""
    return WORDS[status] if status is Status.NEEDS_ATTENTION else f"is {WORDS[status]}"


@dataclass(frozen=True, slots=True)
class Revision:
    """The content that is approved, gated and built; the two object IDs and the tree are git's, the digest is SHA-256 of the diff."""

    commit: str
    base: str
    tree: str
    diff_digest: str


@dataclass(frozen=True, slots=True)
class Approval:
    person: str
    at: datetime
    revision: Revision
    reason: str
    lapsed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Promotion:
    """One request to put one build into production, as the queue and the pipeline need it."""

    id: str
    status: Status
    build: str
    title: str
    target: str
    product: str
    product_name: str
    version: str
    type: ChangeType
    risk: RiskLevel
    requested_by: str
    requested_at: datetime
    revision: Revision
    sandbox: str
    reason: str = ""
    """Why it is in its state, in plain words."""
    updated_at: datetime | None = None
    retry_of: str | None = None
    enabled: bool = True
    gate_verdict: str = "not run"
    change_request: str = ""
    diff_statistics: dict[str, Any] = field(default_factory=dict)

    @property
    def change(self) -> Change:
        return Change(self.type, self.risk)
