"""What the contract of runtimes is tried in: one world per runtime, each with applications that behave as `app.json` says."""

from __future__ import annotations

import json
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from shipui.config.settings import DockerSettings, ProcessSettings
from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from shipui.runtimes.base import LABEL_BUILD, LABEL_RUN, BuildRequest, Container, Image, Runtime, Specification
from shipui.runtimes.docker import DockerRuntime
from shipui.runtimes.fake import FakeRuntime
from shipui.runtimes.process import ProcessRuntime
from tests.engine.images import BASE

APPLICATION = """
import json, os, signal, sys, time
described = json.load(open("app.json"))
if described.get("deaf"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
for line in described.get("says", []):
    print(line, flush=True)
for name in described.get("tells", []):
    print(f"{name}={os.environ.get(name, '')}", flush=True)
if described.get("exits") is not None:
    sys.exit(described["exits"])
while True:
    time.sleep(60)
"""

BUILD = """
import json, os, sys, time
described = json.load(open("app.json"))
print("building", flush=True)
if described.get("build_hangs"):
    time.sleep(60)
if described.get("build_fails"):
    sys.exit(1)
if described.get("start_fails"):
    os.remove("run")
"""


class World(ABC):
    """One runtime, empty, whose environment setting is COLOUR=blue."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.contexts = 0
        self.runtime = self.make_runtime()

    @abstractmethod
    def make_runtime(self) -> Runtime: ...

    @abstractmethod
    def exiting(self, code: int) -> list[str]:
        """A command that ends with that code."""

    @abstractmethod
    def hanging(self) -> list[str]: ...

    @abstractmethod
    def missing(self) -> list[str]:
        """A command that does not exist."""

    target = "shop"
    takes_any_name = True
    """Whether what is no ordinary name is only an odd one, and not refused."""

    def knows_of_itself(self, container: Container) -> dict[str, str]:
        """What the application finds in its environment, beside what the settings say."""
        return {
            "SHIPUI_BUILD": "FB-00000001",
            "SHIPUI_RUN": "RN-00000001",
            "SHIPUI_CONTAINER": container.id,
            "PGAPPNAME": "app",
        }

    def with_variable(self, specification: Specification, name: str, value: str) -> Specification:
        """The same with one variable more that somebody set by hand."""
        specification.settings["environment"][name] = value
        return specification

    def sweep(self) -> None:
        for each in self.runtime.containers():
            self.runtime.remove(each)

    def deadline(self) -> Deadline:
        return Deadline(30)

    def context(self, **application: Any) -> Path:
        """A fresh source tree with an application that behaves so."""
        self.contexts += 1
        path = self.folder / f"context-{self.contexts}"
        path.mkdir()
        (path / "app.json").write_text(json.dumps(application))
        (path / "run").write_text(f"#!{sys.executable}\n{APPLICATION}")
        (path / "run").chmod(0o755)
        (path / "build.py").write_text(BUILD)
        return path

    def request(self, tag: str = "app:one", run: str = "RN-00000001", **application: Any) -> BuildRequest:
        labels = {LABEL_BUILD: "FB-00000001", LABEL_RUN: run}
        return BuildRequest(self.context(**application), tag, labels, {"SHIPUI_BUILD": "FB-00000001"})

    def image(self, tag: str = "app:one", run: str = "RN-00000001", **application: Any) -> Image:
        return self.runtime.build(self.request(tag, run, **application), self.deadline(), lambda _: None)

    def created(self, name: str = "app", image: Image | None = None, **application: Any) -> Container:
        image = image or self.image(**application)
        return self.runtime.create(image, self.runtime.specification(None), name, {LABEL_RUN: "RN-00000001"})

    def started(self, name: str = "app", image: Image | None = None, **application: Any) -> Container:
        application = {"says": ["ready"], **application} if image is None else {}
        return self.runtime.start(self.created(name, image, **application), self.deadline())

    def look(self, container: Container) -> Container:
        found = self.runtime.find_container(container.id)
        assert found is not None
        return found


class ProcessWorld(World):
    def make_runtime(self) -> Runtime:
        settings = ProcessSettings(
            build=[sys.executable, "build.py"],
            start=["./run"],
            environment={"COLOUR": "blue"},
        )
        return ProcessRuntime(self.folder / "runtime", "app", settings, "shop")

    def exiting(self, code: int) -> list[str]:
        return [sys.executable, "-c", f"print('working'); raise SystemExit({code})"]

    def hanging(self) -> list[str]:
        return ["sleep", "60"]

    def missing(self) -> list[str]:
        return ["no-such-command-here"]


class FakeWorld(World):
    def make_runtime(self) -> Runtime:
        return FakeRuntime(self.folder, "app", "shop", {"COLOUR": "blue"})

    def exiting(self, code: int) -> list[str]:
        return ["exit", str(code)]

    def hanging(self) -> list[str]:
        return ["hang"]

    def missing(self) -> list[str]:
        return ["missing"]


DOCKERFILE = f"""
FROM {BASE}
COPY app.json build.py run /app/
WORKDIR /app
{{build}}
ARG SHIPUI_BUILD
ENV SHIPUI_BUILD=$SHIPUI_BUILD
CMD ["./run"]
"""


class DockerWorld(World):
    """On the tests' own engine; the tests of one contract share its names, so they run one after the other."""

    engine: Engine
    target = "contract"
    """Other tests on the engine have a target of the usual name."""
    takes_any_name = False

    def make_runtime(self) -> Runtime:
        settings = DockerSettings.model_validate({"environment": {"COLOUR": "blue"}})
        return DockerRuntime(self.engine, "app", settings, self.target)

    def context(self, **application: Any) -> Path:
        path = super().context(**application)
        (path / "run").write_text(f"#!/usr/bin/env python3\n{APPLICATION}")
        builds = any(each.startswith("build") or each == "start_fails" for each in application)
        (path / "Dockerfile").write_text(DOCKERFILE.format(build='RUN ["python3", "build.py"]' if builds else ""))
        return path

    def exiting(self, code: int) -> list[str]:
        return ["python3", "-c", f"print('working'); raise SystemExit({code})"]

    def hanging(self) -> list[str]:
        return ["sleep", "60"]

    def missing(self) -> list[str]:
        return ["no-such-command-here"]

    def knows_of_itself(self, container: Container) -> dict[str, str]:
        """Nothing but what its image says: a container runs as the old one did."""
        return {"SHIPUI_BUILD": "FB-00000001"}

    def with_variable(self, specification: Specification, name: str, value: str) -> Specification:
        specification.settings["config"]["Env"].append(f"{name}={value}")
        return specification

    def sweep(self) -> None:
        super().sweep()
        for each in self.runtime.images():
            for tag in each.tags:
                self.runtime.untag(tag)
            self.runtime.remove_image(each.id)


class PodmanWorld(DockerWorld):
    """The same calls, answered by podman's service."""


WORLDS = {"process": ProcessWorld, "fake": FakeWorld, "docker": DockerWorld, "podman": PodmanWorld}
