"""`things`: what one test makes on the shared engine, removed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shipui.engine.connection import Engine
from tests.engine.docker_things import Things


@pytest.fixture
def things(docker_engine: Engine, tmp_path: Path) -> Iterator[Things]:
    made = Things(docker_engine, tmp_path)
    yield made
    made.remove_everything()
