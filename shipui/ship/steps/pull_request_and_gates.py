"""Ship step 5: the four gates look at the change. Pull requests are not there yet, and the step says so."""

from __future__ import annotations

from typing import Any

from shipui.gates.engine import examine
from shipui.gates.range_reading import change_in
from shipui.model.findings import Report, Severity, Verdict
from shipui.model.steps import SHIP_STEPS
from shipui.model.text import counted
from shipui.records import gates
from shipui.runs.procedure import Done, Undone
from shipui.ship.shipment import Shipment

NO_PULL_REQUEST = "No pull request was opened: this version of shipui does not do that yet."


class PullRequestAndGates:
    definition = SHIP_STEPS[4]

    def intend(self, work: Shipment) -> dict[str, Any]:
        return {"commit": work.read().revision.commit}

    def act(self, work: Shipment, intent: dict[str, Any]) -> Done:
        deadline = work.context.deadline
        with work.records.transaction() as connection:
            settled = gates.settled_of_build(connection, work.order.build)
        with work.sandbox.examined(work.read().revision, deadline) as examined:
            report = examine(change_in(examined), work.gates, settled=settled)
        deadline.check()
        work.report = report
        for each in report.gates:
            work.context.log(f"{each.gate}: {each.verdict}, {counted(len(each.findings), 'finding') or 'no finding'}")
        return Done(f"{_words(report)} {NO_PULL_REQUEST}", left={"verdict": str(report.verdict)})

    def undo(self, work: Shipment, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()


def _words(report: Report) -> str:
    open_ones = [each for gate in report.gates for each in gate.findings if each.fingerprint not in gate.settled]
    heavy = sum(each.severity in {Severity.CRITICAL, Severity.HIGH} for each in open_ones)
    match report.verdict:
        case Verdict.PASS:
            return "The four gates pass."
        case Verdict.WARN:
            return f"The gates warn of {counted(len(open_ones), 'thing')}; none of it stops a deployment."
        case Verdict.BLOCK:
            return f"The gates found {counted(heavy, 'thing')} that a reviewer has to acknowledge first."
        case Verdict.ERROR:
            return "The gates could not read all of the change: a reviewer has to look at what they name."
