"""Look at everything that a deployment needs, and say what to do about what is not right."""

from __future__ import annotations

import click

from shipui.cli.context import Invocation, pass_invocation
from shipui.cli.output import print_json
from shipui.model.text import visible


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def doctor(invocation: Invocation, as_json: bool) -> None:
    """Check tools, connections, rights, free space, health and settings. Exit 0 when a deployment could begin."""
    from shipui.actions.doctor import doctor as look

    with invocation.opened_silently() as installation:
        report = look(installation, installation.person)
    if as_json:
        print_json(report.as_json())
    else:
        for check in report.checks:
            mark = "✗" if not check.ok else "!" if check.fix else "✓"
            click.echo(f"{mark} {check.name}: {visible(check.detail)}")
            if check.fix:
                click.echo(f"    {visible(check.fix)}")
        click.echo("Everything is in place." if report.ok else "A deployment could not begin. See ✗ above.")
    if not report.ok:
        raise click.exceptions.Exit(1)
