"""Commands that run something on production, and the log of what ran."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from shipui.cli.context import Invocation, pass_invocation, promotion_argument
from shipui.cli.interrupted import finish_interrupted, print_recovered, say_line
from shipui.cli.output import confirmed, print_commands, print_json
from shipui.cli.step_lines import watch
from shipui.model.ids import IdKind, parse_id
from shipui.model.run_view import RunView
from shipui.model.steps import DEPLOYMENT_STEPS, ROLLBACK_STEPS
from shipui.model.text import visible, visible_lines

if TYPE_CHECKING:
    from shipui.runs.procedure import Ending
    from shipui.runs.running import RunningRun

WAIT_SECONDS = 24 * 3600.0
STOPPING = "Asked to stop. shipui rolls back now, and ends when that is done."


@click.command()
@promotion_argument
@click.option("--emergency", is_flag=True, help="For a change request of that type: passes windows and blackouts.")
@click.option("--override", is_flag=True, help="For admins: pass a closed window.")
@click.option("--reason", default="", help="Needed with --emergency and --override.")
@click.option("--wait", is_flag=True, help="Wait while another run has the target.")
@click.option("--limit", type=click.FloatRange(1), help="Seconds for this run, if shorter than the install's limit.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome for scripts; the steps go to standard error.")
@pass_invocation
def deploy(
    invocation: Invocation,
    promotion: str,
    emergency: bool,
    override: bool,
    reason: str,
    wait: bool,
    limit: float | None,
    as_json: bool,
) -> None:
    """Deploy an approved promotion: eleven steps, and back by itself when one fails."""
    from shipui.actions.deploy import deploy as act
    from shipui.limits.deadline import Deadline

    with invocation.opened(asking=True) as installation:
        running = act(
            installation,
            installation.person,
            promotion,
            emergency=emergency,
            override=override,
            reason=reason,
            wait=Deadline(WAIT_SECONDS) if wait else None,
            waiting=lambda who: click.echo(who, err=True),
            limit_seconds=limit,
        )
        ending, view = watch(running, DEPLOYMENT_STEPS, installation.person.name, stopping=STOPPING, to_stderr=as_json)
    report(promotion, running, ending, view, as_json)


@click.command()
@promotion_argument
@click.option(
    "--restore-database", is_flag=True, help="Put the database back as well; what was written since is set aside."
)
@click.option("--confirm", metavar="CP", default="", help="The promotion's ID again, with --restore-database.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome for scripts.")
@pass_invocation
def rollback(invocation: Invocation, promotion: str, restore_database: bool, confirm: str, as_json: bool) -> None:
    """Take a deployed promotion back: the previous version runs again."""
    from shipui.actions.rollback import roll_back as act

    if restore_database:
        warning = "Everything that was written since this promotion was deployed will be set aside."
        confirm = confirmed(confirm, promotion, "--confirm", warning)
    with invocation.opened(asking=True) as installation:
        running = act(installation, installation.person, promotion, restore_database=restore_database, typed=confirm)
        ending, view = watch(running, ROLLBACK_STEPS, installation.person.name, stopping=STOPPING, to_stderr=as_json)
    report(promotion, running, ending, view, as_json)


@click.command()
@promotion_argument
@pass_invocation
def cancel(invocation: Invocation, promotion: str) -> None:
    """Ask a running deployment to stop and roll back, wherever it runs."""
    from shipui.actions.cancel import cancel as act

    with invocation.opened() as installation:
        run = act(installation, installation.person, promotion)
    click.echo(f"{run.id} on {run.target} was asked to stop and to roll back. How it goes: shipui show {promotion}")


@click.command()
@click.option("--keep-database", metavar="CP", multiple=True, help="Leave this promotion's database as it is now.")
@click.option(
    "--restore-database",
    metavar="CP",
    multiple=True,
    help="Put this promotion's database back; what was written since is set aside.",
)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def recover(
    invocation: Invocation, keep_database: tuple[str, ...], restore_database: tuple[str, ...], as_json: bool
) -> None:
    """Finish what interrupted runs left, and what needs attention; say what is true now.

    Where the database changed in a way that only a person can judge, decide with --keep-database or --restore-database, each
    with the promotion's ID, or put it back by hand with the commands shown and recover again. On a terminal you are asked.
    """
    from shipui.actions.recover import Decisions

    decisions = Decisions(_promotions(keep_database), _promotions(restore_database))
    with invocation.opened_silently() as installation:
        said: list[str] = []

        def say(line: str) -> None:
            said.append(line)
            say_line(line)

        recovered = finish_interrupted(installation, decisions, say=say)
    if as_json:
        print_json([each.as_json() for each in recovered])
    else:
        print_recovered(recovered)
        if not recovered and not said:
            click.echo("There was nothing to recover.")
    if code := max((each.exit_code for each in recovered), default=0):
        raise click.exceptions.Exit(code)


def _promotions(given: tuple[str, ...]) -> frozenset[str]:
    return frozenset(parse_id(each, IdKind.PROMOTION) for each in given)


@click.command()
@promotion_argument
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def log(invocation: Invocation, promotion: str, as_json: bool) -> None:
    """Print a promotion's deployment log."""
    from shipui.actions.show import last_run, show

    with invocation.opened() as installation:
        told = last_run(show(installation, installation.person, promotion))
    if as_json:
        print_json({"run": told.run.id, "lines": list(told.view.log)})
        return
    for line in told.view.log:
        click.echo(visible(line))
    for line in visible_lines(told.run.detail) if told.run.detail else ():
        click.echo(f"    {line}")


def report(promotion: str, running: RunningRun, ending: Ending, view: RunView, as_json: bool) -> None:
    """Say how it ended, and leave with its exit code: also when nobody is there to read it any more."""
    from shipui.pipeline.deployment import EXIT_STATUS

    with contextlib.suppress(OSError, ValueError):
        if as_json:
            print_json(
                {
                    "promotion": promotion,
                    "run": running.run.id,
                    "outcome": str(ending.outcome),
                    "plain": ending.plain,
                    "detail": ending.detail,
                    "commands": list(ending.commands),
                    "steps": [step.as_json() for step in view.steps],
                }
            )
        else:
            click.echo(visible(ending.plain))
            print_commands(ending.commands)
    if code := EXIT_STATUS[ending.outcome]:
        raise click.exceptions.Exit(code)
