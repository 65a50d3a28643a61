"""Is this container healthy? By URL, by a command in it, or by the image's own check; several passes in a row, for the right version."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from shipui.config.settings import HealthSettings
from shipui.limits.deadline import Deadline
from shipui.model.errors import Cancelled, Failed, ShipuiError, TimeLimitPassed, ToolFailed
from shipui.model.text import visible
from shipui.runtimes.base import Container, ContainerHealth, ContainerState, Runtime

LARGEST_ANSWER = 256 * 1024
LOG_LINES = 40
LONGEST_WAIT_FOR_EXIT = 0.5


@dataclass(frozen=True, slots=True)
class Probe:
    passed: bool
    found: str
    """What came back, for people."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told what while waiting."""

    log: Callable[[str], None]
    progress: Callable[[int, int | None, str], None]
    kept: dict[str, list[str]] = field(default_factory=dict)
    """By container, the last lines that are in the run's log already."""


def wait_until_healthy(
    runtime: Runtime,
    container: Container,
    settings: HealthSettings,
    expected_build: str,
    deadline: Deadline,
    watch: Watch,
) -> str:
    """Returns what the last probe found, after `settings.passes` passes in a row.

    Failed at once when the container exits or restarts, and after `settings.attempts` probes. `expected_build` is compared with
    `settings.version_field`, where that is set; "" accepts any version.
    """
    in_a_row = 0
    probe = Probe(False, "no answer yet")
    for attempt in range(1, settings.attempts + 1):
        if attempt > 1:
            _pause(runtime, container, settings.interval_seconds, deadline, watch)
        require_running(runtime, container, watch)
        probe = probe_once(runtime, container, settings, expected_build, deadline)
        in_a_row = in_a_row + 1 if probe.passed else 0
        watch.log(f"health probe {attempt} of {settings.attempts}: {probe.found}")
        watch.progress(in_a_row, settings.passes, "passes")
        if in_a_row >= settings.passes:
            require_running(runtime, container, watch)
            return probe.found
    raise Failed(
        f"it was not healthy after {settings.attempts} attempts: {probe.found}.",
        detail="\n".join(keep_log(runtime, container, watch)),
    )


def _pause(runtime: Runtime, container: Container, seconds: float, deadline: Deadline, watch: Watch) -> None:
    """Wait for the next attempt, but notice an exit in between."""
    until = Deadline(seconds)
    while not until.over():
        deadline.sleep(min(LONGEST_WAIT_FOR_EXIT, until.remaining()))
        require_running(runtime, container, watch)


def require_running(runtime: Runtime, container: Container, watch: Watch) -> None:
    """Failed, with the last log lines, unless the container runs and has never been started again."""
    found = runtime.find_container(container.id)
    if found is None:
        raise Failed("its container has vanished.", detail=f"container {container.id}")
    if found.state is not ContainerState.RUNNING:
        code = "an unknown exit code" if found.exit_code is None else f"exit code {found.exit_code}"
        lines = keep_log(runtime, found, watch)
        last = next((line for line in reversed(lines) if line.strip()), "")
        said = f" Its last line was: “{visible(last, limit=160)}”." if last else ""
        raise Failed(f"it ended by itself, with {code}.{said}", detail="\n".join(lines))
    if found.restarts > container.restarts:
        raise Failed(
            f"it was started again {found.restarts - container.restarts} times by itself.",
            detail="\n".join(keep_log(runtime, found, watch)),
        )


def keep_log(runtime: Runtime, container: Container, watch: Watch) -> list[str]:
    """The container's last lines, also written to the run's log, once: the container will be removed."""
    try:
        lines = runtime.log_tail(container, LOG_LINES)
    except ShipuiError as error:
        lines = [f"its log could not be read: {error.plain}"]
    if watch.kept.get(container.id) == lines:
        return lines
    watch.kept[container.id] = lines
    watch.log(f"the last {'line' if len(lines) == 1 else f'{len(lines)} lines'} of {container.name}:")
    for line in lines:
        watch.log(f"    {line}")
    return lines


def probe_once(
    runtime: Runtime, container: Container, settings: HealthSettings, expected_build: str, deadline: Deadline
) -> Probe:
    deadline.check()
    if settings.url is not None:
        try:
            url = runtime.reach(container, settings.url)
        except ToolFailed as error:
            return Probe(False, error.plain)
        return _probe_url(settings, url, expected_build, deadline)
    if settings.command is not None:
        return _probe_command(runtime, container, settings, settings.command, deadline)
    health = runtime.health(container)
    return Probe(health is ContainerHealth.HEALTHY, f"its own health check says {health}")


def _probe_command(
    runtime: Runtime, container: Container, settings: HealthSettings, command: list[str], deadline: Deadline
) -> Probe:
    limit = Deadline(deadline.part(settings.timeout_seconds))
    try:
        with deadline.ending(lambda: limit.cancel("the run ended")):
            code = runtime.execute(container, command, limit)
    except (TimeLimitPassed, Cancelled):
        deadline.check()
        return Probe(False, f"its health command took longer than {settings.timeout_seconds:g} s")
    return Probe(code == 0, f"its health command ended with exit code {code}")


def _probe_url(settings: HealthSettings, url: str, expected_build: str, deadline: Deadline) -> Probe:
    limit = Deadline(deadline.part(settings.timeout_seconds))
    try:
        status, body = _get(url, limit, deadline)
    except (TimeLimitPassed, Cancelled):
        deadline.check()
        return Probe(False, f"no answer within {settings.timeout_seconds:g} s")
    except (OSError, http.client.HTTPException, ValueError) as error:
        deadline.check()
        if limit.over():
            return Probe(False, f"no answer within {settings.timeout_seconds:g} s")
        return Probe(False, _trouble(error))
    if not 200 <= status < 300:
        said = visible(body[:120].decode("utf-8", "replace").strip())
        return Probe(False, f"it answers with HTTP status {status}" + (f" ({said})" if said else ""))
    if settings.version_field and expected_build:
        return _right_version(body, settings.version_field, expected_build)
    return Probe(True, f"it answers with HTTP status {status}")


def _get(url: str, limit: Deadline, deadline: Deadline) -> tuple[int, bytes]:
    """One GET that ends, whatever the other side does, when either deadline does. Redirects are not followed, proxies not used."""
    parts = urlsplit(url)
    if parts.hostname is None:
        raise ValueError(f"{url} has no host")
    timeout = max(0.05, limit.remaining())
    connection = (
        http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    )

    def hang_up() -> None:
        if connection.sock is not None:
            try:
                connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                connection.sock.close()

    try:
        with limit.ending(hang_up), deadline.ending(hang_up):
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", path, headers={"User-Agent": "shipui", "Accept": "application/json, */*"})
            answer = connection.getresponse()
            body = answer.read(LARGEST_ANSWER)
            limit.check()
            return answer.status, body
    finally:
        connection.close()


def _right_version(body: bytes, field: str, expected: str) -> Probe:
    try:
        answer = json.loads(body)
    except ValueError:
        return Probe(False, f"its answer is not JSON, so its version ({field}) cannot be read")
    found = answer.get(field) if isinstance(answer, dict) else None
    if found == expected:
        return Probe(True, f"it answers, and is {expected}")
    shown = visible(str(found), limit=60) if found is not None else "none"
    return Probe(False, f"it answers, but as version {shown}, not {expected}")


def _trouble(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens at its address yet"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionResetError | http.client.RemoteDisconnected):
        return "it hung up without an answer"
    return f"it cannot be reached ({visible(str(error), limit=120)})"
