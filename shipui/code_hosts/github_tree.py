"""Files into trees, through GitHub's Git Data API: what is made is named by its content, and belongs to no branch yet."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from github import GithubException, InputGitTreeElement

from shipui.code_hosts.file_rebase import FOLDER, Entry
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Failed
from shipui.model.source_change import SUBMODULE, ChangedFile, SourceChange
from shipui.model.text import size, visible

if TYPE_CHECKING:
    from github.GitTree import GitTree
    from github.Repository import Repository

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
LARGEST = 100_000_000
LARGEST_INLINE = 64 * 1024
"""Bytes of a text that goes along with its tree, and so costs no call of its own: GitHub counts those (80 a minute)."""
LARGEST_BATCH = 2 * 1024 * 1024
MOST_IN_BATCH = 300


def made_tree(
    repository: Repository, base: str, files: Sequence[ChangedFile], change: SourceChange, deadline: Deadline
) -> str:
    """The ID of `base` (a tree there) with these files; BadInput for what GitHub cannot carry."""
    for each in files:
        _require_carried(each)
    if not files:
        return base
    tree = repository.get_git_tree(base) if base != EMPTY_TREE else None
    for batch in _batches(repository, base, files, change, deadline):
        tree = repository.create_git_tree(batch, tree) if tree is not None else repository.create_git_tree(batch)
    assert tree is not None
    return tree.sha


class TreeReader:
    """What a tree on GitHub has at a path: a folder's listing is asked for once."""

    def __init__(self, repository: Repository, tree: str) -> None:
        self._repository = repository
        self._top = tree
        self._listings: dict[str, dict[str, Entry]] = {}

    def at(self, path: bytes) -> Entry | None:
        *folders, name = path.decode("utf-8", "surrogateescape").split("/")
        where = self._top
        for folder in folders:
            found = self._listing(where).get(folder)
            if found is None or found[0] != FOLDER:
                return None
            where = found[1]
        return self._listing(where).get(name)

    def below(self, folder: bytes) -> dict[bytes, Entry]:
        """The entries of a folder, by their paths from the top."""
        found = self.at(folder) if folder else (FOLDER, self._top)
        if found is None or found[0] != FOLDER:
            return {}
        names = self._listing(found[1])
        return {os.path.join(folder, os.fsencode(name)): entry for name, entry in names.items()}

    def _listing(self, tree: str) -> dict[str, Entry]:
        if tree == EMPTY_TREE:
            return {}
        if tree not in self._listings:
            found: GitTree = self._repository.get_git_tree(tree)
            self._listings[tree] = {each.path: (each.mode, each.sha) for each in found.tree}
        return self._listings[tree]


def _batches(
    repository: Repository, base: str, files: Sequence[ChangedFile], change: SourceChange, deadline: Deadline
) -> Iterator[list[InputGitTreeElement]]:
    stay = [each for each in files if not each.deleted]
    emptied = _emptied(files, TreeReader(repository, base))
    batch = [InputGitTreeElement(each.decode(), FOLDER, "tree", sha=None) for each in emptied]
    batch += [
        InputGitTreeElement(each.path.decode(), str(each.old_mode), "blob", sha=None)
        for each in files
        if each.deleted and not any(each.path.startswith(folder + b"/") for folder in emptied)
    ]
    if _changes_kind(files):  # a file where a folder was, or the other way round: one after the other
        yield batch
        batch = []
    bytes_in_it = 0
    for each in stay:
        deadline.check()
        content = b"" if each.blob is None else change.content(each.blob)
        inline = _text(content)
        carried = len(content) if inline is not None else 0
        if batch and (bytes_in_it + carried > LARGEST_BATCH or len(batch) >= MOST_IN_BATCH):
            yield batch
            batch, bytes_in_it = [], 0
        batch.append(_element(repository, each, content, inline))
        bytes_in_it += carried
    if batch:
        yield batch


def _emptied(files: Sequence[ChangedFile], reader: TreeReader) -> list[bytes]:
    """The topmost folders of which nothing is left: git has no empty ones, and not every server takes them away by itself."""
    gone = {each.path for each in files if each.deleted}
    filled = {above for each in files if not each.deleted for above in _above(each.path)}
    empty: set[bytes] = set()
    for folder in sorted({above for path in gone for above in _above(path)}, key=lambda each: -each.count(b"/")):
        if folder not in filled and set(reader.below(folder)) <= gone | empty:
            empty.add(folder)
    return sorted(each for each in empty if not empty.intersection(_above(each)))


def _above(path: bytes) -> list[bytes]:
    """The folders that a path lies in, without the top."""
    parts = path.split(b"/")
    return [b"/".join(parts[:count]) for count in range(1, len(parts))]


def _changes_kind(files: Sequence[ChangedFile]) -> bool:
    gone = {each.path for each in files if each.deleted}
    come = {each.path for each in files if not each.deleted}
    return any(gone.intersection(_above(each)) for each in come) or any(
        come.intersection(_above(each)) for each in gone
    )


def _element(repository: Repository, file: ChangedFile, content: bytes, inline: str | None) -> InputGitTreeElement:
    path = file.path.decode()
    assert file.mode is not None
    if inline is not None:
        return InputGitTreeElement(path, file.mode, "blob", content=inline)
    try:
        blob = repository.create_git_blob(base64.b64encode(content).decode(), "base64")
    except GithubException as error:
        if error.status in (413, 422):
            raise BadInput(
                f"GitHub does not take the file {visible(path, limit=200)}: {size(len(content))} are too much for its API.",
                detail=visible(str(error.data), limit=300),
                fix="Keep it outside of the repository, for instance with Git LFS.",
            ) from None
        raise
    if blob.sha != file.blob:
        raise Failed("A file arrived at GitHub with another content.", detail=f"sent {file.blob}, there {blob.sha}")
    return InputGitTreeElement(path, file.mode, "blob", sha=blob.sha)


def _text(content: bytes) -> str | None:
    if len(content) > LARGEST_INLINE or b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _require_carried(file: ChangedFile) -> None:
    shown = visible(file.path.decode("utf-8", "backslashreplace"), limit=200)
    if SUBMODULE in (file.mode, file.old_mode):
        raise BadInput(
            f"The change touches a git submodule ({shown}). Submodules are not supported yet.",
            fix="Put its files into the repository itself, for instance with `git subtree`.",
        )
    if file.size > LARGEST:
        raise BadInput(
            f"The file {shown} has {size(file.size)}; GitHub takes no more than {size(LARGEST)} in one file.",
            fix="Keep it outside of the repository, for instance with Git LFS.",
        )
    try:
        file.path.decode()
    except UnicodeDecodeError:
        raise BadInput(
            f"The name of the file {shown} is not UTF-8: GitHub's API cannot carry it.", fix="Rename the file."
        ) from None
