"""shipui's own bare repository, where a revision is kept so that it outlives its sandbox."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Failed, NoSpace
from shipui.model.promotion import Revision
from shipui.sandboxes.bundle import pack_offset
from shipui.sandboxes.git_command import EMPTY_TREE, Git, GitCommands
from shipui.sandboxes.git_folder import is_object_id

CONFIGURATION = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tfilemode = true\n[gc]\n\tauto = 0\n"

_DIFF = (
    "diff",
    "--binary",
    "--full-index",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
)


def make_bare(folder: Path) -> None:
    """An empty bare repository, for its owner alone. By hand: `git init` would copy the machine's templates, hooks among them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for part in ("objects/info", "objects/pack", "refs/heads", "refs/kept"):
        (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in (("config", CONFIGURATION), ("HEAD", "ref: refs/heads/none\n")):
        if not (folder / name).exists():
            partial = folder / f"{name}.{os.getpid()}.{threading.get_ident()}"
            partial.write_text(text)
            partial.replace(folder / name)


class GitStore:
    """The kept revisions. A commit counts as kept once its reference stands: after all of its files have been checked."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(os.path.abspath(folder))
        self.git = Git(self._folder)

    def has(self, commit: str, base: str) -> bool:
        return all((self._folder / "refs" / "kept" / each).exists() for each in _commits(commit, base))

    def require(self, commit: str, base: str) -> None:
        """BadInput unless both are IDs of kept commits."""
        if not (is_object_id(commit) and is_object_id(base)):
            raise BadInput(
                "That is not the ID of a commit.", detail=f"{commit!r}, {base!r}", fix="Give all 40 characters of it."
            )
        if not self.has(commit, base):
            raise BadInput(
                f"The source code of commit {commit[:12]} has not been kept.",
                detail=f"no refs/kept/{commit} or {base} in {self._folder}",
                fix="Ship the build again from its sandbox.",
            )

    def keep(self, commit: str, base: str, objects: Path, deadline: Deadline) -> None:
        """Copy both commits with all their files from a folder of git objects.

        Only these two commits, not their history: that is all that diff and extraction need, and it works for shallow
        clones. The copy goes through a pack whose objects are named anew by their content, so that nothing can stand
        under another's name.
        """
        make_bare(self._folder)
        commits = _commits(commit, base)
        source = Git(self._folder, alternate=objects)
        with TemporaryFile() as names, TemporaryFile() as pack:
            source.run_into(
                names, "rev-list", "--objects", "--no-object-names", "--no-walk", *commits, deadline=deadline
            )
            names.seek(0)
            source.run_into(pack, "pack-objects", "--stdout", "-q", deadline=deadline, stdin=names)
            pack.seek(0)
            self.git.run("index-pack", "--stdin", deadline=deadline, stdin=pack)
        self.mark_kept(commit, base, deadline)

    def lacks(self, commit: str, base: str, deadline: Deadline) -> tuple[str, ...]:
        """Which of the two is not here with all its files, kept or only fetched."""
        if not (self._folder / "objects").is_dir():
            return tuple(_commits(commit, base))
        look = ("rev-list", "--objects", "--no-object-names", "--no-walk", "--quiet")
        return tuple(each for each in _commits(commit, base) if self.git.ask(*look, each, deadline=deadline) is None)

    @contextmanager
    def room_for_bundle(self) -> Iterator[IO[bytes]]:
        """A file without a name, on the disk where its content will end up. NoSpace when that is full."""
        try:
            make_bare(self._folder)
            with TemporaryFile(dir=self._folder) as file:
                yield file
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise NoSpace(
                "There is not enough room for the source code.",
                detail=f"{self._folder}: {error}",
                fix="Make room on the disk of the state folder.",
            ) from error

    def take_bundle(self, file: IO[bytes], commits: Sequence[str], deadline: Deadline) -> None:
        """Add a bundle's objects, each named anew by its content; Failed unless it holds these commits.

        What it leaves out, as known here already, is found here. Nothing is kept by it: see `mark_kept`.
        """
        offset = pack_offset(file, commits)
        os.lseek(file.fileno(), offset, os.SEEK_SET)
        self.git.run("index-pack", "--stdin", "--fix-thin", deadline=deadline, stdin=file)

    def mark_kept(self, commit: str, base: str, deadline: Deadline) -> None:
        """Failed unless every file of both is here, without the sandbox."""
        commits = _commits(commit, base)
        self.git.run("rev-list", "--objects", "--no-object-names", "--no-walk", "--quiet", *commits, deadline=deadline)
        for each in commits:
            self.git.run("update-ref", f"refs/kept/{each}", each, deadline=deadline)

    def revision(self, commit: str, base: str, deadline: Deadline) -> Revision:
        self.require(commit, base)
        return revision_of(self.git, commit, base, deadline)


def revision_of(git: GitCommands, commit: str, base: str, deadline: Deadline) -> Revision:
    tree = git.ask("rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}", deadline=deadline)
    if tree is None:
        raise Failed("The commit's files cannot be read.", detail=f"no tree for {commit}")
    return Revision(commit, base, tree, hashlib.sha256(diff_of(git, commit, base, deadline)).hexdigest())


def diff_of(git: GitCommands, commit: str, base: str, deadline: Deadline) -> bytes:
    """Full names of objects, whole binary files, no renames guessed; no attribute of the tree changes it or hides a file from it."""
    return git.run(*_DIFF, "--ignore-submodules=none", "--submodule=short", base, commit, "--", deadline=deadline)


def _commits(commit: str, base: str) -> list[str]:
    """Those to keep: git knows the empty tree, the base of a first commit, by heart."""
    return [commit] if base == EMPTY_TREE else [commit, base]
