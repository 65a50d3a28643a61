"""What is in the files of a commit, asked for many at a time: for whoever examines a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from shipui.limits.deadline import Deadline
from shipui.sandboxes.base import Examined
from shipui.sandboxes.git_command import EMPTY_TREE, GitCommands, shown_path
from shipui.sandboxes.git_folder import GitFolder
from shipui.sandboxes.git_store import diff_of
from shipui.sandboxes.git_view import viewing

LARGEST_BLOB = 20_000_000


class GitContents:
    """Files of one commit. Whatever is larger than 20 MB is left out."""

    def __init__(self, git: GitCommands, commit: str, deadline: Deadline, *, whole_history: bool) -> None:
        self._git = git
        self._whole_history = whole_history
        self._commit = commit
        self._deadline = deadline
        self._paths: dict[str, str] | None = None
        self._folders: dict[str, bool | None] = {}

    def blobs(self, ids: Iterable[str]) -> dict[str, bytes]:
        """By object ID; those that are missing, too large, or no files, are left out."""
        wanted = [each for each in ids if each.isalnum()]
        if not wanted:
            return {}
        with TemporaryFile() as sizes:
            self._git.run_into(sizes, "cat-file", "--batch-check", deadline=self._deadline, stdin=_lines(wanted))
            sizes.seek(0)
            small = [id for id, size in _sized(sizes.read()) if size <= LARGEST_BLOB]
        with TemporaryFile() as output:
            self._git.run_into(output, "cat-file", "--batch", deadline=self._deadline, stdin=_lines(small))
            output.seek(0)
            found = {}
            while header := output.readline():
                id, _, size = header.decode().split()
                found[id] = output.read(int(size))
                output.read(1)
            return found

    def paths(self) -> frozenset[str]:
        return frozenset(self._listing())

    def read(self, path: str) -> bytes | None:
        blob = self._listing().get(path)
        return self.blobs([blob]).get(blob) if blob is not None else None

    def ever_held(self, folder: str) -> bool | None:
        """Whether the commit or one before it has, or had, a file below the folder; None: its history has been cut, and shows none."""
        if any(path.startswith(f"{folder}/") for path in self._listing()):
            return True
        if folder not in self._folders:
            commit = self._git.ask("rev-list", "-1", self._commit, "--", f":(literal){folder}", deadline=self._deadline)
            known = commit is not None and self._whole_history
            self._folders[folder] = True if commit else False if known else None
        return self._folders[folder]

    def _listing(self) -> dict[str, str]:
        if self._paths is None:
            listing = self._git.run("ls-tree", "-r", "-z", "--full-tree", self._commit, deadline=self._deadline)
            self._paths = {}
            for entry in listing.split(b"\0")[:-1]:
                what, _, path = entry.partition(b"\t")
                mode, kind, blob = what.decode().split()
                if kind == "blob" and mode != "120000":
                    self._paths[shown_path(path)] = blob
        return self._paths


@contextmanager
def examined_range(location: Path, base: str, head: str | None, deadline: Deadline) -> Iterator[Examined]:
    """A range of a repository (`head` None: its head commit), read through a throw-away one; nothing is kept."""
    folder = GitFolder.find(location)
    with viewing(folder, deadline) as (view, _):
        start = base if base == EMPTY_TREE else view.commit(base, deadline)
        end = view.head if head is None else view.commit(head, deadline)
        yield Examined(
            diff_of(view.git, end, start, deadline),
            GitContents(view.git, end, deadline, whole_history=not folder.shallow()),
        )


def _lines(ids: Iterable[str]) -> bytes:
    return "".join(f"{each}\n" for each in ids).encode()


def _sized(answer: bytes) -> Iterator[tuple[str, int]]:
    for line in answer.decode().splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[1] == "blob":
            yield parts[0], int(parts[2])
