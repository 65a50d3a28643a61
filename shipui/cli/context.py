"""What every command is called with: which config, and how to open it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from shipui.config.settings import Install
    from shipui.install import Installation


@dataclass(slots=True)
class Invocation:
    config: Path | None = None

    def load(self) -> Install:
        """The checked settings alone; needs no database."""
        from shipui.config.load import load

        return load(self.config)

    @contextmanager
    def opened(self) -> Iterator[Installation]:
        """The whole install; its connections end with the block."""
        from shipui.install import opened

        with opened(self.config) as installation:
            yield installation


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)
