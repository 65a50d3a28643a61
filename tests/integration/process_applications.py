"""Applications of the process runtime as they are met in production, and a runtime that ends every one that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shipui.config.settings import ProcessSettings
from shipui.limits.deadline import Deadline
from shipui.runtimes import process_supervisor as supervisor
from shipui.runtimes.base import LABEL_RUN, BuildRequest, Container, ContainerState
from shipui.runtimes.process import ProcessRuntime

REPOSITORY = Path(__file__).parents[2]

SERVER = """
import http.server, json, os, pathlib
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = json.dumps({"build": os.environ["SHIPUI_BUILD"], "pid": os.getpid()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
pathlib.Path(os.environ["PORT_FILE"]).write_text(str(server.server_port))
server.serve_forever()
"""
SLEEPER = "import time; print('ready', flush=True); time.sleep(300)"


class Applications:
    """Builds and starts snippets of Python below one folder; `note` is a file where they can write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.note = folder / "note"
        self.runtimes: list[ProcessRuntime] = []
        self.contexts = 0

    def runtime(self, **settings: Any) -> ProcessRuntime:
        whole: dict[str, Any] = {"build": ["true"], "start": [sys.executable, "app.py"], **settings}
        whole["environment"] = {
            "NOTE": str(self.note),
            "PORT_FILE": str(self.folder / "port"),
            **whole.get("environment", {}),
        }
        made = ProcessRuntime(self.folder / "runtime", "app", ProcessSettings(**whole), "shop")
        self.runtimes.append(made)
        return made

    def created(self, code: str, runtime: ProcessRuntime | None = None, name: str = "app") -> Container:
        runtime = runtime or self.runtime()
        self.contexts += 1
        context = self.folder / f"context-{self.contexts}"
        context.mkdir()
        (context / "app.py").write_text(code)
        request = BuildRequest(context, f"app:{self.contexts}", {}, {"SHIPUI_BUILD": f"FB-{self.contexts:08X}"})
        image = runtime.build(request, Deadline(30), lambda _: None)
        return runtime.create(image, runtime.specification(None), name, {LABEL_RUN: "RN-00000001"})

    def started(self, code: str, runtime: ProcessRuntime | None = None, policy: str = "no") -> Container:
        runtime = runtime or self.runtime()
        container = self.created(code, runtime)
        runtime.set_restart_policy(container, policy)
        return runtime.start(container, Deadline(30))

    def look(self, container: Container) -> Container:
        found = self.runtimes[0].find_container(container.id)
        assert found is not None
        return found

    def path(self, container: Container) -> Path:
        return self.folder / "runtime" / "containers" / container.id

    def state(self, container: Container) -> dict[str, Any]:
        found = supervisor.read_json(self.path(container) / "state.json")
        assert found is not None
        return found

    def log(self, container: Container) -> str:
        return (self.path(container) / "log").read_text()

    def noted(self) -> str:
        """What an application wrote to its note, once it has."""
        assert soon(lambda: self.note.exists() and self.note.read_text() != ""), "nothing was noted"
        return self.note.read_text()

    def answer(self) -> str:
        """What the server says now."""
        port = self.folder / "port"
        assert soon(lambda: port.exists() and port.read_text() != "")
        with urllib.request.urlopen(f"http://127.0.0.1:{port.read_text()}/", timeout=5) as response:
            return str(response.read().decode())

    def sweep(self) -> None:
        """End everything, also what a test has hidden from the runtime."""
        folder = self.folder / "runtime" / "containers"
        ids = os.listdir(folder) if folder.exists() else []
        for container in ids:
            marks = (f"{supervisor.SUPERVISOR_MARK}={container}", f"{supervisor.MARK}={container}")
            for mark in marks:
                everything = supervisor.processes()
                for pid in supervisor.marked(mark, everything):
                    kill(pid)
            path = folder / container
            noted = supervisor.read_json(path / "state.json") or {}
            for each in supervisor.belonging(container, noted.get("supervisor"), noted.get("application")):
                kill(each.pid)


def soon(condition: Callable[[], bool], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()


def lives(pid: int) -> bool:
    found = supervisor.process(pid)
    return found is not None and found.state not in "ZX"


def kill(pid: int) -> None:
    """At once, and only then return."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    assert soon(lambda: not lives(pid))


@contextlib.contextmanager
def small_disk(path: Path) -> Iterator[Path]:
    """A file system of 1 MB at `path`, where one can be mounted."""
    path.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", path], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("a small file system can be mounted by root only")
    try:
        yield path
    finally:
        subprocess.run(["umount", path], check=True)


def fill(disk: Path) -> None:
    with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as file:
        while file.write(b"x" * 512):
            pass


def shell(commands: list[str]) -> None:
    """As an operator pastes them."""
    done = subprocess.run(
        ["sh", "-c", "\n".join(commands)], capture_output=True, text=True, timeout=60, check=False, cwd="/"
    )
    assert done.returncode == 0, done.stderr


def whole_cycle(folder: Path) -> None:
    """Build, start, stop, start again, release command, remove: for a process of another account to call."""
    applications = Applications(folder)
    try:
        runtime = applications.runtime(memory_mb=2000, open_files=256)
        container = applications.started(SERVER, runtime, policy="always")
        assert '"build": "FB-00000001"' in applications.answer()
        assert runtime.stop(container, 5, Deadline(30)).state is ContainerState.EXITED
        runtime.start(container, Deadline(30))
        image = runtime.find_image(container.image)
        assert image is not None
        command = [sys.executable, "-c", "raise SystemExit(3)"]
        assert runtime.run_once(image, runtime.specification(None), "once", {}, command, Deadline(30), print) == 3
        for each in runtime.containers():
            runtime.remove(each)
        runtime.untag("app:1")
        assert runtime.remove_image(image.id)
        assert list((folder / "runtime" / "releases").iterdir()) == []
    finally:
        applications.sweep()
    print("whole cycle done")
