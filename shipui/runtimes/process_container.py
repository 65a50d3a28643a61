"""One container of the process runtime, seen and steered from outside: its folder, and the supervisor that runs it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shipui.limits.deadline import Deadline
from shipui.model.errors import NoSpace, ToolFailed
from shipui.model.text import visible
from shipui.runtimes import process_supervisor as supervisor
from shipui.runtimes.base import LABEL_ROLE, Container, ContainerState
from shipui.runtimes.process_folder import in_plain_words

_END_SECONDS = 10.0
"""How long processes that were killed may take to disappear."""
_LEAVE_SECONDS = 2.0
"""How long a supervisor that has nothing left to watch may take to write its state and leave."""
_TAIL_BYTES = 1_000_000
_LONGEST_LINE = 10_000

SUPERVISOR = (sys.executable or "python3", "-I", "-S", "-X", "utf8", str(Path(supervisor.__file__).resolve()))
"""The command that starts a container again; its folder is the argument."""


class ContainerFolder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name

    def specification(self) -> dict[str, Any]:
        """As it was created: image, release, labels, baked, base, settings, created_at."""
        found = supervisor.read_json(self.path / "specification.json")
        if found is None:
            raise FileNotFoundError(self.path / "specification.json")
        return found

    @property
    def name(self) -> str:
        return (self.path / "name").read_text(encoding="utf-8", errors="surrogateescape")

    def set_name(self, name: str) -> None:
        with in_plain_words("rename a container"):
            supervisor.write_atomically(self.path / "name", name)

    def set_restart_policy(self, policy: str) -> None:
        with in_plain_words("change a restart policy"):
            supervisor.write_atomically(self.path / "restart", policy)

    def environment(self) -> dict[str, str]:
        """What its application sees, and what a command that is executed in it sees."""
        return supervisor.environment(self.path, self.specification())

    def look(self) -> Container:
        """How it is just now. FileNotFoundError once it has been removed."""
        specification = self.specification()
        noted = self._noted()
        state = self._state(noted)
        running = state is ContainerState.RUNNING
        return Container(
            id=self.id,
            name=self.name,
            image=specification["image"],
            state=state,
            labels=specification["labels"],
            started_at=_moment(noted.get("started_at")),
            finished_at=None if running else _moment(noted.get("finished_at")),
            exit_code=None if running else noted.get("exit_code"),
            restarts=noted.get("restarts", 0),
            restart_policy=(self.path / "restart").read_text(encoding="utf-8").strip(),
            pids=tuple(sorted(each.pid for each in self._belonging(noted))) if running else (),
        )

    def start(self, deadline: Deadline) -> None:
        """Returns when the application's program runs. ToolFailed if it cannot be started; nothing is left running then."""
        with self._alone(deadline):
            if self._state(self._noted()) is ContainerState.RUNNING:
                return
            self.end()
            started, complaint = False, b""
            launcher = self._launch()
            try:
                with deadline.ending(launcher.kill):
                    _, complaint = launcher.communicate()
                started = launcher.returncode in {0, supervisor.ALREADY} and not deadline.over()
            finally:
                if not started:
                    launcher.kill()
                    launcher.wait()
                    self.end()
            deadline.check()
            if not started:
                raise self._not_started(visible(complaint.decode("utf-8", "replace").strip(), limit=500))

    def stop(self, grace_seconds: float, deadline: Deadline) -> None:
        """Ask it to end, and after the grace period make it; returns when nothing of it runs.

        A deadline that ends during the grace period ends that period: the rest is killed, and then Cancelled or TimeLimitPassed is
        raised. So a container is stopped however `stop` is left, unless the deadline was over before.
        """
        deadline.check()
        noted = self._noted()
        if self._anything(noted):
            self._want_stop(grace_seconds)
            self._ask(noted)
            until = time.monotonic() + grace_seconds
            while self._anything(noted) and time.monotonic() < until and not deadline.over():
                time.sleep(0.03)
        self.end()
        deadline.check()

    def end(self) -> None:
        """Kill whatever runs, now. Returns when nothing does; ToolFailed if something cannot be ended."""
        until = time.monotonic() + _END_SECONDS
        noted = self._noted()
        if self._anything(noted):
            self._want_stop(0)
            for each in self._supervisors(noted):
                supervisor.send(each, signal.SIGTERM)
        while rest := self._belonging(noted):
            for each in rest:
                supervisor.send(each, signal.SIGKILL)
            self._wait_for(rest, until)
        leaving = time.monotonic() + _LEAVE_SECONDS
        while watching := self._supervisors(noted):
            for each in watching:
                supervisor.send(each, signal.SIGTERM)
                supervisor.send(each, signal.SIGCONT)
                if time.monotonic() > leaving:
                    supervisor.send(each, signal.SIGKILL)
            self._wait_for(watching, until)
        self._settle()

    def log_tail(self, lines: int) -> list[str]:
        """The last lines, of the older log as well when the newer one has too few."""
        text = _end_of(self.path / "log")
        if text.count(b"\n") < lines:
            text = _end_of(self.path / "log.1") + text
        found = text.decode("utf-8", "replace").removesuffix("\n").split("\n") if text else []
        return [line[:_LONGEST_LINE] for line in found[-lines:]] if lines > 0 else []

    @contextlib.contextmanager
    def _alone(self, deadline: Deadline) -> Iterator[None]:
        """Only one shipui starts it at a time; the others wait, and then see that it runs."""
        deadline.check()
        with in_plain_words("start a container"):
            descriptor = os.open(self.path / "starting", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    deadline.sleep(0.05)
            yield
        finally:
            os.close(descriptor)

    def _launch(self) -> subprocess.Popen[bytes]:
        """Not run_child: what it starts is to outlive both it and shipui."""
        return subprocess.Popen(
            [*SUPERVISOR, str(self.path)],
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", supervisor.SUPERVISOR_MARK: self.id},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
        )

    def _noted(self) -> dict[str, Any]:
        """What its supervisor wrote last; empty if it was never started."""
        try:
            return supervisor.read_json(self.path / "state.json") or {}
        except ValueError:  # damaged with the disk; what really runs is looked up by its mark
            return {"status": "unknown"}

    def _state(self, noted: Mapping[str, Any]) -> ContainerState:
        if not noted:
            return ContainerState.CREATED
        if noted["status"] == "exited":
            return ContainerState.EXITED
        return ContainerState.RUNNING if self._anything(noted) else ContainerState.EXITED

    def _anything(self, noted: Mapping[str, Any]) -> bool:
        if supervisor.living(noted.get("application")) or self._supervisors(noted):
            return True
        return bool(self._belonging(noted))

    def _belonging(self, noted: Mapping[str, Any]) -> list[supervisor.Process]:
        return supervisor.belonging(self.id, noted.get("supervisor"), noted.get("application"))

    def _supervisors(self, noted: Mapping[str, Any]) -> list[supervisor.Process]:
        """Normally one, or none; one that has not written its state yet is found by its mark."""
        known = supervisor.living(noted.get("supervisor"))
        if known is not None:
            return [known]
        everything = supervisor.processes()
        own = supervisor.marked(f"{supervisor.SUPERVISOR_MARK}={self.id}", everything)
        return [each for each in everything if each.pid in own]

    def _want_stop(self, grace_seconds: float) -> None:
        """For the supervisor; on a full disk the signal that it gets has to do."""
        with contextlib.suppress(NoSpace), in_plain_words("note that a container is to stop"):
            supervisor.write_atomically(self.path / "wanted", json.dumps({"grace_seconds": grace_seconds}))

    def _ask(self, noted: Mapping[str, Any]) -> None:
        """Through the supervisor, or, when that is gone, the application's group itself."""
        watching = self._supervisors(noted)
        for each in watching:
            supervisor.send(each, signal.SIGTERM)
            supervisor.send(each, signal.SIGCONT)
        if not watching:
            rest = self._belonging(noted)
            leader = (noted.get("application") or {}).get("pid")
            which = signal.Signals[self.specification()["settings"]["stop_signal"]]
            for each in [each for each in rest if each.group == leader] or rest:
                supervisor.send(each, which)

    def _wait_for(self, rest: list[supervisor.Process], until: float) -> None:
        """A moment; ToolFailed when there have been too many."""
        if time.monotonic() > until:
            raise ToolFailed(
                "A process of the application cannot be ended, not even by force.",
                detail=f"container {self.id}, process IDs {[each.pid for each in rest]}, states {[each.state for each in rest]}",
                fix="It may wait for a disk or a network file system that does not answer, or belong to another account.",
            )
        time.sleep(0.02)

    def _settle(self) -> None:
        """When the supervisor could not write how it ended, say at least that it did."""
        noted = self._noted()
        if noted and noted["status"] != "exited":
            noted |= {"status": "exited", "finished_at": noted.get("finished_at") or datetime.now(UTC).isoformat()}
            with in_plain_words("note that a container has stopped"):
                supervisor.write_atomically(self.path / "state.json", json.dumps(noted))

    def _not_started(self, complaint: str) -> ToolFailed:
        specification = self.specification()
        release = specification["labels"].get(LABEL_ROLE) == "release"
        kind = "release command" if release else "start command"
        command = visible(specification["settings"]["command"][0], limit=200)
        return ToolFailed(
            f"The {kind} “{command}” could not be started: {complaint or 'its supervisor did not answer'}.",
            detail=f"in {specification['release']}, container {self.id}; {self.path / 'supervisor.log'}",
            fix="Is it part of the release or installed on this machine, and executable?",
        )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _end_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES))
            return file.read()
    except FileNotFoundError:
        return b""
