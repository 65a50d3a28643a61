"""Requests and answers."""

from __future__ import annotations

import json
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg_pool import PoolTimeout

from .database import Notes
from .pages import page
from .release import Release

MOST_BYTES = 1_000_000


class Server(ThreadingHTTPServer):
    # Requests that are being answered are answered before the server closes.
    daemon_threads = False

    def __init__(self, address: str, port: int, notes: Notes, release: Release) -> None:
        self.notes = notes
        self.release = release
        super().__init__((address, port), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = "Notes"
    timeout = 10

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/":
            self.attempt(self.show_page)
        elif path == "/api/notes":
            self.attempt(self.list_notes)
        elif path == "/api/health":
            self.tell_health()
        else:
            self.answer_json(HTTPStatus.NOT_FOUND, {"error": "There is no such page."})

    def do_POST(self) -> None:
        if urlsplit(self.path).path == "/api/notes":
            self.attempt(self.add_note)
        else:
            self.answer_json(HTTPStatus.NOT_FOUND, {"error": "There is no such page."})

    def attempt(self, what: Any) -> None:
        try:
            what()
        except (psycopg.Error, PoolTimeout) as error:
            print(f"database: {error}", file=sys.stderr, flush=True)
            self.answer_json(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "The database does not answer as it should."})

    def show_page(self) -> None:
        notes = self.server.notes
        shown = page(self.server.release, notes.newest(), notes.totals())
        self.answer(HTTPStatus.OK, "text/html", shown)

    def list_notes(self) -> None:
        self.answer_json(HTTPStatus.OK, [note.as_json() for note in self.server.notes.newest()])

    def add_note(self) -> None:
        text = self.text_of_request()
        if text:
            self.answer_json(HTTPStatus.CREATED, self.server.notes.add(text).as_json())
        else:
            self.answer_json(HTTPStatus.BAD_REQUEST, {"error": 'Expected {"text": "…"}.'})

    def text_of_request(self) -> str | None:
        """The text that is to be added; None if there is none that can be."""
        try:
            length = int(self.headers.get("Content-Length", "0"))
            text = json.loads(self.rfile.read(min(max(length, 0), MOST_BYTES)))["text"]
            text.encode()
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        return str(text) if text.strip() and "\0" not in text else None

    def tell_health(self) -> None:
        release = self.server.release
        status, code = "ok", HTTPStatus.OK
        try:
            self.server.notes.check()
        except (psycopg.Error, PoolTimeout) as error:
            print(f"health: {error}", file=sys.stderr, flush=True)
            status, code = "unhealthy", HTTPStatus.SERVICE_UNAVAILABLE
        self.answer_json(code, {"status": status, "build": release.build, "commit": release.commit})

    def answer_json(self, code: HTTPStatus, value: Any) -> None:
        self.answer(code, "application/json", json.dumps(value, ensure_ascii=False))

    def answer(self, code: HTTPStatus, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        print(f"{self.command} {urlsplit(self.path).path} {int(code)}", flush=True)
