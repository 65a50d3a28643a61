"""What watches over one container of the process runtime: a program of its own that outlives shipui.

    python -I -S process_supervisor.py FOLDER      start the container in FOLDER again; returns once its application runs

It uses the standard library alone and has read all of it when the application starts, so that shipui can be upgraded or removed
under it. In FOLDER it reads specification.json, `name`, `restart` (the policy) and `wanted` (present: stop, and how long the
grace period is), and writes state.json, `log` and `log.1`.

A process is known by its ID together with its start time, on this boot of the machine: an ID that was given to another process
is never signalled.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

LOG_BYTES = 10_000_000
GRACE_SECONDS = 10.0
"""When it is asked to end by a signal, and not by shipui."""
LONGEST_PAUSE_SECONDS = 60.0
STEADY_SECONDS = 10.0
"""An application that ran this long starts again after the shortest pause."""
MARK = "SHIPUI_CONTAINER"
SUPERVISOR_MARK = "SHIPUI_SUPERVISES"
_SIGNALS = frozenset({signal.SIGCHLD, signal.SIGTERM})
"""Blocked, and waited for: nothing interrupts this program."""
FULL = {errno.ENOSPC, errno.EDQUOT}
_BLOCK_BYTES = 4096
ALREADY = 2
"""The exit code when the container runs already."""
_FACTS = {"shipui.run": "SHIPUI_RUN", "shipui.epoch": "SHIPUI_EPOCH", "shipui.role": "SHIPUI_ROLE"}


class Process(NamedTuple):
    pid: int
    started: int
    """Clock ticks since the machine booted (field 22 of /proc/PID/stat)."""
    parent: int = 0
    group: int = 0
    session: int = 0
    state: str = ""
    """R, S, D, T, Z …"""

    def identity(self) -> dict[str, Any]:
        return {"pid": self.pid, "started": self.started, "boot": boot()}


def boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def process(pid: int) -> Process | None:
    """None when there is no such process."""
    try:
        fields = Path("/proc", str(pid), "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return Process(pid, int(fields[19]), int(fields[1]), int(fields[2]), int(fields[3]), fields[0].decode())


def processes() -> list[Process]:
    """All that run; zombies are not among them."""
    found = [process(int(each)) for each in os.listdir("/proc") if each.isdigit()]
    return [each for each in found if each is not None and each.state not in "ZX"]


def living(identity: dict[str, Any] | None) -> Process | None:
    """The process that was noted, if it still runs."""
    if not identity or identity["boot"] != boot():
        return None
    found = process(identity["pid"])
    if found is None or found.started != identity["started"] or found.state in "ZX":
        return None
    return found


def marked(assignment: str, among: list[Process]) -> set[int]:
    """The IDs of those whose environment, as they were started, holds NAME=VALUE."""
    wanted = assignment.encode()
    found = set()
    for each in among:
        with contextlib.suppress(OSError):  # it ended, or is somebody else's
            if wanted in Path("/proc", str(each.pid), "environ").read_bytes().split(b"\0"):
                found.add(each.pid)
    return found


def belonging(container: str, supervisor: dict[str, Any] | None, application: dict[str, Any] | None) -> list[Process]:
    """Whatever runs for a container: its application's group, what carries its mark, and all that descends from those.

    The supervisor is not among them. It adopts orphans, so that as long as it lives nothing gets away, whatever it does to its
    session and environment.
    """
    everything = processes()
    own = marked(f"{MARK}={container}", everything)
    same_boot = supervisor is not None and application is not None and supervisor["boot"] == boot()
    if same_boot and supervisor is not None and application is not None:
        own |= {
            each.pid
            for each in everything
            if each.group == application["pid"]
            and each.session == supervisor["pid"]
            and each.started >= application["started"]
        }
    watching = living(supervisor)
    parents = own | ({watching.pid} if watching else set())
    while more := {each.pid for each in everything if each.parent in parents} - parents:
        parents |= more
    excluded = {os.getpid()} | ({watching.pid} if watching else set())
    return [each for each in everything if each.pid in parents - excluded]


def send(target: Process, which: signal.Signals) -> bool:
    """Signal exactly this process; False when it is gone or may not be signalled."""
    descriptor = None
    try:
        with contextlib.suppress(AttributeError):  # a Python that was built for older kernels
            descriptor = _descriptor(target.pid)
        now = process(target.pid)
        if now is None or now.started != target.started:
            return False
        if descriptor is None:
            os.kill(target.pid, which)
        else:
            signal.pidfd_send_signal(descriptor, which)
        return True
    except OSError:
        return False
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _descriptor(pid: int) -> int | None:
    """Holds on to a process, so that its ID cannot become another's; None where the kernel cannot do that."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise
    except OSError:
        return None


def write_atomically(path: Path, text: str) -> None:
    """Whole or not at all; mode 0600.

    On a full disk what is there is written over: its block is there already, and it must still be possible to stop an application,
    and to start the old one again.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    content = text.encode("utf-8", "surrogateescape")
    try:
        _write(part, content, os.O_CREAT)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        if error.errno not in FULL or not path.exists() or len(content) > _BLOCK_BYTES:
            raise
        _write(path, content, 0)


def _write(path: Path, content: bytes, flags: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | flags, 0o600)
    try:
        if os.write(descriptor, content) < len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.ftruncate(descriptor, len(content))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_json(path: Path) -> dict[str, Any] | None:
    """None when there is no such file."""
    try:
        found = json.loads(path.read_text(encoding="utf-8", errors="surrogateescape"))
    except FileNotFoundError:
        return None
    assert isinstance(found, dict)
    return found


def environment(folder: Path, specification: dict[str, Any]) -> dict[str, str]:
    """What the application of the container in `folder` sees: a clean base, the image's part, the settings', and who it is."""
    baked: dict[str, str] = specification["baked"]
    whole: dict[str, str] = {**specification["base"], **baked, **specification["settings"]["environment"]}
    whole.update({name: value for name, value in baked.items() if name.startswith("SHIPUI_")})
    whole.setdefault("PGAPPNAME", (folder / "name").read_text(encoding="utf-8"))
    for label, name in _FACTS.items():
        if label in specification["labels"]:
            whole[name] = specification["labels"][label]
    whole[MARK] = folder.name
    return whole


class Supervisor:
    """One thread, one loop: it sleeps until a child ends, a signal comes or a second is over."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found = read_json(folder / "specification.json")
        if found is None:
            raise FileNotFoundError(f"{folder / 'specification.json'} does not exist")
        self.specification = found
        self.settings: dict[str, Any] = found["settings"]
        self.itself = _myself().identity()
        self.application: subprocess.Popen[bytes] | None = None
        self.state: dict[str, Any] = {
            "status": "starting",
            "supervisor": self.itself,
            "application": None,
            "exit_code": None,
            "error": None,
            "started_at": None,
            "finished_at": None,
            "restarts": 0,
        }
        self._unwritten = False
        self._asked_to_end = False
        self._stop_began: float | None = None

    def supervise(self, report: int) -> None:
        """Start the application, tell the descriptor `report` how that went (one line of JSON), and stay until it is over for good."""
        pause = 1.0
        self._save()
        error = self._start()
        if error is not None:
            self._save(status="exited")
        with contextlib.suppress(BrokenPipeError):  # whoever asked for it is gone; that is no reason to end
            os.write(report, json.dumps({"error": error}).encode() + b"\n")
        os.close(report)
        if error is not None:
            return
        while True:
            began = time.monotonic()
            self._watch()
            if time.monotonic() - began >= STEADY_SECONDS:
                pause = 1.0
            if not self._again() or not self._rest(pause):
                break
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            self._start(restarts=self.state["restarts"] + 1)
        self._save(status="exited")
        if self._unwritten:  # a full disk may be about to have room
            time.sleep(1)
            self._save()

    def _start(self, restarts: int = 0) -> str | None:
        """Why it could not be started, or None."""
        try:
            with (self.folder / "log").open("ab", buffering=0) as log:
                self.application = subprocess.Popen(
                    self.settings["command"],
                    cwd=self.specification["release"],
                    env=environment(self.folder, self.specification),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    process_group=0,
                    umask=0o022,
                    preexec_fn=self._limit,  # noqa: PLW1509 - this program has one thread
                )
        except (OSError, ValueError, subprocess.SubprocessError) as failure:
            self.application = None
            return self._could_not_start(failure, restarts)
        found = process(self.application.pid)
        assert found is not None, "a child that was not waited for is still there"
        self._save(
            status="running",
            application=found.identity(),
            started_at=_now(),
            finished_at=None,
            exit_code=None,
            error=None,
            restarts=restarts,
        )
        return None

    def _could_not_start(self, failure: Exception, restarts: int) -> str:
        words = str(getattr(failure, "strerror", None) or failure)
        if not Path(self.specification["release"]).is_dir():
            words = "the release is not there any more"
        with contextlib.suppress(OSError), (self.folder / "log").open("a", errors="replace") as log:
            log.write(f"could not be started: {failure}\n")
        code = 127 if isinstance(failure, FileNotFoundError) else 126
        self._save(
            status="waiting", application=None, exit_code=code, error=words, finished_at=_now(), restarts=restarts
        )
        return words

    def _limit(self) -> None:
        """In the child, before it becomes the application."""
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if self.settings["memory_mb"]:
            _set_limit(resource.RLIMIT_AS, self.settings["memory_mb"] * 1024 * 1024)
        if self.settings["open_files"]:
            _set_limit(resource.RLIMIT_NOFILE, self.settings["open_files"])

    def _watch(self) -> None:
        """Until the application and everything that it started have ended; stops them when that is wanted."""
        while True:
            self._sleep(0.05 if self._stop_began is not None or self.application is None else 1)
            if self._stop_began is None and self._stop_wanted():
                self._stop_began = time.monotonic()
                self._save(status="stopping")
                if self.application is not None:
                    with contextlib.suppress(OSError):  # it has made itself another account's, or another group's
                        os.killpg(self.application.pid, signal.Signals[self.settings["stop_signal"]])
            impatient = self._stop_began is not None and time.monotonic() >= self._stop_began + self._grace()
            if self.application is None or impatient:
                rest = belonging(self.folder.name, self.itself, self.state["application"])
                if not rest and self.application is None:
                    return
                if self._stop_began is None or impatient:
                    for each in rest:
                        send(each, signal.SIGKILL)

    def _sleep(self, seconds: float) -> None:
        signal_info = signal.sigtimedwait(_SIGNALS, seconds)
        if signal_info is not None and signal_info.si_signo == signal.SIGTERM:
            self._asked_to_end = True
        self._reap()
        self._bound_log()
        if self._unwritten:
            self._save()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if self.application is not None and pid == self.application.pid:
                code = os.waitstatus_to_exitcode(status)
                self.application.returncode = code
                self.application = None
                self._save(exit_code=code if code >= 0 else 128 - code, finished_at=_now())

    def _bound_log(self) -> None:
        """The application writes to the file itself, so that it needs nobody; what is too much is copied away and cut off.

        What it writes between the copy and the cut is lost.
        """
        log = self.folder / "log"
        with contextlib.suppress(OSError):  # a log is not worth an application
            size = log.stat().st_size
            if size <= LOG_BYTES:
                return
            part = self.folder / "log.1.part"
            with contextlib.suppress(OSError), log.open("rb") as whole, part.open("wb") as older:
                whole.seek(size - LOG_BYTES)
                os.sendfile(older.fileno(), whole.fileno(), None, LOG_BYTES)
                part.replace(self.folder / "log.1")
            os.truncate(log, 0)

    def _stop_wanted(self) -> bool:
        return self._asked_to_end or (self.folder / "wanted").exists()

    def _grace(self) -> float:
        try:
            wanted = read_json(self.folder / "wanted")
        except ValueError:
            wanted = None
        return float((wanted or {}).get("grace_seconds", GRACE_SECONDS))

    def _again(self) -> bool:
        """What the restart policy says now."""
        if self._stop_began is not None or self._stop_wanted():
            return False
        try:
            policy = (self.folder / "restart").read_text().strip()
        except OSError:
            return False
        return policy in {"always", "unless-stopped"} or (policy == "on-failure" and self.state["exit_code"] != 0)

    def _rest(self, seconds: float) -> bool:
        """Wait before the next start; False when it is to stop instead."""
        self._save(status="waiting")
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._sleep(min(left, 0.2))
            if not self._again():
                return False
        return True

    def _save(self, **changes: Any) -> None:
        self.state.update(changes)
        try:
            write_atomically(self.folder / "state.json", json.dumps(self.state))
            self._unwritten = False
        except OSError:
            self._unwritten = True


def _set_limit(which: int, most: int) -> None:
    hard = resource.getrlimit(which)[1]
    if hard != resource.RLIM_INFINITY and os.geteuid() != 0:
        most = min(most, hard)
    resource.setrlimit(which, (most, most))


def _myself() -> Process:
    found = process(os.getpid())
    assert found is not None
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _adopt_orphans() -> None:
    """PR_SET_CHILD_SUBREAPER: what the application leaves behind becomes a child of this process and not of process 1."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def _become_daemon(folder: Path, report: int) -> NoReturn:
    code = 1
    try:
        os.setsid()
        os.chdir("/")
        nothing = os.open(os.devnull, os.O_RDWR)
        complaints = os.open(folder / "supervisor.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        os.dup2(complaints, 2)
        os.close(nothing)
        os.close(complaints)
        _adopt_orphans()
        Supervisor(folder).supervise(report)
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())  # `finally` leaves without a traceback
        raise
    finally:
        os._exit(code)


def main(arguments: list[str]) -> int:
    """Start; 0 when the application runs; 1, or ALREADY, with the reason on standard error."""
    folder = Path(arguments[0]).resolve()
    os.closerange(3, 65536)
    os.umask(0o077)
    for each in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE}:
        with contextlib.suppress(OSError, ValueError):  # those that the C library keeps for itself
            signal.signal(each, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, _SIGNALS)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("it is running already", file=sys.stderr)
        return ALREADY
    try:
        before = read_json(folder / "state.json") or {}
    except ValueError:  # damaged; then the marks say what runs
        before = {}
    if belonging(folder.name, before.get("supervisor"), before.get("application")):
        print("it is running already", file=sys.stderr)
        return ALREADY
    (folder / "wanted").unlink(missing_ok=True)
    reading, report = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        _become_daemon(folder, report)
    os.close(report)
    with os.fdopen(reading, "rb") as answers:
        answer = answers.readline()
    error = json.loads(answer)["error"] if answer else "its supervisor ended; supervisor.log has the reason"
    if error is not None:
        print(error, file=sys.stderr)
    return 0 if error is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
