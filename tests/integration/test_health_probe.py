"""When a container counts as healthy: passes in a row, by the version that was asked for, for as long as it has run without a break."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shipui.config.settings import HealthSettings
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed
from shipui.pipeline.health import Watch, wait_until_healthy
from shipui.runtimes.base import Container
from shipui.runtimes.fake import FakeRuntime
from tests.contract.runtime_worlds import FakeWorld

BUILD = "FB-00000001"


@dataclass
class Endpoint:
    """Answers each probe with the next of `answers` (status and body), and with the last one for ever."""

    url: str = ""
    answers: list[tuple[int, str]] = field(default_factory=list)
    asked: int = 0
    before_answer: Callable[[int], object] = lambda number: None
    """Called with the number of the probe, from 1."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked += 1
            made.before_answer(made.asked)
            status, body = made.answers[min(made.asked, len(made.answers)) - 1]
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        made.url = f"http://127.0.0.1:{server.server_port}/health"
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture
def world(tmp_path: Path) -> FakeWorld:
    return FakeWorld(tmp_path)


def wait(world: FakeWorld, endpoint: Endpoint, container: Container, attempts: int = 8, passes: int = 3) -> str:
    settings = HealthSettings(
        url=endpoint.url, attempts=attempts, passes=passes, interval_seconds=0.01, version_field="build"
    )
    watch = Watch(lambda line: None, lambda done, total, unit: None)
    return wait_until_healthy(world.runtime, container, settings, BUILD, Deadline(30), watch)


def good(build: str = BUILD) -> tuple[int, str]:
    return 200, json.dumps({"build": build})


def test_as_many_passes_as_asked_for(world: FakeWorld, endpoint: Endpoint) -> None:
    endpoint.answers = [(503, "starting"), good()]
    assert wait(world, endpoint, world.started()) == f"it answers, and is {BUILD}"
    assert endpoint.asked == 4


def test_a_failure_in_between_begins_the_count_anew(world: FakeWorld, endpoint: Endpoint) -> None:
    endpoint.answers = [good(), good(), (503, "sick"), good()]
    wait(world, endpoint, world.started())
    assert endpoint.asked == 6


def test_now_and_then_is_not_healthy(world: FakeWorld, endpoint: Endpoint) -> None:
    endpoint.answers = [good(), good(), (500, "")] * 3
    with pytest.raises(Failed, match="not healthy after 8 attempts"):
        wait(world, endpoint, world.started())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (good("FB-00000000"), "it answers, but as version FB-00000000, not FB-00000001"),
        ((200, "{}"), "it answers, but as version none, not FB-00000001"),
        ((200, "[]"), "it answers, but as version none, not FB-00000001"),
        ((200, "<html>"), "its answer is not JSON, so its version"),
        ((302, ""), "it answers with HTTP status 302"),
        ((404, ""), "it answers with HTTP status 404"),
    ],
)
def test_what_does_not_count(world: FakeWorld, endpoint: Endpoint, answer: tuple[int, str], said: str) -> None:
    endpoint.answers = [answer]
    with pytest.raises(Failed) as raised:
        wait(world, endpoint, world.started(), attempts=2, passes=1)
    assert said in raised.value.plain


def test_whoever_started_again_by_itself_is_not_healthy_however_it_answers(
    world: FakeWorld, endpoint: Endpoint
) -> None:
    runtime = world.runtime
    assert isinstance(runtime, FakeRuntime)
    container = world.started()
    runtime.set_restart_policy(container, "always")
    endpoint.answers = [good()]
    endpoint.before_answer = lambda number: runtime.crash(world.look(container), 1) if number == 2 else None
    with pytest.raises(Failed, match="it was started again 1 times by itself"):
        wait(world, endpoint, container)
    assert endpoint.asked == 2


def test_whoever_ends_with_the_last_pass_is_not_healthy(world: FakeWorld, endpoint: Endpoint) -> None:
    runtime = world.runtime
    assert isinstance(runtime, FakeRuntime)
    container = world.started()
    endpoint.answers = [good()]
    endpoint.before_answer = lambda number: runtime.crash(world.look(container), 7) if number == 3 else None
    with pytest.raises(Failed, match="it ended by itself, with exit code 7"):
        wait(world, endpoint, container)
