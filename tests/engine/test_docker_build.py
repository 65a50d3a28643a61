"""Builds on a real engine: what is sent, what is said, and that nothing of a failed one is left."""

from __future__ import annotations

import hashlib
import threading
import time

import pytest

from shipui.engine.connection import NotThere
from shipui.limits.deadline import Deadline
from shipui.model.errors import Cancelled, Failed, ToolFailed
from shipui.runtimes.base import BuildRequest
from shipui.runtimes.docker import DockerRuntime
from shipui.runtimes.docker_build import find_buildkit
from tests.engine.docker_things import SLEEPER, Things
from tests.engine.images import BASE
from tests.parts import needs


def request(things: Things, dockerfile: str, **files: str) -> BuildRequest:
    context = things.folder / "context"
    context.mkdir()
    if dockerfile:
        (context / "Dockerfile").write_text(dockerfile)
    for name, text in files.items():
        (context / name.replace("_dot_", ".")).write_text(text)
    return BuildRequest(context, f"{things.name}:new", {"shipui.build": "FB-00000001"}, {"SHIPUI_BUILD": "FB-00000001"})


def built(things: Things, dockerfile: str, runtime: DockerRuntime | None = None, **files: str) -> list[str]:
    lines: list[str] = []
    (runtime or things.runtime).build(request(things, dockerfile, **files), Deadline(60), lines.append)
    return lines


def leftovers(things: Things) -> list[str]:
    """Images and containers that a build with this test's name in its commands has left: others build at the same time."""
    found = []
    for image in things.call("images", all=True):
        try:
            history = str(things.call("history", image["Id"]))
        except NotThere:  # another test's, gone since
            continue
        if things.name in history:
            found.append(image["Id"])
    return found + [each["Id"] for each in things.call("containers", all=True) if things.name in str(each)]


def test_no_dockerfile(things: Things) -> None:
    with pytest.raises(Failed, match="there is no Dockerfile in the approved source") as caught:
        built(things, "")
    assert "dockerfile" in caught.value.fix


def test_what_dockerignore_names_is_not_sent(things: Things) -> None:
    lines = built(
        things, f"FROM {BASE}\nCOPY . /there\nRUN ls -A /there\n", _dot_dockerignore="secret\n", secret="x", kept="y"
    )
    assert "kept" in lines
    assert "secret" not in lines


def test_a_command_that_fails_is_named_and_leaves_no_layer(things: Things) -> None:
    with pytest.raises(ToolFailed) as caught:
        built(things, f"FROM {BASE}\nRUN echo {things.name} one\nRUN echo two && exit 9\n")
    assert caught.value.plain == "The build command “echo two && exit 9” ended with exit code 9."
    assert "two" in caught.value.detail
    assert leftovers(things) == []


def test_a_base_image_that_does_not_exist(things: Things) -> None:
    with pytest.raises(ToolFailed, match="The image could not be built"):
        built(things, "FROM no-such-base-image-here:1\nRUN true\n")


def test_a_mistake_in_the_dockerfile(things: Things) -> None:
    with pytest.raises(ToolFailed, match=r"could not be built|refused"):
        built(things, f"FROM {BASE}\nRNU true\n")


def test_a_build_that_is_cancelled_leaves_nothing(things: Things) -> None:
    deadline = Deadline(60)
    threading.Timer(3, deadline.cancel, ["you asked for it"]).start()
    began = time.monotonic()
    asked = request(things, f"FROM {BASE}\nRUN echo {things.name}\nRUN sleep 4713 && echo {things.name}\n")
    with pytest.raises(Cancelled):
        things.runtime.build(asked, deadline, lambda _: None)
    assert time.monotonic() - began < 15
    until = time.monotonic() + 20
    while leftovers(things) and time.monotonic() < until:
        time.sleep(0.2)
    assert leftovers(things) == []


def test_a_stage_and_build_arguments_of_the_settings(things: Things) -> None:
    runtime = things.make_runtime(stage="first", build_arguments={"WORD": "spoken"})
    lines = built(
        things, f"FROM {BASE} AS first\nARG WORD\nRUN echo the word is $WORD\nFROM first\nRUN echo unreached\n", runtime
    )
    assert "the word is spoken" in lines
    assert not any("unreached" in each for each in lines)


def test_a_context_below_the_tree(things: Things) -> None:
    (things.folder / "context" / "deploy").mkdir(parents=True)
    (things.folder / "context" / "deploy" / "Containerfile").write_text(SLEEPER)
    runtime = things.make_runtime(context="deploy", dockerfile="Containerfile")
    asked = BuildRequest(things.folder / "context", f"{things.name}:new", {}, {})
    assert runtime.build(asked, Deadline(60), lambda _: None).tags == (f"{things.name}:new",)


def test_buildkit_builds_what_the_engines_builder_cannot_and_its_secret_stays_unseen(things: Things) -> None:
    needs("BuildKit", find_buildkit(Deadline(30)) is not None)
    runtime = things.make_runtime(build_secrets={"TOKEN": "hunter2-geheim"})
    dockerfile = f'FROM {BASE}\nRUN --mount=type=secret,id=TOKEN sha256sum /run/secrets/TOKEN\nCMD ["true"]\n'
    lines: list[str] = []
    image = runtime.build(request(things, dockerfile), Deadline(90), lines.append)
    assert image.tags == (f"{things.name}:new",)
    assert image.labels["shipui.build"] == "FB-00000001"
    assert any(hashlib.sha256(b"hunter2-geheim").hexdigest() in each for each in lines)
    everything = [str(things.call("inspect_image", image.id)), str(things.call("history", image.id)), *lines]
    assert not any("hunter2-geheim" in each for each in everything)


def test_buildkit_names_the_command_that_failed(things: Things) -> None:
    needs("BuildKit", find_buildkit(Deadline(30)) is not None)
    with pytest.raises(ToolFailed, match="exit code 7"):
        built(things, f"FROM {BASE}\nRUN --mount=type=tmpfs,target=/x exit 7\n")


def test_an_image_that_exits_restarts_or_is_deaf_is_what_the_steps_see(things: Things) -> None:
    """The same words as for a process: the contract tries them; here the image's own health check."""
    image = things.image(
        f'FROM {BASE}\nHEALTHCHECK --interval=1s --retries=1 CMD test -e /tmp/well\nCMD ["sleep", "1000"]\n'
    )
    container = things.runtime.create(image, things.runtime.specification(None), things.name, {})
    things.runtime.start(container, Deadline(30))
    assert things.runtime.health(container) in {"starting", "unhealthy"}
    assert things.runtime.execute(container, ["touch", "/tmp/well"], Deadline(30)) == 0
    until = time.monotonic() + 30
    while things.runtime.health(container) != "healthy" and time.monotonic() < until:
        time.sleep(0.2)
    assert things.runtime.health(container) == "healthy"
