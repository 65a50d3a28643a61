"""Commands on the audit trail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from shipui.cli.context import Invocation, pass_invocation
from shipui.cli.output import print_json, print_table

if TYPE_CHECKING:
    from shipui.records.audit import AuditEntry


@click.group()
def audit() -> None:
    """The audit trail: who did what, when; each entry carries the hash of the one before."""


@audit.command(name="list")
@click.option("--person", help="Only this account's.")
@click.option("--subject", metavar="ID", help="Only what was done to this promotion or build.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def list_entries(invocation: Invocation, person: str | None, subject: str | None, limit: int, as_json: bool) -> None:
    """The newest entries first."""
    from shipui.actions.audit import listed

    with invocation.opened() as installation:
        found = listed(installation, installation.person, by=person, subject=subject, limit=limit)
    if as_json:
        print_json([_row(each) for each in found])
        return
    print_table(
        ["#", "WHEN (UTC)", "WHO", "WHAT", "ON", "DETAILS"],
        [
            [
                each.id,
                f"{each.at:%Y-%m-%d %H:%M:%S}",
                each.person,
                each.action,
                each.subject,
                _words(each.details),
            ]
            for each in found
        ],
        "The audit trail is empty.",
    )


def _row(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at.isoformat(),
        "person": entry.person,
        "uid": entry.uid,
        "role": entry.role,
        "ssh": entry.ssh,
        "action": entry.action,
        "subject": entry.subject,
        "details": json.loads(entry.details),
        "hash": entry.hash,
    }


def _words(details: str) -> str:
    return ", ".join(f"{key}={value}" for key, value in json.loads(details).items() if value not in ("", None, False))


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
        click.echo("The audit trail is not as it should be:")
        for problem in problems:
            click.echo(f"  {problem}")
    else:
        click.echo("The audit trail is whole.")
    if problems:
        raise click.exceptions.Exit(1)
