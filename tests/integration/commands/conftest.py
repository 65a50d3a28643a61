"""shipui as typed, on a whole install with real parts, by an account that is admin there."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shipui.cli.main import outcome
from tests.integration.deployments import conftest as deployments
from tests.integration.deployments.production_world import ProductionWorld

ME = pwd.getpwuid(os.getuid()).pw_name
records_server, make_world, world = deployments.records_server, deployments.make_world, deployments.world
"""Fixtures that tests of deployments have too."""


@dataclass(frozen=True, slots=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shipui:
    """Calls shipui with the install's config: in this process, or, with `start`, in one of its own."""

    def __init__(self, install: ProductionWorld, capfd: pytest.CaptureFixture[str]) -> None:
        self.world = install
        self._capfd = capfd
        self._started: list[subprocess.Popen[str]] = []

    def __call__(self, *arguments: str) -> Answer:
        self._capfd.readouterr()
        code = outcome(["--config", str(self.world.config), *arguments])
        return Answer(code, *self._capfd.readouterr())

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """With pipes on all three, unless `options` says otherwise."""
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        command = [sys.executable, "-m", "shipui", "--config", str(self.world.config), *arguments]
        process = subprocess.Popen(command, text=True, **{**pipes, **options})
        self._started.append(process)
        return process

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def shipui(request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]) -> Iterator[Shipui]:
    install: ProductionWorld = request.getfixturevalue("world")
    install.configure(more=f'[roles]\nadmin = ["{ME}"]')
    made = Shipui(install, capfd)
    yield made
    made.end()


@pytest.fixture
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where shipui writes of its own defects, during this test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state-home"))
    return tmp_path / "state-home"
