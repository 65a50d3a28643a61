"""What differs between the runtimes for tests of faults: how an install's production is set up, and what lies about on its machine.

Another runtime is one more class with these members, and one more line in PRODUCTIONS.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tests.integration.deployments.production_world import ProductionWorld

Things = dict[str, list[str]]
"""By kind, the names of everything that lies about."""


class Production(Protocol):
    name: str

    def configure(self, world: ProductionWorld, **settings: object) -> None:
        """Write the install's config for this runtime."""
        ...

    def things(self, world: ProductionWorld) -> Things:
        """Everything that runs and everything that is kept, seen without shipui: `running` (whatever belongs to the application),
        `containers`, `images`, `tags` (as they are called), and `unfinished` (what nothing may leave behind)."""
        ...


class ProcessProduction:
    """Plain processes: their folders, and /proc."""

    name = "process"

    def configure(self, world: ProductionWorld, **settings: object) -> None:
        world.configure(**settings)  # type: ignore[arg-type]

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


def _names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


PRODUCTIONS: tuple[Production, ...] = (ProcessProduction(),)
