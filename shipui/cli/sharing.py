"""Commands on what leaves this machine: the merge of a pull request, and the certificate of origin."""

from __future__ import annotations

import click

from shipui.cli.context import Invocation, pass_invocation
from shipui.cli.output import print_json
from shipui.model.errors import Refused
from shipui.model.text import visible

NOT_MERGED = Refused.exit_code


@click.command()
@click.argument("reference", metavar="CP|FB")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def merge(invocation: Invocation, reference: str, as_json: bool) -> int:
    """Try again to merge the pull request of a promotion or build, once nothing stands in the way any more.

    Exits 0 when it is merged, 3 when it stays open.
    """
    from shipui.actions.merge import merge as act

    with invocation.opened(asking=True) as installation:
        published = act(installation, installation.person, reference)
    if as_json:
        print_json({"merged": published.merged, "plain": published.plain, **published.pull_request.as_json()})
    else:
        click.echo(visible(published.plain))
    return 0 if published.merged else NOT_MERGED


@click.command()
@click.option("--accept", is_flag=True, help="Accept it, for yourself: what you ship may be shared from then on.")
@pass_invocation
def certificate(invocation: Invocation, accept: bool) -> None:
    """Print the developer's certificate of origin. Nothing is shared by somebody who has not accepted it."""
    from shipui.actions import certificate as actions

    with invocation.opened() as installation:
        if accept:
            actions.accept(installation, installation.person)
        text, accepted = actions.certificate(installation, installation.person)
        click.echo(text)
        name = installation.person.name
        click.echo(
            f"{name} has accepted it." if accepted else f"{name} has not accepted it: shipui certificate --accept"
        )
