"""The kinds of repositories that people really have."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Failed
from shipui.sandboxes.git import GitSandbox
from tests.integration.git_sandbox_builder import WorkTree

NOBODY = 65534


def quiet(_: str) -> None:
    return


def within() -> Deadline:
    return Deadline(30)


@pytest.fixture
def tree(tmp_path: Path) -> WorkTree:
    tree = WorkTree.make(tmp_path / "sandbox")
    for number in range(3):
        tree.write("a.txt", f"{number}\n")
        tree.commit(f"main {number}")
    tree.git("checkout", "-q", "-b", "feature")
    tree.write("b.txt", "b\n")
    tree.commit("feature")
    return tree


def ship(path: Path, tmp_path: Path, base: str | None = None) -> GitSandbox:
    """From a snapshot to the files, and back to the sandbox."""
    sandbox = GitSandbox(path, tmp_path / "store")
    revision = sandbox.snapshot(base, within()).revision
    sandbox.keep(revision, within())
    assert sandbox.extract(revision, tmp_path / "context", within(), quiet).tree == revision.tree
    return sandbox


def test_a_linked_worktree(tree: WorkTree, tmp_path: Path) -> None:
    tree.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "side", "feature")
    linked = WorkTree(tmp_path / "linked")
    linked.write("c.txt", "c\n")
    commit = linked.commit("side")
    linked.write("d.txt", "d\n")
    sandbox = ship(linked.path, tmp_path)
    assert sandbox.head(within()) == commit
    assert sandbox.uncommitted(within()) == ("d.txt",)
    assert sandbox.snapshot(None, within()).revision.base == tree.id("main")


def test_a_bare_repository_has_nothing_uncommitted(tree: WorkTree, tmp_path: Path) -> None:
    tree.git("clone", "-q", "--bare", str(tree.path), str(tmp_path / "bare.git"))
    sandbox = ship(tmp_path / "bare.git", tmp_path)
    assert sandbox.uncommitted(within()) == ()


@pytest.mark.parametrize("packed", [False, True])
def test_a_clone_is_compared_with_where_origin_is(tree: WorkTree, tmp_path: Path, packed: bool) -> None:
    tree.git("checkout", "-q", "main")
    tree.git("branch", "-m", "main", "trunk")
    tree.git("clone", "-q", str(tree.path), str(tmp_path / "clone"))
    clone = WorkTree(tmp_path / "clone")
    clone.write("c.txt", "c\n")
    clone.commit("one")
    clone.write("d.txt", "d\n")
    clone.commit("two")
    if packed:
        clone.git("gc", "-q")
    assert ship(clone.path, tmp_path).snapshot(None, within()).revision.base == tree.id("trunk")
    assert GitSandbox(clone.path, tmp_path / "store").snapshot("feature", within()).revision.base == tree.id("feature")


def test_a_shallow_clone_ships_as_far_as_it_goes(tree: WorkTree, tmp_path: Path) -> None:
    tree.git("clone", "-q", "--depth", "2", f"file://{tree.path}", str(tmp_path / "shallow"))
    sandbox = ship(tmp_path / "shallow", tmp_path, "HEAD~1")
    with pytest.raises(BadInput) as caught:
        sandbox.snapshot(tree.id("main~2"), within())
    assert "shallow" in caught.value.detail
    assert "--unshallow" in caught.value.fix


def test_a_shallow_clone_without_a_base_is_refused(tree: WorkTree, tmp_path: Path) -> None:
    tree.git("clone", "-q", "--depth", "1", f"file://{tree.path}", str(tmp_path / "shallow"))
    with pytest.raises(BadInput, match="shallow"):
        GitSandbox(tmp_path / "shallow", tmp_path / "store").snapshot(None, within())


def test_a_partial_clone_says_that_files_are_missing(tree: WorkTree, tmp_path: Path) -> None:
    tree.git("config", "uploadpack.allowFilter", "true")
    tree.git("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{tree.path}", str(tmp_path / "partial"))
    shutil.move(tree.path, tmp_path / "gone")
    with pytest.raises(Failed, match="could not be read") as caught:
        GitSandbox(tmp_path / "partial", tmp_path / "store").snapshot(None, within())
    assert "partial clone" in caught.value.fix


def test_a_clone_that_borrows_objects(tree: WorkTree, tmp_path: Path) -> None:
    tree.git("clone", "-q", "--shared", str(tree.path), str(tmp_path / "borrowing"))
    ship(tmp_path / "borrowing", tmp_path, "HEAD~1")


@pytest.mark.parametrize(
    "name",
    ["with space", "co:lon", 'quo"te', "back\\slash", "new\nline", "ümläut", os.fsdecode(b"latin\xfc"), "-dash", "'x'"],
)
def test_folders_with_odd_names(tmp_path: Path, name: str) -> None:
    tree = WorkTree.make(tmp_path / name)
    tree.write("a.txt", "a\n")
    tree.commit("first")
    tree.write("b.txt", "b\n")
    place = tmp_path / f"{name}.d"
    place.mkdir()
    sandbox = ship(tree.path, place)
    assert sandbox.uncommitted(within()) == ("b.txt",)


@pytest.mark.parametrize("branch", ["fix(ui)", "größe/ü", "a'b", "x@y", "deep/er/still", 'quo"te'])
@pytest.mark.parametrize("packed", [False, True])
def test_branches_with_odd_names(tree: WorkTree, tmp_path: Path, branch: str, packed: bool) -> None:
    tree.git("branch", branch, "main~1")
    tree.git("checkout", "-q", "-b", f"{branch}-too")
    if packed:
        tree.git("pack-refs", "--all")
    sandbox = GitSandbox(tree.path, tmp_path / "store")
    assert sandbox.head(within()) == tree.id("feature")
    assert sandbox.snapshot(branch, within()).revision.base == tree.id("main~1")


def test_reftable_and_sha256_are_named(tree: WorkTree, tmp_path: Path) -> None:
    (tree.path / ".git/HEAD").write_text("ref: refs/heads/.invalid\n")
    with pytest.raises(BadInput, match="reftable"):
        GitSandbox(tree.path, tmp_path / "store").head(within())
    subprocess.run(["git", "init", "-q", "--object-format=sha256", str(tmp_path / "wide")], check=True)
    wide = WorkTree(tmp_path / "wide")
    wide.write("a.txt", "a\n")
    wide.commit("wide")
    with pytest.raises(BadInput, match="SHA-256"):
        GitSandbox(wide.path, tmp_path / "store").snapshot(None, within())


def test_a_folder_inside_a_work_tree_is_not_the_sandbox(tree: WorkTree, tmp_path: Path) -> None:
    tree.write("sub/c.txt", "c\n")
    with pytest.raises(BadInput, match="no git repository") as caught:
        GitSandbox(tree.path / "sub", tmp_path / "store").head(within())
    assert "top folder" in caught.value.fix


def test_a_file_of_many_kinds_of_attributes_is_not_uncommitted(tree: WorkTree, tmp_path: Path) -> None:
    tree.write(
        ".gitattributes",
        "*.ps1 text eol=crlf\n*.id ident\n*.wide text working-tree-encoding=UTF-16LE\nauto text=auto\n",
    )
    tree.write("run.ps1", b"a\r\nb\r\n")
    tree.write("x.id", "$Id$\n")
    tree.write("y.wide", "wide\n".encode("utf-16-le"))
    tree.write("auto", b"a\r\n")
    tree.commit("attributes")
    assert GitSandbox(tree.path, tmp_path / "store").uncommitted(within()) == ()
    assert GitSandbox(tree.path, tmp_path / "store").snapshot(None, within()).uncommitted == ()


def test_the_store_is_the_operators_alone_and_serves_many_sandboxes(tree: WorkTree, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        first = ship(tree.path, tmp_path)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "store").stat().st_mode) == 0o700
    second = WorkTree.make(tmp_path / "second")
    second.write("z.txt", "z\n")
    second.commit("second")
    another = GitSandbox(second.path, tmp_path / "store")
    revision = another.snapshot(None, within()).revision
    another.keep(revision, within())
    assert first.revision(revision.commit, revision.base, within()) == revision


def test_modes_do_not_depend_on_the_umask(tree: WorkTree, tmp_path: Path) -> None:
    tree.write("dir/run", "#!/bin/sh\n", mode=0o755)
    tree.commit("executable")
    old = os.umask(0o077)
    try:
        ship(tree.path, tmp_path)
    finally:
        os.umask(old)
    modes = {name: stat.S_IMODE((tmp_path / "context" / name).stat().st_mode) for name in ("a.txt", "dir", "dir/run")}
    assert modes == {"a.txt": 0o644, "dir": 0o755, "dir/run": 0o755}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another account")
def test_a_sandbox_of_another_account_is_read(tree: WorkTree, tmp_path: Path) -> None:
    for each in [tree.path, *tree.path.rglob("*")]:
        os.lchown(each, NOBODY, NOBODY)
    refused = subprocess.run(["git", "-C", tree.path, "status"], capture_output=True, text=True, check=False)
    assert "dubious ownership" in refused.stderr
    assert ship(tree.path, tmp_path).uncommitted(within()) == ()


@contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Root could read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("closed", [".", ".git", ".git/objects", ".git/HEAD"])
def test_a_sandbox_that_cannot_be_read_is_refused_in_words(tree: WorkTree, tmp_path: Path, closed: str) -> None:
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    (tree.path / closed).chmod(0)
    try:
        sandbox = GitSandbox(tree.path, tmp_path / "store")
        with as_ordinary_user(), pytest.raises(BadInput, match="cannot be read") as caught:
            sandbox.snapshot(None, within())
        assert caught.value.fix
    finally:
        (tree.path / closed).chmod(0o755)


def test_five_thousand_files_in_two_seconds(tmp_path: Path) -> None:
    tree = WorkTree.make(tmp_path / "sandbox")
    for number in range(5000):
        tree.write(f"dir{number % 50}/{number}.txt", f"{number}\n" * 20)
    tree.commit("many")
    tree.write("dir7/new.txt", "new\n")
    sandbox = GitSandbox(tree.path, tmp_path / "store")
    began = time.monotonic()
    assert sandbox.uncommitted(within()) == ("dir7/new.txt",)
    status = time.monotonic() - began
    revision = sandbox.snapshot(None, within()).revision
    sandbox.keep(revision, within())
    began = time.monotonic()
    assert sandbox.extract(revision, tmp_path / "context", within(), quiet).files == 5000
    extraction = time.monotonic() - began
    print(f"status {status:.2f} s, extraction {extraction:.2f} s", file=sys.stderr)
    assert status < 2
    assert extraction < 5
