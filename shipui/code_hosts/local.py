"""No code host: the proposal as a folder of files on this machine, for somebody to carry. Nothing leaves."""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence
from pathlib import Path

from shipui.code_hosts.base import (
    Comment,
    Issue,
    Merged,
    Merging,
    Placed,
    Proposal,
    PullRequest,
    PullRequestState,
)
from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from shipui.model.errors import BadInput, Failed, NoSpace, Refused
from shipui.model.markdown import code, quoted

PATCH = "change.patch"
REPORT = "report.md"
_BUILD = re.compile(r"FB-[0-9A-F]{8}")


class LocalCodeHost:
    """`folder`/FB-…/change.patch is the approved diff (`git apply` takes it), report.md says what it is; one file per comment."""

    def __init__(self, folder: Path, why: str) -> None:
        """`why` is a sentence: what is missing for a real code host."""
        self._folder = folder
        self._why = why

    def where(self) -> str:
        return f"files in {self._folder}"

    def local(self) -> bool:
        return True

    def access(self, deadline: Deadline) -> Sequence[Check]:
        return [
            Check("files", True, f"{self._why} Builds are proposed as {self.where()}; nothing leaves this machine.")
        ]

    def publish(self, proposal: Proposal, deadline: Deadline) -> PullRequest:
        folder = self._of(proposal.build)
        found = (folder / PATCH).exists()
        self._write(folder / PATCH, proposal.change.diff())
        deadline.check()
        self._write(folder / REPORT, _report(proposal).encode())
        made = "were there already and are up to date" if found else "were written"
        plain = f"{self._why} Nothing was sent anywhere: a patch and a report {made}, in {folder}."
        return self._said(proposal.build, proposal.branch, proposal.tree, Placed.EXACT, plain, found=found)

    def find(self, build: str, branch: str, deadline: Deadline) -> PullRequest | None:
        if not (self._of(build) / PATCH).exists():
            return None
        return self._said(
            build, branch, "", Placed.UNKNOWN, f"A patch and a report are in {self._of(build)}.", found=True
        )

    def comment(self, pull_request: PullRequest, marker: str, text: str, deadline: Deadline) -> Comment:
        if not re.fullmatch(r"[A-Za-z0-9-]{1,80}", marker):
            raise BadInput(f"“{marker}” cannot name a comment.", detail="letters, digits and hyphens")
        path = Path(pull_request.url) / f"{marker}.md"
        content = (text.rstrip("\n") + "\n").encode()
        changed = not path.exists() or path.read_bytes() != content
        if changed:
            self._write(path, content)
        return Comment(str(path), changed)

    def state(self, pull_request: PullRequest, deadline: Deadline) -> PullRequestState:
        plain = "There is no pull request: the patch waits for somebody to carry it."
        return PullRequestState(Merging.LOCAL, plain)

    def settled(self, pull_request: PullRequest, seconds: float, deadline: Deadline) -> PullRequestState:
        return self.state(pull_request, deadline)

    def merge(self, pull_request: PullRequest, tree: str, title: str, message: str, deadline: Deadline) -> Merged:
        raise Refused(
            f"There is nothing to merge: {self._why[0].lower()}{self._why[1:]}",
            fix=f"Apply {pull_request.url}/{PATCH} where it belongs (git apply --index {PATCH}).",
        )

    def issue(self, marker: str, title: str, body: str, labels: Sequence[str], deadline: Deadline) -> Issue | None:
        return None

    def _of(self, build: str) -> Path:
        if not _BUILD.fullmatch(build):
            raise BadInput("That is not the ID of a build.", detail=repr(build)[:200])
        return self._folder / build

    def _said(self, build: str, branch: str, tree: str, placed: Placed, plain: str, *, found: bool) -> PullRequest:
        return PullRequest(self.where(), 0, str(self._of(build)), branch, "", tree, placed, found, False, plain)

    def _write(self, path: Path, content: bytes) -> None:
        """Whole or not at all, and for the operator alone: the change may be anything."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            partial = path.with_suffix(".partial")
            partial.touch(mode=0o600)
            partial.write_bytes(content)
            partial.replace(path)
        except OSError as error:
            detail = f"{path}: {error.strerror}"
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NoSpace(
                    "There is not enough room for the patch.", detail=detail, fix="Make room on the disk."
                ) from error
            raise Failed("The patch could not be written.", detail=detail) from error


def _report(proposal: Proposal) -> str:
    lines = [
        f"# {quoted(proposal.title, limit=500)}",
        "",
        f"- build {proposal.build}, commit {proposal.commit}, on {proposal.base}",
        f"- tree {proposal.tree}",
        f"- branch that it would have: {code(proposal.branch)}",
        f"- labels: {', '.join(code(each) for each in proposal.labels) or 'none'}",
        f"- author: {quoted(f'{proposal.author.name} <{proposal.author.email}>', limit=300)}",
        f"- to apply it: `git apply --index {PATCH}` on that commit",
        "",
        proposal.body.rstrip("\n"),
        "",
    ]
    return "\n".join(lines)
