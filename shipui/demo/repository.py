"""Makes a repository at GitHub hold what the demo's builds began with: their base, beside whatever is there. By plain HTTP."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from shipui.model.errors import BadInput, Failed, Unreachable
from shipui.model.text import visible

_SECONDS = 30
_MESSAGE = "Notes 1.0.0, as the demo's builds begin"


@dataclass(frozen=True, slots=True)
class Pull:
    number: int
    merged: bool
    state: str


class Repository:
    def __init__(self, api_url: str, name: str, token: str) -> None:
        self._place = f"{api_url.rstrip('/')}/repos/{name}"
        self._name = name
        self._token = token

    def begin(self, files: dict[str, tuple[str, bytes]], never: set[str]) -> None:
        """`files` (mode and content by path) are on the default branch afterwards, `never` are not; nothing else is changed.

        BadInput when there is no such repository for that token.
        """
        about = self._call("GET", "")
        branch = str(about["default_branch"])
        head = self._head(branch)
        tree = self._call("GET", f"/git/commits/{head}")["tree"]["sha"]
        there = {each["path"] for each in self._call("GET", f"/git/trees/{tree}?recursive=1")["tree"]}
        entries: list[dict[str, Any]] = [
            {"path": path, "mode": mode, "type": "blob", "content": content.decode()}
            for path, (mode, content) in files.items()
        ]
        entries += [{"path": path, "mode": "100644", "type": "blob", "sha": None} for path in sorted(never & there)]
        made = self._call("POST", "/git/trees", {"base_tree": tree, "tree": entries})["sha"]
        if made == tree:
            return
        commit = self._call("POST", "/git/commits", {"message": _MESSAGE, "tree": made, "parents": [head]})["sha"]
        self._call("PATCH", f"/git/refs/heads/{branch}", {"sha": commit, "force": False})

    def pull(self, number: int) -> Pull:
        found = self._call("GET", f"/pulls/{number}")
        return Pull(number, bool(found.get("merged") or found.get("merged_at")), str(found["state"]))

    def comments(self, number: int) -> int:
        return len(self._call("GET", f"/issues/{number}/comments"))

    def _head(self, branch: str) -> str:
        try:
            return str(self._call("GET", f"/git/ref/heads/{branch}")["object"]["sha"])
        except BadInput:
            # Nothing was ever committed: only this call can make a first commit.
            content = base64.b64encode(b"# Notes\n").decode()
            return str(
                self._call("PUT", "/contents/README.md", {"message": "Begin", "content": content})["commit"]["sha"]
            )

    def _call(self, verb: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address is checked with the settings
            self._place + path,
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self._token}", "Accept": "application/vnd.github+json", "User-Agent": "shipui"},
            method=verb,
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            said = visible(error.read(2000).decode("utf-8", "replace"), limit=300)
            if error.code in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                raise BadInput(
                    f"The repository {self._name} cannot be used with that token: {verb} {path or '/'} was answered with {error.code}.",
                    detail=said,
                    fix="Is --repository right, and may the token of HIVE_CONTRIBUTION_TOKEN write there?",
                ) from None
            raise Failed(f"The code host answered {verb} {path} with {error.code}.", detail=said) from None
        except ValueError:
            # Not in its own words: where the token is what cannot be sent, they hold it.
            raise Failed(
                "The code host's answer is not GitHub's, or the token is none.",
                detail=f"{verb} {path}",
                fix="Is the address of --github right, and HIVE_CONTRIBUTION_TOKEN a token and nothing else?",
            ) from None
        except OSError as error:
            raise Unreachable(
                f"The code host does not answer: {error}.", fix="Is the address of --github right?"
            ) from None
