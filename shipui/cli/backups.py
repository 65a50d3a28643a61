"""Commands on backups: list, verify, restore."""

from __future__ import annotations

from typing import Any

import click

from shipui.cli.context import Invocation, pass_invocation
from shipui.cli.output import age, confirmed, print_json, print_table
from shipui.cli.signals import undisturbed
from shipui.model.backup import Backup
from shipui.model.text import size, visible


@click.group()
def backup() -> None:
    """List, verify and restore backups of production databases."""


@backup.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def list_backups(invocation: Invocation, as_json: bool) -> None:
    """Every backup that shipui made, newest first; FILE says where it is, or that retention has removed it."""
    from shipui.actions.backups import listed

    with invocation.opened() as installation:
        found = listed(installation, installation.person)
    if as_json:
        print_json([_row(each) for each in found])
        return
    print_table(
        ["BACKUP", "TARGET", "PROMOTION", "KIND", "SIZE", "AGE", "FILE"],
        [
            [
                each.name,
                each.target,
                each.promotion,
                each.kind,
                size(each.size),
                age(each.made_at),
                "removed" if each.removed_at else each.path,
            ]
            for each in found
        ],
        "No backups yet. The first deployment makes one.",
    )


def _row(found: Backup) -> dict[str, Any]:
    return {
        "name": found.name,
        "target": found.target,
        "promotion": found.promotion,
        "run": found.run,
        "kind": found.kind,
        "made_at": found.made_at.isoformat(),
        "path": found.path,
        "sha256": found.sha256,
        "size": found.size,
        "removed_at": found.removed_at.isoformat() if found.removed_at else None,
    }


@backup.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def verify(invocation: Invocation, name: str, as_json: bool) -> None:
    """Restore a backup into a scratch database, compare its row counts, and drop it again."""
    from shipui.actions.backups import verify as act

    with invocation.opened() as installation:
        result = act(installation, installation.person, name, lambda line: click.echo(visible(line), err=True))
    if as_json:
        print_json(result.as_json())
    else:
        click.echo(visible(result.plain))
    if not result.ok:
        raise click.exceptions.Exit(1)


@backup.command()
@click.argument("name")
@click.option("--confirm", metavar="NAME", default="", help="The backup's name again; needed without a terminal.")
@pass_invocation
def restore(invocation: Invocation, name: str, confirm: str) -> None:
    """Put a backup in the place of the production database; what is there now is set aside, not lost.

    Stop the application first: everything that it writes from now on goes to the database that is set aside.
    """
    from shipui.actions.backups import restore as act

    warning = "What was written since that backup was made will be set aside. Has the application been stopped?"
    confirm = confirmed(confirm, visible(name, limit=100), "--confirm", warning)
    with invocation.opened() as installation, undisturbed():
        said = act(installation, installation.person, name, confirm, lambda line: click.echo(visible(line), err=True))
    click.echo(visible(said))
