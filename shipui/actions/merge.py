"""Try the merge of a build's pull request again: after a reviewer has settled what the gates found, or its checks have passed."""

from __future__ import annotations

from shipui.gates.gate_list import GATES
from shipui.install import Installation
from shipui.limits.deadline import Deadline
from shipui.model.contribution import Decision, RecordedContribution
from shipui.model.errors import Refused
from shipui.model.findings import Report
from shipui.model.ids import IdKind, parse_id
from shipui.model.inventory import Build
from shipui.model.merge_rule import standing_in_the_way
from shipui.model.promotion import Promotion
from shipui.model.roles import Person, Right
from shipui.records import builds, contributions, evidence, gates, promotions, pull_requests
from shipui.records.pull_requests import RecordedPullRequest
from shipui.runs.build_lock import take_build
from shipui.ship.publishing import Published, Publishing, publish
from shipui.ship.pull_request_text import Facts


def merge(installation: Installation, person: Person, reference: str) -> Published:
    """`reference` is a promotion's ID, or a build's. Refused when there is nothing to merge, or something stands in the way."""
    person.require(Right.MERGE)
    promotion, build = _found(installation, reference)
    if promotion.revision != build.revision:
        # What the gates said is of the promotion's content: it says nothing of what the build holds by now.
        raise Refused(
            f"{build.id} holds other content by now than {promotion.id}, which the gates have looked at.",
            fix="Ship the build again.",
        )
    with installation.records.transaction() as connection:
        recorded = pull_requests.of_build(connection, build.id)
        chosen = contributions.of_build(connection, build.id)
        report = Report(gates.reports(connection, promotion.id))
        proof = evidence.of_revision(connection, build.id, build.revision)
    decision = _decision(installation, build, recorded, chosen)
    facts = Facts(
        build=build.id,
        title=promotion.title,
        commit=build.revision.commit,
        type=promotion.type,
        risk=promotion.risk,
        statistics=build.statistics,
        report=report,
        evidence=proof.evidence if proof else None,
        in_the_way=tuple(standing_in_the_way(report, proof.evidence if proof else None, GATES)),
        asked_by="" if decision.redacted else promotion.requested_by,
    )
    sharing = installation.sharing()
    work = Publishing(
        sharing.host(decision),
        installation.records,
        installation.sandbox(build.sandbox),
        build.revision,
        facts,
        decision,
        sharing.redaction,
        installation.settings,
        str(build.statistics.get("author", "")),
    )
    if work.host.local():
        raise Refused(
            f"The pull request of {build.id} cannot be merged: no repository or no token is set.",
            fix="shipui doctor tells what is missing.",
        )
    session = installation.records.direct("shipui/merge")
    with session:
        take_build(session, build.id)
        published = publish(work, Deadline(installation.settings.limits.run_seconds))
    with installation.audited(
        person, "merge tried", build.id, promotion=promotion.id, merged=published.merged, plain=published.plain
    ):
        pass
    return published


def _found(installation: Installation, reference: str) -> tuple[Promotion, Build]:
    with installation.records.transaction() as connection:
        if reference.upper().startswith(f"{IdKind.PROMOTION}-"):
            promotion = promotions.get(connection, parse_id(reference, IdKind.PROMOTION))
            return promotion, builds.get(connection, promotion.build)
        build = builds.get(connection, parse_id(reference, IdKind.BUILD))
        newest = promotions.newest_of_build(connection, build.id)
    if newest is None:
        raise Refused(f"{build.id} has not been shipped to its end.", fix="Ship it again: it goes on from there.")
    return newest, build


def _decision(
    installation: Installation, build: Build, recorded: RecordedPullRequest | None, chosen: RecordedContribution | None
) -> Decision:
    """As it was when the build left this machine; Refused if it never did, or has other content by now."""
    if recorded is None or not recorded.number:
        raise Refused(
            f"{build.id} has no pull request: {chosen.plain if chosen else 'nothing of it left this machine.'}",
            fix="Ship it again once it may leave.",
        )
    if recorded.commit != build.revision.commit:
        raise Refused(
            f"The pull request of {build.id} holds older content ({recorded.commit[:12]}).", fix="Ship the build again."
        )
    mode = installation.sharing().mode
    if chosen is None or chosen.mode is not mode:
        raise Refused(f"The contribution mode has changed since {build.id} was shipped.", fix="Ship the build again.")
    return Decision(True, chosen.plain, redacted=mode.shares)
