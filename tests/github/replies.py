"""A server of our own beside the emulator, for what that does not make: limits, outages, lost replies, rules, a merge queue.

It holds one repository with one pull request, in GitHub's own examples, and every reply is held against GitHub's own description.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shipui.code_hosts.base import Placed, PullRequest
from tests.github.description import example, mistakes, operation_of

NAME = "shop/app"
BRANCH = "build/FB-3DD07E19/notes"
MAIN, HEAD, MERGED = "a" * 40, "b" * 40, "c" * 40
MAIN_TREE, TREE = "d" * 40, "e" * 40
PUBLISHED = PullRequest("", 1, "", BRANCH, HEAD, TREE, Placed.EXACT, False, False, "")


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    """Instead of JSON: what something else than GitHub says."""
    lost: bool = False
    """The connection is closed without a reply; whatever was asked has been done."""
    silent: bool = False
    """Nothing comes, and the connection stays."""


@dataclass(frozen=True)
class Asked:
    verb: str
    path: str
    body: Any
    authorization: str


class Replies:
    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.wrong: list[str] = []
        """Replies that GitHub could not have given."""
        self.pull: dict[str, Any] = {}
        self.checks: list[dict[str, Any]] = []
        self.statuses: list[dict[str, Any]] = []
        self.rules: list[dict[str, Any]] = []
        self.comments: list[dict[str, Any]] = []
        self.queued = False
        self.repository: dict[str, Any] = {}
        self.over = threading.Event()
        self._next: dict[str, deque[Answer]] = defaultdict(deque)

    def ready(self, url: str) -> None:
        self.url = url
        where = f"{url}/repos/{NAME}"
        given = example("GET ", 200)  # GitHub's own example lacks what its description requires
        for key in ("source", "parent", "template_repository"):
            given.pop(key, None)
        self.repository = given | {"full_name": NAME, "url": where, "default_branch": "main", "language": None}
        self.repository["permissions"] = {"admin": False, "push": True, "pull": True}
        pull = example("GET /pulls/{pull_number}", 200)
        inner = {**pull["base"]["repo"], "full_name": NAME, "url": where}
        head = {**pull["head"], "ref": BRANCH, "sha": HEAD, "repo": inner}
        base = {**pull["base"], "ref": "main", "sha": MAIN, "repo": inner}
        stands = {"state": "open", "merged": False, "draft": False, "mergeable": True, "mergeable_state": "clean"}
        links = {
            "url": f"{where}/pulls/1",
            "issue_url": f"{where}/issues/1",
            "comments_url": f"{where}/issues/1/comments",
        }
        self.pull = {
            **pull,
            "number": 1,
            "head": head,
            "base": base,
            **stands,
            **links,
            "merged_by": None,
            "requested_teams": [],
        }

    def next(self, operation: str, *answers: Answer) -> None:
        """These before what the server would say by itself."""
        self._next[operation].extend(answers)

    def calls(self, operation: str) -> int:
        return sum(f"{each.verb} {_pattern(each.verb, each.path)}" == operation for each in self.asked)

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if asked.path == "/graphql":
            return Answer(body={"data": self._graphql(asked.body)})
        path = asked.path.partition("?")[0].removeprefix(f"/repos/{NAME}")
        operation = operation_of(asked.verb, path)
        if operation is None:
            return Answer(404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"})
        waiting = self._next[operation]
        answer = waiting.popleft() if waiting else self._own(operation, path, asked.body)
        if answer.lost:
            self._own(operation, path, asked.body)
        if answer.text is None and not (answer.silent or answer.lost):
            self.wrong += [
                f"{operation} {answer.status} {each}" for each in mistakes(operation, answer.status, answer.body)
            ]
        return answer

    def _graphql(self, body: Any) -> Any:
        if "enqueuePullRequest" in body["query"]:
            self.queued = True
            return {"enqueuePullRequest": {"mergeQueueEntry": {"position": 1}}}
        return {"node": {"isInMergeQueue": self.queued}}

    def _own(self, operation: str, path: str, body: Any) -> Answer:
        handlers: dict[str, Callable[[str, Any], Answer]] = {
            "GET ": lambda path, body: Answer(body=self.repository),
            "GET /git/ref/{ref}": self._ref,
            "GET /git/commits/{commit_sha}": self._commit,
            "GET /pulls/{pull_number}": lambda path, body: Answer(body=self.pull),
            "PUT /pulls/{pull_number}/merge": self._merge,
            "GET /commits/{ref}/check-runs": self._check_runs,
            "GET /commits/{ref}/status": self._status,
            "GET /rules/branches/{branch}": lambda path, body: Answer(body=self.rules),
            "GET /branches/{branch}": lambda path, body: Answer(
                body=example("GET /branches/{branch}", 200) | {"protected": False, "protection": {"enabled": False}}
            ),
            "GET /issues/{issue_number}/comments": lambda path, body: Answer(body=self.comments),
            "POST /issues/{issue_number}/comments": self._comment,
            "PATCH /issues/comments/{comment_id}": self._changed_comment,
        }
        return handlers[operation](path, body)

    def _ref(self, path: str, body: Any) -> Answer:
        name = path.removeprefix("/git/ref/")
        given = example("GET /git/ref/{ref}", 200) | {"ref": f"refs/{name}"}
        given["object"]["sha"] = MAIN if name == "heads/main" else self.pull["head"]["sha"]
        return Answer(body=given)

    def _commit(self, path: str, body: Any) -> Answer:
        sha = path.rpartition("/")[2]
        given = example("GET /git/commits/{commit_sha}", 200) | {"sha": sha}
        given["tree"]["sha"] = MAIN_TREE if sha == MAIN else TREE
        given["parents"] = [{**given["parents"][0], "sha": MAIN}]
        return Answer(body=given)

    def _merge(self, path: str, body: Any) -> Answer:
        self.pull = {**self.pull, "state": "closed", "merged": True, "merge_commit_sha": MERGED}
        return Answer(body={"sha": MERGED, "merged": True, "message": "Pull Request successfully merged"})

    def _check_runs(self, path: str, body: Any) -> Answer:
        one = example("GET /commits/{ref}/check-runs", 200)["check_runs"][0]
        return Answer(body={"total_count": len(self.checks), "check_runs": [{**one, **each} for each in self.checks]})

    def _status(self, path: str, body: Any) -> Answer:
        whole = example("GET /commits/{ref}/status", 200)
        one = whole["statuses"][0]
        return Answer(body={**whole, "statuses": [{**one, **each} for each in self.statuses]})

    def _comment(self, path: str, body: Any) -> Answer:
        number = len(self.comments) + 1
        where = f"{self.url}/repos/{NAME}/issues/comments/{number}"
        made = example("POST /issues/{issue_number}/comments", 201)
        self.comments.append({**made, "id": number, "url": where, "body": body["body"]})
        return Answer(201, self.comments[-1])

    def _changed_comment(self, path: str, body: Any) -> Answer:
        comment = self.comments[int(path.rpartition("/")[2]) - 1]
        comment["body"] = body["body"]
        return Answer(body=comment)


@contextmanager
def serving() -> Iterator[Replies]:
    """On a free port of 127.0.0.1; fails when a reply was given that GitHub could not give."""
    replies = Replies()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            given = json.loads(body) if body else None
            asked = Asked(self.command, self.path, given, self.headers.get("Authorization", ""))
            answer = replies.answer(asked)
            if answer.silent:
                replies.over.wait(60)
            if answer.silent or answer.lost:
                self.close_connection = True
                return
            content = (json.dumps(answer.body) if answer.text is None else answer.text).encode()
            self.send_response(answer.status)
            kind = "application/json" if answer.text is None else "text/html"
            for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    replies.ready(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield replies
    finally:
        replies.over.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
    assert replies.wrong == [], replies.wrong


def _pattern(verb: str, path: str) -> str:
    found = operation_of(verb, path.partition("?")[0].removeprefix(f"/repos/{NAME}"))
    return found.partition(" ")[2] if found is not None else path
