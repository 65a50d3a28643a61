"""Containers, images and the like for one test on the shared engine: names of its own, and all of it removed afterwards."""

from __future__ import annotations

import io
import json
import secrets
import socket
from pathlib import Path
from typing import Any

from docker.types import IPAMConfig, IPAMPool

from shipui.config.settings import DockerSettings
from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from shipui.runtimes.base import LABEL_BUILD, LABEL_RUN, BuildRequest, Container, Image
from shipui.runtimes.docker import DockerRuntime
from tests.engine.images import BASE

SLEEPER = f'FROM {BASE}\nCMD ["sleep", "1000"]\n'


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Things:
    """`name` is the container's and the repository's; everything made through this carries it."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.name = f"t{secrets.token_hex(4)}"
        self.folder = folder
        self.runtime = self.make_runtime()
        self._contexts = 0

    def make_runtime(self, **settings: Any) -> DockerRuntime:
        return DockerRuntime(self.engine, self.name, DockerSettings.model_validate(settings), self.name)

    def call(self, method: str, *arguments: Any, **named: Any) -> Any:
        with self.engine.call(Deadline(60)) as client:
            return getattr(client, method)(*arguments, **named)

    def image(self, dockerfile: str = SLEEPER, tag: str = "new", **files: str) -> Image:
        self._contexts += 1
        context = self.folder / f"context-{self._contexts}"
        context.mkdir()
        (context / "Dockerfile").write_text(dockerfile)
        for name, text in files.items():
            (context / name).write_text(text)
        labels = {LABEL_BUILD: "FB-00000001", LABEL_RUN: "RN-00000001"}
        request = BuildRequest(context, f"{self.name}:{tag}", labels, {"SHIPUI_BUILD": "FB-00000001"})
        return self.runtime.build(request, Deadline(60), lambda _: None)

    def foreign_image(self, dockerfile: str, tag: str = "old") -> str:
        """One that shipui did not build; its tag."""
        reference = f"{self.name}:{tag}"
        with self.engine.call(Deadline(60)) as client:
            for event in client.build(fileobj=io.BytesIO(dockerfile.encode()), tag=reference, rm=True, decode=True):
                assert "error" not in event, event
        return reference

    def run(
        self, config: dict[str, Any], *, networks: tuple[str, ...] = (), start: bool = True, name: str = ""
    ) -> Container:
        """A container as somebody else would make it, from the engine's own configuration."""
        with self.engine.call(Deadline(60)) as client:
            made = client.create_container_from_config(config, name or self.name)["Id"]
            for each in networks:
                client.connect_container_to_network(made, each)
            if start:
                client.start(made)
        found = self.runtime.find_container(made)
        assert found is not None
        return found

    def network(self, suffix: str = "net", subnet: str | None = None) -> str:
        name = f"{self.name}-{suffix}"
        ipam = IPAMConfig(pool_configs=[IPAMPool(subnet=subnet)]) if subnet else None
        self.call("create_network", name, ipam=ipam, check_duplicate=True)
        return name

    def inspect(self, container: Container | str) -> dict[str, Any]:
        """The engine shows the mounts in any order; here they are sorted."""
        found: dict[str, Any] = self.call(
            "inspect_container", container if isinstance(container, str) else container.id
        )
        found["Mounts"].sort(key=lambda each: each["Destination"])
        return found

    def swap(self, old: Container, image: Image) -> Container:
        """As the steps do it: the next one is made, the old one stopped and set aside, the next one started in its place."""
        name = self.runtime.name
        new = self.runtime.create(image, self.runtime.specification(old), f"{name}-next", {LABEL_RUN: "RN-00000001"})
        self.runtime.set_restart_policy(old, "no")
        self.runtime.stop(old, 1, Deadline(30))
        self.runtime.rename(old, f"{name}-before")
        new = self.runtime.rename(new, name)
        return self.runtime.start(new, Deadline(30))

    def remove_everything(self) -> None:
        with self.engine.call(Deadline(120)) as client:
            for each in client.containers(all=True):
                if self.name in json.dumps(each):
                    client.remove_container(each["Id"], force=True, v=True)
            for each in client.images(all=True):
                for tag in each["RepoTags"] or []:
                    if tag.startswith(self.name):
                        client.remove_image(tag, force=True)
            for each in client.networks():
                if each["Name"].startswith(self.name):
                    client.remove_network(each["Id"])
            for each in client.volumes()["Volumes"] or []:
                if each["Name"].startswith(self.name):
                    client.remove_volume(each["Name"])
