"""What the pipeline asks of whatever runs production. Every runtime passes tests/contract/."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from shipui.limits.deadline import Deadline
from shipui.model.checks import Check

Log = Callable[[str], None]
ReadSource = Callable[[str], bytes | None]
"""A file of the approved commit by its path, or None."""

LABEL_BUILD = "shipui.build"
LABEL_COMMIT = "shipui.commit"
LABEL_PROMOTION = "shipui.promotion"
LABEL_RUN = "shipui.run"
LABEL_EPOCH = "shipui.epoch"
LABEL_TARGET = "shipui.target"
LABEL_ROLE = "shipui.role"
"""application, or release (the one-off container of the release command)."""


class ContainerState(StrEnum):
    CREATED = "created"
    RUNNING = "running"
    EXITED = "exited"
    """Stopped, crashed, or ended by itself."""


class ContainerHealth(StrEnum):
    """What the image's own health check says."""

    NONE = "none"
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True)
class Image:
    id: str
    """Content-addressed; never moves, unlike a tag."""
    tags: tuple[str, ...]
    labels: Mapping[str, str]
    created: datetime
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Container:
    id: str
    name: str
    image: str
    """The image's ID."""
    state: ContainerState
    labels: Mapping[str, str]
    started_at: datetime | None = None
    finished_at: datetime | None = None
    exit_code: int | None = None
    restarts: int = 0
    """How often the runtime has started it again by itself."""
    restart_policy: str = "no"
    pids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Specification:
    """How a container runs, in the runtime's own terms; JSON all through, so that it can be kept in a file.

    `settings` may hold secrets (the environment's values): it goes to a file of mode 0600, never to the journal. `masked` is the same
    with every environment value replaced.
    """

    settings: dict[str, Any]
    masked: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BuildRequest:
    context: Path
    """The extracted tree. The build may write into it; it is removed afterwards."""
    tag: str
    labels: Mapping[str, str]
    """Baked into the image: build, commit, promotion, run."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """Seen by the build: SHIPUI_BUILD and SHIPUI_COMMIT among them."""


class Runtime(Protocol):
    """One production of one target. Names of containers and tags come from the pipeline, so that intents can carry them.

    Errors: Unreachable when the engine does not answer, ToolFailed when it answers with an error, NoSpace; and Cancelled or TimeLimitPassed
    from the deadline, after which nothing that the call started is left running. Asking for something that is not there returns None
    (look-ups) or does nothing (remove, untag, stop).
    """

    kind: str
    name: str
    """The container's name, and the repository of its images."""

    def preflight(self, deadline: Deadline) -> list[Check]:
        """Tools, rights, disk, the engine reachable, and what cannot be swapped safely. Touches nothing."""
        ...

    def check_source(self, read: ReadSource, deadline: Deadline) -> list[Check]:
        """Whether what is needed for a build is in the approved source, before anything is extracted. Touches nothing."""
        ...

    def fence(self, labels: Mapping[str, str]) -> None:
        """Mark the target as taken where every machine that uses this runtime sees it. TargetBusy if another run's mark is there.

        An older epoch of the same run gives way. Where the machine's own lock is enough this does nothing.
        """
        ...

    def unfence(self, labels: Mapping[str, str]) -> None:
        """Take the mark away, if it is that run's."""
        ...

    def fenced_by(self) -> str | None:
        """The run whose mark is there."""
        ...

    def build(self, request: BuildRequest, deadline: Deadline, log: Log) -> Image: ...

    def find_image(self, reference: str) -> Image | None:
        """By ID or by tag."""
        ...

    def images(self) -> list[Image]:
        """Those that shipui built for this target (by label), newest first."""
        ...

    def tag(self, image: str, reference: str) -> None:
        """Let `reference` name the image with the ID `image`, moving it if it named another."""
        ...

    def untag(self, reference: str) -> None: ...

    def remove_image(self, image: str) -> bool:
        """False when a container or another tag still uses it."""
        ...

    def current(self) -> Container | None:
        """The container that has the target's name, running or not."""
        ...

    def find_container(self, reference: str) -> Container | None:
        """By ID or by name."""
        ...

    def containers(self, labels: Mapping[str, str] | None = None) -> list[Container]:
        """All of this target, running or not, that carry these labels."""
        ...

    def specification(self, container: Container | None) -> Specification:
        """How `container` runs; without one, how the settings say that the first one should."""
        ...

    def restart_policy(self, old: Container | None) -> str:
        """What a new version gets once it is healthy, in place of `old`."""
        ...

    def followed_tag(self, container: Container) -> str | None:
        """The tag by which something else (Compose) makes this container anew: it has to name the version that is to stay."""
        ...

    def create(self, image: Image, specification: Specification, name: str, labels: Mapping[str, str]) -> Container:
        """A container that runs `image` as `specification` says, less what came from the old image. Not started; restart policy "no"."""
        ...

    def start(self, container: Container, deadline: Deadline) -> Container: ...

    def stop(self, container: Container, grace_seconds: float, deadline: Deadline) -> Container:
        """Ask it to end; after the grace period make it. Returns when nothing of it runs. Its restart policy is not obeyed."""
        ...

    def rename(self, container: Container, name: str) -> Container: ...

    def set_restart_policy(self, container: Container, policy: str) -> None:
        """ "no", "on-failure", "unless-stopped" or "always"; where a runtime counts, "on-failure:5"."""
        ...

    def remove(self, container: Container) -> None:
        """Stopped or not; its log goes with it."""
        ...

    def run_once(
        self,
        image: Image,
        specification: Specification,
        name: str,
        labels: Mapping[str, str],
        command: Sequence[str],
        deadline: Deadline,
        log: Log,
    ) -> int:
        """The release command, in a one-off container of the image; its exit code. The container is left, stopped, for the record."""
        ...

    def execute(self, container: Container, command: Sequence[str], deadline: Deadline) -> int:
        """A command inside a running container; its exit code."""
        ...

    def health(self, container: Container) -> ContainerHealth: ...

    def reach(self, container: Container, url: str) -> str:
        """The health check's URL, with {address} and {published:PORT} filled in for this container. ToolFailed if it has no such."""
        ...

    def log_tail(self, container: Container, lines: int) -> list[str]:
        """The last lines that it wrote; they are data from outside."""
        ...

    def commands_by_hand(self, old: str | None, new: str | None) -> list[str]:
        """Shell commands with which a person removes the container `new` and starts the container `old` again."""
        ...
