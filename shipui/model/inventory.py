"""What the install ships: products, their versions and builds, and what of each runs in production."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shipui.model.promotion import Revision


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
