"""Commands on promotions: look, decide."""

from __future__ import annotations

import click

from shipui.cli.context import Invocation, pass_invocation
from shipui.cli.output import age, print_json, print_table
from shipui.model.ids import IdKind, parse_id
from shipui.model.promotion import WORDS, Promotion, Status
from shipui.model.steps import StepState
from shipui.model.text import duration, visible

PAGE = 200
GLYPHS = {
    StepState.WAITING: "·",
    StepState.RUNNING: "▸",
    StepState.PASSED: "✓",
    StepState.FAILED: "✗",
    StepState.UNDONE: "↺",
    StepState.SKIPPED: "–",
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
    for each in found:
        if each.status is Status.NEEDS_ATTENTION:
            click.echo(f"\n!! {each.id} NEEDS ATTENTION: {each.reason}\n   shipui show {each.id}")


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
        "requested_at": promotion.requested_at.isoformat(),
        "target": promotion.target,
        "reason": promotion.reason,
    }


@click.command()
@click.argument("promotion")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def show(invocation: Invocation, promotion: str, as_json: bool) -> None:
    """Show one promotion, whole."""
    from shipui.actions.show import show as look

    promotion_id = parse_id(promotion, IdKind.PROMOTION)
    with invocation.opened() as installation:
        story = look(installation, installation.person, promotion_id)
    if as_json:
        print_json(story.as_json())
        return
    found = story.promotion
    click.echo(f"{found.id}  {WORDS[found.status]}  {visible(found.title, limit=200)}")
    if found.reason:
        click.echo(f"  {visible(found.reason)}")
    click.echo(f"  build     {found.build}, commit {found.revision.commit[:12]}, from {visible(found.sandbox)}")
    click.echo(f"  product   {visible(found.product_name)} {found.version}, for {found.target}")
    click.echo(f"  change    {found.type}, risk {found.risk}, asked for by {found.requested_by}")
    given = ", ".join(each.person for each in story.approvals) or "none"
    click.echo(f"  approvals {given}")
    click.echo(f"  gates     {found.gate_verdict}")
    if story.backup_path:
        click.echo(f"  backup    {story.backup_path}")
    for told in (story.deployment, story.rollback):
        if told is None:
            continue
        click.echo(f"\n  {told.run.kind} {told.run.id}, begun {age(told.run.started_at)} ago by {told.run.person}")
        for step in told.view.steps:
            seconds = duration(step.seconds) if step.seconds is not None else ""
            click.echo(f"  {GLYPHS[step.state]} {step.number:>2} {step.title:<22} {seconds:>8}  {step.plain}")
            if step.undone:
                click.echo(f"      ↺ {step.undone}")
        if told.run.plain:
            click.echo(f"  {told.run.plain}")
        for command in told.run.commands:
            click.echo(f"      {command}")
    click.echo(f"\n  The log: shipui log {found.id}")


def _decided(promotion: Promotion) -> None:
    click.echo(f"{promotion.id} is {WORDS[promotion.status]}.")


@click.command()
@click.argument("promotion")
@click.option("--reason", default="", help="Kept with the approval.")
@pass_invocation
def approve(invocation: Invocation, promotion: str, reason: str) -> None:
    """Approve a promotion: exactly the content that its sandbox has now."""
    from shipui.actions.approve import approve as act

    promotion_id = parse_id(promotion, IdKind.PROMOTION)
    with invocation.opened() as installation:
        after = act(installation, installation.person, promotion_id, reason)
    if after.status is Status.PENDING:
        click.echo(f"Your approval of {after.id} is noted; it needs more before it can be deployed.")
        return
    _decided(after)


@click.command()
@click.argument("promotion")
@click.option("--reason", required=True, help="Whoever asked for it will read this.")
@pass_invocation
def reject(invocation: Invocation, promotion: str, reason: str) -> None:
    """Reject a promotion that waits for approval."""
    from shipui.actions.reject import reject as act

    promotion_id = parse_id(promotion, IdKind.PROMOTION)
    with invocation.opened() as installation:
        _decided(act(installation, installation.person, promotion_id, reason))


@click.command()
@click.argument("promotion")
@click.option("--reason", required=True, help="Kept with the promotion.")
@pass_invocation
def withdraw(invocation: Invocation, promotion: str, reason: str) -> None:
    """Withdraw a promotion before it is deployed."""
    from shipui.actions.withdraw import withdraw as act

    promotion_id = parse_id(promotion, IdKind.PROMOTION)
    with invocation.opened() as installation:
        _decided(act(installation, installation.person, promotion_id, reason))


@click.command()
@click.argument("promotion")
@pass_invocation
def retry(invocation: Invocation, promotion: str) -> None:
    """Ask again for a promotion that was rolled back: a new promotion of the same build."""
    from shipui.actions.retry import retry as act

    promotion_id = parse_id(promotion, IdKind.PROMOTION)
    with invocation.opened() as installation:
        again = act(installation, installation.person, promotion_id)
    click.echo(f"{again.id} asks for {again.build} again, after {promotion_id}. It waits for approval.")
