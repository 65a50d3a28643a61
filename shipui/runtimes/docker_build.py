"""An image from the extracted files: through the engine's own builder, or by BuildKit where the Dockerfile needs it."""

from __future__ import annotations

import os
import re
import shutil
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from shipui.config.settings import DockerSettings
from shipui.engine.connection import Engine
from shipui.limits.child import run_child
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed, NoSpace, ShipuiError, ToolFailed
from shipui.model.text import visible
from shipui.runtimes.base import BuildRequest, Log

KEPT_LINES = 40
CLEAN_SECONDS = 30.0
_LAYER = re.compile(r" ---> ([0-9a-f]{12,64})$")
_RETURNED = re.compile(r"The command '(.*)' returned a non-zero code: (\d+)", re.DOTALL)
_PROCESS = re.compile(r'process "(.*)" did not complete successfully: exit code: (\d+)')
_EXECUTOR = re.compile(r"executor failed running \[(.*)\]: exit code: (\d+)")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_NEEDS_BUILDKIT = re.compile(
    r"^\s*(?:(?:RUN|COPY|ADD)\s+(?:--\S+\s+)*--(?:mount|network|security|link|chmod|parents|exclude|checksum|keep-git-dir)\b"
    r"|(?:RUN|COPY|ADD)\b[^#\n]*<<-?[\"']?[A-Za-z_])",
    re.IGNORECASE,
)


def needs_buildkit(dockerfile: str) -> tuple[int, str] | None:
    """The first line, by number, that the engine's own builder cannot do."""
    for number, line in enumerate(dockerfile.splitlines(), 1):
        if _NEEDS_BUILDKIT.search(line):
            return number, line.strip()
    return None


@dataclass(frozen=True, slots=True)
class BuildKit:
    """A docker command line that can build with BuildKit: through its buildx, or by itself (before version 23)."""

    command: tuple[str, ...]
    environment: Mapping[str, str]


def find_buildkit(deadline: Deadline) -> BuildKit | None:
    docker = shutil.which("docker")
    candidates = [
        docker,
        *(str(each) for each in (Path("/usr/bin/docker"), Path("/usr/local/bin/docker")) if each.exists()),
    ]
    for program in dict.fromkeys(each for each in candidates if each):
        if run_child([program, "buildx", "version"], deadline=deadline).code == 0:
            return BuildKit((program, "buildx", "build", "--load"), {})
    for program in dict.fromkeys(each for each in candidates if each):
        version = run_child([program, "version", "--format", "{{.Client.Version}}"], deadline=deadline).output
        if re.match(r"(18\.09|19|20|22)\b", version):
            return BuildKit((program, "build"), {"DOCKER_BUILDKIT": "1"})
    return None


def build(
    engine: Engine,
    settings: DockerSettings,
    request: BuildRequest,
    labels: Mapping[str, str],
    deadline: Deadline,
    log: Log,
) -> None:
    """The image is there under `request.tag` afterwards. ToolFailed with the last lines; nothing is left of a build that failed."""
    folder = request.context / settings.context
    dockerfile = folder / settings.dockerfile
    arguments = {**settings.build_arguments, **request.arguments}
    try:
        text = dockerfile.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise _no_dockerfile(settings) from error
    if (
        settings.builder == "buildkit"
        or settings.build_secrets
        or (settings.builder == "auto" and needs_buildkit(text))
    ):
        kit = find_buildkit(deadline)
        if kit is None:
            raise ToolFailed(
                "The Dockerfile needs BuildKit, and docker buildx is not installed.", detail=str(needs_buildkit(text))
            )
        _build_by_buildkit(kit, engine, settings, request, labels, arguments, deadline, log)
    else:
        _build_by_engine(engine, settings, request, labels, arguments, deadline, log)


def _no_dockerfile(settings: DockerSettings) -> Failed:
    name = Path(settings.context, settings.dockerfile)
    return Failed(
        f"there is no {name} in the approved source.",
        fix="Add it, or correct “dockerfile” in the target's section “docker”.",
    )


def _build_by_engine(
    engine: Engine,
    settings: DockerSettings,
    request: BuildRequest,
    labels: Mapping[str, str],
    arguments: Mapping[str, str],
    deadline: Deadline,
    log: Log,
) -> None:
    told = _Told(log)
    try:
        with (
            _context(request.context / settings.context, settings.dockerfile) as context,
            engine.call(deadline, silence=1e6) as client,
        ):
            events = client.build(
                fileobj=context,
                custom_context=True,
                tag=request.tag,
                dockerfile=settings.dockerfile,
                rm=True,
                forcerm=True,
                decode=True,
                buildargs=dict(arguments),
                labels=dict(labels),
                target=settings.stage,
            )
            for event in events:
                told.take(event)
        deadline.check()
        if told.error is not None:
            raise _build_failed(told.error, told.last)
        if not told.finished:
            raise ToolFailed(
                "The connection to the Docker engine broke off during the build.", detail="\n".join(told.last)
            )
    except BaseException:
        _remove_layers(engine, told.made)
        raise


class _Told:
    """What the builder says, line by line, and which layers it made."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._rest = ""
        self._cached = False
        self.last: deque[str] = deque(maxlen=KEPT_LINES)
        self.error: str | None = None
        self.made: list[str] = []
        self.finished = False
        self._steps = 0

    def take(self, event: Mapping[str, Any]) -> None:
        if "error" in event:
            self.error = str(event["error"])
        if "aux" in event:
            self.finished = True
        if "stream" in event:
            *lines, self._rest = (self._rest + str(event["stream"])).split("\n")
            for line in lines:
                self._line(line)
        elif "status" in event and "progressDetail" not in event:
            self._line(f"{event.get('id', '')} {event['status']}".strip())

    def _line(self, line: str) -> None:
        line = _ANSI.sub("", line).rstrip("\r")
        if line.startswith("Step "):
            self._steps += 1
            self._cached = False
        if line.strip() == "---> Using cache":
            self._cached = True
        layer = _LAYER.search(line)
        if layer and self._steps > 1 and not self._cached:
            self.made.append(layer.group(1))
        if line:
            self.last.append(line)
            self._log(line)


def _build_failed(error: str, last: deque[str]) -> ToolFailed | NoSpace:
    detail = "\n".join([*last, error])
    if "no space left on device" in detail.lower():
        return NoSpace(
            "The disk of the Docker engine is full.",
            detail=detail,
            fix="Make room on it: docker system df shows what takes it.",
        )
    ended = _RETURNED.search(error)
    if ended:
        command = visible(ended.group(1).removeprefix("/bin/sh -c ").strip(), limit=120)
        return ToolFailed(f"The build command “{command}” ended with exit code {ended.group(2)}.", detail=detail)
    return ToolFailed(f"The image could not be built: {visible(error.strip().rstrip('.'), limit=300)}.", detail=detail)


def _remove_layers(engine: Engine, made: list[str]) -> None:
    """The layers of a build that failed, newest first; one that something else uses by now stays."""
    if not made:
        return
    deadline = Deadline(CLEAN_SECONDS)
    for layer in reversed(made):
        with suppress(ShipuiError), engine.call(deadline) as client:
            client.remove_image(layer, noprune=True)


def _context(folder: Path, dockerfile: str) -> IO[bytes]:
    """A tar of the folder less what .dockerignore names, in a temporary file."""
    from docker.utils import tar

    ignored: list[str] = []
    with suppress(FileNotFoundError):
        lines = (folder / ".dockerignore").read_text(encoding="utf-8", errors="replace").splitlines()
        ignored = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    packed: Any = tar(folder, exclude=ignored, dockerfile=(dockerfile, None))
    return cast(IO[bytes], packed)


def _build_by_buildkit(
    kit: BuildKit,
    engine: Engine,
    settings: DockerSettings,
    request: BuildRequest,
    labels: Mapping[str, str],
    arguments: Mapping[str, str],
    deadline: Deadline,
    log: Log,
) -> None:
    """Values go by the environment, so that no list of processes shows them."""
    last: deque[str] = deque(maxlen=KEPT_LINES)

    def told(line: str) -> None:
        line = _ANSI.sub("", line)
        last.append(line)
        log(line)

    folder = request.context / settings.context
    command = [*kit.command, "--progress=plain", "--tag", request.tag, "--file", str(folder / settings.dockerfile)]
    command += ["--target", settings.stage] if settings.stage else []
    environment = {**os.environ, **kit.environment, "DOCKER_HOST": engine.address}
    for name, value in labels.items():
        command += ["--label", f"{name}={value}"]
    for name, value in arguments.items():
        command += ["--build-arg", name]
        environment[name] = value
    for name, secret in settings.build_secrets.items():
        command += ["--secret", f"id={name},env=SHIPUI_SECRET_{name}"]
        environment[f"SHIPUI_SECRET_{name}"] = secret.get_secret_value()
    ended = run_child(
        [*command, str(folder)], deadline=deadline, environment=environment, on_line=told, on_error_line=told
    )
    if ended.code != 0:
        raise _buildkit_failed(last)


def _buildkit_failed(last: deque[str]) -> ToolFailed | NoSpace:
    detail = "\n".join(last)
    if "no space left on device" in detail.lower():
        return _build_failed("no space left on device", last)
    found = _PROCESS.search(detail) or _EXECUTOR.search(detail)
    if found:
        return _build_failed(f"The command '{found.group(1)}' returned a non-zero code: {found.group(2)}", last)
    error = next(
        (line for line in reversed(last) if "ERROR" in line or "error" in line), last[-1] if last else "no output"
    )
    return _build_failed(error, last)
