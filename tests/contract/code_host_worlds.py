"""What the contract of code hosts is tried in: a sandbox with a feature, and a place that has what the sandbox started from."""

from __future__ import annotations

import re
import secrets
from abc import ABC, abstractmethod
from pathlib import Path

from pydantic import SecretStr

from shipui.code_hosts.base import Author, CodeHost, Proposal, branch_for
from shipui.code_hosts.github import GitHubCodeHost
from shipui.code_hosts.github_connection import Patience
from shipui.code_hosts.local import REPORT, LocalCodeHost
from shipui.limits.deadline import Deadline
from shipui.sandboxes.git import GitSandbox
from tests.github.emulator import TOKEN, Emulator, Repository
from tests.integration.git_sandbox_builder import WorkTree

AUTHOR = Author("Hive Contributor", "contributor@hive.invalid")


class Feature:
    """A work tree with a base commit and, once `commit` was called, a feature on top of it."""

    def __init__(self, folder: Path) -> None:
        self.tree = WorkTree.make(folder / "sandbox")
        self.tree.write("app.py", "print('one')\n")
        self.tree.write("docs/old name.txt", "moved\n" * 20)
        self.tree.write("gone/deep/file.txt", "gone\n")
        self.tree.write("run.sh", "#!/bin/sh\n")
        self.tree.write("kept.txt", "kept\n")
        self.base = self.tree.commit("first")
        self._store = folder / "store.git"
        self._sandbox = GitSandbox(self.tree.path, self._store)

    def commit(self, message: str = "A feature") -> str:
        return self.tree.commit(message)

    def proposal(self, title: str = "Notes can be tagged", build: str = "FB-3DD07E19", **changed: object) -> Proposal:
        deadline = Deadline(60)
        revision = self._sandbox.snapshot(self.base, deadline).revision
        self._sandbox.keep(revision, deadline)
        given = {
            "build": build,
            "branch": branch_for(build, title),
            "base": revision.base,
            "commit": revision.commit,
            "tree": revision.tree,
            "change": self._sandbox.change(revision, deadline),
            "title": title,
            "body": "What it does.\n\n- it works\n",
            "message": f"{title}\n\nWhat it does.",
            "author": AUTHOR,
            "labels": ("risk:medium", "needs-review"),
            "replaced_labels": ("risk:",),
        }
        return Proposal(**{**given, **changed})  # type: ignore[arg-type]


class CodeHostWorld(ABC):
    host: CodeHost

    @abstractmethod
    def proposals(self) -> list[str]:
        """The titles of all that wait there."""

    @abstractmethod
    def comments(self) -> list[str]:
        """On the only proposal there is."""


class EmulatorWorld(CodeHostWorld):
    def __init__(self, emulator: Emulator, feature: Feature) -> None:
        self.repository: Repository = emulator.repository(feature.tree)
        # The emulator's pull requests never show that their branch moved.
        patience = Patience(follow_seconds=0.5)
        self.host = GitHubCodeHost(self.repository.name, SecretStr(TOKEN), api_url=emulator.url, patience=patience)

    def proposals(self) -> list[str]:
        return [each["title"] for each in self.repository.pulls() if each["state"] == "open"]

    def comments(self) -> list[str]:
        return [re.sub(r"^<!--.*?-->\n", "", each) for each in self.repository.comments(1)]


class LocalWorld(CodeHostWorld):
    def __init__(self, folder: Path) -> None:
        self.folder = folder / f"proposals-{secrets.token_hex(2)}"
        self.host = LocalCodeHost(self.folder, "There is no token.")

    def proposals(self) -> list[str]:
        return [each.read_text().splitlines()[0].removeprefix("# ") for each in self.folder.glob(f"*/{REPORT}")]

    def comments(self) -> list[str]:
        return [each.read_text().rstrip("\n") for each in self.folder.glob("*/*.md") if each.name != REPORT]
