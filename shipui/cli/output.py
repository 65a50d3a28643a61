"""How commands print: JSON for scripts, aligned columns for people. Text from outside is made harmless here."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from shipui.model.text import visible

WIDEST_CELL = 200


def print_json(value: Any) -> None:
    """Indented; what a terminal would act on, or could not show, is written as an escape (the same text to whoever parses it)."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=_in_json)
    click.echo("\n".join(line if line.isprintable() else _escaped(line) for line in text.split("\n")))


def _in_json(value: object) -> str:
    """Moments as ISO 8601, everywhere; IDs and paths as their text."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _escaped(line: str) -> str:
    return "".join(each if each.isprintable() else _escape(each) for each in line)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[index]:02x}{units[index + 1]:02x}" for index in range(0, len(units), 2))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
    """Columns as wide as their widest cell; `empty` is said when there are no rows."""
    if not rows:
        click.echo(empty)
        return
    cells = [[visible(str(each), limit=WIDEST_CELL) for each in row] for row in rows]
    widths = [max(len(row[index]) for row in [list(headings), *cells]) for index in range(len(headings))]
    click.echo("  ".join(f"{heading:<{width}}" for heading, width in zip(headings, widths, strict=True)).rstrip())
    for row in cells:
        click.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def print_commands(commands: Iterable[str]) -> None:
    """What finishes something by hand, to be copied: nothing in it is cut."""
    for command in commands:
        click.echo(f"    {visible(command)}")


def age(instant: datetime) -> str:
    """ "just now", "4 min", "3 h", "12 d"."""
    seconds = (datetime.now(UTC) - instant).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    if seconds < 48 * 3600:
        return f"{int(seconds // 3600)} h"
    return f"{int(seconds // 86400)} d"


def confirmed(typed: str, wanted: str, option: str, warning: str) -> str:
    """What was typed to confirm: the option's value, else asked for after `warning`. UsageError where nobody can be asked."""
    if typed:
        return typed
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(f"This needs {option} {wanted} where there is no terminal.")
    click.echo(warning, err=True)
    return str(click.prompt(f"Type {wanted} to go on", default="", show_default=False, err=True))
