"""What a build that failed or was broken off must not take away, nor leave behind; and that the fence is nobody's container."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shipui.config.settings import DockerSettings
from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from shipui.model.errors import Cancelled, ToolFailed
from shipui.runtimes.base import LABEL_EPOCH, LABEL_PROMOTION, LABEL_RUN, BuildRequest
from shipui.runtimes.docker import DockerRuntime
from tests.engine.images import BASE

RUN = {LABEL_RUN: "RN-00000001", LABEL_EPOCH: "1", LABEL_PROMOTION: "CP-00000001"}


@pytest.fixture
def runtime(docker_engine: Engine) -> Iterator[DockerRuntime]:
    name = f"t{secrets.token_hex(4)}"
    settings = DockerSettings.model_validate({"build_arguments": {"BASE": f"{name}-base:latest"}})
    made = DockerRuntime(docker_engine, name, settings, name)
    yield made
    for container in made.containers():
        made.remove(container)
    for image in made.images():
        for tag in image.tags:
            made.untag(tag)


@pytest.fixture
def own_base(docker_engine: Engine, runtime: DockerRuntime) -> Iterator[str]:
    """An image that has no other name, and that nothing is built on."""
    reference = f"{runtime.name}-base:latest"
    with docker_engine.call(Deadline(60)) as client:
        made = client.create_container(BASE, ["true"], labels={"test": runtime.name})["Id"]
        client.commit(made, repository=f"{runtime.name}-base", tag="latest", changes=[f"LABEL test={runtime.name}"])
        client.remove_container(made)
    yield reference
    with docker_engine.call(Deadline(60)) as client:
        client.remove_image(reference)


def request(runtime: DockerRuntime, folder: Path, dockerfile: str) -> BuildRequest:
    (folder / "Dockerfile").write_text(dockerfile)
    return BuildRequest(folder, f"{runtime.name}:new", RUN, {})


def descendants(engine: Engine, reference: str) -> list[str]:
    with engine.call(Deadline(60)) as client:
        base = client.inspect_image(reference)["Id"]
        return [each["Id"] for each in client.images(all=True) if each["ParentId"] == base]


def test_what_from_names_outlives_a_build_that_failed(
    runtime: DockerRuntime, own_base: str, docker_engine: Engine, tmp_path: Path
) -> None:
    wanted = request(runtime, tmp_path, "ARG BASE\nFROM ${BASE}\nRUN echo begun\nRUN exit 3\n")
    with pytest.raises(ToolFailed, match="exit code 3"):
        runtime.build(wanted, Deadline(60), lambda _: None)
    assert runtime.find_image(own_base) is not None
    assert descendants(docker_engine, own_base) == []


def test_a_build_that_is_broken_off_leaves_no_layer_although_its_command_takes_a_moment_to_end(
    runtime: DockerRuntime, own_base: str, docker_engine: Engine, tmp_path: Path
) -> None:
    wanted = request(runtime, tmp_path, "ARG BASE\nFROM ${BASE}\nRUN echo begun\nRUN echo hanging && sleep 600\n")
    deadline = Deadline(60)

    def told(line: str) -> None:
        if line == "hanging":
            threading.Thread(target=deadline.cancel, args=["you asked for it"]).start()

    with pytest.raises(Cancelled):
        runtime.build(wanted, deadline, told)
    assert descendants(docker_engine, own_base) == []


def test_the_fence_is_not_among_the_applications_containers(runtime: DockerRuntime, tmp_path: Path) -> None:
    image = runtime.build(
        request(runtime, tmp_path, f'FROM {BASE}\nCMD ["sleep", "600"]\n'), Deadline(60), lambda _: None
    )
    own = runtime.create(image, runtime.specification(None), runtime.name, RUN)
    runtime.fence(RUN)
    try:
        assert [each.id for each in runtime.containers({LABEL_RUN: RUN[LABEL_RUN]})] == [own.id]
    finally:
        runtime.unfence(RUN)
