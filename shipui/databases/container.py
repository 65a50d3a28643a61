"""The container that the production database runs in: is it up, how is it reached, and commands in it that leave nothing behind."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import IO, Any
from urllib.parse import urlsplit

from shipui.engine.connection import Engine, NotThere
from shipui.engine.execute import execute
from shipui.limits.child import Finished
from shipui.limits.deadline import Deadline
from shipui.model.errors import Cancelled, ShipuiError, TimeLimitPassed, Unreachable
from shipui.model.text import visible

MARK = "SHIPUI_TOOL"
"""A variable of everything that is run in the container: the run's application_name, and a number of its own for each command."""
_PORT = "5432/tcp"
_LOOK_SECONDS = 10.0
_END_SECONDS = 20.0
_PATIENCE_SECONDS = 10.0
_AGAIN_SECONDS = 0.1
_LAG_SECONDS = 3.0
_ENDED_BY_OTHERS = 125
"""Exit codes beyond are of commands that could not be started, or were ended by a signal."""
_LOST = re.compile("OCI runtime|administrator command|closed the connection|the database system is ")
_END_SCRIPT = (
    'for each in /proc/[0-9]*; do { tr "\\0" "\\n" <"$each/environ"; } 2>/dev/null | grep -qF "$1"'
    ' && kill -"$2" "${each#/proc/}" && echo "${each#/proc/}"; done; true'
)
_log = logging.getLogger(__name__)


class DatabaseContainer:
    """One container by its name. Making one asks the engine nothing."""

    def __init__(self, engine: Engine, name: str, application_name: str) -> None:
        self.engine = engine
        self.name = name
        self.words = f"the container “{visible(name, limit=80)}”"
        self._application_name = application_name

    def require_running(self, deadline: Deadline) -> dict[str, Any]:
        """What the engine says of it; Unreachable, in a sentence, unless it runs."""
        found = self._inspected(deadline)
        state: dict[str, Any] = (found or {}).get("State") or {}
        if found is None or state.get("Status") in {"removing", "dead"}:
            raise Unreachable(
                f"There is no container “{visible(self.name, limit=80)}”, in which the production database should run.",
                fix="Start it, or correct “container” in the target's database section.",
            )
        if state.get("Paused"):
            raise Unreachable(
                f"The container “{visible(self.name, limit=80)}” of the production database is paused.",
                fix=f"Let it go on: docker unpause {self.name}.",
            )
        if state.get("Restarting") or not state.get("Running"):
            raise Unreachable(
                f"The container “{visible(self.name, limit=80)}” of the production database is not running ({state.get('Status', 'stopped')}).",
                fix=f"Start it: docker start {self.name}. Its log says why it stopped: docker logs {self.name}.",
            )
        return found

    def address(self, deadline: Deadline) -> dict[str, str]:
        """libpq's parameters for the server in it, seen from this machine: by the port that it publishes, else by its own address."""
        found = self.require_running(deadline)
        settings = found["NetworkSettings"]
        for binding in sorted((settings.get("Ports") or {}).get(_PORT) or [], key=lambda each: ":" in each["HostIp"]):
            return {"host": self._host_of(binding["HostIp"]), "port": binding["HostPort"]}
        networks: dict[str, Any] = settings.get("Networks") or {}
        if "host" in networks:
            return {"host": self._host_of("")}
        for network in networks.values():
            if address := network.get("IPAddress") or network.get("GlobalIPv6Address"):
                # The name stays what a certificate is checked against.
                return {"host": self.name, "hostaddr": address}
        raise Unreachable(
            f"The container “{visible(self.name, limit=80)}” of the production database has no address on a network.",
            fix="Publish its port (127.0.0.1:5432:5432), or mount the folder of its socket and name that in database.url.",
        )

    def _host_of(self, ip: str) -> str:
        """Of a published port: on the engine's own machine, which need not be this one."""
        if ip not in {"", "0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
            return ip
        remote = urlsplit(self.engine.address).hostname if self.engine.local_socket is None else None
        return remote or "127.0.0.1"

    def run(
        self,
        command: Sequence[str],
        *,
        deadline: Deadline,
        environment: Mapping[str, str] | None = None,
        stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
        keep_all: bool = False,
    ) -> Finished:
        """To its end, as the container's own user; nothing of it is left when it ended otherwise.

        Unreachable says when the container stopped, was started again or was removed meanwhile. OSError is of `stdout`'s own disk.
        """
        started = self._started(self.require_running(deadline))
        mark = f"{self._application_name}#{secrets.token_hex(8)}"
        try:
            ended = execute(
                self.engine,
                self.name,
                command,
                deadline=deadline,
                environment={**(environment or {}), MARK: mark},
                stdin=stdin,
                stdout=stdout,
                keep_all=keep_all,
                kill=False,
            )
        except BaseException as error:
            self._end_quietly(mark)
            if isinstance(error, ShipuiError) and not isinstance(error, (Cancelled, TimeLimitPassed)):
                self._require_same(started, error.detail)
            raise
        if ended.code != 0:
            # The engine may know only a moment later that the container is going.
            lost = ended.code > _ENDED_BY_OTHERS or _LOST.search(ended.errors + ended.output[-1000:])
            patience = Deadline(_LAG_SECONDS if lost else 0)
            while not patience.over():
                self._require_same(started, ended.errors)
                deadline.sleep(_AGAIN_SECONDS)
            self._require_same(started, ended.errors)
        return Finished(ended.code, ended.output, ended.errors)

    def end_marked(self, mark: str, deadline: Deadline) -> int:
        """End what runs in it with a mark that begins so, and wait until it is gone; how many processes. None where it does not run.

        They are asked to end. The server is usually the container's first process: it becomes the parent of a child of theirs that is
        left, and takes one that was killed for a crash of its own, which ends everybody's sessions.
        """
        patience = Deadline(_PATIENCE_SECONDS)
        seen: set[str] = set()
        while pids := self._signalled(mark, "KILL" if patience.over() else "TERM", deadline):
            seen |= pids
            deadline.sleep(_AGAIN_SECONDS)
        return len(seen)

    def _signalled(self, mark: str, signal: str, deadline: Deadline) -> set[str]:
        """The processes with that mark, by their numbers in the container."""
        found = self._inspected(deadline)
        if found is None or not found["State"].get("Running") or found["State"].get("Paused"):
            return set()
        # As the same user: not even the container's root may read the environment of another's process.
        command = ["sh", "-c", _END_SCRIPT, "sh", f"{MARK}={mark}", signal]
        return set(execute(self.engine, self.name, command, deadline=deadline, kill=False).output.split())

    def _end_quietly(self, mark: str) -> None:
        """On the way out of a failure, which must not be hidden by another."""
        try:
            self.end_marked(mark, Deadline(_END_SECONDS))
        except ShipuiError as error:
            _log.warning("something may be left running in %s: %s", self.name, error.plain)

    def _require_same(self, started: str, detail: str) -> None:
        """Unreachable if the container went away, or was started anew, since `started`."""
        found = self.require_running(Deadline(_LOOK_SECONDS))
        if self._started(found) != started:
            raise Unreachable(
                f"The container “{visible(self.name, limit=80)}” of the production database was started anew meanwhile.",
                detail=detail,
            )

    @staticmethod
    def _started(found: Mapping[str, Any]) -> str:
        return f"{found['Id']} {found['State']['StartedAt']}"

    def _inspected(self, deadline: Deadline) -> dict[str, Any] | None:
        try:
            with self.engine.call(deadline) as client:
                found: dict[str, Any] = client.inspect_container(self.name)
                return found
        except NotThere:
            return None
