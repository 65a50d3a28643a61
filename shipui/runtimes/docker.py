"""Production as a container of a Docker engine, swapped for another that runs exactly as it did."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from shipui.config.settings import ADDRESS, PUBLISHED, DockerSettings
from shipui.engine.connection import Engine, InTheWay, NotThere
from shipui.engine.execute import execute
from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from shipui.model.errors import ShipuiError, TargetBusy, ToolFailed
from shipui.model.text import visible
from shipui.runtimes import docker_compose, docker_preflight
from shipui.runtimes import docker_specification as specifications
from shipui.runtimes.base import (
    LABEL_EPOCH,
    LABEL_PROMOTION,
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
from shipui.runtimes.docker_build import build, find_buildkit, needs_buildkit

CALL_SECONDS = 60.0
"""For a call that has no deadline of its own: each is short."""
LOG_SECONDS = 20.0
LAST_LINES_SECONDS = 1.0
STOP_SLACK_SECONDS = 30.0
FENCE_ROLE = "fence"
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}")
_PART = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*"
_REFERENCE = re.compile(rf"(?:[a-zA-Z0-9.-]+(?::\d+)?/)?{_PART}(?:/{_PART})*(:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?")
_LONGEST_REFERENCE = 255
_PODMAN_PLACE = re.compile(r"^(docker\.io/library|localhost)/(?=[^/]*$)")
"""What podman writes before a name that has no registry."""
_ID = re.compile(r"(sha256:)?[0-9a-f]{12,64}")
_FRACTION = re.compile(r"\.(\d{1,6})\d*")
_NEVER = "0001-01-01"

Json = dict[str, Any]


class DockerRuntime:
    """`name` is the container's name and the repository of its images. Each call has a connection of its own."""

    kind = "docker"

    def __init__(self, engine: Engine, name: str, settings: DockerSettings, target: str) -> None:
        self.name = name
        self._engine = engine
        self._settings = settings
        self._target = target

    # Before anything is touched

    def preflight(self, deadline: Deadline) -> list[Check]:
        return docker_preflight.checks(self._engine, self.name, deadline)

    def check_source(self, read: ReadSource, deadline: Deadline) -> list[Check]:
        path = "/".join(each for each in (self._settings.context, self._settings.dockerfile) if each != ".")
        content = read(path)
        if content is None:
            fix = "Add it, or correct “dockerfile” in the target's section “docker”."
            return [Check("Dockerfile", False, f"there is no {path} in the approved source", fix)]
        needed = needs_buildkit(content.decode("utf-8", "replace"))
        if self._settings.build_secrets and needed is None:
            needed = (0, "build_secrets in the settings")
        if needed is None and self._settings.builder != "buildkit":
            return [Check("Dockerfile", True, f"{path} is there, and the engine's own builder can build it")]
        why = (
            f"line {needed[0]} of {path} (“{visible(needed[1], limit=80)}”)" if needed and needed[0] else "the settings"
        )
        if self._settings.builder == "engine":
            return [
                Check(
                    "Dockerfile",
                    False,
                    f"{why} needs BuildKit, and builder is “engine”",
                    "Set builder = “auto” or “buildkit”.",
                )
            ]
        if find_buildkit(deadline) is None:
            return [
                Check(
                    "Dockerfile",
                    False,
                    f"{why} needs BuildKit, and docker buildx is not installed",
                    "Install docker buildx.",
                )
            ]
        return [Check("Dockerfile", True, f"{path} is there, and BuildKit builds it")]

    def fence(self, labels: Mapping[str, str]) -> None:
        name, deadline = self._fence_name, Deadline(CALL_SECONDS)
        own = {key: labels[key] for key in (LABEL_RUN, LABEL_EPOCH, LABEL_PROMOTION)} | {LABEL_ROLE: FENCE_ROLE}
        image = self._empty_image()
        for _ in range(2):
            try:
                with self._engine.call(deadline) as client:
                    client.create_container_from_config({"Image": image, "Cmd": ["fence"], "Labels": own}, name)
                return
            except InTheWay:
                there = self._inspected(name)
                held = (there or {}).get("Config", {}).get("Labels") or {}
                if there is None:
                    continue
                if held.get(LABEL_RUN) != own[LABEL_RUN] or int(held.get(LABEL_EPOCH, 0)) > int(own[LABEL_EPOCH]):
                    raise TargetBusy(
                        f"Another run has {self._target}: {held.get(LABEL_RUN, 'unknown')}, for {held.get(LABEL_PROMOTION, 'unknown')}.",
                        detail=f"the container {name} says so",
                        fix=f"If no shipui runs anywhere for it: docker rm {name}.",
                    ) from None
                self._remove_by_id(there["Id"])
        raise TargetBusy(f"Another run on {self._target} is just beginning.", fix="Try again in a moment.")

    def unfence(self, labels: Mapping[str, str]) -> None:
        there = self._inspected(self._fence_name)
        if there is not None and (there["Config"].get("Labels") or {}).get(LABEL_RUN) == labels[LABEL_RUN]:
            self._remove_by_id(there["Id"])
        with suppress(NotThere, InTheWay), self._engine.call(Deadline(CALL_SECONDS)) as client:
            client.remove_image(self._fence_image)

    def fenced_by(self) -> str | None:
        there = self._inspected(self._fence_name)
        run = (there["Config"].get("Labels") or {}).get(LABEL_RUN) if there is not None else None
        return str(run) if run else None

    # Images

    def build(self, request: BuildRequest, deadline: Deadline, log: Log) -> Image:
        _require_reference(request.tag)
        build(self._engine, self._settings, request, {LABEL_TARGET: self._target, **request.labels}, deadline, log)
        found = self.find_image(request.tag)
        if found is None:
            raise ToolFailed(
                "The image was built, and vanished again; something other than shipui has removed it.",
                detail=request.tag,
            )
        return found

    def find_image(self, reference: str) -> Image | None:
        if not (_is_reference(reference) or _ID.fullmatch(reference)):
            return None
        try:
            with self._engine.call(Deadline(CALL_SECONDS)) as client:
                return _image(client.inspect_image(reference))
        except NotThere:
            return None

    def images(self) -> list[Image]:
        with self._engine.call(Deadline(CALL_SECONDS)) as client:
            listed: list[Json] = client.images(filters={"label": f"{LABEL_TARGET}={self._target}"})
        found = [image for each in listed if (image := self.find_image(each["Id"])) is not None]
        found = [each for each in found if not each.tags or any(self._is_ours(tag) for tag in each.tags)]
        return sorted(found, key=lambda each: each.created, reverse=True)

    def tag(self, image: str, reference: str) -> None:
        _require_reference(reference)
        repository, _, name = (
            reference.rpartition(":") if ":" in reference.rpartition("/")[2] else (reference, "", "latest")
        )
        with self._engine.call(Deadline(CALL_SECONDS)) as client:
            client.tag(image, repository, name, force=True)

    def untag(self, reference: str) -> None:
        """An image that has no other name, and that no container is made from, goes with its last one."""
        found = None if _ID.fullmatch(reference) else self.find_image(reference)
        if found is None:
            return
        if len(found.tags) == 1 and self._used(found.id):
            # The engine would take the image away from under a stopped container: the name moves to an empty image first.
            self._import_empty(reference)
        with suppress(NotThere), self._engine.call(Deadline(CALL_SECONDS)) as client:
            client.remove_image(reference)

    def remove_image(self, image: str) -> bool:
        found = self.find_image(image)
        if found is None:
            return True
        if found.tags or self._used(found.id):
            return False
        try:
            with self._engine.call(Deadline(CALL_SECONDS)) as client:
                client.remove_image(found.id)
        except InTheWay:
            return False
        except NotThere:
            return True
        return True

    # Containers

    def current(self) -> Container | None:
        return self.find_container(self.name)

    def find_container(self, reference: str) -> Container | None:
        found = self._inspected(reference)
        return _container(found) if found is not None else None

    def containers(self, labels: Mapping[str, str] | None = None) -> list[Container]:
        wanted = {LABEL_TARGET: self._target, **(labels or {})}
        found = [self.find_container(each["Id"]) for each in self._listed(wanted)]
        # The fence has the labels of the image that it borrowed, and is no container of the application's.
        return [each for each in found if each is not None and each.labels.get(LABEL_ROLE) != FENCE_ROLE]

    def specification(self, container: Container | None) -> Specification:
        environment = {key: value.get_secret_value() for key, value in self._settings.environment.items()}
        if container is None:
            return specifications.specification(specifications.of_settings(self._settings), environment)
        inspected = self._there(container)
        try:
            with self._engine.call(Deadline(CALL_SECONDS)) as client:
                image: Json | None = client.inspect_image(inspected["Image"])
        except NotThere:
            image = None
        return specifications.specification(specifications.of_container(inspected, image), environment)

    def restart_policy(self, old: Container | None) -> str:
        return old.restart_policy if old is not None else self._settings.restart

    def followed_tag(self, container: Container) -> str | None:
        service = docker_compose.service_of(self._there(container))
        return service.tag if service is not None and not service.pinned else None

    def create(self, image: Image, specification: Specification, name: str, labels: Mapping[str, str]) -> Container:
        _require_name(name)
        own = {LABEL_TARGET: self._target, LABEL_ROLE: "application", **labels}
        compose = self._compose_labels(image, specification)
        return self._create(
            specifications.creation(specification.settings, image.id, {**own, **compose}), specification.settings, name
        )

    def start(self, container: Container, deadline: Deadline) -> Container:
        try:
            with self._engine.call(deadline) as client:
                client.start(container.id)
        except (ToolFailed, NotThere) as error:
            raise _not_started(error) from error
        return _container(self._there(container))

    def stop(self, container: Container, grace_seconds: float, deadline: Deadline) -> Container:
        """A deadline that ends during the grace period ends that period: the rest is killed, and only then is it raised."""
        deadline.check()
        seconds = math.ceil(grace_seconds)
        try:
            with self._engine.call(deadline, silence=seconds + STOP_SLACK_SECONDS) as client:
                client.stop(container.id, timeout=seconds)
        except NotThere:
            return container
        except ShipuiError:
            if deadline.over():
                self._kill(container)
            raise
        return self.find_container(container.id) or container

    def rename(self, container: Container, name: str) -> Container:
        _require_name(name)
        if self._there(container)["Name"].lstrip("/") != name:
            with self._engine.call(Deadline(CALL_SECONDS)) as client:
                client.rename(container.id, name)
        return _container(self._there(container))

    def set_restart_policy(self, container: Container, policy: str) -> None:
        wanted = specifications.policy(policy)
        if wanted["Name"] not in {"no", "on-failure", "unless-stopped", "always"}:
            raise ValueError(f"{policy!r} is no restart policy")
        if specifications.policy_name(self._there(container)["HostConfig"]) == policy:
            return
        with self._engine.call(Deadline(CALL_SECONDS)) as client:
            client.update_container(container.id, restart_policy=wanted)

    def remove(self, container: Container) -> None:
        """Its volumes stay."""
        self._remove_by_id(container.id)

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
        """Through the image's entrypoint, if it has one, as `docker run IMAGE COMMAND` would; 128 and the signal's number after a signal."""
        deadline.check()
        settings = specifications.once(specification.settings, list(command))
        own = {LABEL_TARGET: self._target, **labels, LABEL_ROLE: "release"}
        container = self._create(specifications.creation(settings, image.id, own), settings, name)
        try:
            self.start(container, deadline)
            self._follow(container, deadline, log)
            with self._engine.call(deadline, silence=math.inf) as client:
                return int(client.wait(container.id)["StatusCode"])
        except ShipuiError:
            self._kill(container)
            raise

    def execute(self, container: Container, command: Sequence[str], deadline: Deadline) -> int:
        return execute(self._engine, container.id, command, deadline=deadline).code

    def health(self, container: Container) -> ContainerHealth:
        status: str = (self._there(container)["State"].get("Health") or {}).get("Status") or "none"
        return ContainerHealth(status) if status in set(ContainerHealth) else ContainerHealth.NONE

    def reach(self, container: Container, url: str) -> str:
        if "{" not in url:
            return url
        inspected = self._there(container)
        filled = url.replace(ADDRESS, _address(inspected)) if ADDRESS in url else url
        return PUBLISHED.sub(lambda found: _published(inspected, found.group(1)), filled)

    def log_tail(self, container: Container, lines: int) -> list[str]:
        if lines <= 0:
            return []
        deadline = Deadline(LOG_SECONDS)
        patience = Deadline(LAST_LINES_SECONDS)
        while True:
            try:
                with self._engine.call(deadline) as client:
                    raw: bytes = client.logs(container.id, tail=lines)
            except NotThere:
                return []
            # The engine writes the last lines of one that has just ended a moment later.
            if raw or patience.over():
                return raw.decode("utf-8", "replace").splitlines()[-lines:]
            deadline.sleep(0.1)

    def commands_by_hand(self, old: str | None, new: str | None) -> list[str]:
        """For the docker command line; they say which engine, if it is not the usual one."""
        docker = "docker" if self._engine.is_usual else f"docker -H {self._engine.address}"
        removed = self._inspected(new) if new is not None else None
        commands = [f"{docker} rm -f {removed['Id']}"] if removed is not None else []
        kept = self._inspected(old) if old is not None else None
        if kept is not None:
            if kept["Name"].lstrip("/") != self.name:
                commands.append(f"{docker} rename {kept['Id']} {self.name}")
            commands += [f"{docker} start {kept['Id']}", f"{docker} update --restart unless-stopped {kept['Id']}"]
        return commands

    # Parts

    @property
    def _fence_name(self) -> str:
        return f"shipui-fence-{self._target}"

    @property
    def _fence_image(self) -> str:
        """Lower case, as names of images have to be."""
        return f"{self._fence_name.lower()}:empty"

    def _empty_image(self) -> str:
        """Something for the fence to be a container of: an image of the application would be held by it, and could not be removed."""
        there = self.find_image(self._fence_image)
        return there.id if there is not None else self._import_empty(self._fence_image)

    def _import_empty(self, reference: str) -> str:
        """An image of nothing, by that name; its ID."""
        repository, _, tag = reference.rpartition(":")
        with self._engine.call(Deadline(CALL_SECONDS)) as client:
            said: str = client.import_image_from_data(bytes(1024), repository, tag)
        return str(json.loads(said.splitlines()[-1])["status"])

    def _is_ours(self, tag: str) -> bool:
        """Another install on this engine may have a target of the same name."""
        return tag.rpartition(":")[0] == self.name

    def _used(self, image: str) -> bool:
        return any(each["ImageID"] == image for each in self._listed())

    def _inspected(self, reference: str) -> Json | None:
        if not _NAME.fullmatch(reference):
            return None
        try:
            with self._engine.call(Deadline(CALL_SECONDS)) as client:
                found: Json = client.inspect_container(reference)
        except NotThere:
            return None
        # The engine also takes the beginning of an ID for the container; a name is meant.
        return found if reference in {found["Id"], found["Name"].lstrip("/")} else None

    def _there(self, container: Container) -> Json:
        found = self._inspected(container.id)
        if found is None:
            raise ToolFailed(
                "A container of the application is not there any more; something other than shipui has removed it.",
                detail=f"{container.id}, which was called {visible(container.name, limit=100)}",
            )
        return found

    def _listed(self, labels: Mapping[str, str] | None = None) -> list[Json]:
        filters = {"label": [f"{key}={value}" for key, value in (labels or {}).items()]}
        with self._engine.call(Deadline(CALL_SECONDS)) as client:
            found: list[Json] = client.containers(all=True, filters=filters)
        return found

    def _create(self, config: Json, settings: Json, name: str) -> Container:
        deadline = Deadline(CALL_SECONDS)
        try:
            with self._engine.call(deadline) as client:
                made: str = client.create_container_from_config(config, name)["Id"]
        except InTheWay as error:
            raise ToolFailed(
                f"There is already a container called “{visible(name, limit=100)}”.",
                detail=error.detail,
                fix="If a run was interrupted, “shipui recover” finishes it.",
            ) from error
        try:
            for network, endpoint in settings["networks"].items():
                if network != settings["network"]:
                    with self._engine.call(deadline) as client:
                        client.connect_container_to_network(made, network, **_connecting(endpoint))
        except ShipuiError:
            self._remove_by_id(made)
            raise
        found = self._inspected(made)
        assert found is not None, "it was made a moment ago"
        return _container(found)

    def _compose_labels(self, image: Image, specification: Specification) -> dict[str, str]:
        """What Compose would compare, as it will be once its tag names this image."""
        service = docker_compose.service_of({"Config": specification.settings["config"]})
        if service is None:
            return {}
        labels = {docker_compose.IMAGE: image.id, docker_compose.TAG: service.tag}
        if service.hash_holds_image:
            labels[docker_compose.HASH] = self._hash_with(service, image)
        return labels

    def _hash_with(self, service: docker_compose.ComposeService, image: Image) -> str:
        """Compose 1 reads the image by its tag, so that has to name the new one for a moment; then it goes back."""
        former = self.find_image(service.tag)
        self.tag(image.id, service.tag)
        try:
            return docker_compose.config_hash(service, self._engine.address, Deadline(CALL_SECONDS))
        finally:
            if former is not None:
                self.tag(former.id, service.tag)
            else:
                self.untag(service.tag)

    def _follow(self, container: Container, deadline: Deadline, log: Log) -> None:
        rest = ""
        with self._engine.call(deadline, silence=math.inf) as client:
            for chunk in client.logs(container.id, stream=True, follow=True):
                *lines, rest = (rest + chunk.decode("utf-8", "replace")).split("\n")
                for line in lines:
                    log(line.removesuffix("\r"))
        if rest:
            log(rest)

    def _kill(self, container: Container) -> None:
        with suppress(NotThere, InTheWay), self._engine.call(Deadline(CALL_SECONDS)) as client:
            client.kill(container.id)
            client.wait(container.id)

    def _remove_by_id(self, identity: str) -> None:
        with suppress(NotThere), self._engine.call(Deadline(CALL_SECONDS)) as client:
            client.remove_container(identity, force=True)


def _not_started(error: ToolFailed) -> ToolFailed:
    said = error.detail.lower()
    if any(
        each in said
        for each in ("executable file not found", "no such file or directory", "permission denied", "exec format error")
    ):
        return ToolFailed(
            "The container's start command cannot be run: it is not in the image, or is no program.",
            detail=error.detail,
        )
    if "port is already allocated" in said or "address already in use" in said:
        return ToolFailed(
            "A port or an address that the container wants is taken by something else.", detail=error.detail
        )
    return error


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ToolFailed(f"“{visible(name, limit=60)}” cannot be the name of a container.")


def _is_reference(text: str) -> bool:
    return len(text) <= _LONGEST_REFERENCE and _REFERENCE.fullmatch(text) is not None


def _require_reference(reference: str) -> None:
    if not _is_reference(reference):
        raise ToolFailed(f"“{visible(reference, limit=60)}” cannot be the name of an image.")


def _image(found: Json) -> Image:
    return Image(
        id=found["Id"],
        tags=tuple(sorted(_PODMAN_PLACE.sub("", each) for each in found.get("RepoTags") or [])),
        labels=(found.get("Config") or {}).get("Labels") or {},
        created=_instant(found["Created"]) or datetime.fromtimestamp(0, UTC),
        size=int(found.get("Size") or 0),
    )


def _container(found: Json) -> Container:
    state: Json = found["State"]
    return Container(
        id=found["Id"],
        name=found["Name"].lstrip("/"),
        image=found["Image"],
        state=_state(state),
        labels=found["Config"].get("Labels") or {},
        started_at=_instant(state.get("StartedAt")),
        finished_at=_instant(state.get("FinishedAt")) if _state(state) is ContainerState.EXITED else None,
        exit_code=state["ExitCode"] if _state(state) is ContainerState.EXITED else None,
        restarts=int(found.get("RestartCount") or 0),
        restart_policy=specifications.policy_name(found["HostConfig"]),
        pids=(state["Pid"],) if state.get("Pid") else (),
    )


def _state(state: Json) -> ContainerState:
    """A container that the engine goes on restarting is not running: it ended."""
    match state["Status"]:
        case "created":
            return ContainerState.CREATED
        case "running" | "paused":
            return ContainerState.RUNNING
        case _:
            return ContainerState.EXITED


def _instant(text: str | None) -> datetime | None:
    """The engine's times have nanoseconds."""
    if not text or text.startswith(_NEVER):
        return None
    return datetime.fromisoformat(
        _FRACTION.sub(lambda found: f".{found.group(1).ljust(6, '0')}", text).replace("Z", "+00:00")
    )


def _connecting(endpoint: Json) -> dict[str, Any]:
    """An endpoint's settings, as the SDK's call takes them."""
    ipam: Json = endpoint.get("IPAMConfig") or {}
    links = endpoint.get("Links")
    return {
        "aliases": endpoint.get("Aliases"),
        "ipv4_address": ipam.get("IPv4Address") or None,
        "ipv6_address": ipam.get("IPv6Address") or None,
        "link_local_ips": ipam.get("LinkLocalIPs"),
        "links": [tuple(each.split(":", 1)) for each in links] if links else None,
        "driver_opt": endpoint.get("DriverOpts"),
    }


def _address(container: Json) -> str:
    own: Json = container.get("NetworkSettings") or {}
    if str(container["HostConfig"].get("NetworkMode")) == "host":
        return "127.0.0.1"
    found = [each["IPAddress"] for each in (own.get("Networks") or {}).values() if each.get("IPAddress")]
    if not found:
        raise ToolFailed(
            "The container has no address on a network.", fix="Use {published:PORT} or a command for the health check."
        )
    return str(found[0])


def _published(container: Json, port: str) -> str:
    ports: Json = (container.get("NetworkSettings") or {}).get("Ports") or {}
    bindings = next((each for key, each in ports.items() if key.split("/")[0] == port and each), None)
    if bindings is None:
        raise ToolFailed(
            f"The container's port {port} is not published.",
            fix="Publish it, or use {address} in the health check's url.",
        )
    host = bindings[0]["HostIp"]
    host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - read, not bound
    return f"{host}:{bindings[0]['HostPort']}"
