"""The worlds in which every implementation of a seam is tried."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shipui.engine.connection import Engine
from tests.contract.runtime_worlds import WORLDS, DockerWorld, World


def _parameters() -> list[Any]:
    """What needs an engine runs on one worker: the contract's names are the same for each test."""
    return [
        pytest.param(each, marks=[pytest.mark.xdist_group("docker contract")] if each == "docker" else [])
        for each in sorted(WORLDS)
    ]


@pytest.fixture(params=_parameters())
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "docker":
        DockerWorld.engine = Engine(request.getfixturevalue("docker_daemon").address)
    made = WORLDS[request.param](tmp_path)
    yield made
    made.sweep()
