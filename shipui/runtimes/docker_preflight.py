"""What has to hold before a container can be swapped: the engine, its disk, and a container that can be cloned whole. Touches nothing."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from shipui.engine.connection import Engine, NotThere
from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from shipui.model.errors import ShipuiError
from shipui.model.text import listed, size, visible
from shipui.runtimes import docker_compose
from shipui.runtimes.docker_specification import policy_name

OLDEST_API = (1, 40)
SCARCE_BYTES = 1_000_000_000
NONE_LEFT_BYTES = 50_000_000

Json = dict[str, Any]


def checks(engine: Engine, name: str, deadline: Deadline) -> list[Check]:
    """Those of the engine; and of the container called `name`, if there is one."""
    try:
        with engine.call(deadline) as client:
            info: Json = client.info()
            version: Json = client.version()
    except ShipuiError as error:
        deadline.check()
        return [Check("Docker engine", False, error.plain, error.fix)]
    found = [_engine(engine, version), _room(info)]
    podman = any("podman" in str(each.get("Name", "")).lower() for each in version.get("Components") or [])
    with engine.call(deadline) as client:
        containers: list[Json] = client.containers(all=True, filters={"name": f"^/{name}$"})
        all_there: list[Json] = client.containers(all=True) if containers else []
    inspected = _inspected(engine, containers, deadline)
    others = _inspected(engine, all_there, deadline)
    for each in inspected:
        found += _container(each, others)
        if podman and policy_name(each["HostConfig"]) != "no":
            found.append(_podman_policy(each))
        service = docker_compose.service_of(each)
        if service is not None:
            found += docker_compose.checks(service, engine.address, deadline)
    return found


def _engine(engine: Engine, version: Json) -> Check:
    api = str(version["ApiVersion"])
    ok = tuple(int(each) for each in api.split(".")) >= OLDEST_API
    detail = f"Docker {version['Version']} (API {api}) at {engine.address}"
    return Check(
        "Docker engine", ok, detail, "" if ok else "Update it: API 1.40 (Docker 19.03) is the oldest that shipui knows."
    )


def _room(info: Json) -> Check:
    root = Path(info["DockerRootDir"])
    try:
        free = shutil.disk_usage(root).free
    except OSError:
        return Check(
            "room for images",
            True,
            f"the engine's data folder {root} cannot be seen from here, so its free space is not known",
        )
    fix = "" if free >= SCARCE_BYTES else "Make room: docker system df shows what takes it."
    return Check(
        "room for images", free > NONE_LEFT_BYTES, f"{size(free)} free in the engine's data folder {root}", fix
    )


def _inspected(engine: Engine, listed_ones: list[Json], deadline: Deadline) -> list[Json]:
    """Those that are still there: others come and go at the same time."""
    found: list[Json] = []
    for each in listed_ones:
        with suppress(NotThere), engine.call(deadline) as client:
            found.append(client.inspect_container(each["Id"]))
    return found


def _container(container: Json, others: list[Json]) -> list[Check]:
    name = container["Name"].lstrip("/")
    host: Json = container["HostConfig"]
    troubles = [
        *_own_troubles(container, name),
        *_missing_binds(container),
        *_sharers(container, others),
    ]
    if str(host.get("NetworkMode", "")).startswith("container:"):
        troubles.append((f"{name} shares another container's network", "Give it a network of its own."))
    found = [Check(f"container {name}", False, what, fix) for what, fix in troubles]
    if _ephemeral_ports(host):
        shown = listed(_ephemeral_ports(host))
        detail = f"{name} is published on ports that the engine chooses ({shown}); the new version gets others"
        found.append(
            Check(f"ports of {name}", True, detail, "Let the health check's url use {published:PORT}, or fix the port.")
        )
    return found or [Check(f"container {name}", True, f"{name} can be cloned and swapped")]


def _podman_policy(container: Json) -> Check:
    name = container["Name"].lstrip("/")
    return Check(
        f"restart policy of {name}",
        False,
        f"podman cannot change the restart policy of a container, and {name} has “{policy_name(container['HostConfig'])}”",
        "Make it again with --restart=no, and let systemd start it (podman generate systemd).",
    )


def _own_troubles(container: Json, name: str) -> list[tuple[str, str]]:
    labels: Json = container["Config"].get("Labels") or {}
    troubles = []
    if container["HostConfig"].get("AutoRemove"):
        troubles.append(
            (
                f"{name} removes itself when it stops (--rm), so there would be no way back",
                "Make it again without --rm (AutoRemove).",
            )
        )
    if container["State"].get("Paused"):
        troubles.append((f"{name} is paused, and cannot be stopped in good order", f"docker unpause {name}"))
    if "com.docker.swarm.service.id" in labels:
        troubles.append(
            (
                f"{name} belongs to a Swarm service, which would start it again",
                "Use a container that Swarm does not keep.",
            )
        )
    if "io.kubernetes.pod.name" in labels:
        troubles.append(
            (
                f"{name} belongs to Kubernetes, which would start it again",
                "Use a container that Kubernetes does not keep.",
            )
        )
    return troubles


def _missing_binds(container: Json) -> list[tuple[str, str]]:
    """Only where the container's folders can be seen from here at all: the engine is on this machine, or they are shared."""
    gone = [
        each["Source"]
        for each in container.get("Mounts") or []
        if each.get("Type") == "bind"
        and each.get("Source")
        and not Path(each["Source"]).exists()
        and Path(each["Source"]).parent.exists()
    ]
    return [
        (
            f"the folder {visible(each, limit=200)}, which it mounts, is not there any more",
            f"Make it again: mkdir {each}",
        )
        for each in gone
    ]


def _sharers(container: Json, others: list[Json]) -> list[tuple[str, str]]:
    """Containers that live in this one's network, process or memory space, or take their volumes from it."""
    names = {container["Id"], container["Id"][:12], container["Name"].lstrip("/")}
    sharing = []
    for other in others:
        host: Json = other["HostConfig"]
        modes = [str(host.get(key, "")) for key in ("NetworkMode", "PidMode", "IpcMode")]
        of_ours = any(mode.removeprefix("container:") in names for mode in modes if mode.startswith("container:"))
        volumes = any(str(each).split(":")[0] in names for each in host.get("VolumesFrom") or [])
        if (of_ours or volumes) and other["Id"] != container["Id"]:
            sharing.append(other["Name"].lstrip("/"))
    if not sharing:
        return []
    what = f"{listed(sharing)} shares its network, processes, memory or volumes, and would lose them"
    return [(what, "Give each a network and volumes of its own, or stop and remove it before you deploy.")]


def _ephemeral_ports(host: Json) -> list[str]:
    bindings: dict[str, list[Json] | None] = host.get("PortBindings") or {}
    return [
        port
        for port, each in bindings.items()
        if any(not one.get("HostPort") or one["HostPort"] == "0" for one in each or [{}])
    ]
