"""Findings without an install: in memory, with a file for each path; what is said of them is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from shipui.model.disposition import Disposition, DispositionKind
from shipui.model.errors import ShipuiError
from shipui.model.findings import Finding, Severity
from shipui.model.promotion import Promotion
from shipui.model.review import GateFinding, Review, Since, Source

NOW = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
GATES = ("security", "destructive-operations", "architecture", "dependencies")
PAGES = """\
import flask

from notes import database

application = flask.Flask(__name__)


@application.get("/find")
def find():
    word = flask.request.args["q"]
    # What somebody is looking for.
    rows = database.rows("SELECT body FROM note WHERE body LIKE '%" + word + "%'")
    return flask.jsonify([row.body for row in rows])


@application.get("/health")
def health():
    return {"status": "ok"}
"""


def finding(
    number: int,
    severity: Severity = Severity.HIGH,
    path: str = "notes/pages.py",
    line: int | None = 12,
    rule: str = "py-sql-injection",
    message: str = "A value from the request becomes part of an SQL statement, so whoever sends it can read and change the database.",
    gate: str = "security",
    since: Since | None = None,
) -> GateFinding:
    made = Finding(
        rule, severity, path, line, message, fix="Give the value as a parameter: LIKE %s.", cwe="CWE-89",
        evidence="the line itself", fingerprint=f"{number:032x}",
    )  # fmt: skip
    return GateFinding.of(gate, made, since)


@dataclass
class FakeFindings:
    there: list[GateFinding] = field(default_factory=list)
    gone: list[GateFinding] = field(default_factory=list)
    compared: bool = False
    examined: bool = True
    own_request: bool = False
    files: dict[str, str] = field(default_factory=lambda: {"notes/pages.py": PAGES})
    changed: frozenset[int] = frozenset({10, 12})
    said: dict[str, Disposition] = field(default_factory=dict)
    calls: list[tuple[tuple[str, ...], str, str, str]] = field(default_factory=list)
    error: ShipuiError | None = None
    by: str = "ann"
    find: dict[str, Promotion] = field(default_factory=dict)

    def review(self, promotion_id: str, known: Review | None) -> Review:
        subject = self.find[promotion_id]
        if known is not None and len(known.present) == len(self.there):
            return replace(known, said=dict(self.said), promotion=subject)
        runs = (1, 2, 3, 4) if self.examined else ()
        gates = GATES if self.examined else ()
        return Review(
            subject, runs, gates, tuple(self.there), tuple(self.gone), self.compared, dict(self.said), self.own_request
        )

    def source(self, promotion: Promotion, finding: Finding) -> Source:
        text = self.files.get(finding.path)
        if text is None:
            return Source(finding.path, 1, (), frozenset(), "There is no such file.")
        return Source(finding.path, 1, tuple(text.split("\n")), self.changed)

    def say(
        self, promotion_id: str, fingerprints: Sequence[str], kind: DispositionKind, reason: str, until: str
    ) -> None:
        if self.error is not None:
            raise self.error
        self.calls.append((tuple(fingerprints), str(kind), reason, until))
        for each in fingerprints:
            self.said[each] = Disposition(promotion_id, each, str(kind), reason, self.by, NOW)

    def export(self, promotion_id: str, folder: Path) -> Sequence[Path]:
        return [folder / f"{promotion_id}-findings.sarif", folder / f"{promotion_id}-findings.md"]
