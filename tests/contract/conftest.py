"""The worlds in which every implementation of a seam is tried."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from tests.contract.runtime_worlds import WORLDS, DockerWorld, PodmanWorld, World
from tests.contract.sandbox_worlds import MOUNTED, ContainerWorld, GitWorld, SandboxWorld
from tests.engine import podman
from tests.engine.daemon import Daemon
from tests.engine.images import BASE, load_base
from tests.parts import needs


def _parameters() -> list[Any]:
    """What needs an engine runs on one worker: the contract's names are the same for each test."""
    return [
        pytest.param(
            each,
            marks=[
                *([pytest.mark.xdist_group("podman contract")] if each == "podman" else []),
                *([pytest.mark.long] if each == "podman" else []),
            ],
        )
        for each in sorted(WORLDS)
    ]


PODMAN_DOES_NOT = {
    "test_stop_does_not_obey_the_restart_policy": "it cannot change a restart policy",
    "test_on_failure_is_not_for_an_application_that_ended_well": "it cannot change a restart policy",
    "test_a_restart_policy_starts_it_again_and_counts": "it cannot change a restart policy",
    "test_images_come_newest_first": "builds of the same second are in any order",
    "test_equal_trees_with_equal_labels_are_one_image_and_a_change_makes_another": "each build makes an image of its own",
    "test_an_image_stays_while_it_is_used": "the last name of an image cannot go while a container is made from it",
    "test_a_silent_build_ends_with_the_deadline": "layers of a build that was ended stay, with its labels",
    "test_a_failing_build_says_so_and_leaves_no_image": "layers of a build that failed stay, with its labels",
    "test_a_build_can_be_cancelled_from_another_thread": "layers of a build that was ended stay, with its labels",
}
"""Listed in docs/operations.md as well, for those who use it."""


@pytest.fixture(scope="session")
def podman_engine() -> Iterator[Engine]:
    needs("podman", podman.available())
    with podman.podman_service() as engine:
        load_base(engine)
        yield engine


@pytest.fixture(params=_parameters())
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "docker":
        DockerWorld.engine = Engine(request.getfixturevalue("docker_daemon").address)
    if request.param == "podman":
        if (test := request.node.originalname) in PODMAN_DOES_NOT:
            request.node.add_marker(pytest.mark.xfail(reason=PODMAN_DOES_NOT[test], strict=False))
        PodmanWorld.engine = request.getfixturevalue("podman_engine")
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
