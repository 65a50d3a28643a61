"""The demo's production: an application, and a database server of its own; on which runtime it stands is settled when the demo is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from shipui.demo.folder import DemoFolder
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput

Say = Callable[[str], None]

DATABASE = "notes"
APPLICATION_ROLE = "notes"
SUPERUSER = "postgres"
RUNTIMES = ("process", "docker")


class Production(Protocol):
    """What the rest of the demo asks of it. Everything below `runtime` is the same for every runtime."""

    runtime: str
    target: str
    """Its name in config.toml."""
    run_seconds: int
    """The time limit of a run: short, so that nobody waits long for the build that hangs."""
    health_attempts: int
    """How often a new version is asked, 0.4 s apart, before it counts as not healthy."""

    def url(self, database: str = DATABASE, role: str = SUPERUSER) -> str:
        """Of the database server, as this machine reaches it; the superuser is whom shipui connects as."""

    @property
    def application_password(self) -> str | None:
        """None where the server lets in whoever can reach it."""

    def require_parts(self, deadline: Deadline) -> None:
        """Refused, with what to do, when something is missing that the demo cannot make."""

    def running(self) -> bool:
        """Whether the database server is."""

    def start(self, deadline: Deadline, say: Say) -> None:
        """The database server, made if need be, and whatever the application's builds need."""

    def stop(self, deadline: Deadline) -> None:
        """The database server; its data stays."""

    def target_settings(self) -> str:
        """The target's sections in config.toml that depend on the runtime."""

    def database_settings(self) -> str:
        """Lines of the target's section “database”, beside its URL."""

    def whereabouts(self) -> list[tuple[str, str]]:
        """What is where, for the demo's README.md: a name in Markdown, and what it is."""

    def remove_by_hand(self) -> list[str]:
        """Commands that remove what is not in the demo's folder."""

    @property
    def application_log(self) -> str:
        """How to see what the application said."""


def production_of(folder: DemoFolder) -> Production:
    """That of a demo which is there."""
    if folder.notes().get("runtime", "process") == "docker":
        from shipui.demo.docker_production import DockerProduction

        return DockerProduction(folder)
    from shipui.demo.process_production import ProcessProduction

    return ProcessProduction(folder)


def claim(folder: DemoFolder, runtime: str | None, base_image: str | None, deadline: Deadline) -> Production:
    """The folder's own production, or a new one on `runtime` ("process" when None). Refused before anything is made.

    BadInput when the folder is that of a demo on something else.
    """
    if folder.is_demo():
        _require_same(folder, runtime, base_image)
        production = production_of(folder)
        production.require_parts(deadline)
        return production
    notes: dict[str, Any] = {}
    if runtime == "docker":
        from shipui.demo.docker_production import notes_for_new

        folder.require_free()
        notes = notes_for_new(base_image, deadline)
    folder.claim(**notes)
    return production_of(folder)


def _require_same(folder: DemoFolder, runtime: str | None, base_image: str | None) -> None:
    notes = folder.notes()
    made_on = notes.get("runtime", "process")
    if runtime is not None and runtime != made_on:
        raise BadInput(
            f"The demo in {folder.path} runs on “{made_on}”, not on “{runtime}”.",
            fix=f"Leave --runtime out, or name another folder: shipui demo --runtime {runtime} --dir FOLDER.",
        )
    if base_image is not None and base_image != notes.get("base_image"):
        raise BadInput(
            f"The demo in {folder.path} was made on another base image.",
            fix="Leave --base-image out, or name another folder with --dir.",
        )
