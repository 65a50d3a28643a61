"""Calls to a Docker engine. Each has a connection of its own, which ends with the call's deadline; what goes wrong is said in plain words."""

from __future__ import annotations

import contextlib
import getpass
import grp
import http.client
import os
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shipui.limits.deadline import Deadline
from shipui.model.errors import Cancelled, NoSpace, TimeLimitPassed, ToolFailed, Unreachable
from shipui.model.text import visible

if TYPE_CHECKING:
    from docker import APIClient

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"
CALL_SECONDS = 60.0
"""How long the engine may be silent, where nothing else is said."""
LONGEST_SILENCE = 24 * 3600.0
PATIENCE_SECONDS = 30.0
"""How long a call waits for an engine that had answered before, and is away just now: it may be restarting."""
_RETRY_SECONDS = 0.5


class NotThere(ToolFailed):
    """The engine has no such container, image, network or file."""


class InTheWay(ToolFailed):
    """The engine says that something else is in the way: the name is taken, or the thing is in use."""


class Engine:
    """One engine by its address: unix://PATH, tcp://HOST:PORT, or "" for DOCKER_HOST, else the usual socket. Thread-safe."""

    def __init__(self, address: str = "", *, setting: str = "“host” in the target's section “docker”") -> None:
        """`setting` says where the address can be corrected."""
        self.address = address or os.environ.get("DOCKER_HOST") or DEFAULT_ADDRESS
        self._setting = setting
        self._version: str | None = None
        self._answered = False

    @contextlib.contextmanager
    def call(self, deadline: Deadline, *, silence: float = CALL_SECONDS) -> Iterator[Any]:
        """The SDK's APIClient (its stubs lack much), for one call or a few in a row; `silence` is how many seconds the engine may say nothing.

        NotThere, InTheWay, ToolFailed, NoSpace for what the engine answers; Unreachable when it does not; Cancelled and TimeLimitPassed
        from the deadline, which shuts the connections down. An engine that answered before is waited for.
        """
        import docker.errors
        import requests.exceptions
        import urllib3.exceptions

        client, sockets = self._connected(deadline, silence)
        try:
            with deadline.ending(sockets.shut_down):
                yield client
            deadline.check()
        except docker.errors.APIError as error:
            deadline.check()
            raise _answer(error) from error
        except (
            docker.errors.DockerException,
            requests.exceptions.RequestException,
            urllib3.exceptions.HTTPError,
            http.client.HTTPException,
            ConnectionError,
            TimeoutError,
            ValueError,
        ) as error:
            deadline.check()
            raise self._silence(error) from error
        finally:
            client.close()

    @property
    def is_usual(self) -> bool:
        """Whether a docker command reaches it without being told where it is."""
        return self.address == DEFAULT_ADDRESS

    @property
    def local_socket(self) -> Path | None:
        """The socket's path, for an engine on this machine."""
        return Path(self.address.removeprefix("unix://")) if self.address.startswith("unix://") else None

    def _connected(self, deadline: Deadline, silence: float) -> tuple[APIClient, _Sockets]:
        waited = Deadline(PATIENCE_SECONDS if self._answered else 0)
        while True:
            deadline.check()
            sockets = _Sockets()
            try:
                with deadline.ending(sockets.shut_down):
                    client = self._client(_timeout(silence, deadline), sockets)
            except Exception as error:
                deadline.check()
                if waited.over() or not _is_away(error):
                    raise self._silence(error) from error
                deadline.sleep(_RETRY_SECONDS)
                continue
            self._answered = True
            return client, sockets

    def _client(self, timeout: float, sockets: _Sockets) -> APIClient:
        from docker import APIClient
        from docker.utils import kwargs_from_env

        from_environment = kwargs_from_env() if self.address == os.environ.get("DOCKER_HOST") else {}
        options: dict[str, Any] = {**from_environment, "base_url": self.address, "version": self._version or "1.30"}
        client = APIClient(**options, timeout=timeout)  # type: ignore[arg-type]  # the stub wants whole seconds
        sockets.watch(client)
        if self._version is None:
            self._version = str(client.version(api_version=False)["ApiVersion"])
            client._version = self._version  # type: ignore[attr-defined]
        else:
            client.ping()
        return client

    def _silence(self, error: BaseException) -> Unreachable:
        """Why nothing came back, as far as it can be told."""
        cause = _root(error)
        path = self.local_socket
        if isinstance(cause, PermissionError):
            return Unreachable(
                f"The Docker engine at {self.address} does not let this account in.",
                detail=repr(error),
                fix=_group_advice(path),
            )
        if isinstance(cause, (FileNotFoundError, ConnectionRefusedError)):
            return Unreachable(
                f"No Docker engine answers at {self.address}.",
                detail=repr(error),
                fix=f"Start it (systemctl start docker), or correct {self._setting}.",
            )
        return Unreachable(
            f"The Docker engine at {self.address} stopped answering.", detail=visible(repr(error), limit=500)
        )


class _Sockets:
    """Every socket that a client opens, so that another thread can shut them down: nothing else ends a call that waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: list[Any] = []
        self._shut = False

    def watch(self, client: APIClient) -> None:
        adapter: Any = client.get_adapter(client.base_url)
        if hasattr(adapter, "socket_path"):
            adapter.get_connection = lambda url, *_: self._unix_pool(adapter, url)
        else:
            make = adapter.poolmanager._new_pool
            adapter.poolmanager._new_pool = lambda *given, **named: self._tracked(make(*given, **named))

    def shut_down(self) -> None:
        with self._lock:
            self._shut = True
            for connection in self._open:
                self._end(connection)

    def _unix_pool(self, adapter: Any, url: str) -> Any:
        from docker.transport.unixconn import UnixHTTPConnectionPool

        pool = adapter.pools.get(url)
        if pool is None:
            pool = self._tracked(
                UnixHTTPConnectionPool(url, adapter.socket_path, adapter.timeout, maxsize=adapter.max_pool_size)
            )
            adapter.pools[url] = pool
        return pool

    def _tracked(self, pool: Any) -> Any:
        make = pool._new_conn

        def new_connection() -> Any:
            connection = make()
            connect = connection.connect

            def connect_and_note() -> None:
                connect()
                with self._lock:
                    self._open.append(connection.sock)
                    if self._shut:
                        self._end(connection.sock)

            connection.connect = connect_and_note
            return connection

        pool._new_conn = new_connection
        return pool

    @staticmethod
    def _end(sock: Any) -> None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _timeout(silence: float, deadline: Deadline) -> float:
    """Of a socket: where the deadline comes first, it is the deadline that ends the call."""
    left = deadline.remaining()
    return min(silence if silence < left else left + CALL_SECONDS, LONGEST_SILENCE)


def _answer(error: Any) -> ToolFailed | NoSpace:
    """What the engine said, by its status."""
    said = visible(str(error.explanation or error).strip(), limit=500)
    if "no space left on device" in said.lower():
        return NoSpace(
            "The disk of the Docker engine is full.",
            detail=said,
            fix="Make room on it: docker system df shows what takes it.",
        )
    kinds: dict[int, type[ToolFailed]] = {404: NotThere, 409: InTheWay}
    kind = kinds.get(error.status_code or 0, ToolFailed)
    return kind(f"The Docker engine refused: {said.rstrip('.')}.", detail=said)


def _root(error: BaseException) -> BaseException:
    """The innermost cause: the SDK wraps the socket's own error several times."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = (
            error.__cause__
            or error.__context__
            or next((each for each in error.args if isinstance(each, BaseException)), None)
        )
        inner = inner or (error.args[0].reason if error.args and hasattr(error.args[0], "reason") else None)
        if isinstance(inner, BaseException):
            error = inner
    return error


def _is_away(error: BaseException) -> bool:
    """Nothing was sent: the engine is not there just now."""
    if isinstance(error, (TimeLimitPassed, Cancelled)):
        return False
    return isinstance(
        _root(error), (FileNotFoundError, ConnectionRefusedError, ConnectionResetError, BrokenPipeError, EOFError)
    ) or ("RemoteDisconnected" in repr(error))


def _group_advice(path: Path | None) -> str:
    """Which group to join, read from the socket itself."""
    account = getpass.getuser()
    try:
        found = os.stat(path) if path is not None else None
        group = grp.getgrgid(found.st_gid).gr_name if found and stat.S_ISSOCK(found.st_mode) else "docker"
    except (OSError, KeyError):
        group = "docker"
    return f"Let it join the group “{group}” (as root: usermod -aG {group} {account}), and log in again."
