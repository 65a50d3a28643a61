"""`shipui init`: a commented config to start from."""

from __future__ import annotations

import click

from shipui.cli.context import Invocation, pass_invocation
from shipui.config.load import find
from shipui.config.sample import write_sample
from shipui.model.text import visible


@click.command()
@click.option("--force", is_flag=True, help="Write over a config that is there.")
@pass_invocation
def init(invocation: Invocation, force: bool) -> None:
    """Write a commented config, and check it."""
    for path in write_sample(find(invocation.config), replace=force):
        click.echo(f"Wrote {visible(str(path))}.")
    click.echo(
        "The settings are valid, and describe an example. Edit [target.shop] (how your application is built, started and\n"
        "checked, and its database), put names into [roles], and set the deployment windows in windows.toml.\n"
        "Then run “shipui doctor”: it tries every part and says what is missing."
    )
