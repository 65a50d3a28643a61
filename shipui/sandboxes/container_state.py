"""The container that a sandbox is in: whether it is there and runs, in words that say what to do when it does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shipui.engine.connection import Engine, NotThere
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class RunningContainer:
    id: str
    path: str
    """Where programs are looked for: the system's own folders first, then the container's PATH."""
    in_memory: tuple[str, ...]
    """Folders that are kept in memory (tmpfs), which the engine does not copy from."""


def running_container(engine: Engine, name: str, deadline: Deadline) -> RunningContainer:
    """BadInput, in words, unless it is there and runs: a command in a paused one would wait for ever."""
    try:
        with engine.call(deadline) as client:
            found: dict[str, Any] = client.inspect_container(name)
    except NotThere as error:
        raise BadInput(
            f"There is no container “{name}” on the Docker engine at {engine.address}.",
            detail=error.detail,
            fix="`docker ps -a` lists those that are there.",
        ) from error
    state = found["State"]
    trouble = _trouble(name, str(state.get("Status") or ("running" if state.get("Running") else "exited")), state)
    if trouble is not None:
        plain, fix = trouble
        raise BadInput(plain, detail=f"container {found['Id'][:12]}: {state}", fix=fix)
    environment = dict(each.partition("=")[::2] for each in found["Config"].get("Env") or [])
    path = ":".join(each for each in (_SYSTEM_PATH, environment.get("PATH")) if each)
    mounts = [each["Destination"] for each in found.get("Mounts") or [] if each.get("Type") == "tmpfs"]
    return RunningContainer(found["Id"], path, (*mounts, *(found["HostConfig"].get("Tmpfs") or {})))


def _trouble(name: str, status: str, state: dict[str, Any]) -> tuple[str, str] | None:
    """What is wrong and what to do, or None."""
    match status:
        case "running":
            return None
        case "paused":
            return f"The sandbox's container {name} is paused.", f"Let it go on: docker unpause {name}"
        case "restarting":
            return (
                f"The sandbox's container {name} keeps restarting.",
                f"docker logs {name} shows why it ends each time.",
            )
        case "created":
            return f"The sandbox's container {name} has never been started.", f"Start it: docker start {name}"
        case "exited":
            return (
                f"The sandbox's container {name} is stopped (exit code {state.get('ExitCode')}).",
                f"Start it: docker start {name}",
            )
        case _:
            return (
                f"The sandbox's container {name} is going away (the engine says “{status}”).",
                "Make it again, with the feature in it, or ship the feature from another place.",
            )
