"""Commands that run something on production, and the log of what ran."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

import click

from shipui.cli.context import Invocation, pass_invocation
from shipui.cli.output import print_json
from shipui.cli.step_lines import StepLines
from shipui.model.ids import IdKind, parse_id
from shipui.model.run_view import RunView
from shipui.model.steps import DEPLOYMENT_STEPS, ROLLBACK_STEPS, StepDefinition

if TYPE_CHECKING:
    from shipui.runs.procedure import Ending
    from shipui.runs.running import RunningRun

WAIT_SECONDS = 24 * 3600.0


@click.command()
@click.argument("promotion")
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

    promotion_id = parse_id(promotion, IdKind.PROMOTION)
    with invocation.opened() as installation:
        running = act(
            installation,
            installation.person,
            promotion_id,
            emergency=emergency,
            override=override,
            reason=reason,
            wait=Deadline(WAIT_SECONDS) if wait else None,
            waiting=lambda who: click.echo(who, err=True),
            limit_seconds=limit,
        )
        ending = watch(running, DEPLOYMENT_STEPS, installation.person.name, to_stderr=as_json)
    report(promotion_id, running, ending, as_json)


@click.command()
@click.argument("promotion")
@click.option(
    "--restore-database", is_flag=True, help="Put the database back as well; what was written since is set aside."
)
@click.option("--confirm", metavar="CP", default="", help="The promotion's ID again, with --restore-database.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome for scripts.")
@pass_invocation
def rollback(invocation: Invocation, promotion: str, restore_database: bool, confirm: str, as_json: bool) -> None:
    """Take a deployed promotion back: the previous version runs again."""
    from shipui.actions.rollback import roll_back as act

    promotion_id = parse_id(promotion, IdKind.PROMOTION)
    if restore_database and not confirm:
        if not sys.stdin.isatty():
            raise click.UsageError(f"--restore-database needs --confirm {promotion_id} where there is no terminal.")
        click.echo("Everything that was written since this promotion was deployed will be set aside.")
        confirm = click.prompt(f"Type {promotion_id} to go on", default="", show_default=False)
    with invocation.opened() as installation:
        running = act(installation, installation.person, promotion_id, restore_database=restore_database, typed=confirm)
        ending = watch(running, ROLLBACK_STEPS, installation.person.name, to_stderr=as_json)
    report(promotion_id, running, ending, as_json)


@click.command()
@click.argument("promotion")
@pass_invocation
def cancel(invocation: Invocation, promotion: str) -> None:
    """Ask a running deployment to stop and roll back, wherever it runs."""
    from shipui.actions.cancel import cancel as act

    promotion_id = parse_id(promotion, IdKind.PROMOTION)
    with invocation.opened() as installation:
        run = act(installation, installation.person, promotion_id)
    click.echo(f"{run.id} on {run.target} was asked to stop. It rolls back: shipui show {promotion_id}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def recover(invocation: Invocation, as_json: bool) -> None:
    """Find runs whose shipui died, undo what they began, and say what is true now."""
    from shipui.actions.recover import recover as act

    with invocation.opened() as installation:
        recovered = act(installation, installation.person, lambda line: click.echo(line, err=True))
    if as_json:
        print_json([each.as_json() for each in recovered])
    elif not recovered:
        click.echo("No run was interrupted.")
    for each in recovered:
        if not as_json:
            click.echo(f"{each.promotion}: {each.plain}")
    if code := max((each.exit_code for each in recovered), default=0):
        raise click.exceptions.Exit(code)


@click.command()
@click.argument("promotion")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_invocation
def log(invocation: Invocation, promotion: str, as_json: bool) -> None:
    """Print a promotion's deployment log."""
    from shipui.actions.show import last_run, show

    promotion_id = parse_id(promotion, IdKind.PROMOTION)
    with invocation.opened() as installation:
        told = last_run(show(installation, installation.person, promotion_id))
    if as_json:
        print_json({"run": told.run.id, "lines": list(told.view.log)})
        return
    for line in told.view.log:
        click.echo(line)


def watch(running: RunningRun, definitions: tuple[StepDefinition, ...], person: str, *, to_stderr: bool) -> Ending:
    """Print each step as it ends; SIGINT cancels with rollback, SIGTERM and SIGHUP leave the run going."""
    lines = StepLines(RunView.of(definitions), to_stderr=to_stderr)
    running.listen(lines.add)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        lines.say("Asked to stop: rolling back. (The run goes on until that is done.)")
        running.cancel(person)

    former = signal.signal(signal.SIGINT, interrupt)
    quiet = [(each, signal.signal(each, lines.hush)) for each in (signal.SIGTERM, signal.SIGHUP)]
    try:
        running.start()
        while (ending := running.wait(0.5)) is None and not running.finished:
            continue
    finally:
        signal.signal(signal.SIGINT, former)
        for number, handler in quiet:
            signal.signal(number, handler)
    ending = ending or running.wait()
    assert ending is not None
    return ending


def report(promotion_id: str, running: RunningRun, ending: Ending, as_json: bool) -> None:
    """Say how it ended, and leave with its exit code."""
    from shipui.pipeline.deployment import EXIT_STATUS

    if as_json:
        print_json(
            {
                "promotion": promotion_id,
                "run": running.run.id,
                "outcome": str(ending.outcome),
                "plain": ending.plain,
                "detail": ending.detail,
                "commands": list(ending.commands),
            }
        )
    else:
        click.echo(ending.plain)
        for command in ending.commands:
            click.echo(f"    {command}")
    if code := EXIT_STATUS[ending.outcome]:
        raise click.exceptions.Exit(code)
