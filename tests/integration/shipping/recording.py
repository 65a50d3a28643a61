"""A proxy between shipui and the code host that keeps every byte of what shipui sent."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests


@dataclass(frozen=True)
class Sent:
    verb: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Recording:
    url: str = ""
    sent: list[Sent] = field(default_factory=list)
    refuse: list[tuple[str, str]] = field(default_factory=list)
    """Verbs and parts of paths that are answered with `refusal`, once each, instead of being passed on."""
    refusal: tuple[int, str] = (502, "bad gateway")

    def changes(self) -> list[Sent]:
        return [each for each in self.sent if each.verb != "GET"]

    def blobs(self) -> set[bytes]:
        """What was uploaded as files' content, one by one or within a tree."""
        posted = [each.json for each in self.sent if each.verb == "POST" and each.path.endswith("/git/blobs")]
        within = [entry["content"].encode() for entry in self.trees() if "content" in entry]
        return {_content(each) for each in posted} | set(within)

    def trees(self) -> list[dict[str, Any]]:
        posted = [each.json for each in self.sent if each.verb == "POST" and each.path.endswith("/git/trees")]
        return [entry for tree in posted for entry in tree["tree"]]

    def everything(self) -> bytes:
        """Every path, header and body, and beside them what blobs hold; without the header that carries the token."""
        parts = []
        for each in self.sent:
            headers = {name: value for name, value in each.headers.items() if name.lower() != "authorization"}
            parts += [each.verb.encode(), each.path.encode(), json.dumps(headers).encode(), each.body]
        return b"\n".join([*parts, *self.blobs()])


def _content(blob: dict[str, str]) -> bytes:
    return base64.b64decode(blob["content"]) if blob["encoding"] == "base64" else blob["content"].encode()


@contextmanager
def recording(host: str) -> Iterator[Recording]:
    """`host` is the URL that everything is passed on to."""
    made = Recording()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            made.sent.append(Sent(self.command, self.path, dict(self.headers), body))
            for verb, part in made.refuse:
                if verb == self.command and part in self.path:
                    made.refuse.remove((verb, part))
                    status, message = made.refusal
                    self._answer(status, json.dumps({"message": message}).encode(), "application/json")
                    return
            headers = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in {"host", "connection", "accept-encoding"}
            }
            reply = requests.request(
                self.command, host + self.path, data=body, headers=headers, timeout=30, allow_redirects=False
            )
            content = reply.content.replace(host.encode(), made.url.encode())
            self._answer(reply.status_code, content, reply.headers.get("Content-Type", "application/json"))

        def _answer(self, status: int, content: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _pass_on  # noqa: N815 - the names that the server calls

        def log_message(self, *_: object) -> None:
            """Nothing: the recording is the log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
