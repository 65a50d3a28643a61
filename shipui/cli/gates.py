"""`shipui gates`: the gates alone, on a diff, a range of commits, or a build. Without a build it needs no install."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shipui.cli.context import Invocation, pass_invocation
from shipui.cli.output import print_json
from shipui.model.errors import BadInput
from shipui.model.findings import Report, Verdict
from shipui.model.ids import IdKind, parse_id

if TYPE_CHECKING:
    from shipui.config.settings import GateSettings

EXIT_CODES = {Verdict.PASS: 0, Verdict.WARN: 0, Verdict.BLOCK: 1, Verdict.ERROR: 4}


@click.command()
@click.argument("build", metavar="[BUILD]", required=False)
@click.option("--diff", "diff_file", metavar="FILE", help="A unified diff; - reads standard input.")
@click.option("--repo", metavar="DIR", help="A git repository, with --base. What is not committed is not examined.")
@click.option("--base", metavar="REF", help="The commit, branch or tag that the change started from.")
@click.option("--head", metavar="REF", help="Where the change ends. Default: the repository's head commit.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "json", "markdown", "sarif"]),
    default="text",
    show_default=True,
    help="json is for scripts, markdown for a pull request, sarif for viewers.",
)
@pass_invocation
def gates(
    invocation: Invocation,
    build: str | None,
    diff_file: str | None,
    repo: str | None,
    base: str | None,
    head: str | None,
    shape: str,
) -> int:
    """Examine a change with the four gates: of a BUILD, of a diff, or of a range of commits.

    Exits 0 when they pass or warn, 1 when they block, 4 when something could not be examined.
    """
    _require_one(build, diff_file, repo, base, head)
    if diff_file is not None:
        report = _of_diff(invocation, diff_file)
    elif repo is not None:
        assert base is not None
        report = _of_range(invocation, Path(repo), base, head)
    else:
        assert build is not None
        report = _of_build(invocation, build)
    _print(report, shape)
    return EXIT_CODES[report.verdict]


def _require_one(
    build: str | None, diff_file: str | None, repo: str | None, base: str | None, head: str | None
) -> None:
    if sum(each is not None for each in (build, diff_file, repo)) != 1:
        raise click.UsageError("Give one of: --diff FILE, --repo DIR with --base REF, or a BUILD.")
    if repo is not None and base is None:
        raise click.UsageError("--repo needs --base REF: where the change started from.")
    if repo is None and (base is not None or head is not None):
        raise click.UsageError("--base and --head go with --repo DIR.")


def _of_diff(invocation: Invocation, name: str) -> Report:
    from shipui.actions.gates import examine_diff

    try:
        diff = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except (OSError, ValueError) as error:
        raise BadInput(
            f"The diff {name} cannot be read.", detail=str(error), fix="Name a file that is there."
        ) from None
    return examine_diff(diff, _settings(invocation), _processors())


def _of_range(invocation: Invocation, folder: Path, base: str, head: str | None) -> Report:
    from shipui.actions.gates import examine_range

    return examine_range(folder, base, head, _settings(invocation), _processors())


def _of_build(invocation: Invocation, build: str) -> Report:
    from shipui.actions.gates import examine_build

    build_id = parse_id(build, IdKind.BUILD)
    with invocation.opened() as installation:
        return examine_build(installation, build_id)


def _settings(invocation: Invocation) -> GateSettings:
    """The install's, if there is one: the gates can be used without."""
    from shipui.config.load import find, load
    from shipui.config.settings import GateSettings

    if invocation.config is None and not os.environ.get("SHIPUI_CONFIG") and not os.path.lexists(find(None)):
        return GateSettings()
    return load(invocation.config).settings.gates


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _print(report: Report, shape: str) -> None:
    if shape == "json":
        print_json(report.as_json())
    elif shape == "sarif":
        from shipui.gates.reports.sarif import sarif

        print_json(sarif(report))
    elif shape == "markdown":
        from shipui.gates.reports.markdown import markdown

        click.echo(markdown(report), nl=False)
    else:
        from shipui.gates.reports.terminal import terminal_lines

        for line in terminal_lines(report):
            click.echo(line)
