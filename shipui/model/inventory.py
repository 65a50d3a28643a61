"""What the install ships: products, their versions and builds, and what of each runs in production."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shipui.model.promotion import Revision, Status


@dataclass(frozen=True, slots=True)
class Product:
    id: str
    name: str
    target: str


@dataclass(frozen=True, slots=True)
class Build:
    id: str
    title: str
    sandbox: str
    created_by: str
    created_at: datetime
    revision: Revision
    """The latest."""
    statistics: dict[str, Any]
    """Of the latest revision's diff."""
    complete: bool = False
    """The pull request with the latest revision is merged."""


@dataclass(frozen=True, slots=True)
class InventoryEntry:
    product: str
    name: str
    target: str
    version: str | None
    """What runs in production; None: nothing has been deployed, or it was rolled back to nothing."""
    build: str | None
    promotion: str | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Version:
    """One that a product had, or was to have."""

    product: str
    version: str
    build: str
    registered_by: str
    registered_at: datetime
    deployed_at: datetime | None
    """When it went into production last; None: it never did."""
    promotion: str | None
    """The newest one of this build and version."""
    status: Status | None


@dataclass(frozen=True, slots=True)
class Epic:
    id: str
    build: str
    product: str
    title: str
    body: str
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None = None
    issue_url: str = ""
    """Of its issue at the code host, if one was made."""


@dataclass(frozen=True, slots=True)
class PullRequest:
    number: int
    url: str
    state: str
    """open, merged or closed."""


@dataclass(frozen=True, slots=True)
class BacklogEntry:
    """An epic, and what became of its build."""

    epic: Epic
    product_name: str
    promotion: str | None
    """The newest one of its build."""
    status: Status | None
    pull_request: PullRequest | None


@dataclass(frozen=True, slots=True)
class ReadyBuild:
    """A build that can be shipped: nothing of it is under way, and it is not in production, nor was it until a newer one came."""

    id: str
    title: str
    sandbox: str
    created_by: str
    created_at: datetime
    target: str | None
    product_name: str | None
    version: str | None
    """Those that it was registered for; None: its shipping did not get so far."""
    promotion: str | None
    """The newest one, which came to nothing; None: none was ever asked for."""
    status: Status | None
    reason: str
