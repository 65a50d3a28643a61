"""What the gates said of a promotion's content, and what reviewers said of their findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg.rows import class_row

from shipui.model.errors import BadInput
from shipui.model.findings import Finding, GateReport, Report, Severity
from shipui.model.inventory import Disposition
from shipui.records import promotions
from shipui.records.connection import storable

Connection = psycopg.Connection[Any]

_KINDS = ("acknowledged", "false_positive")


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
    """Each gate's last run on the promotion's present content, less what reviewers have settled. Empty: none has run."""
    rows = connection.execute(
        "SELECT DISTINCT ON (run.gate) run.id, run.gate, run.files, run.lines, promotion.build FROM gate_run run"
        " JOIN promotion ON promotion.id = run.promotion AND promotion.revision = run.revision"
        " WHERE run.promotion = %s ORDER BY run.gate, run.id DESC",
        (promotion,),
    ).fetchall()
    settled = settled_of_build(connection, rows[0][4]) if rows else frozenset()
    found = (
        GateReport(gate, files, lines, _findings(connection, run), settled)
        for run, gate, files, lines, _ in sorted(rows)
    )
    return tuple(found)


def _findings(connection: Connection, run: int) -> tuple[Finding, ...]:
    rows = connection.execute(
        "SELECT rule, severity, path, line, message, fix, cwe, evidence, fingerprint FROM finding"
        " WHERE gate_run = %s ORDER BY path, line, rule, fingerprint",
        (run,),
    ).fetchall()
    return tuple(Finding(rule, Severity(severity), *rest) for rule, severity, *rest in rows)


def add_disposition(
    connection: Connection, promotion: str, finding: str, kind: str, reason: str, by: str
) -> Disposition:
    """`finding` is a fingerprint, `kind` acknowledged or false_positive. BadInput without a reason."""
    if kind not in _KINDS:
        raise BadInput(f"“{kind}” is not a disposition.", fix=f"Expected {' or '.join(_KINDS)}.")
    if not reason.strip():
        raise BadInput("A disposition needs a reason.", fix="Say why, with --reason.")
    with connection.cursor(row_factory=class_row(Disposition)) as cursor:
        made = cursor.execute(
            "INSERT INTO disposition (promotion, finding, kind, reason, by) VALUES (%s, %s, %s, %s, %s)"
            " RETURNING promotion, finding, kind, reason, by, at",
            (promotion, storable(finding), kind, storable(reason), storable(by)),
        ).fetchone()
    assert made is not None
    verdict = Report(reports(connection, promotion)).verdict
    promotions.set_gate_verdict(connection, promotion, str(verdict))
    return made


def dispositions(connection: Connection, promotion: str) -> list[Disposition]:
    """The oldest first; the latest of a finding counts."""
    with connection.cursor(row_factory=class_row(Disposition)) as cursor:
        return cursor.execute(
            "SELECT promotion, finding, kind, reason, by, at FROM disposition WHERE promotion = %s ORDER BY id",
            (promotion,),
        ).fetchall()


def settled_of_build(connection: Connection, build: str) -> frozenset[str]:
    """Fingerprints that reviewers have acknowledged or called false, on any promotion of the build: a retry keeps them."""
    rows = connection.execute(
        "SELECT DISTINCT finding FROM disposition JOIN promotion ON promotion.id = disposition.promotion"
        " WHERE promotion.build = %s",
        (build,),
    ).fetchall()
    return frozenset(row[0] for row in rows)


def has_finding(connection: Connection, promotion: str, finding: str) -> bool:
    """Whether any run of the gates on that promotion reported the fingerprint."""
    row = connection.execute(
        "SELECT FROM finding JOIN gate_run ON gate_run.id = finding.gate_run"
        " WHERE gate_run.promotion = %s AND finding.fingerprint = %s LIMIT 1",
        (promotion, storable(finding)),
    ).fetchone()
    return row is not None
