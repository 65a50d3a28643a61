"""The Ship phase by command."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shipui.cli.context import Invocation, build_argument, pass_invocation
from shipui.cli.output import print_json
from shipui.cli.step_lines import watch
from shipui.model.change import ChangeType, RiskLevel
from shipui.model.steps import SHIP_STEPS
from shipui.model.text import visible

if TYPE_CHECKING:
    from shipui.install import Installation
    from shipui.ship.shipment import Order

STOPPING = "Asked to stop. Ship it again later: it goes on where it stopped."


@click.command()
@build_argument
@click.option(
    "--sandbox",
    required=True,
    metavar="DIR|docker://NAME/PATH",
    help="The git work tree where the feature was built, here or in a container.",
)
@click.option("--title", required=True, help="What it is, in a few words.")
@click.option("--base", metavar="REF", help="What it is compared with. Default: where it left the main branch.")
@click.option("--product", help="A product's name or ID. Default: the target's name.")
@click.option("--version", help="A semantic version. Default: 1.0.0, or the next minor one.")
@click.option(
    "--type", "type_", type=click.Choice([each.value for each in ChangeType]), default="normal", show_default=True
)
@click.option(
    "--risk", type=click.Choice([each.value for each in RiskLevel]), help="Default: what the change itself suggests."
)
@click.option(
    "--evidence",
    type=click.Path(path_type=Path, dir_okay=False),
    help='A JSON file that the build left: {"commit": "40 hex digits", "type_check": {"passed": true}, "tests": {"total": 42,'
    ' "passed": 42, "failed": 0}, "acceptance_criteria": [{"text": "Notes can be searched.", "passed": true}]}. What is missing'
    " counts as not passed. Without it: the commands of [evidence] in config.toml.",
)
@click.option(
    "--contribute",
    type=click.Choice(["yes", "no"]),
    help="Whether the feature is shared, where the contribution mode of config.toml lets it be.",
)
@click.option("--target", help="Where it goes, when the install has several targets.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def ship(
    invocation: Invocation,
    build: str,
    sandbox: str,
    title: str,
    base: str | None,
    product: str | None,
    version: str | None,
    type_: str,
    risk: str | None,
    evidence: Path | None,
    contribute: str | None,
    target: str | None,
    as_json: bool,
) -> None:
    """Bring a finished build to a promotion that waits for approval: six steps, each safe to try again."""
    from shipui.actions.evidence_file import read
    from shipui.actions.ship import prepare_order
    from shipui.actions.ship import ship as act
    from shipui.pipeline.deployment import EXIT_STATUS

    with invocation.opened(asking=True) as installation:
        order = prepare_order(
            installation,
            build=build,
            title=title,
            sandbox=sandbox,
            target=target,
            base=base,
            product=product,
            version=version,
            type=ChangeType(type_),
            risk=RiskLevel(risk) if risk else None,
            evidence=read(evidence) if evidence is not None else None,
            contribute=None if contribute is None else contribute == "yes",
        )
        order = _answered(installation, order)
        shipping = act(installation, installation.person, order)
        ending, view = watch(
            shipping.running, SHIP_STEPS, installation.person.name, stopping=STOPPING, to_stderr=as_json
        )
    if as_json:
        print_json(
            {
                "promotion": shipping.made.get("promotion"),
                "build": build,
                "steps": [step.as_json() for step in view.steps],
            }
        )
    else:
        click.echo(visible(ending.plain))
    if code := EXIT_STATUS[ending.outcome]:
        raise click.exceptions.Exit(code)


def _answered(installation: Installation, order: Order) -> Order:
    """With a word on sharing, where the install asks each time: what is to be known of it is shown first."""
    from shipui.actions.ship import assessment, require_answer
    from shipui.model.contribution import Mode

    if installation.sharing().mode is not Mode.SELECTIVE or order.contribute is not None:
        return order
    found, chosen = assessment(installation, installation.person, order)
    if chosen is None and sys.stdin.isatty() and sys.stderr.isatty():
        for criterion in found.criteria:
            click.echo(f"  {criterion.name}: {criterion.grade}", err=True)
            for reason in criterion.reasons:
                click.echo(f"      {visible(reason, limit=300)}", err=True)
        for each in (*found.changes, *found.doubts):
            click.echo(f"  Before it is shared: {visible(each, limit=300)}", err=True)
        click.echo(f"Recommended: {found.recommendation}.", err=True)
        chosen = click.confirm("Share this feature?", default=False, err=True)
        return replace(order, contribute=chosen)
    require_answer(installation, order, chosen)
    return order
