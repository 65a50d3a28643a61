"""A sandbox whose settings, attributes and files are out to run something as the operator, or to show other files than its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Failed, ShipuiError
from shipui.model.promotion import Revision
from shipui.sandboxes.git import GitSandbox
from tests.integration.git_sandbox_builder import WorkTree


def quiet(_: str) -> None:
    return


def within() -> Deadline:
    return Deadline(30)


@dataclass(frozen=True)
class Canary:
    """A command that leaves a feather when it is run."""

    command: Path
    feather: Path

    @classmethod
    def hatch(cls, folder: Path) -> Canary:
        folder.mkdir()
        canary = cls(folder / "canary", folder / "feather")
        canary.command.write_text(f'#!/bin/sh\necho "$0 $*" >> "{canary.feather}"\ncat 2>/dev/null\nexit 0\n')
        canary.command.chmod(0o755)
        return canary

    @property
    def sang(self) -> str:
        return self.feather.read_text() if self.feather.exists() else ""


@pytest.fixture
def canary(tmp_path: Path) -> Canary:
    return Canary.hatch(tmp_path / "cage")


@pytest.fixture
def tree(tmp_path: Path) -> WorkTree:
    tree = WorkTree.make(tmp_path / "sandbox")
    tree.write(".gitattributes", "*.txt filter=evil diff=evil merge=evil\n*.lfs filter=lfs diff=lfs merge=lfs -text\n")
    tree.write("a.txt", "one\n")
    tree.write("a.lfs", "one\n")
    tree.commit("first")
    tree.git("checkout", "-q", "-b", "feature")
    tree.write("a.txt", "two\n")
    tree.write("a.lfs", "two\n")
    tree.commit("second")
    return tree


PLANTS = {
    "fsmonitor": (["core.fsmonitor={}"], ["status"]),
    "clean filter": (["filter.evil.clean={}", "filter.lfs.clean={}", "filter.evil.required=true"], ["status"]),
    "process filter": (["filter.evil.process={}", "filter.lfs.process={}"], ["status"]),
    "smudge filter": (["filter.evil.smudge={}", "filter.lfs.smudge={}"], ["archive", "HEAD"]),
    "external diff": (["diff.external={}"], ["diff", "main", "feature"]),
    "diff driver": (["diff.evil.command={}", "diff.lfs.command={}"], ["diff", "main", "feature"]),
    "textconv": (["diff.evil.textconv={}", "diff.lfs.textconv={}"], ["diff", "main", "feature"]),
    "merge driver": (["merge.evil.driver={} %O %A %B"], None),
    "signature": (["gpg.program={}", "log.showSignature=true", "gpg.ssh.program={}"], None),
    "pager, editor, ssh": (
        [
            "core.pager={}",
            "pager.diff={}",
            "pager.show={}",
            "core.editor={}",
            "core.sshCommand={}",
            "core.askPass={}",
            "sequence.editor={}",
        ],
        None,
    ),
    "alias": ([f"alias.{name}=!{{}}" for name in ("status", "st", "diff", "cat-file", "rev-parse", "ls-tree")], ["st"]),
    "upload-pack": (
        ["uploadpack.packObjectsHook={}", "remote.origin.uploadpack={}", "core.alternateRefsCommand={}"],
        None,
    ),
    "promisor": (
        [
            "extensions.partialClone=origin",
            "remote.origin.promisor=true",
            "remote.origin.url=ext::{} %S",
            "protocol.ext.allow=always",
            "core.repositoryFormatVersion=1",
        ],
        None,
    ),
    "credentials": (["credential.helper=!{}", "url.ext::{} .insteadOf=https://"], None),
    "submodule": (["submodule.recurse=true", "submodule.vendor.update=!{}", "status.submoduleSummary=true"], None),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_no_setting_of_the_sandbox_runs_anything(plant: str, tree: WorkTree, canary: Canary, tmp_path: Path) -> None:
    settings, control = PLANTS[plant]
    for each in settings:
        key, value = each.split("=", 1)
        tree.git("config", "--file", ".git/config", key, value.format(canary.command))
    use_everything(tree, tmp_path)
    assert canary.sang == ""
    if control is not None:
        tree.write("a.txt", "tri\n")
        with contextlib.suppress(subprocess.CalledProcessError):
            tree.git(*control)
        assert canary.sang, "the canary is dead: this test would prove nothing"


def test_no_included_setting_runs_anything(tree: WorkTree, canary: Canary, tmp_path: Path) -> None:
    (tmp_path / "more").write_text(
        f'[core]\n\tfsmonitor = {canary.command}\n[filter "evil"]\n\tclean = {canary.command}\n'
    )
    tree.git("config", "include.path", str(tmp_path / "more"))
    tree.git("config", "includeIf.gitdir:**.path", str(tmp_path / "more"))
    use_everything(tree, tmp_path)
    assert canary.sang == ""
    tree.git("status")
    assert canary.sang


def test_no_worktree_setting_is_obeyed(tree: WorkTree, canary: Canary, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    tree.git("config", "extensions.worktreeConfig", "true")
    (tree.path / ".git/config.worktree").write_text(f"[core]\n\tfsmonitor = {canary.command}\n")
    tree.git("config", "core.worktree", str(tmp_path / "elsewhere"))
    assert GitSandbox(tree.path, tmp_path / "store").uncommitted(within()) == ()
    use_everything(tree, tmp_path)
    assert canary.sang == ""


def test_no_hook_runs(tree: WorkTree, canary: Canary, tmp_path: Path) -> None:
    hooks = tree.path / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in (
        "post-index-change",
        "post-checkout",
        "reference-transaction",
        "fsmonitor-watchman",
        "pre-auto-gc",
        "pre-commit",
    ):
        (hooks / name).symlink_to(canary.command)
    use_everything(tree, tmp_path)
    assert canary.sang == ""
    tree.git("update-ref", "refs/heads/another", "HEAD")
    assert canary.sang


def test_nothing_runs_from_the_operators_own_configuration(
    tree: WorkTree, canary: Canary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f"[core]\n\tfsmonitor = {canary.command}\n[diff]\n\texternal = {canary.command}\n\tnoprefix = true\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "diff.external")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(canary.command))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(canary.command))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    use_everything(tree, tmp_path)
    assert canary.sang == ""
    assert not (tmp_path / "trace").exists()


def test_nothing_of_a_nested_repository_runs(tree: WorkTree, canary: Canary, tmp_path: Path) -> None:
    nested = WorkTree.make(tree.path / "vendor")
    nested.write("x.txt", "x\n")
    nested.commit("nested")
    nested.git("config", "core.fsmonitor", str(canary.command))
    sandbox = GitSandbox(tree.path, tmp_path / "store")
    assert sandbox.uncommitted(within()) == ("vendor/",)
    tree.git("-c", "advice.addEmbeddedRepo=false", "add", "vendor")
    tree.git("commit", "-q", "-m", "as a submodule")
    assert sandbox.uncommitted(within()) == ()
    with pytest.raises(BadInput, match="submodules"):
        sandbox.snapshot(None, within())
    assert canary.sang == ""


def test_a_fetch_from_the_sandbox_is_never_made(
    tree: WorkTree, canary: Canary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What runs is git, with shipui's own repositories: watched through a git that notes its arguments and repository."""
    real = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, text=True, check=True).stdout.strip()
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\necho "$GIT_DIR | $PWD | $*" >> {tmp_path}/calls\nexec {real} "$@"\n')
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    use_everything(tree, tmp_path)
    calls = (tmp_path / "calls").read_text().splitlines()
    assert len(calls) > 10
    for call in calls:
        repository, place, arguments = call.split(" | ", 2)
        assert repository == place
        assert not repository.startswith(str(tree.path))
        assert {"fetch", "clone", "upload-pack", "-C", "remote"}.isdisjoint(arguments.split())


def use_everything(tree: WorkTree, tmp_path: Path) -> None:
    """Every method of a sandbox, with work that is not committed; whether each succeeds is not the question here, except once."""
    tree.write("a.txt", "uncommitted\n")
    tree.write("new.txt", "untracked\n")
    os.utime(tree.path / "a.lfs", (1, 1))  # makes git look at its content
    sandbox = GitSandbox(tree.path, tmp_path / "store")
    assert sandbox.head(within()) == tree.id("HEAD")
    assert sandbox.uncommitted(within()) == ("a.txt", "new.txt")
    revision = sandbox.snapshot(None, within()).revision
    sandbox.keep(revision, within())
    assert b"-one\n+two\n" in sandbox.diff(revision, within())
    assert sandbox.revision(revision.commit, revision.base, within()) == revision
    context = tmp_path / "context"
    assert sandbox.extract(revision, context, within(), quiet).tree == revision.tree
    assert (context / "a.txt").read_text() == "two\n"


# --- what the repository itself may claim ---


def raw_tree(tree: WorkTree, *entries: tuple[str, bytes, str]) -> str:
    return tree.object(
        "tree", b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(id_) for mode, name, id_ in entries)
    )


def commit_of(tree: WorkTree, top: str) -> str:
    made = tree.git("commit-tree", top, "-p", "main", "-m", "crafted").decode().strip()
    tree.git("update-ref", "refs/heads/feature", made)
    return made


@pytest.mark.parametrize(
    "name", [b"..", b".", b".git", b".GIT", b".Git", b"git~1", b".git. ", b".g\xe2\x80\x8cit", b"/etc", b"a/../../x"]
)
def test_a_path_that_could_leave_its_folder_is_refused(tree: WorkTree, name: bytes, tmp_path: Path) -> None:
    blob = tree.object("blob", b"evil\n")
    below = raw_tree(tree, ("100644", b"config", blob))
    commit_of(tree, raw_tree(tree, ("40000", name, below)))
    with pytest.raises(Failed, match="could leave its folder"):
        GitSandbox(tree.path, tmp_path / "store").snapshot(None, within())


def test_a_path_without_end_is_refused(tree: WorkTree, tmp_path: Path) -> None:
    top = raw_tree(tree, ("100644", b"file", tree.object("blob", b"deep\n")))
    for _ in range(1500):
        top = raw_tree(tree, ("40000", b"d", top))
    commit_of(tree, top)
    with pytest.raises(Failed, match="1501 folders"):
        GitSandbox(tree.path, tmp_path / "store").snapshot(None, within())


@pytest.mark.parametrize("target", [b"", b"a\0b", b"x" * 70_000])
def test_a_link_that_cannot_be_made_fails_in_words(tree: WorkTree, target: bytes, tmp_path: Path) -> None:
    commit_of(tree, raw_tree(tree, ("120000", b"link", tree.object("blob", target))))
    sandbox = GitSandbox(tree.path, tmp_path / "store")
    revision = sandbox.snapshot(None, within()).revision
    sandbox.keep(revision, within())
    with pytest.raises(Failed):
        sandbox.extract(revision, tmp_path / "context", within(), quiet)


def test_nothing_is_written_through_a_link(tree: WorkTree, tmp_path: Path) -> None:
    """A tree in which `a` is both a link out of the folder and a folder."""
    victim = tmp_path / "victim"
    victim.mkdir()
    link = tree.object("blob", os.fsencode(victim))
    blob = tree.object("blob", b"evil\n")
    inner = tree.object("blob", b"target")
    below = raw_tree(tree, ("100644", b"file", blob), ("120000", b"link", inner))
    commit_of(tree, raw_tree(tree, ("120000", b"a", link), ("40000", b"a", below)))
    sandbox = GitSandbox(tree.path, tmp_path / "store")
    revision = sandbox.snapshot(None, within()).revision
    sandbox.keep(revision, within())
    with pytest.raises(Failed, match="two files of the same name"):
        sandbox.extract(revision, tmp_path / "context", within(), quiet)
    assert list(victim.iterdir()) == []


def test_an_object_under_another_ones_name_is_found_out(tree: WorkTree, tmp_path: Path) -> None:
    """Loose objects are not checked by git when they are read: the approved diff would show one file, the build get another."""
    wanted = tree.id("feature:a.txt")
    path = tree.path / ".git/objects" / wanted[:2] / wanted[2:]
    sandbox = GitSandbox(tree.path, tmp_path / "store")
    revision = sandbox.snapshot(None, within()).revision
    path.chmod(0o644)
    path.write_bytes(zlib.compress(b"blob 5\0evil\n"))
    with pytest.raises(Failed):
        sandbox.keep(revision, within())
    with pytest.raises(BadInput, match="not been kept"):
        sandbox.extract(revision, tmp_path / "context", within(), quiet)


def test_a_replaced_object_or_graft_is_not_believed(tree: WorkTree, tmp_path: Path) -> None:
    evil = tree.object("blob", b"evil\n")
    tree.git("replace", tree.id("feature:a.txt"), evil)
    (tree.path / ".git/info/grafts").write_text(f"{tree.id('feature')} \n")
    sandbox = GitSandbox(tree.path, tmp_path / "store")
    revision = sandbox.snapshot(None, within()).revision
    assert revision.base == tree.id("main")
    sandbox.keep(revision, within())
    sandbox.extract(revision, tmp_path / "context", within(), quiet)
    assert (tmp_path / "context/a.txt").read_text() == "two\n"


@pytest.mark.parametrize(
    "name", ["HEAD", "packed-refs", "refs/heads/feature", "refs/remotes/origin/HEAD", "shallow", "info/exclude"]
)
def test_a_named_pipe_holds_nobody(tree: WorkTree, name: str, tmp_path: Path) -> None:
    path = tree.path / ".git" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    os.mkfifo(tree.path / "pipe")
    done = threading.Event()

    def use() -> None:
        with contextlib.suppress(ShipuiError):
            sandbox = GitSandbox(tree.path, tmp_path / "store")
            sandbox.head(within())
            sandbox.snapshot(None, within())
        done.set()

    threading.Thread(target=use, daemon=True).start()
    assert done.wait(10)


def test_a_secret_behind_a_link_is_not_shown(tree: WorkTree, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    head = tree.path / ".git/HEAD"
    head.unlink()
    head.symlink_to(secret)
    with pytest.raises(BadInput) as caught:
        GitSandbox(tree.path, tmp_path / "store").head(within())
    assert "hunter2" not in f"{caught.value} {caught.value.detail}"


@pytest.fixture
def other(tmp_path: Path) -> Iterator[WorkTree]:
    """A repository of the operator's that the sandbox has no business with."""
    tree = WorkTree.make(tmp_path / "other")
    tree.write("private.txt", "private\n")
    tree.commit("private")
    return tree


def test_a_git_file_that_points_elsewhere_is_refused(other: WorkTree, tmp_path: Path) -> None:
    place = tmp_path / "pretender"
    place.mkdir()
    (place / ".git").write_text(f"gitdir: {other.path}/.git\n")
    with pytest.raises(BadInput, match="does not know this folder"):
        GitSandbox(place, tmp_path / "store").head(within())
    other.git("worktree", "add", "-q", str(tmp_path / "real"), "-b", "side")
    (place / ".git").write_text(f"gitdir: {other.path}/.git/worktrees/real\n")
    with pytest.raises(BadInput, match="does not know this folder"):
        GitSandbox(place, tmp_path / "store").head(within())
    assert GitSandbox(tmp_path / "real", tmp_path / "store").head(within()) == other.id("main")


def test_a_git_link_is_refused(other: WorkTree, tmp_path: Path) -> None:
    place = tmp_path / "pretender"
    place.mkdir()
    (place / ".git").symlink_to(other.path / ".git")
    with pytest.raises(BadInput, match="no git repository"):
        GitSandbox(place, tmp_path / "store").head(within())


def test_words_from_a_commit_are_only_words(tree: WorkTree, tmp_path: Path) -> None:
    tree.write("evil\x1b]52;c;x\x07.txt", "x\n")
    tree.git("add", "-A")
    tree.git("commit", "-q", "-m", "\x1b[31mred \u202e", GIT_AUTHOR_NAME="--upload-pack=x")
    seen = GitSandbox(tree.path, tmp_path / "store").snapshot(None, within())
    assert seen.subject == "\x1b[31mred \u202e"
    assert seen.author.startswith("--upload-pack=x")
    assert "evil\x1b]52;c;x\x07.txt" in seen.paths


def test_a_revision_is_never_taken_for_an_option(tree: WorkTree, tmp_path: Path) -> None:
    target = tmp_path / "written"
    sandbox = GitSandbox(tree.path, tmp_path / "store")
    evil = f"--output={target}"
    for call in (
        lambda: sandbox.snapshot(evil, within()),
        lambda: sandbox.keep(Revision(evil, evil, evil, ""), within()),
        lambda: sandbox.diff(Revision(evil, evil, evil, ""), within()),
        lambda: sandbox.extract(Revision(evil, evil, evil, ""), tmp_path / "context", within(), quiet),
    ):
        with pytest.raises(BadInput):
            call()
    assert not target.exists()
