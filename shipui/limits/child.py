"""Child processes that end with their deadline, and with everything that they started."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import secrets
import select
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shipui.limits.deadline import Deadline
from shipui.model.errors import ToolFailed
from shipui.model.text import visible

MARK = "SHIPUI_CHILD"
"""Begins the name of the variable that marks a child and whatever it starts: one name per child, so that marks add up.

Its value says which process started the child: ID and start time.
"""
_MARKED = re.compile(rb"SHIPUI_CHILD_[0-9a-f]+=(([0-9]+)-[0-9]+)")
GRACE_SECONDS = 1.5
_BRIEF_SECONDS = 5.0
"""Within which the machine cannot have given all its process IDs away and have begun anew."""
_BRIEF_PROCESSES = 200
_KEPT_LINES = 400
_KEPT_CHARACTERS = 1_000_000
_LONGEST_LINE = 64 * 1024
_DRAIN_SECONDS = 5

Line = Callable[[str], None]


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
    on_line: Line | None = None,
    on_error_line: Line | None = None,
    user: str | None = None,
    group: str | None = None,
    keep_all: bool = False,
) -> Finished:
    """Run to the end, or until the deadline, in a session of its own; raises Cancelled or TimeLimitPassed in that case.

    `environment` is the whole environment (default: this process's). With `stdout` the output goes to that file and
    `Finished.output` is empty; else lines go to `on_line` as they come (each stream has a thread of its own; a line of more than
    64 KiB comes in pieces) and the last 400 (all, with `keep_all`) are kept. An exception from `on_line` ends the child and is
    raised here. Whatever the child left running is ended as well, even what moved to a session of its own (it is known by a mark
    in its environment). ToolFailed if it cannot be started.
    """
    deadline.check()
    mark, value = f"{MARK}_{secrets.token_hex(12)}", _maker(os.getpid())
    whole = {**(os.environ if environment is None else environment), mark: value}
    began = time.monotonic()
    child = _Child(_started(arguments, cwd, whole, stdin, stdout, user, group))
    output = _Stream(child.process.stdout, keep_all, on_line, child.end)
    errors = _Stream(child.process.stderr, keep_all, on_error_line, child.end)
    try:
        output.start()
        errors.start()
        if isinstance(stdin, bytes) and child.process.stdin is not None:
            _writer(child.process.stdin, stdin).start()
        with deadline.ending(child.end):
            child.wait()
    finally:
        child.kill()
        brief = time.monotonic() - began < _BRIEF_SECONDS
        end_marked(f"{mark}={value}", born_after=child.process.pid if brief else None)
        output.finish()
        errors.finish()
    for each in (output, errors):
        if each.failure is not None:
            raise each.failure
    deadline.check()
    assert child.process.returncode is not None
    return Finished(child.process.returncode, output.text(), errors.text())


def _started(
    arguments: Sequence[str | os.PathLike[str]],
    cwd: Path | None,
    environment: Mapping[str, str],
    stdin: bytes | IO[bytes] | None,
    stdout: IO[bytes] | None,
    user: str | None,
    group: str | None,
) -> subprocess.Popen[bytes]:
    if stdin is None:
        given: int | IO[bytes] = subprocess.DEVNULL
    else:
        given = subprocess.PIPE if isinstance(stdin, bytes) else stdin
    try:
        return subprocess.Popen(
            [os.fspath(each) for each in arguments],
            cwd=cwd,
            env=environment,
            stdin=given,
            stdout=stdout if stdout is not None else subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=[] if user is not None else None,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        shown = visible(os.fspath(arguments[0]), limit=200) if arguments else ""
        raise ToolFailed(
            f"The command “{shown}” could not be started: {getattr(error, 'strerror', None) or error}.",
            detail=visible(f"{[os.fspath(each) for each in arguments]} in {cwd or Path.cwd()}: {error}", limit=2000),
            fix="Is it installed, is it executable, and does the folder that it starts in exist?",
        ) from error


class _Child:
    """A child that is signalled only while its process ID is certainly its own: until it has been reaped."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._lock = threading.Lock()
        self._reaped = False

    def wait(self) -> None:
        """Until it has ended. It stays a zombie, so that its ID still names its group."""
        try:
            os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
        except ChildProcessError as error:
            raise ToolFailed(
                "How a command ended could not be learnt: something else took its exit code.",
                detail=f"{self.process.args!r}: {error}; is SIGCHLD ignored?",
            ) from error

    def end(self) -> None:
        """Ask its group politely, then do not ask."""
        self._signal(signal.SIGTERM)
        until = time.monotonic() + GRACE_SECONDS
        while self._running() and time.monotonic() < until:
            time.sleep(0.02)
        self._signal(signal.SIGKILL)

    def kill(self) -> None:
        """End what is left of the group, and reap the child."""
        with self._lock:
            if not self._reaped:
                self._signal_group(signal.SIGKILL)
                self.process.wait()
                self._reaped = True

    def _running(self) -> bool:
        with self._lock:
            flags = os.WEXITED | os.WNOWAIT | os.WNOHANG
            return not self._reaped and os.waitid(os.P_PID, self.process.pid, flags) is None

    def _signal(self, which: signal.Signals) -> None:
        with self._lock:
            if not self._reaped:
                self._signal_group(which)

    def _signal_group(self, which: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, which)


def end_marked(assignment: str, *, born_after: int | None = None) -> list[int]:
    """Kill every process whose environment holds `NAME=VALUE`; their IDs. Linux only, elsewhere nothing is found.

    With `born_after` only those are looked at that got their IDs after that process, which began moments ago: IDs are given in
    their order. On a machine with hundreds of processes that is a hundredth of the work.
    """
    wanted = assignment.encode()
    candidates = _processes if born_after is None else lambda: _born_after(born_after)
    return _end_all(candidates, lambda variables: wanted in variables)


def end_orphans() -> list[int]:
    """Kill what was started by `run_child` in a process that has died since, in the middle of it; their IDs.

    For recovery: a build or a dump lives on when the shipui that runs it is killed.
    """
    return _end_all(_processes, lambda variables: any(_is_orphaned(each) for each in variables))


def _is_orphaned(variable: bytes) -> bool:
    found = _MARKED.fullmatch(variable)
    return found is not None and _maker(int(found[2])).encode() != found[1]


def _maker(pid: int) -> str:
    """ID and start time of a process, so that an ID which was given to another is not taken for it; "" if there is none."""
    try:
        fields = Path("/proc", str(pid), "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return ""
    return f"{pid}-{int(fields[19])}" if fields[0] not in {b"Z", b"X"} else ""


def _end_all(candidates: Callable[[], Iterable[int]], chosen: Callable[[list[bytes]], bool]) -> list[int]:
    ended: list[int] = []
    until = time.monotonic() + 2
    while time.monotonic() < until:
        found = [pid for pid in candidates() if pid != os.getpid() and chosen(_variables(pid))]
        killed = [pid for pid in found if _kill_chosen(pid, chosen)]
        ended += [pid for pid in killed if pid not in ended]
        if not killed:
            break
        time.sleep(0.02)
    return ended


def _processes() -> list[int]:
    try:
        return [int(each) for each in os.listdir("/proc") if each.isdigit()]
    except OSError:
        return []


def _born_after(pid: int) -> Iterable[int]:
    """The IDs that were given since `pid` was; every process where that cannot be told, or where they began anew from the lowest."""
    try:
        newest = int(Path("/proc/loadavg").read_text().split()[4])
    except (OSError, IndexError, ValueError):
        return _processes()
    return range(pid + 1, newest + 1) if 0 <= newest - pid <= _BRIEF_PROCESSES else _processes()


def _variables(pid: int) -> list[bytes]:
    """The environment that a process was started with; a process that has ended has none, so a zombie is never chosen."""
    try:
        return Path("/proc", str(pid), "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _kill_chosen(pid: int, chosen: Callable[[list[bytes]], bool]) -> bool:
    """Through a descriptor of the process, looked at again: an ID that was reused in between is not signalled."""
    descriptor = None
    try:
        with contextlib.suppress(AttributeError):  # a Python that was built for older kernels
            descriptor = os.pidfd_open(pid)
        if not chosen(_variables(pid)):
            return False
        if descriptor is None:
            os.kill(pid, signal.SIGKILL)
        else:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        return True
    except OSError:
        return False
    finally:
        if descriptor is not None:
            os.close(descriptor)


class _Stream:
    """Reads one stream of a child in a thread, always to its end, so that the child never waits for a reader."""

    def __init__(
        self, stream: IO[bytes] | None, keep_all: bool, on_line: Line | None, stop: Callable[[], None]
    ) -> None:
        self._stream = stream
        self._on_line = on_line
        self._stop = stop
        self._kept: _Everything | _Tail = _Everything() if keep_all else _Tail()
        self._lock = threading.Lock()
        self._child_ended = threading.Event()
        self._abandoned = False
        self._thread = threading.Thread(target=self._read, name="child-output", daemon=True)
        self.failure: Exception | None = None
        """What `on_line` raised."""

    def start(self) -> None:
        if self._stream is not None:
            self._thread.start()

    def finish(self) -> None:
        """Read what is still in the pipe. Something that cannot be ended may hold it open: it is not waited for."""
        self._child_ended.set()
        if self._thread.ident is not None:
            self._thread.join(_DRAIN_SECONDS)
        with self._lock:
            self._abandoned = True

    def text(self) -> str:
        return self._kept.text()

    def _read(self) -> None:
        assert self._stream is not None
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        pending = ""
        with self._stream:
            while not self._abandoned and (chunk := self._chunk(self._stream.fileno())):
                text = decoder.decode(chunk)
                with self._lock:
                    if not self._abandoned:
                        self._kept.add(text)
                *lines, pending = (pending + text).split("\n")
                if len(pending) >= _LONGEST_LINE:
                    lines, pending = [*lines, pending], ""
                self._tell(lines)
        if pending:
            self._tell([pending])

    def _chunk(self, descriptor: int) -> bytes:
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        while not waiting.poll(100):
            if self._child_ended.is_set():
                return b""
        return os.read(descriptor, _LONGEST_LINE)

    def _tell(self, lines: list[str]) -> None:
        if self._on_line is None or self.failure is not None:
            return
        try:
            for line in lines:
                self._on_line(line.rstrip("\r"))
        except Exception as failure:  # noqa: BLE001 - handed to the caller of run_child
            self.failure = failure
            threading.Thread(target=self._stop, name="child-end", daemon=True).start()


class _Everything:
    """A whole stream, as it came."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def add(self, text: str) -> None:
        self._pieces.append(text)

    def text(self) -> str:
        return "".join(self._pieces).removesuffix("\n")


class _Tail:
    """The last lines of a stream, so that a chatty child cannot fill memory."""

    def __init__(self) -> None:
        self._pieces: deque[str] = deque()
        self._newlines = 0
        self._characters = 0

    def add(self, text: str) -> None:
        self._pieces.append(text)
        self._newlines += text.count("\n")
        self._characters += len(text)
        while len(self._pieces) > 1 and self._spare(self._pieces[0]):
            first = self._pieces.popleft()
            self._newlines -= first.count("\n")
            self._characters -= len(first)

    def _spare(self, first: str) -> bool:
        enough_lines = self._newlines - first.count("\n") > _KEPT_LINES
        return enough_lines or self._characters - len(first) > _KEPT_CHARACTERS

    def text(self) -> str:
        whole = "".join(self._pieces).removesuffix("\n")
        lines = [line.rstrip("\r") for line in whole.split("\n")]
        return "\n".join(lines[-_KEPT_LINES:])


def _writer(stream: IO[bytes], content: bytes) -> threading.Thread:
    def write() -> None:
        with contextlib.suppress(BrokenPipeError), stream:
            stream.write(content)

    return threading.Thread(target=write, name="child-input", daemon=True)
