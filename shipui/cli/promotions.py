"""Commands on promotions: look, decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from shipui.cli.case_lines import case_facts
from shipui.cli.context import Invocation, pass_invocation, promotion_argument
from shipui.cli.output import age, print_commands, print_json, print_table
from shipui.cli.step_lines import step_line
from shipui.model.promotion import WORDS, Promotion, Status, is_in
from shipui.model.text import visible, visible_lines

if TYPE_CHECKING:
    from shipui.actions.show import PromotionStory, RunStory

PAGE = 200
FINDINGS = 10
"""How many of the gates' findings `show` lists."""
NEXT = {
    Status.PENDING: "It waits for approval: shipui approve {id}",
    Status.APPROVED: "It can be deployed: shipui deploy {id}",
    Status.EXECUTING: "It is being deployed. To stop it: shipui cancel {id}",
    Status.DEPLOYED: "To take it back: shipui rollback {id}",
    Status.ROLLED_BACK: "To ask for it again: shipui retry {id}",
    Status.NEEDS_ATTENTION: "A person has to act. Afterwards: shipui recover",
}


@click.command()
@click.option("--status", type=click.Choice([each.value for each in Status]), help="Only these.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.option("--limit", type=click.IntRange(1), default=PAGE, show_default=True, help="How many, newest first.")
@pass_invocation
def queue(invocation: Invocation, status: str | None, as_json: bool, limit: int) -> None:
    """List the promotions, newest first."""
    from shipui.records import promotions

    with invocation.opened() as installation, installation.records.transaction() as connection:
        found = promotions.listed(connection, status=Status(status) if status else None, limit=limit)
        loud = promotions.listed(connection, status=Status.NEEDS_ATTENTION)
    if as_json:
        print_json([_row(each) for each in found])
        return
    print_table(
        ["PROMOTION", "STATUS", "BUILD", "PRODUCT", "TYPE", "RISK", "BY", "AGE", "TITLE"],
        [
            [
                each.id, WORDS[each.status], each.build, f"{each.product_name} {each.version}", each.type, each.risk,
                each.requested_by, age(each.requested_at), visible(each.title, limit=60),
            ]
            for each in found
        ],
        "No promotions." if not status else f"No promotion is {WORDS[Status(status)]}.",
    )  # fmt: skip
    for each in loud:
        click.echo(f"\n!! {each.id} NEEDS ATTENTION: {visible(each.reason)}\n   shipui show {each.id}")


def _row(promotion: Promotion) -> dict[str, str]:
    return {
        "id": promotion.id,
        "status": str(promotion.status),
        "build": promotion.build,
        "title": promotion.title,
        "type": str(promotion.type),
        "risk": str(promotion.risk),
        "product": promotion.product_name,
        "version": promotion.version,
        "requested_by": promotion.requested_by,
    }


@click.command()
@promotion_argument
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def show(invocation: Invocation, promotion: str, as_json: bool) -> None:
    """Show one promotion, whole."""
    from shipui.actions.show import show as look

    with invocation.opened() as installation:
        story = look(installation, installation.person, promotion)
    if as_json:
        print_json(story.as_json())
        return
    _tell(story)


def _tell(story: PromotionStory) -> None:
    found = story.promotion
    facts = {
        "build": f"{found.build}, commit {found.revision.commit[:12]}, from {found.sandbox}",
        "product": f"{found.product_name} {found.version}, for {found.target}",
        "change": f"{found.type}, risk {found.risk}, asked for by {found.requested_by}",
        "approvals": ", ".join(each.person for each in story.approvals) or "none",
        "gates": found.gate_verdict,
        **case_facts(story.case),
        "retry of": found.retry_of,
        "backup": story.backup_path,
        "way back": story.way_back.plain if story.way_back else "",
    }
    click.echo(f"{found.id}  {WORDS[found.status]}  {visible(found.title, limit=200)}")
    if found.reason:
        click.echo(f"  {visible(found.reason)}")
    for name, fact in facts.items():
        if fact:
            click.echo(f"  {name:<9} {visible(fact, limit=500)}")
    _tell_findings(story)
    told = [each for each in (story.deployment, story.rollback) if each is not None]
    for each in told:
        _tell_run(each, known=found.reason)
    click.echo()
    if story.case.merge_is_free:
        click.echo(f"  Nothing stands in the way of its pull request any more: shipui merge {found.id}")
    if told:
        click.echo(f"  The log: shipui log {found.id}")
    if found.status in NEXT:
        click.echo(f"  {NEXT[found.status].format(id=found.id)}")


def _tell_findings(story: PromotionStory) -> None:
    """What a reviewer still has to settle; the rest is in `show --json`."""
    from shipui.model.findings import Verdict, heaviest_first, verdict_of

    left = [each for report in story.gates for each in report.findings if each.fingerprint not in report.settled]
    weighty = [each for each in left if verdict_of([each]) in {Verdict.BLOCK, Verdict.ERROR}]
    for each in heaviest_first(weighty)[:FINDINGS]:
        where = f"{each.path}:{each.line}" if each.line else each.path
        click.echo(
            f"\n  {each.severity}  {visible(where, limit=200)}  {each.rule}\n    {visible(each.message, limit=400)}"
        )
        click.echo(f"    shipui acknowledge {story.promotion.id} {each.fingerprint} --reason “…”")
        said = story.said.get(each.fingerprint)
        if said is not None and said.until is not None:
            click.echo(
                f"    {said.by} had settled it until {said.until:%Y-%m-%d %H:%M}: {visible(said.reason, limit=200)}"
            )
    if len(weighty) > FINDINGS:
        click.echo(f"\n  and {len(weighty) - FINDINGS} more: shipui show {story.promotion.id} --json")


def _tell_run(told: RunStory, *, known: str) -> None:
    """Each step, and how it ended, unless that is what is `known` already."""
    run = told.run
    began = age(run.started_at)
    when = began if began == "just now" else f"{began} ago"
    click.echo(f"\n  {run.kind} {run.id}, begun {when} by {visible(run.person)}")
    for step in told.view.steps:
        click.echo(f"  {step_line(step)}")
        if step.undone:
            click.echo(f"      taken back: {visible(step.undone)}")
    if run.plain and run.plain != known:
        click.echo(f"  {visible(run.plain)}")
    for line in visible_lines(run.detail) if run.detail else ():
        click.echo(f"      {line}")
    if run.commands:
        click.echo("  What finishes it by hand:")
        print_commands(run.commands)


def _decided(promotion: Promotion) -> None:
    click.echo(f"{promotion.id} {is_in(promotion.status)}.")


@click.command()
@promotion_argument
@click.option("--reason", default="", help="Kept with the approval.")
@pass_invocation
def approve(invocation: Invocation, promotion: str, reason: str) -> None:
    """Approve a promotion: exactly the content that its sandbox has now."""
    from shipui.actions.approve import approve as act

    with invocation.opened(asking=True) as installation:
        after = act(installation, installation.person, promotion, reason)
    if after.status is Status.PENDING:
        click.echo(f"Your approval of {after.id} is noted; it needs more before it can be deployed.")
        return
    _decided(after)


@click.command()
@promotion_argument
@click.option("--reason", required=True, help="Whoever asked for it will read this.")
@pass_invocation
def reject(invocation: Invocation, promotion: str, reason: str) -> None:
    """Reject a promotion that waits for approval."""
    from shipui.actions.reject import reject as act

    with invocation.opened(asking=True) as installation:
        _decided(act(installation, installation.person, promotion, reason))


@click.command()
@promotion_argument
@click.option("--reason", required=True, help="Kept with the promotion.")
@pass_invocation
def withdraw(invocation: Invocation, promotion: str, reason: str) -> None:
    """Withdraw a promotion before it is deployed."""
    from shipui.actions.withdraw import withdraw as act

    with invocation.opened(asking=True) as installation:
        _decided(act(installation, installation.person, promotion, reason))


@click.command()
@promotion_argument
@pass_invocation
def retry(invocation: Invocation, promotion: str) -> None:
    """Ask again for a promotion that was rolled back: a new promotion of the same build."""
    from shipui.actions.retry import retry as act

    with invocation.opened(asking=True) as installation:
        again = act(installation, installation.person, promotion)
    click.echo(f"{again.id} asks for {again.build} again, after {promotion}. It waits for approval.")


@click.command()
@promotion_argument
@click.argument("findings", nargs=-1, required=True, metavar="FINDING…")
@click.option("--reason", required=True, help="Why; kept with the finding.")
@click.option("--false-positive", is_flag=True, help="It is none, rather than one that may stay.")
@click.option("--reopen", is_flag=True, help="What was said of it before no longer holds: it counts again.")
@click.option(
    "--until", metavar="DATE", help="It counts to the end of that day, such as 2027-01-31. Default: for good."
)
@pass_invocation
def acknowledge(
    invocation: Invocation,
    promotion: str,
    findings: tuple[str, ...],
    reason: str,
    false_positive: bool,
    reopen: bool,
    until: str | None,
) -> None:
    """Accept findings of the gates, named by their fingerprints, with the reason.

    The same findings stay accepted when the build is shipped again, even if they have moved to other lines.
    """
    from shipui.actions.acknowledge import acknowledge as act
    from shipui.actions.show import merge_is_free
    from shipui.model.disposition import DispositionKind, end_of

    if false_positive and reopen:
        raise click.UsageError("--false-positive and --reopen exclude each other.")
    kind = DispositionKind.ACKNOWLEDGED
    if false_positive or reopen:
        kind = DispositionKind.FALSE_POSITIVE if false_positive else DispositionKind.REOPENED
    with invocation.opened() as installation:
        end = end_of(until, installation.calendar().zone) if until is not None else None
        said = act(installation, installation.person, promotion, findings, reason, kind=kind, until=end)
        free = merge_is_free(installation, installation.person, promotion)
    ending = f", until {end:%Y-%m-%d %H:%M %Z}" if end else ""
    if len(said) == 1:
        click.echo(f"The finding {visible(said[0].finding, limit=80)} of {promotion} is {kind.words}{ending}.")
    else:
        click.echo(f"{len(said)} findings of {promotion} are {kind.words}{ending}.")
    if free:
        click.echo(f"Nothing stands in the way of its pull request any more: shipui merge {promotion}")
