"""A sandbox as git sees it, without git ever opening it: a throw-away repository of shipui's that borrows its objects and references."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Failed
from shipui.model.text import visible
from shipui.sandboxes.git_command import EMPTY_TREE, Git, GitCommands, shown_path
from shipui.sandboxes.git_folder import GitFolder
from shipui.sandboxes.git_store import make_bare

_MAIN_NAMES = ("main", "master")


@dataclass(frozen=True, slots=True)
class GitView:
    folder: GitFolder
    git: GitCommands
    head: str
    branch: str | None
    references: dict[str, str]

    def base(self, name: str | None, deadline: Deadline) -> str:
        """The commit to compare with: the one named, or by default where the head left the main branch."""
        if name is None:
            return self.default_base(deadline)
        return name if name == EMPTY_TREE else self.commit(name, deadline)

    def commit(self, name: str, deadline: Deadline) -> str:
        """The commit that a branch, tag, ID or expression (`main~2`) stands for."""
        for each in (name, f"refs/remotes/origin/{name}") if name.isprintable() else ():
            found = self.git.ask(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"{each}^{{commit}}", deadline=deadline
            )
            if found is not None:
                return found
        raise BadInput(
            f"The sandbox has no commit or branch “{visible(name, limit=100)}”.",
            detail=self._history_words(),
            fix="Fetch it there first (git fetch --unshallow, if the clone is shallow), or name another base.",
        )

    def default_base(self, deadline: Deadline) -> str:
        """Where the head left the main branch; on the main branch itself, what it adds to origin's, or else its last commit's parent."""
        on_main = self._on_main()
        for candidate in self._main_branches():
            if candidate == self.branch:
                continue
            base = self.git.ask("merge-base", self.references[candidate], self.head, deadline=deadline)
            if base is not None and (base != self.head or not on_main):
                return base
        return self._parent(deadline)

    def uncommitted(self, scratch: Path, deadline: Deadline) -> tuple[str, ...]:
        if self.folder.bare:
            return ()
        (scratch / "info").mkdir()
        (scratch / "info" / "exclude").write_bytes(self.folder.excludes())
        git = Git(scratch, self.folder.objects, work_tree=self.folder.location, index=scratch / "index")
        return uncommitted(git, self.head, str(self.folder.location), deadline)

    def _on_main(self) -> bool:
        main = {f"refs/heads/{name}" for name in _MAIN_NAMES}
        origin = self.folder.main_branch()
        if origin is not None:
            main.add(origin.replace("refs/remotes/origin/", "refs/heads/", 1))
        if self.branch is not None:
            return self.branch in main
        return self.head in {self.references.get(each) for each in self._main_branches()}

    def _main_branches(self) -> list[str]:
        names = ["refs/remotes/origin/HEAD"]
        names += [f"refs/remotes/origin/{name}" for name in _MAIN_NAMES]
        names += [f"refs/heads/{name}" for name in _MAIN_NAMES]
        return [name for name in names if name in self.references]

    def _parent(self, deadline: Deadline) -> str:
        parent = self.git.ask("rev-parse", "--verify", "--quiet", f"{self.head}^", deadline=deadline)
        if parent is not None:
            return parent
        if self.head in self.folder.shallow():
            raise BadInput(
                "The sandbox is a shallow clone that ends at its newest commit, so there is nothing to compare it with.",
                fix="Run `git fetch --unshallow` in the sandbox.",
            )
        return EMPTY_TREE

    def _history_words(self) -> str:
        return "The sandbox is a shallow clone: its history has been cut." if self.folder.shallow() else ""


def uncommitted(
    git: GitCommands, head: str, location: str, deadline: Deadline, reader: str = "your account"
) -> tuple[str, ...]:
    """Paths whose files are not as the head commit has them, and new ones that are not ignored.

    From an index of its own, which `git` names: the sandbox's could say that a file was not to be looked at. Filters are not
    run, so a file that a filter (Git LFS) unpacked differs from the commit, and is listed.
    """
    git.run("read-tree", head, deadline=deadline)
    status = ("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=all")
    with tempfile.TemporaryFile() as output:
        errors = git.run_into(output, *status, deadline=deadline)
        output.seek(0)
        entries = output.read().split(b"\0")
    if "could not open directory" in errors:
        raise BadInput(
            f"Some folders of the sandbox {visible(location)} cannot be read by {reader}.",
            detail=errors,
            fix=f"Give {reader} the right to read them, or ask their owner to.",
        )
    return tuple(sorted(shown_path(entry[3:]) for entry in entries if entry))


@contextmanager
def viewing(folder: GitFolder, deadline: Deadline) -> Iterator[tuple[GitView, Path]]:
    """The view, and the folder of its throw-away repository."""
    head, branch = folder.head()
    references = folder.references()
    with tempfile.TemporaryDirectory(prefix="shipui-git-") as name:
        scratch = Path(name)
        make_bare(scratch)
        lines = [os.fsencode(f"{commit} {reference}\n") for reference, commit in sorted(references.items())]
        (scratch / "packed-refs").write_bytes(b"".join(lines))
        (scratch / "HEAD").write_text(f"{head}\n")
        if shallow := folder.shallow():
            (scratch / "shallow").write_text("".join(f"{each}\n" for each in sorted(shallow)))
        git = Git(scratch, alternate=folder.objects)
        if git.ask("cat-file", "-e", f"{head}^{{tree}}", deadline=deadline) is None:
            raise Failed(
                "The sandbox's newest commit cannot be read: its git repository is damaged.",
                detail=f"commit {head} in {visible(str(folder.objects))}",
                fix="`git fsck` in the sandbox shows what is missing.",
            )
        yield GitView(folder, git, head, branch, references), scratch
