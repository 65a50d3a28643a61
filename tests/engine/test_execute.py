"""Commands in containers: their streams, their codes, and that nothing of them is left when their deadline ends."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shipui.engine.connection import Engine, InTheWay, NotThere
from shipui.engine.execute import execute
from shipui.limits.deadline import Deadline
from shipui.model.errors import Cancelled, TimeLimitPassed, Unreachable
from tests.engine.images import BASE


@pytest.fixture
def container(docker_engine: Engine) -> Iterator[str]:
    with docker_engine.call(Deadline(60)) as client:
        made = client.create_container(BASE, ["sleep", "600"])["Id"]
        client.start(made)
    yield made
    with docker_engine.call(Deadline(60)) as client:
        client.remove_container(made, force=True, v=True)


def processes(engine: Engine, container: str) -> list[str]:
    with engine.call(Deadline(30)) as client:
        return [row[-1] for row in client.top(container)["Processes"]]


def test_streams_and_code_come_back_apart(docker_engine: Engine, container: str) -> None:
    lines: list[str] = []
    command = ["sh", "-c", "echo out; echo err >&2; echo $COLOUR; exit 7"]
    ended = execute(
        docker_engine, container, command, deadline=Deadline(30), environment={"COLOUR": "blue"}, on_line=lines.append
    )
    assert (ended.code, ended.output, ended.errors) == (7, "out\nblue", "err")
    assert lines == ["out", "blue"]


def test_a_large_input_goes_in_and_a_large_output_comes_out_whole(
    docker_engine: Engine, container: str, tmp_path: Path
) -> None:
    given = bytes(range(256)) * 40_000
    with (tmp_path / "out").open("wb") as out:
        ended = execute(docker_engine, container, ["cat"], deadline=Deadline(60), stdin=io.BytesIO(given), stdout=out)
    assert ended.code == 0
    assert (tmp_path / "out").read_bytes() == given


def test_a_command_that_does_not_exist_has_a_code(docker_engine: Engine, container: str) -> None:
    assert execute(docker_engine, container, ["no-such-command"], deadline=Deadline(30)).code in {126, 127}


@pytest.mark.parametrize("cancel", [False, True])
def test_nothing_is_left_running_when_the_deadline_ends(docker_engine: Engine, container: str, cancel: bool) -> None:
    deadline = Deadline(60 if cancel else 1)
    if cancel:
        threading.Timer(1, deadline.cancel, ["you asked for it"]).start()
    began = time.monotonic()
    with pytest.raises(Cancelled if cancel else TimeLimitPassed):
        execute(docker_engine, container, ["sh", "-c", "sleep 4711 & sleep 4712"], deadline=deadline)
    assert time.monotonic() - began < 8
    until = time.monotonic() + 10
    while any("471" in each for each in processes(docker_engine, container)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any("471" in each for each in processes(docker_engine, container))


def test_a_container_that_is_gone_or_stopped_is_said(docker_engine: Engine, container: str) -> None:
    with pytest.raises(NotThere):
        execute(docker_engine, "no-such-container", ["true"], deadline=Deadline(30))
    with docker_engine.call(Deadline(30)) as client:
        client.stop(container, timeout=0)
    with pytest.raises(InTheWay):
        execute(docker_engine, container, ["true"], deadline=Deadline(30))


def test_an_engine_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    began = time.monotonic()
    with (
        pytest.raises(Unreachable, match=r"No Docker engine answers at unix://.*systemctl start docker"),
        Engine(f"unix://{tmp_path}/none.sock").call(Deadline(30)),
    ):
        pass
    assert time.monotonic() - began < 5
