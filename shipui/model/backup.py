"""The record of a backup file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Backup:
    name: str
    """The file's name, without its folder."""
    promotion: str
    target: str
    run: str
    kind: str
    """Which backup of the run it is: of step 3, or at cut-over."""
    made_at: datetime
    path: str
    sha256: str
    size: int
    """Bytes."""
    facts: dict[str, Any]
    """BackupFacts as JSON: what a restore is compared with."""
    removed_at: datetime | None = None
