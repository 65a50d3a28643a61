"""The worlds in which every implementation of a seam is tried."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from tests.contract.runtime_worlds import WORLDS, DockerWorld, World
from tests.contract.sandbox_worlds import MOUNTED, ContainerWorld, GitWorld, SandboxWorld
from tests.engine.daemon import Daemon
from tests.engine.images import BASE


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


@pytest.fixture(scope="session")
def sandbox_container(docker_daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A container that runs and has this worker's folders."""
    name = f"sandbox-{secrets.token_hex(4)}"
    engine = Engine(docker_daemon.address)
    with engine.call(Deadline(60)) as client:
        host = client.create_host_config(binds=[f"{tmp_path_factory.getbasetemp()}:{MOUNTED}:ro"], init=False)
        client.create_container(BASE, ["sleep", "infinity"], name=name, host_config=host)
        client.start(name)
    yield name
    with engine.call(Deadline(60)) as client:
        client.remove_container(name, force=True, v=True)


@pytest.fixture(params=["git", "container"])
def sandbox_world(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> SandboxWorld:
    store = tmp_path / "store.git"
    if request.param == "git":
        return GitWorld(store)
    daemon: Daemon = request.getfixturevalue("docker_daemon")
    container: str = request.getfixturevalue("sandbox_container")
    return ContainerWorld(store, Engine(daemon.address), container, tmp_path_factory.getbasetemp())
