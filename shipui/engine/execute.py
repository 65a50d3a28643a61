"""A command inside a running container, with its streams, ended with its deadline: the engine itself lets such commands live on."""

from __future__ import annotations

import codecs
import contextlib
import os
import signal
import socket as sockets
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from shipui.model.errors import ShipuiError, ToolFailed

if TYPE_CHECKING:
    from docker import APIClient

KEPT_LINES = 400
END_SECONDS = 5.0
CHUNK = 64 * 1024
_STDOUT, _STDERR = 1, 2

Line = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Executed:
    """How a command in a container ended: its exit code, and the last lines of each stream."""

    code: int
    output: str
    errors: str


def execute(
    engine: Engine,
    container: str,
    command: Sequence[str],
    *,
    deadline: Deadline,
    environment: Mapping[str, str] | None = None,
    user: str = "",
    folder: str | None = None,
    stdin: bytes | IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
    on_line: Line | None = None,
    on_error_line: Line | None = None,
    keep_all: bool = False,
    kill: bool = True,
) -> Executed:
    """Run to the end, or until the deadline; then the command is killed, and Cancelled or TimeLimitPassed raised.

    `environment` is added to the container's. With `stdout` the output goes to that file, and `Executed.output` is empty; else lines go to
    `on_line` as they come, and the last 400 (all, with `keep_all`) are kept. Codes 126 and 127 mean that it could not be started.
    Without `kill` it is left to the caller to end a command that outlives its deadline or the connection.
    NotThere and InTheWay when the container is gone, or is not running.
    """
    output, errors = _Lines(on_line, keep_all), _Lines(on_error_line, keep_all)
    with engine.call(deadline) as client:
        made = client.exec_create(
            container,
            list(command),
            stdin=stdin is not None,
            environment=dict(environment or {}),
            user=user,
            workdir=folder,
        )["Id"]
    try:
        with engine.call(deadline) as client:
            stream = _raw(client.exec_start(made, socket=True))
            stream.settimeout(None)
            try:
                with deadline.ending(lambda: _hang_up(stream)), _fed(stream, stdin):
                    for channel, data in _frames(stream):
                        if channel == _STDOUT and stdout is not None:
                            stdout.write(data)
                        else:
                            (errors if channel == _STDERR else output).add(data)
            finally:
                # The engine would go on waiting for somebody to read the rest, and let nobody else into the container.
                _hang_up(stream)
            deadline.check()
            code = client.exec_inspect(made)["ExitCode"]
    except BaseException:
        if kill:
            _end(engine, container, made)
        raise
    output.finish()
    errors.finish()
    if code is None:
        if kill:
            _end(engine, container, made)
        raise ToolFailed("The connection to a command in the container broke off.", detail=" ".join(command))
    return Executed(code, output.text(), errors.text())


def _raw(given: Any) -> sockets.socket:
    """The socket beneath the SDK's file object."""
    return given if isinstance(given, sockets.socket) else given._sock


def _hang_up(stream: sockets.socket) -> None:
    with contextlib.suppress(OSError):
        stream.shutdown(sockets.SHUT_RDWR)


@contextlib.contextmanager
def _fed(stream: sockets.socket, stdin: bytes | IO[bytes] | None) -> Iterator[None]:
    """While the block reads, a thread writes; the command's end ends it."""
    if stdin is None:
        yield
        return

    def write() -> None:
        with contextlib.suppress(OSError):  # the command ended before it had read everything; its exit code tells
            if isinstance(stdin, bytes):
                stream.sendall(stdin)
            else:
                while chunk := stdin.read(CHUNK):
                    stream.sendall(chunk)
            stream.shutdown(sockets.SHUT_WR)

    writer = threading.Thread(target=write, name="execute-stdin", daemon=True)
    writer.start()
    try:
        yield
    finally:
        _hang_up(stream)
        writer.join(END_SECONDS)


def _frames(stream: sockets.socket) -> Iterator[tuple[int, bytes]]:
    """The engine's multiplexed stream: eight bytes say which channel and how much."""
    while header := _exactly(stream, 8):
        channel, length = struct.unpack(">BxxxL", header)
        while length > 0:
            data = stream.recv(min(length, CHUNK))
            if not data:
                return
            length -= len(data)
            yield channel, data


def _exactly(stream: sockets.socket, count: int) -> bytes:
    """That many bytes, or none at the end."""
    data = b""
    while len(data) < count:
        more = stream.recv(count - len(data))
        if not more:
            return b""
        data += more
    return data


class _Lines:
    def __init__(self, on_line: Line | None, keep_all: bool) -> None:
        self._on_line = on_line
        self._kept: deque[str] = deque(maxlen=None if keep_all else KEPT_LINES)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""

    def add(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + self._decode(data)).split("\n")
        for line in lines:
            self._take(line)
        if len(self._rest) > CHUNK:
            self._take(self._rest)
            self._rest = ""

    def finish(self) -> None:
        if self._rest:
            self._take(self._rest)
            self._rest = ""

    def text(self) -> str:
        return "\n".join(self._kept)

    def _take(self, line: str) -> None:
        line = line.removesuffix("\r")
        self._kept.append(line)
        if self._on_line is not None:
            self._on_line(line)


def _end(engine: Engine, container: str, made: str) -> None:
    """Kill what is left of a command whose caller has gone; when that cannot be done it ends with its container."""
    with contextlib.suppress(ShipuiError, OSError):
        deadline = Deadline(END_SECONDS)
        with engine.call(deadline, silence=END_SECONDS) as client:
            found = client.exec_inspect(made)
            pid = found.get("Pid")
            if found.get("Running") and pid:
                if engine.local_socket is not None and _kill_tree(pid, found["ContainerID"]):
                    return
                _kill_inside(client, container, pid)


def _kill_tree(pid: int, container: str) -> bool:
    """The process and its children, if they can be seen from here and are in that container."""
    try:
        if container not in Path(f"/proc/{pid}/cgroup").read_text(encoding="ascii"):
            return False
        for each in [pid, *_children(pid)]:
            os.kill(each, signal.SIGKILL)
    except OSError:
        return False
    return True


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            found += [int(child), *_children(int(child))]
    return found


def _kill_inside(client: APIClient, container: str, pid: int) -> None:
    """For an account that may not signal the container's processes: by the container's own kill, and its own number of the process."""
    names = client.top(container, ps_args="-eo pid,args")
    arguments = next((row[1] for row in names.get("Processes") or [] if row[0] == str(pid)), None)
    if arguments is None:
        return
    script = (
        'for each in /proc/[0-9]*; do test "$(tr "\\0" " " <$each/cmdline)" = "$1 " && kill -KILL ${each#/proc/}; done'
    )
    killer = client.exec_create(container, ["sh", "-c", script, "kill", arguments], user="0")["Id"]
    client.exec_start(killer)
