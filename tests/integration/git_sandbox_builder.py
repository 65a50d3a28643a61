"""Git work trees for tests, made with the real git."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Ada Lovelace",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada Lovelace",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
}


@dataclass(frozen=True)
class WorkTree:
    path: Path

    @classmethod
    def make(cls, path: Path) -> WorkTree:
        path.mkdir(parents=True)
        tree = cls(path)
        tree.git("init", "-q", "-b", "main")
        return tree

    def git(self, *arguments: str, stdin: bytes | None = None, **environment: str) -> bytes:
        return subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env=_ENVIRONMENT | environment,
            input=stdin,
            check=True,
            capture_output=True,
        ).stdout

    def write(self, name: str | bytes, content: str | bytes, mode: int = 0o644) -> None:
        path = self.path / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)

    def link(self, name: str, target: str) -> None:
        (self.path / name).symlink_to(target)

    def commit(self, message: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.id("HEAD")

    def id(self, name: str) -> str:
        return self.git("rev-parse", "--verify", name).decode().strip()

    def object(self, kind: str, content: bytes) -> str:
        """An object that git itself would refuse to make."""
        return self.git("hash-object", "-t", kind, "-w", "--literally", "--stdin", stdin=content).decode().strip()

    def tree_of_files(self, folder: Path) -> str:
        """git's own opinion of a folder: by index, with no attribute in the way."""
        with tempfile.TemporaryDirectory() as scratch:
            subprocess.run(["git", "init", "-q", "--bare", scratch], env=_ENVIRONMENT, check=True)
            (Path(scratch) / "info" / "attributes").write_text("* -text -filter -ident -working-tree-encoding\n")
            environment = _ENVIRONMENT | {"GIT_DIR": scratch, "GIT_WORK_TREE": str(folder)}
            subprocess.run(["git", "add", "-A", "-f"], cwd=folder, env=environment, check=True)
            written = subprocess.run(
                ["git", "write-tree"], cwd=folder, env=environment, check=True, capture_output=True
            )
            return written.stdout.decode().strip()
