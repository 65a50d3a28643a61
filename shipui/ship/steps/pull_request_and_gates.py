"""Ship step 5: the gates' verdict, the evidence, and the pull request; merged by squash only if nothing stands in the way."""

from __future__ import annotations

from typing import Any

from shipui.gates.gate_list import GATES
from shipui.model.evidence import Evidence, Source
from shipui.model.findings import Report, Severity, Verdict
from shipui.model.markdown import quoted
from shipui.model.merge_rule import standing_in_the_way
from shipui.model.steps import SHIP_STEPS
from shipui.model.text import counted
from shipui.records import epics, evidence
from shipui.runs.procedure import Done, Undone
from shipui.ship.publishing import Publishing, publish
from shipui.ship.pull_request_text import Facts
from shipui.ship.shipment import Shipment
from shipui.ship.verification import verified


class PullRequestAndGates:
    definition = SHIP_STEPS[4]

    def intend(self, work: Shipment) -> dict[str, Any]:
        return {"commit": work.read().revision.commit, "folder": str(work.folder)}

    def act(self, work: Shipment, intent: dict[str, Any]) -> Done:
        _, report = work.examined()
        for each in report.gates:
            work.context.log(f"{each.gate}: {each.verdict}, {counted(len(each.findings), 'finding') or 'no finding'}")
        proof = _evidence(work)
        publishing = _publishing(work, report, proof)
        published = publish(publishing, work.context.deadline)
        _file_epic(work, publishing)
        found = published.pull_request
        return Done(
            f"{_words(report)} {published.plain}",
            detail=f"{found.host}: {found.url}",
            left={
                "verdict": str(report.verdict),
                "pull_request": found.number or None,
                "url": found.url,
                "merged": published.merged,
            },
        )

    def undo(self, work: Shipment, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()


def _evidence(work: Shipment) -> Evidence | None:
    """What was handed in; else what is known of this very commit and complete; else what the commands prove now."""
    build, revision = work.order.build, work.read().revision
    with work.records.transaction() as connection:
        known = evidence.of_revision(connection, build, revision)
    if work.order.evidence is not None:
        return work.order.evidence
    settings = work.settings.evidence
    if not settings.any or (known is not None and (known.source is Source.FILE or known.evidence.complete)):
        return known.evidence if known is not None else None
    found, output = verified(settings, work.sandbox, revision, work.folder, work.context.deadline, work.context.log)
    with work.records.transaction() as connection:
        evidence.add(connection, build, revision, found, Source.COMMANDS, output, work.person.name)
    return found


def _publishing(work: Shipment, report: Report, proof: Evidence | None) -> Publishing:
    snapshot, decision = work.read(), work.decision
    assert decision is not None, "the fourth step decides"
    facts = Facts(
        build=work.order.build,
        title=work.order.title,
        commit=snapshot.revision.commit,
        type=work.order.type,
        risk=work.risk,
        statistics=work.context.left["extract_and_scan"],
        report=report,
        evidence=proof,
        in_the_way=tuple(standing_in_the_way(report, proof, GATES)),
        asked_by="" if decision.redacted else work.person.name,
    )
    return Publishing(
        work.sharing.host(decision),
        work.records,
        work.sandbox,
        snapshot.revision,
        facts,
        decision,
        work.sharing.redaction,
        work.settings,
        snapshot.author,
    )


def _file_epic(work: Shipment, publishing: Publishing) -> None:
    """As an issue too, where the settings say so and the build may leave: its title is all that is told."""
    host, decision = publishing.host, publishing.decision
    if not work.settings.github.issues or not decision.leaves or host.local():
        return
    title = publishing.redaction.text(work.order.title) if decision.redacted else work.order.title
    body = f"{quoted(title)}\n\nBuild {work.order.build}. It is done once that is deployed.\n"
    filed = host.issue(f"epic-{work.order.build}", title, body, (), work.context.deadline)
    if filed is not None:
        with work.records.transaction() as connection:
            epics.note_issue(connection, work.made["epic"], filed.url)


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
