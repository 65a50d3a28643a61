"""How a container runs, taken from `docker inspect` less what came from its image; and the same for a first one, from the settings.

Pure: dictionaries in the engine's own terms in, and out. A specification's settings are {"config", "host", "networks", "network"}: the
container's Config and HostConfig, its endpoints by network name, and the network to create it with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shipui.config.settings import DockerSettings
from shipui.runtimes.base import Specification

Json = dict[str, Any]

MASK = "***"
_FROM_IMAGE = ("Cmd", "Entrypoint", "WorkingDir", "User", "StopSignal", "Shell", "OnBuild")
_WITHOUT_NETWORKS = ("host", "none", "container:")


def of_container(container: Json, image: Json | None) -> Json:
    """How `container` runs; `image` is the inspection of its image, None when that is gone."""
    baked: Json = (image or {}).get("Config") or {}
    short = container["Id"][:12]
    config = _config(container["Config"], baked, short)
    host = _host(container)
    networks = {} if str(host["NetworkMode"]).startswith(_WITHOUT_NETWORKS) else _networks(container, short)
    mode = "bridge" if host["NetworkMode"] in {"default", ""} else host["NetworkMode"]
    first = next((name for name, each in _endpoints(container).items() if mode in {name, each.get("NetworkID")}), None)
    return {"config": config, "host": host, "networks": networks, "network": first or next(iter(networks), None)}


def of_settings(settings: DockerSettings) -> Json:
    """How the first container runs: nothing was there to take it from."""
    config: Json = {"Env": []}
    host: Json = {"RestartPolicy": {"Name": "no"}, "NetworkMode": "default"}
    if settings.command is not None:
        config["Cmd"] = list(settings.command)
    if settings.ports:
        bindings = [_binding(each) for each in settings.ports]
        config["ExposedPorts"] = {port: {} for port, _ in bindings}
        host["PortBindings"] = {}
        for port, binding in bindings:
            host["PortBindings"].setdefault(port, []).append(binding)
    if settings.volumes:
        host["Binds"] = list(settings.volumes)
    if settings.memory_mb is not None:
        host["Memory"] = settings.memory_mb * 1024 * 1024
    if settings.networks:
        host["NetworkMode"] = settings.networks[0]
    networks: Json = {name: {} for name in settings.networks}
    return {"config": config, "host": host, "networks": networks, "network": next(iter(networks), None)}


def specification(settings: Json, environment: Mapping[str, str]) -> Specification:
    """With `environment` on top; the masked one has no value of the environment."""
    kept = [each for each in settings["config"].get("Env") or [] if each.partition("=")[0] not in environment]
    whole = [*kept, *(f"{name}={value}" for name, value in environment.items())]
    masked = [f"{each.partition('=')[0]}={MASK}" for each in whole]
    return Specification(
        {**settings, "config": {**settings["config"], "Env": whole}},
        {**settings, "config": {**settings["config"], "Env": masked}},
    )


def creation(settings: Json, image: str, labels: Mapping[str, str]) -> Json:
    """What the engine is asked to create: one network, restart policy "no", and `labels` over the old ones."""
    config = {
        **settings["config"],
        "Image": image,
        "Labels": {**(settings["config"].get("Labels") or {}), **labels},
        "HostConfig": {**settings["host"], "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}},
    }
    first = settings["network"]
    if first is not None:
        config["NetworkingConfig"] = {"EndpointsConfig": {first: settings["networks"].get(first, {})}}
    return config


def once(settings: Json, command: list[str]) -> Json:
    """The same for a one-off container: no ports, no address or name of its own, no health check; nothing that Compose would take for its own."""
    labels = {
        key: value
        for key, value in (settings["config"].get("Labels") or {}).items()
        if not key.startswith("com.docker.compose.")
    }
    config = {
        **settings["config"],
        "Cmd": command,
        "Labels": labels,
        "Healthcheck": {"Test": ["NONE"]},
        "ExposedPorts": {},
        "Hostname": "",
    }
    config.pop("MacAddress", None)
    host = {**settings["host"], "PortBindings": {}, "PublishAllPorts": False}
    networks: Json = {name: {} for name in settings["networks"]}
    return {**settings, "config": config, "host": host, "networks": networks}


def policy_name(host: Json) -> str:
    """ "no", "always", "unless-stopped", "on-failure", or "on-failure:5"."""
    policy: Json = host.get("RestartPolicy") or {}
    name, count = policy.get("Name") or "no", policy.get("MaximumRetryCount") or 0
    return f"{name}:{count}" if name == "on-failure" and count else name


def policy(name: str) -> Json:
    """The inverse of `policy_name`."""
    kind, _, count = name.partition(":")
    return {"Name": kind, "MaximumRetryCount": int(count or 0)}


def _config(own: Json, baked: Json, short: str) -> Json:
    config = {key: value for key, value in own.items() if key != "ArgsEscaped"}
    config["Env"] = [each for each in own.get("Env") or [] if each not in (baked.get("Env") or [])]
    config["Labels"] = _without(own.get("Labels"), baked.get("Labels"))
    config["ExposedPorts"] = _without(own.get("ExposedPorts"), baked.get("ExposedPorts"))
    config["Volumes"] = _without(own.get("Volumes"), baked.get("Volumes"))
    config["Healthcheck"] = _without(own.get("Healthcheck"), baked.get("Healthcheck")) or None
    chosen = own.get("Entrypoint") != baked.get("Entrypoint")
    for key in _FROM_IMAGE:
        if own.get(key) == baked.get(key) and not (key == "Cmd" and chosen):
            config.pop(key, None)
    if chosen and not own.get("Entrypoint"):
        config["Entrypoint"] = [""]
    if own.get("Hostname") == short:
        config["Hostname"] = ""
    return config


def _without(own: Json | None, baked: Json | None) -> Json:
    return {key: value for key, value in (own or {}).items() if key not in (baked or {}) or (baked or {})[key] != value}


def _host(container: Json) -> Json:
    host = {
        key: value
        for key, value in container["HostConfig"].items()
        if key not in {"ContainerIDFile", "AutoRemove", "ConsoleSize"}
    }
    host["RestartPolicy"] = {"Name": "no", "MaximumRetryCount": 0}
    host["Links"] = [_link(each) for each in host.get("Links") or []] or None
    binds, mounts = list(host.get("Binds") or []), [dict(each) for each in host.get("Mounts") or []]
    bound = {each.split(":")[1] for each in binds if ":" in each}
    for volume in container.get("Mounts") or []:
        if volume.get("Type") != "volume" or not volume.get("Name") or volume["Destination"] in bound:
            continue
        asked = next((each for each in mounts if each.get("Target") == volume["Destination"]), None)
        if asked is not None:
            asked["Source"] = volume["Name"]
        else:
            binds.append(f"{volume['Name']}:{volume['Destination']}{'' if volume.get('RW', True) else ':ro'}")
    host["Binds"] = binds or None
    if mounts:
        host["Mounts"] = mounts
    return host


def _link(link: str) -> str:
    """ "/db:/shop/database" is shown for what was asked for as "db:database"."""
    source, _, alias = link.partition(":")
    return f"{source.lstrip('/')}:{alias.rsplit('/', 1)[-1]}"


def _endpoints(container: Json) -> Json:
    found: Json = (container.get("NetworkSettings") or {}).get("Networks") or {}
    return found


def _networks(container: Json, short: str) -> Json:
    networks: Json = {}
    for name, endpoint in _endpoints(container).items():
        own: Json = {}
        if endpoint.get("IPAMConfig"):
            own["IPAMConfig"] = endpoint["IPAMConfig"]
        if aliases := [each for each in endpoint.get("Aliases") or [] if each != short]:
            own["Aliases"] = aliases
        if endpoint.get("Links"):
            own["Links"] = endpoint["Links"]
        if endpoint.get("DriverOpts"):
            own["DriverOpts"] = endpoint["DriverOpts"]
        networks[name] = own
    return networks


def _binding(text: str) -> tuple[str, Json]:
    """ "127.0.0.1:8080:80/tcp" as the engine has it: ("80/tcp", {"HostIp", "HostPort"})."""
    rest, _, protocol = text.partition("/")
    *outside, inside = rest.rsplit(":", 1) if "]" not in rest else [*_bracketed(rest)]
    address, _, port = outside[0].rpartition(":") if outside else ("", "", "")
    return f"{inside}/{protocol or 'tcp'}", {"HostIp": address.strip("[]"), "HostPort": port}


def _bracketed(text: str) -> list[str]:
    address, _, ports = text.partition("]:")
    return [f"{address}]:{ports.rpartition(':')[0]}", ports.rpartition(":")[2]]
