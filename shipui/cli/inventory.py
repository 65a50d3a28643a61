"""What runs in production, and what is on the backlog."""

from __future__ import annotations

from dataclasses import asdict

import click

from shipui.cli.context import Invocation, pass_invocation
from shipui.cli.output import age, print_json, print_table


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def inventory(invocation: Invocation, as_json: bool) -> None:
    """Each product, and the version of it that runs in production."""
    from shipui.actions.inventory import inventory as look

    with invocation.opened() as installation:
        found = look(installation, installation.person)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    print_table(
        ["PRODUCT", "NAME", "TARGET", "VERSION", "BUILD", "SINCE"],
        [
            [
                each.product, each.name, each.target, each.version or "none deployed", each.build or "",
                age(each.since) if each.since else "",
            ]
            for each in found
        ],
        "No products yet. The first `shipui ship` registers one.",
    )  # fmt: skip


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def backlog(invocation: Invocation, as_json: bool) -> None:
    """The epics: open until their build is deployed."""
    from shipui.actions.inventory import backlog as look

    with invocation.opened() as installation:
        found = look(installation, installation.person)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    print_table(
        ["EPIC", "STATE", "BUILD", "AGE", "TITLE"],
        [
            [each.id, "closed" if each.closed_at else "open", each.build, age(each.opened_at), each.title]
            for each in found
        ],
        "The backlog is empty.",
    )
