"""The Ship phase by command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from shipui.cli.context import Invocation, build_argument, pass_invocation
from shipui.cli.output import print_json
from shipui.cli.step_lines import watch
from shipui.model.change import ChangeType, RiskLevel
from shipui.model.errors import BadInput
from shipui.model.steps import SHIP_STEPS
from shipui.model.text import visible

LARGEST_EVIDENCE = 10_000_000
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
@click.option("--risk", type=click.Choice([each.value for each in RiskLevel]), default="medium", show_default=True)
@click.option("--evidence", type=click.Path(path_type=Path, dir_okay=False), help="A JSON file that the build left.")
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
    risk: str,
    evidence: Path | None,
    target: str | None,
    as_json: bool,
) -> None:
    """Bring a finished build to a promotion that waits for approval: six steps, each safe to try again."""
    from shipui.actions.ship import prepare_order
    from shipui.actions.ship import ship as act
    from shipui.pipeline.deployment import EXIT_STATUS

    with invocation.opened() as installation:
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
            risk=RiskLevel(risk),
            evidence=_evidence(evidence),
        )
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


def _evidence(path: Path | None) -> dict[str, Any] | None:
    """The evidence file's object; BadInput says what is wrong with it."""
    if path is None:
        return None
    name = f"The evidence file {visible(str(path), limit=200)}"
    try:
        if path.stat().st_size > LARGEST_EVIDENCE:
            raise BadInput(f"{name} is larger than 10 MB.", fix="Leave the captured output out.")
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise BadInput(f"{name} is not JSON: {error}.", fix="Expected one JSON object.") from error
    if not isinstance(found, dict):
        raise BadInput(f"{name} holds no JSON object.", fix='Expected {"…": …}.')
    return found
