"""What every command is called with: which config, and how to open it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shipui.model.ids import IdKind, parse_id

if TYPE_CHECKING:
    from shipui.config.settings import Install
    from shipui.install import Installation


def id_argument(name: str, kind: IdKind) -> Callable[[Any], Any]:
    """An argument that is an ID of one kind: matched before anything else is done with it."""

    def parsed(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
        return parse_id(value, kind)

    return click.argument(name, metavar=str(kind), callback=parsed)


promotion_argument = id_argument("promotion", IdKind.PROMOTION)
build_argument = id_argument("build", IdKind.BUILD)


@dataclass(slots=True)
class Invocation:
    config: Path | None = None

    def load(self) -> Install:
        """The checked settings alone; needs no database."""
        from shipui.config.load import load

        return load(self.config)

    @contextmanager
    def opened(self, *, asking: bool = False) -> Iterator[Installation]:
        """The whole install; its connections end with the block. Says on standard error if a run was interrupted.

        `asking` is for commands that change something: on a terminal they ask first whether that run is to be recovered.
        """
        from shipui.cli.interrupted import look_after_interrupted

        with self.opened_silently() as installation:
            look_after_interrupted(installation, asking=asking)
            yield installation

    @contextmanager
    def opened_silently(self) -> Iterator[Installation]:
        """For commands that look after interrupted runs themselves, or must do without the records."""
        from shipui.install import opened

        with opened(self.config) as installation:
            yield installation


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)
