"""The same install with production in containers, on the tests' own engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from tests.engine.images import BASE
from tests.integration.deployments.production_world import TARGET, ProductionWorld
from tests.records import RecordsDatabase
from tests.servers import FreshDatabase

DOCKERFILE = f"""
FROM {BASE}
COPY . /app
WORKDIR /app
ARG SHIPUI_BUILD
ARG SHIPUI_COMMIT
ENV SHIPUI_BUILD=$SHIPUI_BUILD
RUN ["python3", "-B", "build.py"]
WORKDIR /app/release
CMD ["python3", "-B", "app.py"]
"""


class DockerProductionWorld(ProductionWorld):
    """One at a time on an engine: its target's name is the same for each test."""

    def __init__(self, folder: Path, database: FreshDatabase, records: RecordsDatabase, engine: Engine) -> None:
        self.engine = engine
        self.container = "shop-in-docker"
        super().__init__(folder, database, records)

    def runtime_section(self, build: list[str] | None) -> str:
        """The database's socket is mounted where it is; `build` is the Dockerfile's."""
        sockets = unquote(self.database.url.partition("host=")[2].partition("&")[0])
        return f"""
[target.{TARGET}.docker]
host = "{self.engine.address}"
ports = ["127.0.0.1:{self.port}:{self.port}"]
volumes = ["{sockets}:{sockets}"]
environment = {{ PORT = "{self.port}", HOST = "0.0.0.0", DATABASE_URL = "{self.database.url}", PGAPPNAME = "{self.container}" }}
"""

    def configure(self, *, target: str = "", **named: Any) -> None:
        super().configure(target=f'runtime = "docker"\n{target}', **named)

    def more_files(self) -> dict[str, str]:
        return {"Dockerfile": DOCKERFILE}

    def engine_holds(self) -> dict[str, Any]:
        """Everything of this install that the engine has: containers, images, networks, volumes."""
        with self.engine.call(Deadline(60)) as client:
            containers = [
                each
                for each in client.containers(all=True)
                if self.container in json.dumps(each) or "shipui-fence" in json.dumps(each)
            ]
            images = [
                each
                for each in client.images(all=True)
                if any(tag.startswith(f"{self.container}:") for tag in each["RepoTags"] or [])
            ]
            return {
                "containers": sorted(f"{each['Names'][0]} {each['State']}" for each in containers),
                "images": sorted(tag for each in images for tag in each["RepoTags"]),
                "dangling": sorted(
                    each["Id"] for each in client.images(filters={"dangling": True, "label": f"shipui.target={TARGET}"})
                ),
                "networks": sorted(each["Name"] for each in client.networks() if self.container in each["Name"]),
                "volumes": sorted(
                    each["Name"] for each in client.volumes()["Volumes"] or [] if self.container in json.dumps(each)
                ),
            }

    def close(self) -> None:
        runtime = self.installation.runtime(TARGET)
        super_images = runtime.images()
        super().close()
        for image in super_images:
            for tag in image.tags:
                runtime.untag(tag)
            runtime.remove_image(image.id)
