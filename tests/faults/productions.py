"""What differs between the runtimes for tests of faults: how an install's production is set up, and what lies about on its machine.

Another runtime is one more class with these members, and one more line in PRODUCTIONS.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Protocol

from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from tests.engine import daemon
from tests.engine.daemon import Daemon
from tests.engine.images import BASE, load_base
from tests.integration.deployments.docker_world import DockerProductionWorld
from tests.integration.deployments.production_world import ProductionWorld
from tests.parts import needs
from tests.records import RecordsDatabase
from tests.servers import FreshDatabase

Things = dict[str, list[str]]
"""By kind, the names of everything that lies about."""


class Production(Protocol):
    name: str
    python: str
    """What a release command is run with."""

    def make_world(self, folder: Path, database: FreshDatabase, records: RecordsDatabase) -> ProductionWorld:
        """An install in which nothing was deployed yet."""
        ...

    def close(self) -> None:
        """End what all of this worker's worlds shared."""
        ...

    def things(self, world: ProductionWorld) -> Things:
        """Everything that runs and everything that is kept, seen without shipui: `running` (whatever belongs to the application),
        `containers`, `images`, `tags` (as they are called), and `unfinished` (what nothing may leave behind)."""
        ...


class ProcessProduction:
    """Plain processes: their folders, and /proc."""

    name = "process"
    python = sys.executable

    def make_world(self, folder: Path, database: FreshDatabase, records: RecordsDatabase) -> ProductionWorld:
        return ProductionWorld(folder, database, records)

    def close(self) -> None:
        """They share nothing."""

    def things(self, world: ProductionWorld) -> Things:
        folder = world.installation.install.state / "process" / "shop"
        images = [each.read_text() for each in sorted((folder / "images").glob("*.json"))]
        releases = _names(folder / "releases")
        return {
            "running": sorted(world.processes()),
            "containers": [
                f"{each} {(folder / 'containers' / each / 'name').read_text()}"
                for each in _names(folder / "containers")
            ],
            "images": _names(folder / "images"),
            "tags": _names(folder / "tags"),
            "unfinished": [
                *(str(each) for each in folder.rglob("*.part")),
                *(f"release {each}" for each in releases if not any(each in image for image in images)),
            ],
        }


class DockerProduction:
    """Containers, on an engine that this worker has for itself: what another one makes is none of its business."""

    name = "docker"
    python = "python3"

    def __init__(self) -> None:
        self._daemon: Daemon | None = None

    def make_world(self, folder: Path, database: FreshDatabase, records: RecordsDatabase) -> ProductionWorld:
        needs("Docker", daemon.available())
        if self._daemon is None:
            self._daemon = Daemon(Path(f"{daemon.shared_folder()}-faults-{os.getpid()}"))
            self._daemon.start()
            load_base(Engine(self._daemon.address))
        return DockerProductionWorld(folder, database, records, Engine(self._daemon.address))

    def close(self) -> None:
        if self._daemon is not None:
            self._daemon.remove()

    def things(self, world: ProductionWorld) -> Things:
        assert isinstance(world, DockerProductionWorld)
        with world.engine.call(Deadline(60)) as client:
            containers = client.containers(all=True)
            images = [each for each in client.images() if BASE not in (each["RepoTags"] or [])]
            volumes = client.volumes()["Volumes"] or []
            networks = [each["Name"] for each in client.networks()]
        tags = [tag for each in images for tag in each["RepoTags"] or [] if tag != "<none>:<none>"]
        return {
            "running": sorted(each["Names"][0] for each in containers if each["State"] == "running"),
            "containers": sorted(f"{each['Id']} {each['Names'][0]}" for each in containers),
            "images": sorted(each["Id"] for each in images),
            "tags": sorted(tags),
            "unfinished": [
                *(f"volume {each['Name']}" for each in volumes),
                *(f"network {each}" for each in networks if each not in {"bridge", "host", "none"}),
                *(
                    f"image {each['Id']}"
                    for each in images
                    if not each["RepoTags"] or each["RepoTags"] == ["<none>:<none>"]
                ),
            ],
        }


def _names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


PRODUCTIONS: tuple[Production, ...] = (ProcessProduction(), DockerProduction())
