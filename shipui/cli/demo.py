"""`shipui demo`: a whole install with real parts in one folder."""

from __future__ import annotations

import shlex
import signal
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shipui.cli.output import print_json
from shipui.model.errors import Refused
from shipui.model.text import duration, visible

if TYPE_CHECKING:
    from shipui.demo.folder import DemoFolder
    from shipui.demo.headless import Outcome

_WIDTH = 78


@click.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="The demo's folder. Default: /var/lib/shipui-demo as root, else shipui-demo in your data folder.",
)
@click.option(
    "--runtime",
    type=click.Choice(["process", "docker"]),
    help="What production runs on: processes, or containers of the Docker engine of DOCKER_HOST, else of the usual"
    " socket. Default: process, or what a demo that is there runs on.",
)
@click.option(
    "--base-image",
    metavar="IMAGE",
    help="With --runtime docker: the image that the application is built from and that its database runs in. It needs"
    " python3 (3.11 or newer) with psycopg and psycopg_pool, PostgreSQL's server programs, and an account postgres."
    " Default: one made of this machine's own programs, for which nothing is fetched.",
)
@click.option(
    "--headless", is_flag=True, help="Deploy every scenario's build and say what came of it; needs no terminal."
)
@click.option(
    "--prepare", is_flag=True, help="Make the install, deploy nothing of the queue, and leave the servers running."
)
@click.option(
    "--github",
    metavar="URL",
    help="With --headless: two builds are shipped to this code host as well, with the token HIVE_CONTRIBUTION_TOKEN.",
)
@click.option(
    "--repository", metavar="OWNER/NAME", help="With --github: the repository; the demo's base is put onto its branch."
)
@click.option("--stop", is_flag=True, help="End the application and the servers that the demo left running.")
@click.option("--json", "as_json", is_flag=True, help="With --headless: print the outcomes for scripts.")
def demo(
    folder: Path | None,
    runtime: str | None,
    base_image: str | None,
    headless: bool,
    prepare: bool,
    github: str | None,
    repository: str | None,
    stop: bool,
    as_json: bool,
) -> None:
    """Make a whole install with real parts, with builds that do well and badly in production, and open the screens on it."""
    if headless + prepare + stop > 1:
        raise click.UsageError("--headless, --prepare and --stop are three different things: give one of them.")
    if as_json and not headless:
        raise click.UsageError("--json goes with --headless.")
    if not (headless or prepare or stop) and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("The screens need a terminal. Give --headless, --prepare or --stop instead.")
    if (github is None) != (repository is None) or (github is not None and not headless):
        raise click.UsageError("--github and --repository go together, and with --headless.")
    if base_image is not None and runtime != "docker":
        raise click.UsageError("--base-image goes with --runtime docker.")
    from shipui.demo.folder import DemoFolder, default_folder

    place = DemoFolder((folder or default_folder()).absolute())
    if stop:
        _stop(place)
    elif headless:
        if github is not None and repository is not None and place.config.is_file():
            _require_code_host(place, github, repository)  # before the queue is filled up again
        _prepare(place, runtime, base_image)
        _headless(place, as_json, github, repository)
    else:
        _prepare(place, runtime, base_image)
        if prepare:
            _tell_where(place)
        else:
            from shipui.tui.app import run

            raise click.exceptions.Exit(run(place.config))


def _prepare(place: DemoFolder, runtime: str | None, base_image: str | None) -> None:
    from shipui.demo.preparation import prepare

    prepare(place, _progress, runtime=runtime, base_image=base_image)


def _stop(place: DemoFolder) -> None:
    if not place.is_demo():
        raise Refused(f"There is no demo in {place.path}.", fix="Name its folder: shipui demo --stop --dir FOLDER.")
    from shipui.demo.preparation import stop

    stop(place, _progress)
    click.echo(f"The demo in {place.path} is stopped. Nothing was deleted; shipui demo starts it again.")


def _tell_where(place: DemoFolder) -> None:
    click.echo(f"The demo is in {place.path}; its README.md says what is there.")
    click.echo(f"    the application   http://127.0.0.1:{place.port()}/")
    click.echo(f"    the queue         shipui --config {shlex.quote(str(place.config))} queue")
    click.echo(f"    end it            shipui demo --stop --dir {shlex.quote(str(place.path))}")


def _headless(place: DemoFolder, as_json: bool, github: str | None, repository: str | None) -> None:
    from shipui.demo.headless import Headless
    from shipui.demo.scenarios import SCENARIOS
    from shipui.install import opened

    if github is not None and repository is not None:
        _require_code_host(place, github, repository)
    with opened(place.config) as installation:
        headless = Headless(place, installation)
        # The run that is under way is never left half-way: ctrl+c rolls it back, the others let it end.
        former = [
            (number, signal.signal(number, lambda *_, cancel=cancel: headless.leave(cancel=cancel)))
            for number, cancel in ((signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGHUP, False))
        ]
        try:
            outcomes = headless.run(
                lambda scenario: _progress(f"{scenario.title}: {scenario.sentence} …"),
                lambda outcome: _tell(outcome, to_stderr=as_json),
            )
        finally:
            for number, handler in former:
                signal.signal(number, handler)
    wanted = len(SCENARIOS)
    if github is not None and repository is not None and len(outcomes) == wanted:
        proposals = _proposed(place, github, repository, as_json)
        outcomes, wanted = [*outcomes, *proposals], wanted + len(proposals)
    if as_json:
        print_json(
            {
                "dir": str(place.path),
                "config": str(place.config),
                "scenarios": [outcome.as_json() for outcome in outcomes],
            }
        )
    else:
        well = sum(outcome.ok for outcome in outcomes)
        early = "Ended early: " if len(outcomes) < wanted else ""
        click.echo(f"{early}{well} of {wanted} went as they must.")
        _tell_where(place)
    if len(outcomes) < wanted or not all(outcome.ok for outcome in outcomes):
        raise click.exceptions.Exit(1)


def _require_code_host(place: DemoFolder, github: str, repository: str) -> None:
    """What is missing is said at once, not after a minute."""
    from shipui.demo.proposing import open_proposing

    open_proposing(place.config, github, repository).close()


def _proposed(place: DemoFolder, github: str, repository: str, as_json: bool) -> list[Outcome]:
    from shipui.demo.proposing import Proposing, open_proposing

    installation = open_proposing(place.config, github, repository)
    try:
        return Proposing(place, installation).run(_progress, lambda outcome: _tell(outcome, to_stderr=as_json))
    finally:
        installation.close()


def _tell(outcome: Outcome, *, to_stderr: bool) -> None:
    """A few lines for people; a glyph and a word, never colour alone."""
    status = outcome.status.replace("_", " ")
    glyph = "✓" if outcome.ok else "✗"
    said = [outcome.plain]
    if outcome.longest_pause is not None:
        said.append(f"People wrote notes all the while; the longest pause was {duration(outcome.longest_pause)}.")
    said += [f"NOT AS IT MUST BE: {problem}." for problem in outcome.problems]
    click.echo(f"{glyph} {outcome.name:<26} {status:<12} {duration(outcome.seconds):>8}", err=to_stderr)
    for sentence in said:
        for line in textwrap.wrap(visible(sentence), _WIDTH - 4, break_on_hyphens=False, break_long_words=False):
            click.echo(f"    {line}", err=to_stderr)


def _progress(line: str) -> None:
    click.echo(visible(line), err=True)
