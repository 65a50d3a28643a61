"""Calls to GitHub's API: each ends with its deadline, waits where GitHub asks for it, and is repeated only where that is safe."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from github import Auth, Github, GithubException
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester, RequestsResponse
from pydantic import SecretStr
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from shipui import __version__
from shipui.code_hosts.github_errors import SETTINGS, TokenRefused, explained
from shipui.code_hosts.github_names import OwnName
from shipui.code_hosts.github_retry import Reply, backed_off, pause_after, repeatable
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed, ShipuiError, Unreachable
from shipui.model.text import duration, visible

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 60.0
PUBLIC = "https://api.github.com"
_LOST = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError)


class ReplyLost(Unreachable):
    """A call that must not simply be made again was sent, and nothing came back: look whether it was carried out."""


@dataclass(frozen=True, slots=True)
class Patience:
    tries: int = 5
    longest_wait_seconds: float = 120.0
    """For one rate limit; the deadline may be nearer."""
    follow_seconds: float = 15.0
    """How long a pull request may take to show what its branch holds now."""


class Connection:
    """One account at one GitHub. Thread-safe: every session has connections of its own."""

    _making = threading.Lock()

    def __init__(self, api_url: str, token: SecretStr, patience: Patience) -> None:
        self.api_url = api_url.rstrip("/")
        self._token = SecretStr(token.get_secret_value().strip())
        self.patience = patience

    @property
    def host(self) -> str:
        return "github.com" if self.api_url == PUBLIC else urlsplit(self.api_url).netloc

    @contextlib.contextmanager
    def session(self, deadline: Deadline, doing: str, where: str) -> Iterator[Github]:
        """A client for a few calls in a row. `doing` completes "refused to …", for whatever GitHub does not do.

        NotThere, TokenRefused, Refused, BadInput, Failed by its answer; Unreachable without one.
        """
        sockets = _Sockets()
        self._require_token(where)
        calls = _Calls(deadline, self.patience, self.host, OwnName(self.api_url))
        client = self._client(calls, sockets)
        try:
            with deadline.ending(sockets.shut_down):
                yield client
        except GithubException as error:
            deadline.check()
            refusal = explained(error.status, error.headers, error.data, doing, where)
            refusal.detail = f"{calls.last}: {refusal.detail}"
            raise self._without_token(refusal) from None
        except ShipuiError as error:
            raise self._without_token(error) from None
        except (RuntimeError, AssertionError, TypeError, KeyError, ValueError) as error:
            deadline.check()
            raise Failed(
                f"What answers at {self.host} does not speak as GitHub does.",
                detail=self._hidden(visible(repr(error), limit=400)),
                fix=f"Look at api_url in {SETTINGS}; a proxy may stand in between.",
            ) from None
        finally:
            client.close()

    def _client(self, calls: _Calls, sockets: _Sockets) -> Github:
        class Http(HTTPRequestsConnectionClass):
            def __init__(self, *given: Any, **named: Any) -> None:
                super().__init__(*given, **named)
                sockets.watch(self.adapter)

            def getresponse(self) -> RequestsResponse:
                return calls.made(self, super().getresponse)

        class Https(HTTPSRequestsConnectionClass):
            def __init__(self, *given: Any, **named: Any) -> None:
                super().__init__(*given, **named)
                sockets.watch(self.adapter)

            def getresponse(self) -> RequestsResponse:
                return calls.made(self, super().getresponse)

        with self._making:  # PyGithub takes these from its class when a client is made, and keeps them
            Requester.injectConnectionClasses(Http, Https)
            try:
                return Github(
                    auth=Auth.Token(self._token.get_secret_value()),
                    base_url=self.api_url,
                    user_agent=f"shipui/{__version__}",
                    per_page=100,
                    retry=None,
                    seconds_between_requests=None,
                    seconds_between_writes=None,
                )
            finally:
                Requester.resetConnectionClasses()

    def _require_token(self, where: str) -> None:
        """What cannot stand in a header would come back in the words of whoever refuses it."""
        if not re.fullmatch(r"[!-~]+", self._token.get_secret_value()):
            raise TokenRefused(
                f"The token for {where} is none: it holds a space, a line break, or what is not ASCII.",
                fix=f"Copy it again, alone and on one line, to where {SETTINGS} says.",
            )

    def _hidden(self, text: str) -> str:
        return text.replace(self._token.get_secret_value(), "***")

    def _without_token(self, error: ShipuiError) -> ShipuiError:
        """A server that echoes what it was sent must not bring the token into a log."""
        error.plain, error.detail = self._hidden(error.plain), self._hidden(error.detail)
        error.args = (error.plain,)
        return error


class _Calls:
    """One HTTP call after the other, each tried until it is answered or patience ends."""

    def __init__(self, deadline: Deadline, patience: Patience, host: str, name: OwnName) -> None:
        self._deadline = deadline
        self._patience = patience
        self._host = host
        self._name = name
        self.last = ""
        """The newest call: verb and path."""

    def made(self, connection: Any, send: Callable[[], RequestsResponse]) -> RequestsResponse:
        verb, path = str(connection.verb), str(connection.url)
        self.last = visible(f"{verb} {path.partition('?')[0]}", limit=300)
        attempt = 1
        while True:
            self._deadline.check()
            connection.timeout = (CONNECT_SECONDS, SILENCE_SECONDS)
            try:
                response = send()
            except _LOST as error:
                self._deadline.check()
                self._require_repeatable(error, verb, path, attempt)
                pause = backed_off(attempt)
            else:
                self._deadline.check()
                reply = Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
                self._require_json(reply)
                asked = pause_after(reply, verb, path, attempt, time.time())
                if asked is None or (attempt >= self._patience.tries and not asked.limited):
                    self._name.learn(path, reply.text)
                    return _Answered(response, self._name)
                self._require_patience(asked.seconds, asked.limited, attempt)
                pause = asked.seconds
            self._deadline.sleep(min(pause, max(self._deadline.remaining(), 0.001)))
            attempt += 1

    def _require_json(self, reply: Reply) -> None:
        """A proxy, or a network that wants somebody to log in, answers 200 with a page of its own."""
        kind = reply.headers.get("content-type", "")
        if reply.status < 300 and reply.text and "json" not in kind:
            raise Failed(
                f"What answers at {self._host} does not speak as GitHub does.",
                detail=f"{self.last}: HTTP {reply.status}, {visible(kind, limit=100) or 'no content type'}",
                fix=f"Look at api_url in {SETTINGS}; a proxy may stand in between.",
            )

    def _require_repeatable(self, error: Exception, verb: str, path: str, attempt: int) -> None:
        detail = f"{self.last}: {visible(repr(_root(error)), limit=300)}"
        if not repeatable(verb, path) and not _never_sent(error):
            raise ReplyLost(f"{self._host} stopped answering in the middle of a call.", detail=detail) from None
        if attempt >= self._patience.tries:
            raise Unreachable(
                f"{self._host} does not answer.",
                detail=detail,
                fix=f"Is the network there, and api_url in {SETTINGS} right? Then try again: it goes on from here.",
            ) from None

    def _require_patience(self, seconds: float, limited: bool, attempt: int) -> None:
        allowed = min(self._patience.longest_wait_seconds, self._deadline.remaining())
        if seconds > allowed or (limited and attempt >= 2 * self._patience.tries):
            why = "has a rate limit" if limited else "has trouble of its own"
            raise Unreachable(
                f"{self._host} {why} and asks for {duration(seconds)} of patience, which is more than there is time for.",
                fix=f"Try again in {duration(seconds)}: it goes on from here.",
            )


class _Answered(RequestsResponse):
    """With the server's addresses as api_url has them."""

    def __init__(self, found: RequestsResponse, name: OwnName) -> None:
        super().__init__(found.response)
        self._name = name
        if "link" in self.headers:
            self.headers["link"] = name.replaced(self.headers["link"])

    def read(self) -> str:
        return self._name.replaced(super().read())


class _Sockets:
    """Every socket that a client opens, so that another thread can shut them down: nothing else ends a call that waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._shut = False

    def watch(self, adapter: requests.adapters.HTTPAdapter) -> None:
        opened = self._opened

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                opened(self.sock)

        class Encrypted(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                opened(self.sock)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(HTTPSConnectionPool):
            ConnectionCls = Encrypted

        adapter.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}

    def shut_down(self) -> None:
        with self._lock:
            self._shut = True
            for each in self._open:
                _end(each)

    def _opened(self, sock: Any) -> None:
        with self._lock:
            self._open.append(sock)
            if self._shut:
                _end(sock)


def _end(sock: Any) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _never_sent(error: BaseException) -> bool:
    """No connection was made, so nothing can have been done."""
    return isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(
        _root(error), (urllib3.exceptions.NewConnectionError, ConnectionRefusedError, socket.gaierror)
    )


def _root(error: BaseException) -> BaseException:
    """The innermost cause: requests wraps urllib3, which wraps the socket's own error."""
    for _ in range(8):
        inner = error.__cause__ or error.__context__
        reason = getattr(error.args[0], "reason", None) if error.args else None
        inner = inner or (reason if isinstance(reason, BaseException) else None)
        if inner is None:
            break
        error = inner
    return error
