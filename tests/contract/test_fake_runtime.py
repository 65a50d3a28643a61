"""The knobs of the fake runtime: what cannot happen on demand, on demand."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from shipui.limits.deadline import Deadline
from shipui.model.errors import NoSpace, TimeLimitPassed, ToolFailed, Unreachable
from shipui.runtimes.base import ContainerState
from shipui.runtimes.fake import FakeRuntime
from tests.contract.runtime_worlds import FakeWorld


@pytest.fixture
def world(tmp_path: Path) -> FakeWorld:
    return FakeWorld(tmp_path)


@pytest.fixture
def runtime(world: FakeWorld) -> FakeRuntime:
    assert isinstance(world.runtime, FakeRuntime)
    return world.runtime


def test_the_engine_does_not_answer_at_one_call(runtime: FakeRuntime) -> None:
    runtime.unreachable_at = {2}
    assert runtime.current() is None
    with pytest.raises(Unreachable):
        runtime.images()
    assert runtime.images() == []
    assert runtime.calls == ["current", "images", "images"]


def test_a_method_fails_as_often_as_it_is_told(world: FakeWorld, runtime: FakeRuntime) -> None:
    runtime.fails["build"] = [NoSpace("The disk is full.")]
    with pytest.raises(NoSpace):
        world.image()
    assert world.image().tags == ("app:one",)


def test_a_reply_is_lost_after_the_work_was_done(world: FakeWorld, runtime: FakeRuntime) -> None:
    image = world.image()
    runtime.loses_reply = {"create"}
    with pytest.raises(Unreachable):
        world.created("app", image)
    assert runtime.current() is not None


def test_a_container_that_cannot_be_removed(world: FakeWorld, runtime: FakeRuntime) -> None:
    container = world.created("app")
    runtime.cannot_remove = {"app"}
    with pytest.raises(ToolFailed, match="cannot be removed"):
        runtime.remove(container)
    assert runtime.current() == container


def test_a_stop_that_hangs_ends_with_the_deadline_and_the_container_runs(
    world: FakeWorld, runtime: FakeRuntime
) -> None:
    container = world.started()
    runtime.stop_hangs = True
    began = time.monotonic()
    with pytest.raises(TimeLimitPassed):
        runtime.stop(container, 1, Deadline(0.2))
    assert time.monotonic() - began < 2
    assert world.look(container).state is ContainerState.RUNNING


def test_a_crash_obeys_the_restart_policy(world: FakeWorld, runtime: FakeRuntime) -> None:
    container = world.started()
    runtime.set_restart_policy(container, "always")
    assert runtime.crash(container, 1).restarts == 1
    runtime.set_restart_policy(container, "no")
    crashed = runtime.crash(container, 1)
    assert (crashed.state, crashed.exit_code) == (ContainerState.EXITED, 1)


def test_commands_answer_as_they_are_told(world: FakeWorld, runtime: FakeRuntime) -> None:
    container = world.started()
    runtime.command_result = len
    assert runtime.execute(container, ["one", "two"], world.deadline()) == 2
