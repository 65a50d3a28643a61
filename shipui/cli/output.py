"""How commands print: JSON for scripts, aligned columns for people. Text from outside is made harmless here."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from shipui.model.text import visible


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
    """Columns as wide as their widest cell; `empty` is said when there are no rows."""
    if not rows:
        click.echo(empty)
        return
    cells = [[visible(str(each)) for each in row] for row in rows]
    widths = [max(len(row[index]) for row in [list(headings), *cells]) for index in range(len(headings))]
    click.echo("  ".join(f"{heading:<{width}}" for heading, width in zip(headings, widths, strict=True)).rstrip())
    for row in cells:
        click.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


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


def interactive() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
