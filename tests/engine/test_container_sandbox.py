"""A sandbox in a container: whose it is, what it must not run, what it must not leave there, and what is said when it is away."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, NoSpace, ShipuiError, TimeLimitPassed, Unreachable
from shipui.sandboxes.container import ContainerSandbox
from tests.engine.sandbox_containers import OWNER, PATH, Studio
from tests.integration.deployments.test_full_disk import small_disk

MakeStudio = Callable[..., Studio]


@pytest.fixture
def make_studio(docker_engine: Engine) -> Iterator[MakeStudio]:
    made: list[Studio] = []

    def make(**options: object) -> Studio:
        studio = Studio(docker_engine, **options)  # type: ignore[arg-type]
        made.append(studio)
        return studio

    yield make
    for each in made:
        with suppress(ShipuiError):
            each.remove()


@pytest.fixture
def studio(make_studio: MakeStudio) -> Studio:
    """Runs as root; its tree belongs to another account, and is closed to others."""
    studio = make_studio()
    studio.make_tree()
    return studio


@pytest.fixture
def sandbox(studio: Studio, tmp_path: Path) -> ContainerSandbox:
    return opened(studio, tmp_path)


def opened(studio: Studio, tmp_path: Path, location: str | None = None) -> ContainerSandbox:
    return ContainerSandbox(location or studio.location, studio.engine, tmp_path / "store.git")


def within() -> Deadline:
    return Deadline(60)


def until(found: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def packs(tmp_path: Path) -> int:
    """Bytes of source code that shipui has."""
    return sum(each.stat().st_size for each in (tmp_path / "store.git/objects/pack").glob("*.pack"))


@pytest.mark.parametrize(("runs_as", "owner"), [("", OWNER), ("999", OWNER), ("1000", "0:0"), ("1000", "4711:4711")])
def test_whoever_owns_the_tree_and_whoever_the_container_runs_as(
    make_studio: MakeStudio, tmp_path: Path, runs_as: str, owner: str
) -> None:
    studio = make_studio(user=runs_as)
    studio.make_tree("/srv/tree", owner=owner)
    studio.sh('echo three >>"$1/app.txt"', "/srv/tree")
    sandbox = opened(studio, tmp_path, f"docker://{studio.name}/srv/tree")
    seen = sandbox.snapshot(None, within())
    assert (seen.revision.commit, seen.revision.base) == (
        studio.id("feature", "/srv/tree"),
        studio.id("main", "/srv/tree"),
    )
    assert (seen.paths, seen.uncommitted) == (("app.txt",), ("app.txt",))
    sandbox.keep(seen.revision, within())
    assert b"+two" in sandbox.diff(seen.revision, within())
    assert studio.left_behind() == []


HOSTILE = """
printf '#!/bin/sh\\necho "$0 $*" >>/tmp/feather\\ncat\\n' >/canary; chmod 755 /canary
touch /tmp/feather; chmod 666 /tmp/feather
cat >/etc/gitconfig <<'END'
[core]
    fsmonitor = /canary
    hooksPath = /hooks
    pager = /canary
    excludesFile = /everything
    attributesFile = /attributes
    sshCommand = /canary
    alternateRefsCommand = /canary
    untrackedCache = true
[diff]
    external = /canary
[diff "evil"]
    command = /canary
    textconv = /canary
[filter "evil"]
    clean = /canary
    smudge = /canary
    process = /canary
    required = true
[alias]
    status = !/canary
    bundle = !/canary
    st = !/canary
[safe]
    directory = /nowhere
[uploadpack]
    packObjectsHook = /canary
[remote "origin"]
    promisor = true
    url = ext::/canary %S
    uploadpack = /canary
[protocol "ext"]
    allow = always
[extensions]
    partialClone = origin
END
mkdir -p /hooks /root /home/app
for hook in post-index-change reference-transaction pre-auto-gc post-checkout fsmonitor-watchman; do cp /canary /hooks/$hook; done
cp /etc/gitconfig /etc/more
cp /etc/gitconfig /root/.gitconfig
cp /etc/gitconfig /home/app/.gitconfig
cat /etc/gitconfig >>"$1/.git/config"
cat >>"$1/.git/config" <<'END'
[extensions]
    worktreeConfig = true
[core]
    repositoryFormatVersion = 1
    worktree = /etc
[include]
    path = /etc/more
END
cp /etc/gitconfig "$1/.git/config.worktree"
cp -r /hooks/. "$1/.git/hooks/"
echo "*" >/everything
echo "* filter=evil diff=evil" >/attributes
echo "* filter=evil diff=evil" >"$1/.git/info/attributes"
chown -R 1000:1000 "$1"
"""
HOSTILE_ENVIRONMENT = {
    "GIT_DIR": "/nowhere",
    "GIT_WORK_TREE": "/etc",
    "GIT_INDEX_FILE": "/nowhere/index",
    "GIT_OBJECT_DIRECTORY": "/nowhere/objects",
    "GIT_EXTERNAL_DIFF": "/canary",
    "GIT_PAGER": "/canary",
    "GIT_EXEC_PATH": "/hooks",
    "GIT_TRACE": "/tmp/trace",
    "GIT_TRACE2": "/tmp/trace",
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "core.fsmonitor",
    "GIT_CONFIG_VALUE_0": "/canary",
    "GIT_CONFIG_KEY_1": "filter.evil.clean",
    "GIT_CONFIG_VALUE_1": "/canary",
    "GIT_CONFIG_PARAMETERS": "'core.fsmonitor=/canary'",
    "GIT_REPLACE_REF_BASE": "refs/heads/",
    "GIT_SHALLOW_FILE": "/etc/passwd",
    "GIT_NAMESPACE": "elsewhere",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_DEFAULT_HASH": "sha256",
    "ENV": "/canary",
    "BASH_ENV": "/canary",
    "HOME": "/root",
    "XDG_CONFIG_HOME": "/root",
    "LD_PRELOAD": "/nowhere.so",
}


def test_nothing_that_is_set_in_the_container_runs_or_changes_anything(make_studio: MakeStudio, tmp_path: Path) -> None:
    plain, studio = make_studio(), make_studio(environment=HOSTILE_ENVIRONMENT)
    for each in (plain, studio):
        each.make_tree()
        each.sh('echo new >"$1/new.txt"', PATH)
    studio.sh(HOSTILE, PATH)
    expected = opened(plain, tmp_path / "plain").snapshot(None, within())
    sandbox = opened(studio, tmp_path)
    seen = sandbox.snapshot(None, within())
    assert seen == expected
    assert seen.uncommitted == ("new.txt",)
    sandbox.keep(seen.revision, within())
    assert sandbox.file(seen.revision, "app.txt", within()) == b"two\n"
    assert studio.sh("cat /tmp/feather; ls /tmp") == "feather"
    studio.sh('cd "$1"; git --work-tree=. status >/dev/null 2>&1; true', PATH, user=OWNER)
    assert "/canary" in studio.sh("cat /tmp/feather"), "the canary is dead: this test would prove nothing"


def test_a_commit_that_is_shipped_later_brings_only_what_is_new(
    studio: Studio, sandbox: ContainerSandbox, tmp_path: Path
) -> None:
    studio.sh('git -c safe.directory="*" -C "$1" checkout -q main', PATH)
    studio.commit("head -c 8000000 /dev/urandom >large.bin; echo base >base.txt")
    studio.commit("echo first >first.txt")
    first = sandbox.snapshot(None, within()).revision
    sandbox.keep(first, within())
    before = packs(tmp_path)
    assert before > 8_000_000
    studio.commit("head -c 100000 /dev/urandom >between.bin")
    head = studio.commit("rm between.bin; echo second >second.txt; echo more >>first.txt")
    second = sandbox.snapshot(first.base, within()).revision
    sandbox.keep(second, within())
    assert (second.commit, second.base) == (head, first.base)
    assert packs(tmp_path) - before < 50_000, "what was here already, or what no commit to be shipped holds, came again"
    sandbox.keep(second, within())
    studio.remove()
    made = sandbox.extract(second, tmp_path / "context", within(), lambda _: None)
    assert made.tree == second.tree
    assert (tmp_path / "context/large.bin").stat().st_size == 8_000_000


def test_a_head_that_goes_back_to_what_the_base_no_longer_has(studio: Studio, sandbox: ContainerSandbox) -> None:
    """And history that forks and joins: only the two commits matter."""
    studio.commit("echo three >app.txt")
    studio.sh('cd "$1"; git checkout -q main', PATH, user=OWNER)
    moved = studio.commit("echo elsewhere >elsewhere.txt; rm app.txt")
    studio.sh(
        'cd "$1"; git checkout -q feature; git merge -q -s ours -m join main; git checkout -q main~1 -- app.txt',
        PATH,
        user=OWNER,
    )
    studio.commit("echo new >new.txt")
    for base in ("main", "main~1", "HEAD~1", None):
        revision = sandbox.snapshot(base, within()).revision
        sandbox.keep(revision, within())
    assert sandbox.snapshot("main", within()).revision.base == moved


def test_linked_worktrees_bare_repositories_and_shallow_clones(studio: Studio, tmp_path: Path) -> None:
    studio.sh("chown 1000:1000 /home/app")
    studio.sh('git -C "$1" worktree add -q --detach /home/app/linked feature', PATH, user=OWNER)
    studio.sh('cp -a "$1/.git" /home/app/bare; git -C /home/app/bare config core.bare true', PATH, user=OWNER)
    studio.sh(
        'cp -a "$1" /home/app/shallow; cd /home/app/shallow; git branch -q -D main; git rev-parse HEAD >.git/shallow',
        PATH,
        user=OWNER,
    )
    studio.sh("echo x >/home/app/linked/new.txt", user=OWNER)
    head, base = studio.id("feature"), studio.id("main")
    for number, place in enumerate(("linked", "bare")):
        seen = opened(studio, tmp_path / str(number), f"docker://{studio.name}/home/app/{place}").snapshot(
            "main", within()
        )
        assert (seen.revision.commit, seen.revision.base) == (head, base)
        assert seen.uncommitted == (("new.txt",) if place == "linked" else ())
    shallow = opened(studio, tmp_path, f"docker://{studio.name}/home/app/shallow")
    with pytest.raises(BadInput, match="git fetch --unshallow"):
        shallow.snapshot(None, within())
    studio.sh('printf "gitdir: %s/.git\n" "$1" >/home/app/linked/.git', PATH, user=OWNER)
    with pytest.raises(BadInput, match="does not know this folder"):
        opened(studio, tmp_path, f"docker://{studio.name}/home/app/linked").head(within())


def test_nothing_can_be_written_but_in_memory(make_studio: MakeStudio, tmp_path: Path) -> None:
    studio = make_studio(tmpfs={"/home/app": ""}, read_only=True)
    studio.make_tree()
    with pytest.raises(BadInput, match="kept in memory"):
        opened(studio, tmp_path).head(within())


def test_nothing_is_left_in_the_container(studio: Studio, sandbox: ContainerSandbox) -> None:
    revision = sandbox.snapshot(None, within()).revision
    sandbox.keep(revision, within())
    with pytest.raises(BadInput):
        sandbox.snapshot("nowhere", within())
    assert studio.left_behind() == []


def test_a_disk_that_fills_up_here_is_said(studio: Studio, sandbox: ContainerSandbox, tmp_path: Path) -> None:
    studio.commit("head -c 3000000 /dev/urandom >large.bin")
    with small_disk(tmp_path / "store.git", "1m"), pytest.raises(NoSpace, match="not enough room for the source code"):
        sandbox.snapshot(None, within())
    assert studio.left_behind() == []


@pytest.mark.parametrize("word", ["status", "bundle", "merge-base"])
def test_a_git_that_takes_its_time_ends_with_the_deadline(studio: Studio, sandbox: ContainerSandbox, word: str) -> None:
    studio.slow_git(word)
    deadline = Deadline(60)
    threading.Thread(target=lambda: (until(studio.has_begun), deadline.cancel("enough")), daemon=True).start()
    with pytest.raises(ShipuiError, match="enough"):
        sandbox.snapshot(None, deadline)
    until(lambda: studio.left_behind() == [], 10)


def test_a_container_that_is_paused_in_the_middle(studio: Studio, sandbox: ContainerSandbox) -> None:
    studio.slow_git("bundle")
    deadline = Deadline(60)

    def pause() -> None:
        until(studio.has_begun)
        studio.pause()
        deadline.cancel("enough")

    threading.Thread(target=pause, daemon=True).start()
    with pytest.raises(ShipuiError, match="enough"):
        sandbox.snapshot(None, deadline)
    with pytest.raises(BadInput, match=f"is paused. Let it go on: docker unpause {studio.name}"):
        sandbox.head(within())
    studio.unpause()
    until(lambda: studio.left_behind() == [], 20)


def test_a_container_that_stops_in_the_middle_is_named(studio: Studio, sandbox: ContainerSandbox) -> None:
    studio.slow_git("bundle")
    threading.Thread(target=lambda: (until(studio.has_begun), studio.stop()), daemon=True).start()
    with pytest.raises(BadInput, match=r"is stopped \(exit code 137\). Start it: docker start"):
        sandbox.snapshot(None, within())


def test_a_shipui_that_is_killed_leaves_nothing_in_the_container(studio: Studio, tmp_path: Path) -> None:
    studio.slow_git("status")
    script = (
        "import sys; from pathlib import Path; from shipui.engine.connection import Engine\n"
        "from shipui.limits.deadline import Deadline; from shipui.sandboxes.container import ContainerSandbox\n"
        "ContainerSandbox(sys.argv[1], Engine(sys.argv[2]), Path(sys.argv[3])).uncommitted(Deadline(600))\n"
    )
    command = [sys.executable, "-c", script, studio.location, studio.engine.address, str(tmp_path / "store")]
    with subprocess.Popen(command) as process:
        until(studio.has_begun)
        process.kill()
    until(lambda: not any("shipui" in each for each in studio.sh("ls /dev/shm /tmp").split()), 10)


def test_each_state_of_a_container_is_said_with_what_to_do(make_studio: MakeStudio, tmp_path: Path) -> None:
    def refused(studio: Studio) -> str:
        sandbox = opened(studio, tmp_path)
        said = set()
        for call in (sandbox.head, sandbox.uncommitted, lambda deadline: sandbox.snapshot(None, deadline)):
            with pytest.raises(BadInput) as caught:
                call(within())
            said.add(str(caught.value))
        assert len(said) == 1
        return said.pop().replace(studio.name, "NAME")

    studio = make_studio(start=False)
    assert refused(studio) == "The sandbox's container NAME has never been started. Start it: docker start NAME"
    restarting = make_studio(command=("sh", "-c", "sleep 0.1; exit 3"), restart_policy={"Name": "always"})
    until(lambda: "keeps restarting" in _said(opened(restarting, tmp_path)))
    studio = make_studio()
    studio.make_tree()
    studio.pause()
    assert refused(studio) == "The sandbox's container NAME is paused. Let it go on: docker unpause NAME"
    studio.unpause()
    studio.stop()
    assert refused(studio) == "The sandbox's container NAME is stopped (exit code 137). Start it: docker start NAME"
    studio.remove()
    assert refused(studio) == (
        f"There is no container “NAME” on the Docker engine at {studio.engine.address}. `docker ps -a` lists those that are there."
    )


def _said(sandbox: ContainerSandbox) -> str:
    try:
        return f"no complaint: {sandbox.head(within())}"
    except BadInput as error:
        return str(error)


def test_no_git_in_the_container_and_an_old_one_are_said(studio: Studio, sandbox: ContainerSandbox) -> None:
    studio.replace_git("#!/bin/sh\necho git version 1.8.3")
    with pytest.raises(BadInput, match=r"cannot be used: it is git version 1.8.3. Install git 2.30 or newer"):
        sandbox.snapshot(None, within())
    studio.sh("rm /usr/local/sbin/git /usr/bin/git")
    with pytest.raises(BadInput, match=r"has no git. Install git, and a shell, in the container's image"):
        sandbox.snapshot(None, within())
    assert sandbox.head(within()) == sandbox.head(within())


def test_a_bundle_that_is_not_the_commit_is_not_believed(
    studio: Studio, sandbox: ContainerSandbox, tmp_path: Path
) -> None:
    real = sandbox.snapshot(None, within()).revision
    lie = f'case " $* " in *" bundle "*) printf "# v2 git bundle\\n{real.base} refs/x\\n\\nPACK"; exit;; esac'
    studio.replace_git(f'#!/bin/sh\n{lie}\nexec /usr/bin/git "$@"')
    other = opened(studio, tmp_path / "other")
    with pytest.raises(ShipuiError, match="did not come out of the container as git packs it"):
        other.snapshot(None, within())
    with pytest.raises(ShipuiError):
        other.keep(real, within())
    with pytest.raises(BadInput, match="not been kept"):
        other.diff(real, within())


@pytest.mark.parametrize("path", ["/nowhere", "/etc", "/etc/passwd", "/home/app"])
def test_a_folder_that_is_no_work_tree_is_refused(studio: Studio, tmp_path: Path, path: str) -> None:
    sandbox = opened(studio, tmp_path, f"docker://{studio.name}{path}")
    for call in (sandbox.head, sandbox.uncommitted):
        with pytest.raises(BadInput, match="no git repository in the folder docker://"):
            call(within())


def test_a_tree_without_a_commit_is_refused(studio: Studio, tmp_path: Path) -> None:
    studio.sh("git init -q /srv/unborn")
    with pytest.raises(BadInput, match="has no commit yet"):
        opened(studio, tmp_path, f"docker://{studio.name}/srv/unborn").snapshot(None, within())


def test_an_engine_that_is_away_is_said_with_where_it_is_set(tmp_path: Path) -> None:
    engine = Engine(f"unix://{tmp_path}/none.sock", setting="docker_host in the section [sandboxes]")
    with pytest.raises(
        Unreachable, match=r"No Docker engine answers at unix:.*correct docker_host in the section \[sandboxes\]"
    ):
        ContainerSandbox("docker://studio/work", engine, tmp_path / "store").head(within())


def test_a_deadline_ends_a_wait_for_the_container(studio: Studio, sandbox: ContainerSandbox) -> None:
    studio.slow_git("--version")
    with pytest.raises(TimeLimitPassed):
        sandbox.snapshot(None, Deadline(2))
