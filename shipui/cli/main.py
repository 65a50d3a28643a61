"""The root command: finds the config, loads each command when it is called, and turns every error into plain words and an exit code."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from pathlib import Path

import click

from shipui import __version__
from shipui.cli.context import Invocation
from shipui.model.errors import ShipuiError
from shipui.model.text import visible, visible_lines

LONGEST_MESSAGE = 500

COMMANDS = {
    "init": "shipui.cli.init:init",
    "demo": "shipui.cli.demo:demo",
    "doctor": "shipui.cli.doctor:doctor",
    "ship": "shipui.cli.ship:ship",
    "merge": "shipui.cli.sharing:merge",
    "certificate": "shipui.cli.sharing:certificate",
    "queue": "shipui.cli.promotions:queue",
    "show": "shipui.cli.promotions:show",
    "approve": "shipui.cli.promotions:approve",
    "reject": "shipui.cli.promotions:reject",
    "withdraw": "shipui.cli.promotions:withdraw",
    "retry": "shipui.cli.promotions:retry",
    "acknowledge": "shipui.cli.promotions:acknowledge",
    "deploy": "shipui.cli.deployments:deploy",
    "cancel": "shipui.cli.deployments:cancel",
    "rollback": "shipui.cli.deployments:rollback",
    "recover": "shipui.cli.deployments:recover",
    "log": "shipui.cli.deployments:log",
    "gates": "shipui.cli.gates:gates",
    "windows": "shipui.cli.windows:windows",
    "backup": "shipui.cli.backups:backup",
    "audit": "shipui.cli.audit:audit",
    "inventory": "shipui.cli.inventory:inventory",
    "backlog": "shipui.cli.inventory:backlog",
}
"""In the order in which help lists them."""

SUMMARIES = {
    "init": "Write a commented config and check it.",
    "demo": "A whole install with real parts, and the screens on it.",
    "doctor": "Look at every dependency, connection, right and disk, and say what to do.",
    "ship": "Bring a finished build to a promotion that waits for approval.",
    "merge": "Try again to merge a build's pull request.",
    "certificate": "The certificate of origin: read it, and accept it.",
    "queue": "List the promotions.",
    "show": "Show one promotion, whole.",
    "approve": "Approve a promotion.",
    "reject": "Reject a promotion.",
    "withdraw": "Withdraw a promotion before it is deployed.",
    "retry": "Ask again for a promotion that was rolled back.",
    "acknowledge": "Accept a finding of the gates, with the reason.",
    "deploy": "Deploy an approved promotion: eleven steps.",
    "cancel": "Ask a running deployment to stop and roll back.",
    "rollback": "Take a deployed promotion back.",
    "recover": "Finish what an interrupted run left behind.",
    "log": "Print a promotion's deployment log.",
    "gates": "Examine a change: security, destructive operations, architecture, dependencies.",
    "windows": "Ask the calendar of deployment windows, or change it.",
    "backup": "List, verify and restore backups.",
    "audit": "List the audit trail, or verify it.",
    "inventory": "What runs in production.",
    "backlog": "The operations backlog.",
}


class Commands(click.Group):
    """Imports a command's module only when the command is called: the others cost nothing at start."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, SUMMARIES[name]) for name in COMMANDS])


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path, readable=False),
    help="The install's config.toml. Default: $SHIPUI_CONFIG, or the user's or site's config folder.",
)
@click.version_option(__version__, prog_name="shipui")
@click.pass_context
def root(context: click.Context, config: Path | None) -> None:
    """Ship finished features into production, under governance. Without a command, the screens open."""
    context.obj = Invocation(config)
    if context.invoked_subcommand is None:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise click.UsageError("The screens need a terminal. Give a command instead; --help lists them.")
        from shipui.tui.app import run

        context.exit(run(config))


def main() -> None:
    """The console script."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character must not end a command, least of all one that deploys.
            stream.reconfigure(errors="backslashreplace")
    code = outcome(sys.argv[1:])
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        _discard_output()
    sys.exit(code)


def outcome(arguments: list[str]) -> int:  # noqa: PLR0911 - one line per kind of ending
    """Run one command line; its exit code. Says on standard error what went wrong."""
    try:
        result = root.main(arguments, prog_name="shipui", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 1
    except click.ClickException as error:
        complain(error)
        return error.exit_code
    except ShipuiError as error:
        tell(error)
        return error.exit_code
    except BrokenPipeError:
        _discard_output()
        return 1
    except OSError as error:
        place = log_defect(error, arguments)
        name = f"{visible(str(error.filename))}: " if error.filename else ""
        _say(f"This machine did not allow it: {name}{error.strerror or error}. {_where(place)}")
        return 1
    except Exception as defect:  # noqa: BLE001 - the last resort: it is logged, named, and exits 1
        place = log_defect(defect, arguments)
        _say(f"shipui itself failed ({type(defect).__name__}). {_where(place)}")
        return 1


def complain(error: click.ClickException) -> None:
    """What click says of a wrong command line; words of that line come back in it."""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(error.ctx.get_usage(), err=True)
        click.echo(f"“{error.ctx.command_path} --help” says more.", err=True)
    click.echo(visible(error.format_message(), limit=LONGEST_MESSAGE), err=True)


def tell(error: ShipuiError) -> None:
    for text in (error.plain, error.fix):
        for line in visible_lines(text) if text else ():
            click.echo(line, err=True)
    for command in getattr(error, "commands", ()):
        click.echo(f"    {visible(command)}", err=True)


def log_defect(defect: BaseException, arguments: list[str]) -> Path | None:
    from shipui.cli.defect import log_defect as log

    return log(defect, arguments)


def _where(log: Path | None) -> str:
    return f"What happened is in {log}." if log else "No file could be written to say what happened."


def _say(line: str) -> None:
    """On standard error, if that is still there."""
    with contextlib.suppress(OSError, ValueError):
        click.echo(line, err=True)


def _open_what_is_closed() -> None:
    """Started with `>&-`: Python has None there, and the next file to be opened would take the stream's place."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        continue
    os.close(descriptor)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - for as long as this process lives


def _discard_output() -> None:
    """Whoever read it has left: what is still to be written goes nowhere, without a complaint when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
