"""A runtime in memory that keeps the same contract, with knobs for what cannot happen on demand.

An application is described by `app.json` at the root of the context, if there is one:

    {"says": ["ready"], "tells": ["SHIPUI_BUILD"], "exits": 3, "deaf": true, "start_fails": true, "build_fails": true, "build_hangs": true}

`says` are its log lines, `tells` names variables that it writes as NAME=VALUE, `exits` ends it at once, `deaf` ignores the request
to stop. Commands are ["exit", "3"], ["hang"] and ["missing"]; any other succeeds.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from shipui.model.errors import ShipuiError, TargetBusy, ToolFailed, Unreachable
from shipui.runtimes.base import (
    LABEL_ROLE,
    LABEL_RUN,
    LABEL_TARGET,
    BuildRequest,
    Container,
    ContainerHealth,
    ContainerState,
    Image,
    Log,
    ReadSource,
    Specification,
)

_LONGEST_NAME = 200


@dataclass
class _Image:
    image: Image
    application: dict[str, Any]
    baked: dict[str, str]


@dataclass
class _Container:
    container: Container
    settings: dict[str, Any]
    log: list[str] = field(default_factory=list)


class FakeRuntime:
    kind = "fake"

    def __init__(
        self,
        folder: Path,
        name: str = "production",
        target: str = "production",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._folder = folder
        self._target = target
        self._environment = dict(environment or {})
        self._images: dict[str, _Image] = {}
        self._tags: dict[str, str] = {}
        self._containers: dict[str, _Container] = {}
        self._lock = threading.RLock()
        self.calls: list[str] = []
        """The methods called so far, in order."""
        self.unreachable_at: set[int] = set()
        """Numbers of calls, from 1, at which the engine does not answer."""
        self.fails: dict[str, list[ShipuiError]] = {}
        """By method: what its next calls raise, before they do anything."""
        self.loses_reply: set[str] = set()
        """Methods whose next call does its work and then raises Unreachable."""
        self.follows: str | None = None
        """The tag by which something else makes the container anew."""
        self.cannot_remove: set[str] = set()
        """Names of containers that cannot be removed."""
        self.stop_hangs = False
        """`stop` waits for its deadline, and the container still runs then."""
        self.fence_held_by: dict[str, str] = {}
        """The labels of the run that has the target."""
        self.health_says = ContainerHealth.NONE
        self.command_result: Callable[[Sequence[str]], int] | None = None
        """Decides the exit code of every command, in place of the ones above."""

    def crash(self, container: Container, exit_code: int) -> Container:
        """The application ends by itself; its restart policy is obeyed."""
        with self._lock:
            return self._ended_by_itself(self._there(container), exit_code)

    def preflight(self, deadline: Deadline) -> list[Check]:
        self._called("preflight", deadline)
        return [Check("fake engine", True, "always there")]

    def check_source(self, read: ReadSource, deadline: Deadline) -> list[Check]:
        return []

    def fence(self, labels: Mapping[str, str]) -> None:
        self._called("fence")
        held = self.fence_held_by
        if held and held[LABEL_RUN] != labels[LABEL_RUN]:
            raise TargetBusy(f"Another run has {self._target}: {held[LABEL_RUN]}.")
        self.fence_held_by = dict(labels)

    def unfence(self, labels: Mapping[str, str]) -> None:
        self._called("unfence")
        if self.fence_held_by.get(LABEL_RUN) == labels[LABEL_RUN]:
            self.fence_held_by = {}

    def fenced_by(self) -> str | None:
        self._called("fenced_by")
        return self.fence_held_by.get(LABEL_RUN)

    def build(self, request: BuildRequest, deadline: Deadline, log: Log) -> Image:
        self._called("build", deadline)
        _check_name(request.tag)
        application = _application(request.context)
        log("building")
        if application.get("build_hangs"):
            _hang(deadline)
        if application.get("build_fails"):
            raise ToolFailed("The build command “build” failed (exit code 1).", detail="building")
        labels = {LABEL_TARGET: self._target, **request.labels}
        identity, size = _digest(request.context, labels, request.arguments)
        with self._lock:
            created = self._images[identity].image.created if identity in self._images else datetime.now(UTC)
            image = Image(identity, (), labels, created, size)
            self._images[identity] = _Image(image, application, dict(request.arguments))
            self._tags[request.tag] = identity
        self._reply("build")
        return self._seen(identity)

    def find_image(self, reference: str) -> Image | None:
        self._called("find_image")
        with self._lock:
            identity = reference if reference in self._images else self._tags.get(reference)
            return self._seen(identity) if identity in self._images else None

    def images(self) -> list[Image]:
        self._called("images")
        with self._lock:
            return sorted((self._seen(each) for each in self._images), key=lambda each: each.created, reverse=True)

    def tag(self, image: str, reference: str) -> None:
        self._called("tag")
        _check_name(reference)
        with self._lock:
            if image not in self._images:
                raise ToolFailed("The image that was to be tagged is not there any more.", detail=image)
            self._tags[reference] = image
        self._reply("tag")

    def untag(self, reference: str) -> None:
        self._called("untag")
        with self._lock:
            self._tags.pop(reference, None)
        self._reply("untag")

    def remove_image(self, image: str) -> bool:
        self._called("remove_image")
        with self._lock:
            if image in self._tags.values() or any(each.container.image == image for each in self._containers.values()):
                return False
            self._images.pop(image, None)
        self._reply("remove_image")
        return True

    def current(self) -> Container | None:
        self._called("current")
        return self._find(self.name)

    def find_container(self, reference: str) -> Container | None:
        self._called("find_container")
        return self._find(reference)

    def containers(self, labels: Mapping[str, str] | None = None) -> list[Container]:
        self._called("containers")
        wanted = (labels or {}).items()
        with self._lock:
            return [each.container for each in self._containers.values() if wanted <= each.container.labels.items()]

    def specification(self, container: Container | None) -> Specification:
        self._called("specification")
        environment = dict(self._environment)
        if container is not None:
            environment = {**self._there(container).settings["environment"], **environment}
        return Specification({"environment": environment}, {"environment": dict.fromkeys(environment, "***")})

    def create(self, image: Image, specification: Specification, name: str, labels: Mapping[str, str]) -> Container:
        self._called("create")
        container = self._create(image, specification, name, {LABEL_ROLE: "application", **labels})
        self._reply("create")
        return container

    def start(self, container: Container, deadline: Deadline) -> Container:
        self._called("start", deadline)
        with self._lock:
            found = self._there(container)
            if found.container.state is not ContainerState.RUNNING:
                self._start(found)
        self._reply("start")
        return found.container

    def stop(self, container: Container, grace_seconds: float, deadline: Deadline) -> Container:
        self._called("stop", deadline)
        found = self._containers.get(container.id)
        if found is None:
            return container
        if self.stop_hangs:
            _hang(deadline)
        if found.container.state is ContainerState.RUNNING:
            deaf = self._images[found.container.image].application.get("deaf", False)
            try:
                if deaf:
                    deadline.sleep(grace_seconds)
            finally:
                self._end(found, 137 if deaf else 143)
        self._reply("stop")
        return found.container

    def rename(self, container: Container, name: str) -> Container:
        self._called("rename")
        _check_name(name)
        with self._lock:
            found = self._there(container)
            if found.container.name != name:
                self._refuse_taken(name)
                found.container = replace(found.container, name=name)
        self._reply("rename")
        return found.container

    def set_restart_policy(self, container: Container, policy: str) -> None:
        self._called("set_restart_policy")
        if policy not in {"no", "on-failure", "unless-stopped", "always"}:
            raise ValueError(f"{policy!r} is not a restart policy")
        with self._lock:
            found = self._there(container)
            found.container = replace(found.container, restart_policy=policy)
        self._reply("set_restart_policy")

    def remove(self, container: Container) -> None:
        self._called("remove")
        with self._lock:
            found = self._containers.get(container.id)
            if found is not None and found.container.name in self.cannot_remove:
                raise ToolFailed(
                    f"The container “{found.container.name}” cannot be removed.", detail="device or resource busy"
                )
            self._containers.pop(container.id, None)
        self._reply("remove")

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
        self._called("run_once", deadline)
        container = self._create(image, specification, name, {**labels, LABEL_ROLE: "release"})
        found = self._there(container)
        found.log.append(f"running {' '.join(command)}")
        log(found.log[-1])
        now = datetime.now(UTC)
        found.container = replace(container, state=ContainerState.RUNNING, started_at=now)
        code = 137
        try:
            code = self._command(command, deadline)
        finally:
            self._end(found, code)
        self._reply("run_once")
        return code

    def execute(self, container: Container, command: Sequence[str], deadline: Deadline) -> int:
        self._called("execute", deadline)
        if self._there(container).container.state is not ContainerState.RUNNING:
            raise ToolFailed("The application is not running, so no command can be run in it.", detail=container.id)
        return self._command(command, deadline)

    def health(self, container: Container) -> ContainerHealth:
        self._called("health")
        return self.health_says

    def restart_policy(self, old: Container | None) -> str:
        return old.restart_policy if old is not None else "unless-stopped"

    def followed_tag(self, container: Container) -> str | None:
        return self.follows

    def reach(self, container: Container, url: str) -> str:
        return url

    def log_tail(self, container: Container, lines: int) -> list[str]:
        self._called("log_tail")
        found = self._containers.get(container.id)
        return found.log[-lines:] if found is not None and lines > 0 else []

    def commands_by_hand(self, old: str | None, new: str | None) -> list[str]:
        removed = self._find(new) if new is not None else None
        kept = self._find(old) if old is not None else None
        commands = [] if removed is None else [f"fake remove {removed.id}"]
        return commands if kept is None else [*commands, f"fake start {kept.id}"]

    def _called(self, method: str, deadline: Deadline | None = None) -> None:
        if deadline is not None:
            deadline.check()
        self.calls.append(method)
        if len(self.calls) in self.unreachable_at:
            raise _unreachable(method)
        if self.fails.get(method):
            raise self.fails[method].pop(0)

    def _reply(self, method: str) -> None:
        if method in self.loses_reply:
            self.loses_reply.remove(method)
            raise _unreachable(method)

    def _seen(self, identity: str) -> Image:
        with self._lock:
            tags = tuple(sorted(tag for tag, image in self._tags.items() if image == identity))
            return replace(self._images[identity].image, tags=tags)

    def _find(self, reference: str) -> Container | None:
        with self._lock:
            for each in self._containers.values():
                if reference in {each.container.id, each.container.name}:
                    return each.container
        return None

    def _there(self, container: Container) -> _Container:
        try:
            return self._containers[container.id]
        except KeyError:
            raise ToolFailed("A container of the application is not there any more.", detail=container.id) from None

    def _refuse_taken(self, name: str) -> None:
        if self._find(name) is not None:
            raise ToolFailed(f"There is already a container called “{name}”.")

    def _create(self, image: Image, specification: Specification, name: str, labels: Mapping[str, str]) -> Container:
        _check_name(name)
        with self._lock:
            self._refuse_taken(name)
            if image.id not in self._images:
                raise ToolFailed("The image of the new version is not there any more.", detail=image.id)
            whole = {LABEL_TARGET: self._target, **labels}
            container = Container(secrets.token_hex(12), name, image.id, ContainerState.CREATED, whole)
            self._containers[container.id] = _Container(container, json.loads(json.dumps(specification.settings)))
        return container

    def _start(self, found: _Container) -> None:
        image = self._images[found.container.image]
        if image.application.get("start_fails"):
            self._end(found, 127)
            raise ToolFailed("The start command “missing” could not be started: No such file or directory.")
        now = datetime.now(UTC)
        container = replace(
            found.container, state=ContainerState.RUNNING, started_at=now, finished_at=None, exit_code=None, restarts=0
        )
        found.container = replace(container, pids=(secrets.randbelow(30_000) + 100_000,))
        environment = {**found.settings["environment"], **image.baked, "SHIPUI_CONTAINER": container.id}
        environment |= {"PGAPPNAME": environment.get("PGAPPNAME", container.name)}
        environment |= {"SHIPUI_RUN": container.labels[LABEL_RUN]} if LABEL_RUN in container.labels else {}
        found.log += image.application.get("says", [])
        found.log += [f"{name}={environment.get(name, '')}" for name in image.application.get("tells", [])]
        if (code := image.application.get("exits")) is not None:
            self._ended_by_itself(found, code)

    def _ended_by_itself(self, found: _Container, code: int) -> Container:
        policy = found.container.restart_policy
        if policy in {"always", "unless-stopped"} or (policy == "on-failure" and code != 0):
            found.container = replace(found.container, restarts=found.container.restarts + 1)
        else:
            self._end(found, code)
        return found.container

    def _end(self, found: _Container, code: int) -> None:
        with self._lock:
            found.container = replace(
                found.container, state=ContainerState.EXITED, finished_at=datetime.now(UTC), exit_code=code, pids=()
            )

    def _command(self, command: Sequence[str], deadline: Deadline) -> int:
        if self.command_result is not None:
            return self.command_result(command)
        match list(command):
            case ["exit", code]:
                return int(code)
            case ["hang"]:
                _hang(deadline)
            case ["missing"]:
                raise ToolFailed("The command “missing” could not be started: No such file or directory.")
        return 0


def _unreachable(method: str) -> Unreachable:
    return Unreachable("The engine that runs production does not answer.", detail=f"{method}: connection reset by peer")


def _hang(deadline: Deadline) -> None:
    while True:
        deadline.sleep(3600)


def _check_name(name: str) -> None:
    if not 0 < len(name) <= _LONGEST_NAME or "\0" in name or name.encode(errors="ignore").decode() != name:
        raise ToolFailed("That cannot be the name of an image or a container.")


def _application(context: Path) -> dict[str, Any]:
    try:
        found = json.loads((context / "app.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    assert isinstance(found, dict)
    return found


def _digest(context: Path, labels: Mapping[str, str], arguments: Mapping[str, str]) -> tuple[str, int]:
    digest = hashlib.sha256(json.dumps([dict(labels), dict(arguments)], sort_keys=True).encode())
    size = 0
    for path in sorted(each for each in context.rglob("*") if each.is_file()):
        content = path.read_bytes()
        digest.update(str(path.relative_to(context)).encode() + b"\0" + hashlib.sha256(content).digest())
        size += len(content)
    return f"sha256:{digest.hexdigest()}", size
