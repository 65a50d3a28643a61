"""Runs the gates on a change: each whatever happens to the others, with what people have allowed taken into account."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import replace

from shipui.config.settings import GateSettings
from shipui.gates.base import Change, Gate, rule_failed
from shipui.gates.diff_reading import THE_DIFF
from shipui.gates.gate_list import GATES
from shipui.gates.security import Security
from shipui.gates.suppressions import reported, split, suppressions
from shipui.model.findings import Finding, GateReport, Report, fingerprinted

NEVER_SUPPRESSED = "destructive-operations"
"""What destroys data is acknowledged by a person, by name: no comment does that."""


def examine(
    change: Change,
    settings: GateSettings,
    *,
    settled: Iterable[str] = (),
    gates: Iterable[str] | None = None,
    processes: int = 1,
) -> Report:
    """`gates`: names; all of them by default. `settled`: fingerprints of findings that a reviewer has accepted.

    `processes` above 1 only where no other thread runs.

    The same change gives the same report.
    """
    reports = [_report(name, change, settings, processes) for name in (GATES if gates is None else gates)]
    known = suppressions(change)
    used = set()
    kept: list[list[Finding]] = []
    for report in reports:
        if report.gate == NEVER_SUPPRESSED:
            kept.append(list(report.findings))
            continue
        remaining, needed = split(list(report.findings), known)
        kept.append(remaining)
        used |= needed
    if kept:
        kept[0] += [*reported(change, known, used), *change.problems]
    accepted = frozenset(settled)
    return Report(
        tuple(
            replace(report, findings=fingerprinted(findings), settled=accepted)
            for report, findings in zip(reports, kept, strict=True)
        )
    )


def _report(name: str, change: Change, settings: GateSettings, processes: int) -> GateReport:
    try:
        return _made(name, processes).examine(change, settings)
    except Exception as error:  # noqa: BLE001 - a gate that throws is an error verdict, and the others go on
        return GateReport(name, 0, 0, (rule_failed(name, THE_DIFF, error),))


def _made(name: str, processes: int) -> Gate:
    module, _, class_name = GATES[name].partition(":")
    made = getattr(importlib.import_module(module), class_name)
    gate: Gate = made(processes) if made is Security else made()
    return gate
