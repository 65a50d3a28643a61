"""Findings over a real install: its records, the source that it has kept, its actions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shipui.install import Installation
from shipui.model.disposition import DispositionKind, end_of
from shipui.model.errors import ShipuiError
from shipui.model.findings import Finding
from shipui.model.promotion import Promotion
from shipui.model.review import Review, Source

NOTHING: frozenset[int] = frozenset()


class InstallFindings:
    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._changed: tuple[str, dict[str, frozenset[int]]] = ("", {})
        """Of the content that was looked at last, by its diff's digest."""

    def review(self, promotion_id: str, known: Review | None) -> Review:
        from shipui.actions.review import review

        return review(self._installation, self._installation.person, promotion_id, known)

    def source(self, promotion: Promotion, finding: Finding) -> Source:
        from shipui.actions.review import source

        try:
            changed = self._changed_lines(promotion).get(finding.path, NOTHING)
        except ShipuiError as error:  # such as: shipped under another account, whose shipui has kept it
            return Source(finding.path, 1, (), NOTHING, str(error))
        return source(self._installation, self._installation.person, promotion, finding, changed)

    def _changed_lines(self, promotion: Promotion) -> dict[str, frozenset[int]]:
        from shipui.actions.review import changed_lines

        digest, known = self._changed
        if digest != promotion.revision.diff_digest:
            known = changed_lines(self._installation, self._installation.person, promotion)
            self._changed = (promotion.revision.diff_digest, known)
        return known

    def say(
        self, promotion_id: str, fingerprints: Sequence[str], kind: DispositionKind, reason: str, until: str
    ) -> None:
        from shipui.actions.acknowledge import acknowledge

        end = end_of(until, self._installation.calendar().zone) if until else None
        acknowledge(
            self._installation, self._installation.person, promotion_id, fingerprints, reason, kind=kind, until=end
        )

    def export(self, promotion_id: str, folder: Path) -> Sequence[Path]:
        from shipui.actions.review import export

        return export(self._installation, self._installation.person, promotion_id, folder)
