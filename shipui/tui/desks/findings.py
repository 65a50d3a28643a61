"""Findings, as their screen needs them. Every method may block, and raises ShipuiError in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from shipui.model.disposition import DispositionKind
from shipui.model.findings import Finding
from shipui.model.promotion import Promotion
from shipui.model.review import Review, Source


class FindingsDesk(Protocol):
    def review(self, promotion_id: str, known: Review | None) -> Review:
        """`known`: what is on the screen; its findings are read again only if the gates have run since."""
        ...

    def source(self, promotion: Promotion, finding: Finding) -> Source:
        """The file around it; a note instead of lines when there is nothing to see."""
        ...

    def say(
        self, promotion_id: str, fingerprints: Sequence[str], kind: DispositionKind, reason: str, until: str
    ) -> None:
        """The same of each; `until` is a date as it was typed, or "" for good."""
        ...

    def export(self, promotion_id: str, folder: Path) -> Sequence[Path]:
        """The files that were written."""
        ...
