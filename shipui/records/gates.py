"""What the gates said of a promotion's content, and what reviewers said of their findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from shipui.model.disposition import Disposition, DispositionKind
from shipui.model.errors import BadInput
from shipui.model.findings import Finding, GateReport, Report, Severity, Verdict, heaviest, weight_of
from shipui.records import promotions
from shipui.records.connection import storable

Connection = psycopg.Connection[Any]

_DISPOSITION = "disposition.promotion, finding, kind, disposition.reason, by, at, until"
_LATEST = f"""
SELECT DISTINCT ON (finding) {_DISPOSITION} FROM disposition JOIN promotion ON promotion.id = disposition.promotion
WHERE promotion.build = %s ORDER BY finding, disposition.id DESC
"""
"""Of each finding of a build, what was said last."""
_PRESENT = """
SELECT DISTINCT ON (run.gate) run.id, run.gate, run.files, run.lines FROM gate_run run
JOIN promotion ON promotion.revision = run.revision WHERE promotion.id = %s ORDER BY run.gate, run.id DESC
"""
"""Each gate's last run on the content that a promotion has now; on whichever promotion of that content it was."""
FETCHED = 1_000
"""Findings that are taken from the database at once: other threads get their turn in between."""
_COLUMNS = "rule, severity, path, line, message, fix, cwe, evidence, fingerprint"


@dataclass(frozen=True, slots=True)
class GateRun:
    id: int
    gate: str
    files: int
    lines: int


def add_run(
    connection: Connection,
    promotion: str,
    gate: str,
    verdict: str,
    files: int,
    lines: int,
    findings: Iterable[Mapping[str, Any]],
) -> int:
    """One gate's verdict on the promotion's present content; a finding has the keys of the gates' JSON report. The run's number."""
    row = connection.execute(
        "INSERT INTO gate_run (promotion, revision, gate, verdict, files, lines)"
        " SELECT id, revision, %s, %s, %s, %s FROM promotion WHERE id = %s RETURNING id",
        (gate, verdict, files, lines, promotion),
    ).fetchone()
    assert row is not None, promotion
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO finding (gate_run, fingerprint, rule, severity, path, line, message, fix, cwe, evidence)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    row[0],
                    each["fingerprint"],
                    each["rule"],
                    each["severity"],
                    storable(each["path"]),
                    each["line"],
                    storable(each["message"]),
                    storable(each.get("fix") or ""),
                    each.get("cwe"),
                    storable(each.get("evidence") or ""),
                )
                for each in findings
            ],
        )
    return int(row[0])


def record(connection: Connection, promotion: str, report: Report) -> None:
    """What the gates say of the promotion's present content; what they said of the same content before is not written twice."""
    if [_said(each) for each in reports(connection, promotion)] != [_said(each) for each in report.gates]:
        for each in report.gates:
            found = [finding.as_json() for finding in each.findings]
            add_run(connection, promotion, each.gate, str(each.verdict), each.files, each.lines, found)
    promotions.set_gate_verdict(connection, promotion, str(report.verdict))


def _said(report: GateReport) -> tuple[str, list[str]]:
    return report.gate, sorted(each.fingerprint for each in report.findings)


def reports(connection: Connection, promotion: str) -> tuple[GateReport, ...]:
    """Each gate's last run on the promotion's present content, with what reviewers have settled. Empty: none has run."""
    settled = settled_of(connection, promotion)
    return tuple(
        GateReport(run.gate, run.files, run.lines, tuple(findings(connection, run.id)), settled)
        for run in present_runs(connection, promotion)
    )


def present_runs(connection: Connection, promotion: str) -> list[GateRun]:
    """Each gate's last run on the promotion's present content, in the gates' order."""
    return sorted(
        (GateRun(*row) for row in connection.execute(_PRESENT, (promotion,)).fetchall()), key=lambda run: run.id
    )


def runs_before(connection: Connection, promotion: str) -> list[GateRun]:
    """The gates' last runs on what the build's content was before its present one; empty if there was none."""
    row = connection.execute(
        "SELECT run.revision FROM gate_run run JOIN revision ON revision.id = run.revision"
        " JOIN promotion ON promotion.build = revision.build AND promotion.revision <> run.revision"
        " WHERE promotion.id = %s ORDER BY run.id DESC LIMIT 1",
        (promotion,),
    ).fetchone()
    if row is None:
        return []
    rows = connection.execute(
        "SELECT DISTINCT ON (gate) id, gate, files, lines FROM gate_run WHERE revision = %s ORDER BY gate, id DESC", row
    ).fetchall()
    return sorted((GateRun(*each) for each in rows), key=lambda run: run.id)


def findings(connection: Connection, run: int) -> list[Finding]:
    """Of one run of one gate, by path and line."""
    found: list[Finding] = []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM finding WHERE gate_run = %s ORDER BY path, line, rule, fingerprint", (run,)
        )
        while rows := cursor.fetchmany(FETCHED):
            found += [Finding(rule, Severity(severity), *rest) for rule, severity, *rest in rows]
    return found


def severities(connection: Connection, promotion: str) -> dict[Severity, int]:
    """How many findings of each severity the promotion's present content has, settled or not."""
    rows = connection.execute(
        f"WITH run AS ({_PRESENT}) SELECT severity, count(*) FROM finding JOIN run ON run.id = finding.gate_run GROUP BY severity",
        (promotion,),
    ).fetchall()
    return {Severity(severity): count for severity, count in rows}


def verdict_now(connection: Connection, promotion: str) -> Verdict | None:
    """The gates' verdict on the promotion's present content as things stand: dispositions may have ended. None: no gate has run."""
    rows = connection.execute(
        f"WITH run AS ({_PRESENT}), said AS ({_LATEST})"
        " SELECT DISTINCT finding.rule, finding.severity FROM run LEFT JOIN finding ON finding.gate_run = run.id"
        " LEFT JOIN said ON said.finding = finding.fingerprint AND said.kind <> 'reopened'"
        " AND (said.until IS NULL OR said.until > now()) WHERE said.finding IS NULL",
        (promotion, _build_of(connection, promotion)),
    ).fetchall()
    if not rows:
        return Verdict.PASS if present_runs(connection, promotion) else None
    return heaviest(weight_of(rule, Severity(severity)) for rule, severity in rows if rule is not None)


def add_disposition(
    connection: Connection, promotion: str, finding: str, kind: str, reason: str, by: str
) -> Disposition:
    """`finding` is a fingerprint. BadInput without a reason."""
    return add_dispositions(connection, promotion, [finding], DispositionKind(kind), reason, by, None)[0]


def add_dispositions(
    connection: Connection,
    promotion: str,
    fingerprints: Sequence[str],
    kind: DispositionKind,
    reason: str,
    by: str,
    until: datetime | None,
) -> list[Disposition]:
    """The same of each finding; what that makes of the promotion's verdict is noted. BadInput without a reason."""
    if not reason.strip():
        raise BadInput("A disposition needs a reason.", fix="Say why, with --reason.")
    with connection.cursor(row_factory=class_row(Disposition)) as cursor:
        made = cursor.execute(
            "INSERT INTO disposition (promotion, finding, kind, reason, by, until)"
            " SELECT %s, each, %s, %s, %s, %s FROM unnest(%s::text[]) AS each"
            f" RETURNING {_DISPOSITION}",
            (promotion, str(kind), storable(reason), storable(by), until, [storable(each) for each in fingerprints]),
        ).fetchall()
    refresh_verdict(connection, promotion)
    return made


def refresh_verdict(connection: Connection, promotion: str) -> Verdict | None:
    """Note the verdict as it is now with the promotion; None: no gate has run."""
    verdict = verdict_now(connection, promotion)
    if verdict is not None:
        promotions.set_gate_verdict(connection, promotion, str(verdict))
    return verdict


def dispositions(connection: Connection, promotion: str) -> list[Disposition]:
    """Those given on this promotion, the oldest first."""
    with connection.cursor(row_factory=class_row(Disposition)) as cursor:
        return cursor.execute(
            f"SELECT {_DISPOSITION} FROM disposition WHERE promotion = %s ORDER BY id", (promotion,)
        ).fetchall()


def latest_dispositions(connection: Connection, promotion: str) -> dict[str, Disposition]:
    """By fingerprint, what was said last, on any promotion of the same build: a retry keeps it."""
    with connection.cursor(row_factory=class_row(Disposition)) as cursor:
        said = cursor.execute(_LATEST, (_build_of(connection, promotion),)).fetchall()
    return {each.finding: each for each in said}


def settled_of(connection: Connection, promotion: str) -> frozenset[str]:
    """Fingerprints that count no longer, on the promotion's build."""
    return settled_of_build(connection, _build_of(connection, promotion))


def settled_of_build(connection: Connection, build: str) -> frozenset[str]:
    """Fingerprints that reviewers have acknowledged or called false, on any promotion of the build, and that has not ended since."""
    rows = connection.execute(
        f"SELECT finding FROM ({_LATEST}) said WHERE kind <> 'reopened' AND (until IS NULL OR until > now())", (build,)
    ).fetchall()
    return frozenset(row[0] for row in rows)


def called_false_of_build(connection: Connection, build: str) -> frozenset[str]:
    """Fingerprints that a reviewer has looked at and said: there is nothing. Narrower than settled: nobody has accepted a risk."""
    rows = connection.execute(
        f"SELECT finding FROM ({_LATEST}) said WHERE kind = 'false_positive' AND (until IS NULL OR until > now())",
        (build,),
    ).fetchall()
    return frozenset(row[0] for row in rows)


def unknown(connection: Connection, promotion: str, fingerprints: Sequence[str]) -> list[str]:
    """Those that no run of the gates on any content of the promotion's build has reported."""
    wanted = [storable(each) for each in fingerprints]
    rows = connection.execute(
        "SELECT finding.fingerprint FROM gate_run run JOIN promotion ON promotion.id = run.promotion"
        " JOIN finding ON finding.gate_run = run.id"
        " WHERE promotion.build = %s AND finding.fingerprint = ANY(%s)",
        (_build_of(connection, promotion), wanted),
    ).fetchall()
    known = {row[0] for row in rows}
    return [each for each in wanted if each not in known]


def _build_of(connection: Connection, promotion: str) -> str:
    row = connection.execute("SELECT build FROM promotion WHERE id = %s", (promotion,)).fetchone()
    return str(row[0]) if row is not None else ""
