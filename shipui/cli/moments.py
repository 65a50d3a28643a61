"""Moments as somebody types them on the command line."""

from __future__ import annotations

from datetime import datetime

import click

from shipui.model.text import visible


def as_moment(text: str, option: str) -> datetime:
    """ISO 8601, with or without an offset, as it was typed; BadParameter that names the option."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or not 1970 < moment.year < 9000:
        raise click.BadParameter(
            f"“{visible(text, limit=60)}” is not a moment; expected one like 2026-11-24T22:00 or 2026-11-24T22:00+01:00.",
            param_hint=option,
        )
    return moment
