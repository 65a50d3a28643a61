"""What every sandbox must do, whatever it is: a folder on this machine, or one in a container."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
import time
from pathlib import Path

import pytest

from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Cancelled, Failed, TimeLimitPassed
from shipui.model.promotion import Revision
from shipui.sandboxes.base import Sandbox
from tests.contract.sandbox_worlds import SandboxWorld
from tests.integration.git_sandbox_builder import WorkTree

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@pytest.fixture
def tree(tmp_path: Path) -> WorkTree:
    """A main branch with one commit, and a feature branch, checked out, with one more."""
    tree = WorkTree.make(tmp_path / "sandbox")
    tree.write("app.py", "print('one')\n")
    tree.write("old name.txt", "moved\n" * 20)
    tree.write("gone.txt", "gone\n")
    tree.commit("first")
    tree.git("checkout", "-q", "-b", "feature")
    tree.write("app.py", "print('two')\nprint('three')\n")
    tree.git("mv", "old name.txt", "new name.txt")
    tree.git("rm", "-q", "gone.txt")
    tree.commit("Greet the user")
    return tree


@pytest.fixture
def sandbox(tree: WorkTree, sandbox_world: SandboxWorld) -> Sandbox:
    return sandbox_world.open(tree)


def quiet(_: str) -> None:
    return


def within() -> Deadline:
    return Deadline(30)


def kept(sandbox: Sandbox, base: str | None = None) -> Revision:
    revision = sandbox.snapshot(base, within()).revision
    sandbox.keep(revision, within())
    return revision


def test_a_snapshot_says_what_the_feature_changes(sandbox: Sandbox, tree: WorkTree) -> None:
    seen = sandbox.snapshot(None, within())
    assert seen.revision.commit == tree.id("feature") == sandbox.head(within())
    assert seen.revision.base == tree.id("main")
    assert seen.revision.tree == tree.id("feature^{tree}")
    assert (seen.subject, seen.author) == ("Greet the user", "Ada Lovelace <ada@example.org>")
    assert seen.paths == ("app.py", "gone.txt", "new name.txt", "old name.txt")
    assert (seen.files, seen.additions, seen.deletions) == (4, 22, 22)
    assert seen.uncommitted == ()


def test_the_diff_is_gits_own_byte_for_byte(sandbox: Sandbox, tree: WorkTree) -> None:
    tree.write("picture.bin", bytes(range(256)) * 8)
    tree.commit("picture")
    revision = kept(sandbox)
    expected = tree.git(
        "diff",
        "--binary",
        "--full-index",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        revision.base,
        revision.commit,
    )
    assert sandbox.diff(revision, within()) == expected
    assert b"GIT binary patch" in expected
    assert hashlib.sha256(expected).hexdigest() == revision.diff_digest
    assert sandbox.revision(revision.commit, revision.base, within()) == revision


def test_the_revision_changes_when_the_sandbox_moves_on(sandbox: Sandbox, tree: WorkTree) -> None:
    before = kept(sandbox)
    tree.write("app.py", "print('more')\n")
    assert sandbox.uncommitted(within()) == ("app.py",)
    assert sandbox.head(within()) == before.commit
    tree.commit("more")
    after = sandbox.snapshot(None, within()).revision
    assert sandbox.head(within()) == after.commit != before.commit
    assert after.tree != before.tree
    assert after.diff_digest != before.diff_digest
    assert sandbox.revision(before.commit, before.base, within()) == before


def test_what_is_kept_outlives_the_sandbox(sandbox: Sandbox, tree: WorkTree, tmp_path: Path) -> None:
    revision = kept(sandbox)
    diff = sandbox.diff(revision, within())
    tree.path.rename(tmp_path / "elsewhere")
    sandbox.keep(revision, within())
    assert sandbox.diff(revision, within()) == diff
    assert sandbox.revision(revision.commit, revision.base, within()) == revision
    assert sandbox.extract(revision, tmp_path / "context", within(), quiet).tree == revision.tree


def test_keeping_what_the_commit_does_not_hold_is_refused(sandbox: Sandbox) -> None:
    real = sandbox.snapshot(None, within()).revision
    with pytest.raises(Failed, match="does not hold"):
        sandbox.keep(Revision(real.commit, real.base, real.tree, "0" * 64), within())


def test_exactly_the_tree_is_extracted(sandbox: Sandbox, tree: WorkTree, tmp_path: Path) -> None:
    tree.write("bin/run", "#!/bin/sh\n", mode=0o755)
    tree.write("dir/ü/deep.txt", "deep\n")
    tree.write(b"latin-\xfc.txt", "not UTF-8\n")
    tree.write("line\nbreak and  spaces", "odd\n")
    tree.link("current", "bin/run")
    tree.link("outside", "/etc")
    tree.write(
        ".gitattributes",
        "secret.txt export-ignore\nversion.txt export-subst ident\n*.txt eol=crlf text\n*.dat filter=lfs\nwide.md working-tree-encoding=UTF-16\n",
    )
    tree.write("secret.txt", "kept\n")
    tree.write("version.txt", "$Format:%H$ $Id$\n")
    tree.write("big.dat", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    tree.write(".gitignore", "*.log\n")
    tree.git("add", "-f", ".")
    tree.commit("everything odd")
    revision = kept(sandbox)
    said: list[str] = []
    context = tmp_path / "context"
    made = sandbox.extract(revision, context, within(), said.append)
    assert made.tree == revision.tree == tree.tree_of_files(context)
    assert made.files == len(tree.git("ls-tree", "-rz", "HEAD").split(b"\0")) - 1
    assert made.bytes == sum(
        len(os.fsencode(os.readlink(each))) if each.is_symlink() else each.stat().st_size
        for each in context.rglob("*")
        if each.is_symlink() or each.is_file()
    )
    assert (context / "version.txt").read_text() == "$Format:%H$ $Id$\n"
    assert (context / "secret.txt").read_bytes() == b"kept\n"
    assert os.readlink(context / "outside") == "/etc"
    assert not (context / "gone.txt").exists()
    assert not (context / ".git").exists()
    assert stat.S_IMODE((context / "bin/run").stat().st_mode) == 0o755
    assert stat.S_IMODE((context / "app.py").stat().st_mode) == 0o644
    assert stat.S_IMODE(context.stat().st_mode) == 0o700
    assert any("outside" in line for line in said)
    assert any("big.dat" in line and "LFS" in line for line in said)


def test_the_tree_with_other_content_in_some_files_is_the_one_that_git_would_make(
    sandbox: Sandbox, tree: WorkTree
) -> None:
    tree.write("données/run.sh", "#!/bin/sh\n", 0o755)
    tree.commit("More")
    revision = kept(sandbox)
    other = b"#!/bin/sh\nexit 1\n"
    blob = hashlib.sha1(b"blob %d\0" % len(other) + other).hexdigest()
    found = sandbox.tree_with(revision, {"données/run.sh".encode(): blob}, within())
    assert sandbox.tree_with(revision, {}, within()) == revision.tree
    tree.write("données/run.sh", other, 0o755)
    tree.commit("Other")
    assert found == tree.git("rev-parse", "HEAD^{tree}").decode().strip()


def test_one_file_of_the_approved_commit_can_be_read(sandbox: Sandbox, tree: WorkTree) -> None:
    odd = "deploy/ü *?[a] :(top)/Docker file\n"
    tree.write("Dockerfile", b"FROM base\r\n\xff\0")
    tree.write(odd, "FROM odd\n", mode=0o755)
    tree.write(":(exclude)Dockerfile", "FROM magic\n")
    tree.write("empty", "")
    tree.write(".gitattributes", "* text eol=crlf ident filter=lfs\n")
    tree.write("ident", "$Id$\n")
    tree.write("target/inside", "inside\n")
    tree.link("link", "Dockerfile")
    tree.link("linked", "target")
    tree.commit("files")
    revision = kept(sandbox)
    tree.write("Dockerfile", "FROM later\n")
    tree.commit("the sandbox moves on")

    def read(path: str) -> bytes | None:
        return sandbox.file(revision, path, within())

    assert read("Dockerfile") == read("./Dockerfile") == tree.git("cat-file", "blob", f"{revision.commit}:Dockerfile")
    assert read(odd) == b"FROM odd\n"
    assert read(":(exclude)Dockerfile") == b"FROM magic\n"
    assert read("empty") == b""
    assert read("ident") == b"$Id$\n"
    assert read("target/inside") == b"inside\n"
    for absent in (
        "nothing",
        "dockerfile",
        "*",
        "Docker*",
        "target",
        "target/",
        "link",
        "linked/inside",
        "app.py/x",
        "-r",
    ):
        assert read(absent) is None, absent


@pytest.mark.parametrize("path", ["", ".", "/etc/passwd", "../Dockerfile", "a/../../b", "nul\0"])
def test_a_path_that_leads_out_of_the_source_is_refused(sandbox: Sandbox, path: str) -> None:
    revision = kept(sandbox)
    with pytest.raises(BadInput, match="within the source code"):
        sandbox.file(revision, path, within())


def test_a_file_of_more_than_1_mib_is_not_read(sandbox: Sandbox, tree: WorkTree) -> None:
    tree.write("large", b"x" * 1024 * 1024)
    tree.write("larger", b"x" * (1024 * 1024 + 1))
    tree.commit("large")
    revision = kept(sandbox)
    assert sandbox.file(revision, "large", within()) == b"x" * 1024 * 1024
    with pytest.raises(BadInput, match=r"larger of the source code is too large to be read: 1\.0 MB"):
        sandbox.file(revision, "larger", within())


def test_extraction_wants_a_new_folder_and_the_approved_tree(sandbox: Sandbox, tree: WorkTree, tmp_path: Path) -> None:
    revision = kept(sandbox)
    (tmp_path / "there").mkdir()
    with pytest.raises(Failed, match="exists already"):
        sandbox.extract(revision, tmp_path / "there", within(), quiet)
    other = Revision(revision.commit, revision.base, tree.id("main^{tree}"), revision.diff_digest)
    with pytest.raises(Failed, match="not those that were approved"):
        sandbox.extract(other, tmp_path / "context", within(), quiet)


def test_uncommitted_work_is_listed_and_ignored_files_are_not(sandbox: Sandbox, tree: WorkTree) -> None:
    tree.write(".gitignore", "*.log\nnode_modules/\n")
    tree.write("run.sh", "true\n")
    tree.write("dos.txt", b"a\r\nb\r\n")
    tree.write(".gitattributes", "dos.txt text eol=crlf\n")
    tree.link("link", "app.py")
    tree.commit("ground")
    (tree.path / ".git/info/exclude").write_text("mine.txt\n")
    tree.write("debug.log", "ignored\n")
    tree.write("node_modules/a/b.js", "ignored\n")
    tree.write("mine.txt", "ignored\n")
    assert sandbox.uncommitted(within()) == ()
    tree.write("app.py", "changed\n")
    (tree.path / "new name.txt").unlink()
    (tree.path / "run.sh").chmod(0o755)
    (tree.path / "link").unlink()
    tree.link("link", "run.sh")
    tree.write("sub/new ü\n.txt", "untracked\n")
    tree.write(b"b\xff", "untracked\n")
    tree.write("staged.txt", "staged\n")
    tree.git("add", "staged.txt")
    expected = ("app.py", "b\\xff", "link", "new name.txt", "run.sh", "staged.txt", "sub/new ü\n.txt")
    assert sandbox.uncommitted(within()) == expected
    assert sandbox.snapshot(None, within()).uncommitted == expected


def test_an_index_that_hides_changes_is_not_believed(sandbox: Sandbox, tree: WorkTree) -> None:
    tree.git("update-index", "--assume-unchanged", "app.py")
    tree.git("update-index", "--skip-worktree", "new name.txt")
    tree.write("app.py", "hidden\n")
    (tree.path / "new name.txt").unlink()
    assert tree.git("status", "--porcelain") == b""
    assert sandbox.uncommitted(within()) == ("app.py", "new name.txt")


@pytest.mark.parametrize("name", ["main", "HEAD~1", "v1.0", "ID"])
def test_a_base_can_be_named(sandbox: Sandbox, tree: WorkTree, name: str) -> None:
    tree.git("tag", "-a", "v1.0", "-m", "one", "main")
    tree.write("more.txt", "more\n")
    tree.commit("more")
    expected = {"HEAD~1": tree.id("HEAD~1")}.get(name, tree.id("main"))
    base = tree.id("main") if name == "ID" else name
    assert sandbox.snapshot(base, within()).revision.base == expected


@pytest.mark.parametrize("name", ["nowhere", "", "--all", "-x", "main:app.py", "main\n", "f" * 40])
def test_a_base_that_is_not_there_is_refused(sandbox: Sandbox, name: str) -> None:
    with pytest.raises(BadInput, match="no commit or branch"):
        sandbox.snapshot(name, within())


def test_no_change_is_refused(sandbox: Sandbox, tree: WorkTree) -> None:
    with pytest.raises(BadInput, match="empty"):
        sandbox.snapshot("HEAD", within())
    tree.git("checkout", "-q", "-b", "nothing-yet", "main")
    with pytest.raises(BadInput, match="empty"):
        sandbox.snapshot(None, within())
    tree.git("checkout", "-q", "feature")
    tree.git("commit", "-q", "--allow-empty", "-m", "nothing")
    with pytest.raises(BadInput, match="empty"):
        sandbox.snapshot("HEAD~1", within())


def test_on_the_main_branch_the_base_is_the_commit_before(sandbox: Sandbox, tree: WorkTree) -> None:
    tree.git("checkout", "-q", "main")
    first = sandbox.snapshot(None, within())
    assert first.revision.base == EMPTY_TREE
    assert first.paths == ("app.py", "gone.txt", "old name.txt")
    sandbox.keep(first.revision, within())
    assert sandbox.diff(first.revision, within()).count(b"new file mode") == 3
    tree.git("merge", "-q", "feature")
    assert sandbox.snapshot(None, within()).revision.base == first.revision.commit


def test_a_detached_head_is_compared_with_the_main_branch(sandbox: Sandbox, tree: WorkTree) -> None:
    tree.git("checkout", "-q", "--detach", "feature")
    assert sandbox.snapshot(None, within()).revision.base == tree.id("main")


def test_the_base_is_where_the_feature_left_main(sandbox: Sandbox, tree: WorkTree) -> None:
    left = tree.id("main")
    tree.git("checkout", "-q", "main")
    tree.write("later.txt", "later\n")
    tree.commit("main moves on")
    tree.git("checkout", "-q", "feature")
    assert sandbox.snapshot(None, within()).revision.base == left


def test_what_was_not_kept_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    revision = sandbox.snapshot(None, within()).revision
    for call in (
        lambda: sandbox.diff(revision, within()),
        lambda: sandbox.revision(revision.commit, revision.base, within()),
        lambda: sandbox.file(revision, "app.py", within()),
        lambda: sandbox.extract(revision, tmp_path / "context", within(), quiet),
    ):
        with pytest.raises(BadInput, match="not been kept"):
            call()
    with pytest.raises(BadInput, match="not the ID"):
        sandbox.revision("--output=/tmp/x", revision.base, within())
    assert not (tmp_path / "context").exists()


def test_a_commit_that_the_sandbox_does_not_have_is_refused(sandbox: Sandbox) -> None:
    real = sandbox.snapshot(None, within()).revision
    with pytest.raises(BadInput):
        sandbox.keep(Revision("1" * 40, real.base, real.tree, real.diff_digest), within())


def test_submodules_are_refused_in_words(sandbox: Sandbox, tree: WorkTree) -> None:
    tree.git("update-index", "--add", "--cacheinfo", f"160000,{tree.id('main')},vendor/lib")
    tree.git("commit", "-q", "-m", "submodule")
    with pytest.raises(BadInput, match=r"submodules \(vendor/lib\)"):
        sandbox.snapshot(None, within())


def test_a_sandbox_that_is_not_one_is_refused(sandbox_world: SandboxWorld, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    unborn = WorkTree.make(tmp_path / "unborn")
    for place, words in (
        (plain, "no git repository"),
        (tmp_path / "absent", "no git repository"),
        (unborn.path, "no commit"),
    ):
        sandbox = sandbox_world.open(WorkTree(place))
        for call in (sandbox.head, sandbox.uncommitted, lambda deadline, each=sandbox: each.snapshot(None, deadline)):
            with pytest.raises(BadInput, match=words):
                call(within())


def test_nothing_in_the_sandbox_changes(sandbox: Sandbox, tree: WorkTree, tmp_path: Path) -> None:
    tree.write("untracked.txt", "x\n")

    def state() -> dict[str, tuple[float, bytes]]:
        return {
            str(each): (each.lstat().st_mtime, each.read_bytes() if each.is_file() else b"")
            for each in tree.path.rglob("*")
        }

    before = state()
    revision = kept(sandbox)
    sandbox.uncommitted(within())
    sandbox.diff(revision, within())
    sandbox.extract(revision, tmp_path / "context", within(), quiet)
    assert state() == before


def test_a_deadline_that_is_over_stops_every_call(sandbox: Sandbox, tmp_path: Path) -> None:
    revision = kept(sandbox)
    cancelled = Deadline(30)
    cancelled.cancel("the operator asked")
    over = Deadline(0)
    for deadline, kind in ((cancelled, Cancelled), (over, TimeLimitPassed)):
        for call in (
            lambda each: sandbox.snapshot(None, each),
            sandbox.head,
            sandbox.uncommitted,
            lambda each: sandbox.keep(revision, each),
            lambda each: sandbox.revision(revision.commit, revision.base, each),
            lambda each: sandbox.diff(revision, each),
            lambda each: sandbox.file(revision, "app.py", each),
            lambda each: sandbox.extract(revision, tmp_path / "context", each, quiet),
        ):
            with pytest.raises(kind):
                call(deadline)


def test_a_large_extraction_can_be_cancelled(sandbox: Sandbox, tree: WorkTree, tmp_path: Path) -> None:
    for number in range(12):
        tree.write(f"large/{number}", os.urandom(1024 * 1024))
    tree.commit("large")
    revision = kept(sandbox)
    deadline = Deadline(30)
    context = tmp_path / "context"

    def cancel_when_begun() -> None:
        while not (context / "large").exists():
            time.sleep(0.001)
        deadline.cancel("enough")

    threading.Thread(target=cancel_when_begun, daemon=True).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        sandbox.extract(revision, context, deadline, quiet)
    assert time.monotonic() - began < 5
