"""Commands on the audit trail."""

from __future__ import annotations

import click

from shipui.cli.context import Invocation, pass_invocation
from shipui.cli.output import print_json, print_table


@click.group()
def audit() -> None:
    """The audit trail: who did what, when; each entry carries the hash of the one before."""


@audit.command(name="list")
@click.option("--person", help="Only this account's.")
@click.option("--subject", metavar="ID", help="Only what was done to this promotion or build.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def list_entries(
    invocation: Invocation, person: str | None, subject: str | None, limit: int, as_json: bool
) -> None:
    """The newest entries first."""
    from shipui.actions.audit import listed

    with invocation.opened() as installation:
        found = listed(installation, installation.person, person=person, subject=subject, limit=limit)
    if as_json:
        print_json([each.as_json() for each in found])
        return
    print_table(
        ["#", "WHEN (UTC)", "WHO", "WHAT", "ON", "DETAILS"],
        [
            [
                each.id,
                f"{each.at:%Y-%m-%d %H:%M:%S}",
                each.actor,
                each.action,
                each.subject,
                ", ".join(f"{key}={value}" for key, value in each.details.items() if value not in ("", None)),
            ]
            for each in found
        ],
        "The audit trail is empty.",
    )


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def verify(invocation: Invocation, as_json: bool) -> None:
    """Recompute every hash, and compare the head with the copy that is kept outside the database."""
    from shipui.actions.audit import verify as act

    with invocation.opened() as installation:
        problems = act(installation, installation.person)
    if as_json:
        print_json({"ok": not problems, "problems": problems})
    elif problems:
        click.echo("The audit trail was changed:")
        for problem in problems:
            click.echo(f"  {problem}")
    else:
        click.echo("The audit trail is whole.")
    if problems:
        raise click.exceptions.Exit(1)
