"""The report as SARIF 2.1.0, for viewers and code hosts."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from shipui import __version__
from shipui.gates.rules.catalogue import all_rules
from shipui.model.findings import INCOMPLETE, Finding, GateReport, Report, Severity
from shipui.model.text import visible

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "warning",
    Severity.INFO: "note",
}
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.5",
    Severity.INFO: "0.0",
}


def sarif(report: Report) -> dict[str, Any]:
    used = sorted({finding.rule for gate in report.gates for finding in gate.findings})
    places = {rule: index for index, rule in enumerate(used)}
    complete = not any(gate.unread for gate in report.gates)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "shipui",
                        "version": __version__,
                        "rules": _rules(report, used),
                    }
                },
                "invocations": [{"executionSuccessful": complete}],
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, gate, places) for gate in report.gates for finding in gate.findings],
            }
        ],
    }


def _rules(report: Report, used: list[str]) -> list[dict[str, Any]]:
    declared = {rule.id: rule for rule in all_rules()}
    first = {finding.rule: finding for gate in reversed(report.gates) for finding in reversed(gate.findings)}
    made = []
    for id in used:
        rule = declared.get(id)
        cwe = rule.cwe if rule else first[id].cwe
        severity = rule.severity if rule else first[id].severity
        made.append(
            {
                "id": id,
                "shortDescription": {"text": rule.title if rule else id.replace("-", " ")},
                "fullDescription": {"text": rule.why if rule else first[id].message},
                "help": {"text": (rule.fix if rule else first[id].fix) or "Have a reviewer look at it."},
                "defaultConfiguration": {"level": _LEVELS[severity]},
                "properties": {
                    "security-severity": _SCORES[severity],
                    "tags": ["security", f"external/cwe/{cwe.lower()}"] if cwe else ["security"],
                },
            }
        )
    return made


def _result(finding: Finding, gate: GateReport, places: dict[str, int]) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": quote(finding.path, safe="/", errors="backslashreplace")}}
    if finding.line is not None:
        location["region"] = {"startLine": finding.line}
        if finding.evidence:
            location["region"]["snippet"] = {"text": visible(finding.evidence, limit=200)}
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": places[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message} {finding.fix}".strip()},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"shipui/v1": finding.fingerprint},
        "properties": {"gate": gate.gate, "severity": str(finding.severity), "incomplete": finding.rule in INCOMPLETE},
    }
    if finding.fingerprint in gate.settled:
        result["suppressions"] = [{"kind": "external"}]
    return result
