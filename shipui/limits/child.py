"""Child processes that end with their deadline, and with everything that they started."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shipui.limits.deadline import Deadline
from shipui.model.errors import ToolFailed
from shipui.model.text import visible

MARK = "SHIPUI_CHILD"
GRACE_SECONDS = 1.5
_KEPT_LINES = 400


@dataclass(frozen=True, slots=True)
class Finished:
    """How a child ended: its exit code (negative: the signal), and the last lines of each stream."""

    code: int
    output: str
    errors: str


def run_child(
    arguments: Sequence[str | os.PathLike[str]],
    *,
    deadline: Deadline,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: bytes | IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
    on_line: Callable[[str], None] | None = None,
    on_error_line: Callable[[str], None] | None = None,
    user: str | None = None,
    group: str | None = None,
    keep_all: bool = False,
) -> Finished:
    """Run to the end, or until the deadline, in a process group of its own; raises Cancelled or TimeLimitPassed in that case.

    `environment` is the whole environment (default: this process's). With `stdout` the output goes to that file and
    `Finished.output` is empty; else lines go to `on_line` as they come and the last 400 (all, with `keep_all`) are kept. Whatever the child
    left running is ended as well, even what moved to a session of its own (it is known by a mark in its environment).
    ToolFailed if it cannot be started.
    """
    deadline.check()
    mark = secrets.token_hex(12)
    whole = dict(os.environ if environment is None else environment)
    whole[MARK] = mark
    try:
        process = subprocess.Popen(
            [os.fspath(each) for each in arguments],
            cwd=cwd,
            env=whole,
            stdin=_input(stdin),
            stdout=stdout if stdout is not None else subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=[] if user is not None else None,
        )
    except (OSError, ValueError) as error:
        shown = visible(os.fspath(arguments[0]), limit=200)
        raise ToolFailed(
            f"The command “{shown}” could not be started: {getattr(error, 'strerror', None) or error}.",
            detail=f"{[os.fspath(each) for each in arguments]} in {cwd or Path.cwd()}: {error}",
            fix="Is it installed, is it executable, and does the folder that it starts in exist?",
        ) from error
    kept_out, kept_err = _Tail(keep_all), _Tail(keep_all)
    threads = []
    if process.stdout is not None:
        threads.append(_reader(process.stdout, kept_out, on_line))
    assert process.stderr is not None
    threads.append(_reader(process.stderr, kept_err, on_error_line))
    if process.stdin is not None and isinstance(stdin, bytes):
        threads.append(_writer(process.stdin, stdin))
    finished = threading.Event()
    try:
        with deadline.ending(lambda: _end_group(process, finished)):
            code = process.wait()
    finally:
        if process.poll() is None:
            _end_group(process, finished)
            process.wait()
        finished.set()
        _signal_group(process.pid, signal.SIGKILL)
        end_marked(f"{MARK}={mark}")
        for thread in threads:
            thread.join(timeout=5)
    deadline.check()
    return Finished(code, kept_out.text(), kept_err.text())


def _input(stdin: bytes | IO[bytes] | None) -> IO[bytes] | int:
    if stdin is None:
        return subprocess.DEVNULL
    return subprocess.PIPE if isinstance(stdin, bytes) else stdin


def end_marked(assignment: str) -> list[int]:
    """Kill every process whose environment holds `NAME=VALUE`; their IDs. Linux only, elsewhere nothing is found."""
    ended: list[int] = []
    wanted = assignment.encode()
    for _ in range(5):
        found = [pid for pid in _marked(wanted) if pid != os.getpid()]
        if not found:
            break
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
                ended.append(pid)
            except ProcessLookupError:
                continue
        time.sleep(0.02)
    return ended


def _marked(wanted: bytes) -> list[int]:
    found = []
    try:
        entries = os.listdir("/proc")
    except OSError:
        return []
    for entry in entries:
        if not entry.isdigit():
            continue
        try:
            environment = Path("/proc", entry, "environ").read_bytes()
            if wanted in environment.split(b"\0") and not _is_zombie(entry):
                found.append(int(entry))
        except OSError:
            continue
    return found


def _is_zombie(entry: str) -> bool:
    return Path("/proc", entry, "stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z"


def _end_group(process: subprocess.Popen[bytes], finished: threading.Event) -> None:
    """Ask politely, then not."""
    _signal_group(process.pid, signal.SIGTERM)
    if not finished.wait(0) and process.poll() is None:
        until = time.monotonic() + GRACE_SECONDS
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
    _signal_group(process.pid, signal.SIGKILL)


def _signal_group(group: int, which: signal.Signals) -> None:
    try:
        os.killpg(group, which)
    except (ProcessLookupError, PermissionError):
        return


class _Tail:
    """The last lines of a stream, so that a chatty child cannot fill memory."""

    def __init__(self, keep_all: bool) -> None:
        self._lines: list[str] = []
        self._keep_all = keep_all

    def add(self, line: str) -> None:
        self._lines.append(line)
        if not self._keep_all and len(self._lines) > 2 * _KEPT_LINES:
            del self._lines[:-_KEPT_LINES]

    def text(self) -> str:
        return "\n".join(self._lines if self._keep_all else self._lines[-_KEPT_LINES:])


def _reader(stream: IO[bytes], tail: _Tail, on_line: Callable[[str], None] | None) -> threading.Thread:
    def read() -> None:
        with stream:
            while chunk := stream.readline(64 * 1024):
                line = chunk.rstrip(b"\r\n").decode("utf-8", "replace")
                tail.add(line)
                if on_line is not None:
                    on_line(line)

    thread = threading.Thread(target=read, name="child-output", daemon=True)
    thread.start()
    return thread


def _writer(stream: IO[bytes], content: bytes) -> threading.Thread:
    def write() -> None:
        try:
            with stream:
                stream.write(content)
        except BrokenPipeError:
            return

    thread = threading.Thread(target=write, name="child-input", daemon=True)
    thread.start()
    return thread
