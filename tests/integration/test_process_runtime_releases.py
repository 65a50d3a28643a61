"""The process runtime's images on a real disk: named by content, closed, read-only, and never half there."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shipui.config.settings import ProcessSettings
from shipui.limits.deadline import Deadline
from shipui.model.errors import NoSpace, TimeLimitPassed, ToolFailed
from shipui.runtimes import process_folder, process_release
from shipui.runtimes.base import BuildRequest, Image
from shipui.runtimes.process import ProcessRuntime
from shipui.runtimes.process_folder import Folder, decoded, encoded, part_of
from shipui.runtimes.process_supervisor import process
from tests.integration.process_applications import small_disk


class Builds:
    """Builds with Python snippets below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self.number = 0

    def runtime(self, build: list[str], output: str = ".") -> ProcessRuntime:
        return ProcessRuntime(
            self.folder / "runtime", "app", ProcessSettings(build=build, output=output, start=["./run"]), "shop"
        )

    def context(self) -> Path:
        self.number += 1
        path = self.folder / f"context-{self.number}"
        path.mkdir()
        return path

    def build(self, code: str, *, output: str = ".", tag: str = "app:one", deadline: Deadline | None = None) -> Image:
        request = BuildRequest(self.context(), tag, {}, {"SHIPUI_BUILD": "FB-00000001"})
        runtime = self.runtime([sys.executable, "-c", code], output)
        return runtime.build(request, deadline or Deadline(30), self.lines.append)

    def releases(self) -> list[Path]:
        return sorted((self.folder / "runtime" / "releases").iterdir())

    def nothing_is_left(self) -> bool:
        root = self.folder / "runtime"
        return (
            not [each for each in root.rglob("*") if each.is_file() and each.name != "lock"] and self.releases() == []
        )


@pytest.fixture
def builds(tmp_path: Path) -> Builds:
    return Builds(tmp_path)


MAKE = "import os, pathlib; p = pathlib.Path('run'); p.write_text('one'); pathlib.Path('sub').mkdir(); "


def test_times_do_not_count_but_bytes_modes_links_and_empty_folders_do(builds: Builds) -> None:
    builds.build(MAKE)
    builds.build(MAKE + "os.utime(p, (1, 1))")
    assert len(builds.releases()) == 1
    for other in (
        "p.write_text('two')",
        "p.chmod(0o755)",
        "os.symlink('run', 'link')",
        "os.symlink('sub', 'link')",
        "pathlib.Path('sub').rmdir()",
        "p.rename('sub/run')",
    ):
        before = len(builds.releases())
        builds.build(MAKE + other)
        assert len(builds.releases()) == before + 1, other


def test_a_release_is_read_only_and_keeps_what_can_be_run(builds: Builds) -> None:
    builds.build(MAKE + "p.chmod(0o700); pathlib.Path('sub/plain').write_text('x'); os.symlink('../run', 'sub/link')")
    (release,) = builds.releases()
    modes = {each.relative_to(release).as_posix(): each.lstat().st_mode & 0o777 for each in release.rglob("*")}
    assert modes == {"run": 0o555, "sub": 0o555, "sub/plain": 0o444, "sub/link": 0o777}
    assert release.stat().st_mode & 0o777 == 0o555
    assert (release / "sub" / "link").read_text() == "one"
    assert (release.parent.stat().st_mode & 0o777) == 0o700


def test_only_the_output_folder_is_released(builds: Builds) -> None:
    builds.build(MAKE + "os.mkdir('dist'); pathlib.Path('dist/page').write_text('x')", output="dist")
    (release,) = builds.releases()
    assert [each.name for each in release.iterdir()] == ["page"]


@pytest.mark.parametrize(
    "make",
    [
        "os.symlink('/etc/passwd', 'link')",
        "os.symlink('../elsewhere', 'link')",
        "os.symlink('..', 'sub/up'); os.symlink('sub/up/../x', 'link')",
        "os.symlink(os.path.abspath('run'), 'link')",
        "os.symlink('/etc', 'folder')",
        "os.makedirs('p/q'); os.symlink('..', 'p/k'); os.symlink('../k/../secret', 'p/q/e')",
    ],
)
def test_a_link_that_leaves_the_release_is_refused(builds: Builds, make: str) -> None:
    with pytest.raises(ToolFailed, match="points out of the release"):
        builds.build(MAKE + make)
    assert builds.nothing_is_left()


def test_links_inside_are_kept_even_when_they_dangle_or_turn_in_circles(builds: Builds) -> None:
    builds.build(MAKE + "os.symlink('gone', 'a'); os.symlink('c', 'b'); os.symlink('b', 'c'); os.symlink('.', 'd')")
    (release,) = builds.releases()
    assert {each.name: os.readlink(each) for each in release.iterdir() if each.is_symlink()} == {
        "a": "gone",
        "b": "c",
        "c": "b",
        "d": ".",
    }


def test_a_pipe_or_a_socket_is_no_part_of_a_release(builds: Builds) -> None:
    with pytest.raises(ToolFailed, match="“sub/pipe”"):
        builds.build(MAKE + "os.mkfifo('sub/pipe')")
    assert builds.nothing_is_left()


def test_names_that_are_not_text_survive(builds: Builds) -> None:
    builds.build("open(b'caf\\xe9', 'w').write('x')")
    (release,) = builds.releases()
    assert os.listdir(os.fsencode(release)) == [b"caf\xe9"]


def test_nothing_built(builds: Builds) -> None:
    with pytest.raises(ToolFailed, match="left nothing in its output folder “dist”"):
        builds.build("pass", output="dist")
    with pytest.raises(ToolFailed, match="left nothing"):
        builds.build("pass")
    with pytest.raises(ToolFailed, match="not inside the source tree"):
        builds.build(MAKE + "os.symlink('/etc', 'dist')", output="dist")


def test_a_failing_build_shows_its_last_lines(builds: Builds) -> None:
    code = "import sys\nfor n in range(300): print('line', n)\nprint('\\x1b[31mno such module', file=sys.stderr); sys.exit(7)"
    with pytest.raises(ToolFailed) as caught:
        builds.build(code)
    assert "failed (exit code 7)" in caught.value.plain
    last = caught.value.detail.splitlines()
    assert last[-1] == "␛[31mno such module"
    assert last[-2] == "line 299"
    assert len(last) == 20
    assert "line 0" in builds.lines
    assert builds.nothing_is_left()


def test_a_build_command_that_does_not_exist_is_named(builds: Builds) -> None:
    runtime = builds.runtime(["no-such-builder", "--fast"])
    with pytest.raises(ToolFailed) as caught:
        runtime.build(BuildRequest(builds.context(), "app:one", {}), Deadline(20), builds.lines.append)
    assert "“no-such-builder”" in caught.value.plain
    assert "“build”" in caught.value.fix


def test_a_build_sees_its_arguments_and_no_secret_of_shipui(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIPUI_RECORDS_PASSWORD", "secret")
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("TMPDIR", str(builds.folder))
    builds.build(
        MAKE + "[print(f'{k}={v}') for k, v in sorted(os.environ.items()) if k != 'LC_CTYPE' and 'CHILD' not in k]"
    )
    names = [line.partition("=")[0] for line in builds.lines[:-1]]
    assert names == ["HOME", "LANG", "PATH", "SHIPUI_BUILD", "TMPDIR"]
    assert "SHIPUI_BUILD=FB-00000001" in builds.lines


def test_what_a_build_left_running_is_ended(builds: Builds) -> None:
    builds.build(
        MAKE
        + "import subprocess; print('pid', subprocess.Popen(['sleep', '60'], start_new_session=True).pid, flush=True)"
    )
    pid = next(int(line.removeprefix("pid ")) for line in builds.lines if line.startswith("pid "))
    found = process(pid)
    assert found is None or found.state == "Z"


def test_a_deadline_while_the_release_is_copied_leaves_nothing(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    deadline = Deadline(30)
    copied = process_release._Copy._entry

    def slow(self: process_release._Copy, path: Path) -> None:
        copied(self, path)
        deadline._ends = 0

    monkeypatch.setattr(process_release._Copy, "_entry", slow)
    with pytest.raises(TimeLimitPassed):
        builds.build(MAKE, deadline=deadline)
    assert builds.nothing_is_left()


def test_a_release_goes_with_the_last_image_that_has_it(builds: Builds) -> None:
    runtime = builds.runtime([sys.executable, "-c", MAKE])
    ids = []
    for run in ("RN-00000001", "RN-00000002"):
        request = BuildRequest(builds.context(), f"app:{run}", {"shipui.run": run})
        ids.append(runtime.build(request, Deadline(30), builds.lines.append).id)
        runtime.untag(f"app:{run}")
    assert len(builds.releases()) == 1
    assert runtime.remove_image(ids[0])
    assert len(builds.releases()) == 1
    assert runtime.remove_image(ids[1])
    assert builds.nothing_is_left()


def test_leftovers_of_dead_builds_go_and_those_of_living_ones_stay(builds: Builds) -> None:
    builds.build(MAKE)
    folder = Folder(builds.folder / "runtime")
    living = part_of(folder.releases / "new")
    living.mkdir()
    dead = [folder.releases / "new.1-999999999999-00000000.part", folder.releases / "odd.part"]
    for each in dead:
        (each / "sub").mkdir(parents=True)
        (each / "sub" / "file").write_text("half")
        (each / "sub").chmod(0o555)
    orphan = folder.releases / ("0" * 64)
    orphan.mkdir()
    builds.build(MAKE)
    assert living.exists()
    assert not any(each.exists() for each in dead)
    assert orphan.exists(), "another build may be about to note it"


def test_a_release_without_an_image_goes_when_it_is_old(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    builds.build(MAKE)
    orphan = builds.folder / "runtime" / "releases" / ("0" * 64)
    orphan.mkdir()
    now = time.time()
    monkeypatch.setattr("shipui.runtimes.process_images.time.time", lambda: now + 7200)
    builds.build(MAKE)
    assert not orphan.exists()
    assert len(builds.releases()) == 1


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "small") as mounted:
        yield mounted


def test_a_full_disk_is_called_by_its_name_and_leaves_nothing_half(builds: Builds, disk: Path) -> None:
    settings = ProcessSettings(build=[sys.executable, "-c", MAKE + "p.write_bytes(b'x' * 3_000_000)"], start=["./run"])
    runtime = ProcessRuntime(disk / "runtime", "app", settings, "shop")
    with pytest.raises(NoSpace, match="disk is full"):
        runtime.build(BuildRequest(builds.context(), "app:one", {}), Deadline(30), builds.lines.append)
    assert runtime.images() == []
    assert list((disk / "runtime" / "releases").iterdir()) == []
    assert shutil.disk_usage(disk).used < 100_000


def test_a_disk_that_fills_during_the_build_command(builds: Builds, disk: Path) -> None:
    context = disk / "context"
    context.mkdir()
    runtime = builds.runtime(
        [sys.executable, "-c", "open('big', 'wb', 0).write(b'x' * 3_000_000); open('more', 'wb', 0).write(b'y')"]
    )
    with pytest.raises(NoSpace, match="disk is full"):
        runtime.build(BuildRequest(context, "app:one", {}), Deadline(30), builds.lines.append)


def test_a_full_disk_while_a_small_file_is_written_keeps_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "note"
    process_folder.write_file(path, "old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoSpace), process_folder.in_plain_words("note it"):
        process_folder.write_file(path, "new")
    assert [each.name for each in tmp_path.iterdir()] == ["note"]
    assert path.read_text() == "old"


@pytest.mark.parametrize("name", ["a", "..", "../x", "a/b", "app:one", "ä\u202e", "%2E", "*", "a\nb", "A" * 200])
def test_a_name_is_a_file_name_and_comes_back(name: str) -> None:
    text = encoded(name)
    assert "/" not in text
    assert "." not in text
    assert decoded(text) == name


def test_preflight_names_what_is_missing(builds: Builds) -> None:
    (builds.folder / "runtime").write_text("a file where the folder should be")
    checks = {each.name: each for each in builds.runtime(["/no/such/builder"]).preflight(Deadline(20))}
    assert not checks["build command"].ok
    assert "/no/such/builder" in checks["build command"].detail
    assert "“build”" in checks["build command"].fix
    assert not checks["release folder"].ok
    assert checks["processes visible"].ok


def test_a_folder_that_is_a_file_is_a_plain_failure(builds: Builds) -> None:
    (builds.folder / "runtime").write_text("a file where the folder should be")
    with pytest.raises(ToolFailed, match="could not make the folder"):
        builds.build(MAKE)


def test_a_socket_in_the_output_is_refused(builds: Builds) -> None:
    context = builds.context()
    with socket.socket(socket.AF_UNIX) as listening:
        before = Path.cwd()
        os.chdir(context)
        try:
            listening.bind("s")
        finally:
            os.chdir(before)
        with pytest.raises(ToolFailed, match="neither a file"):
            builds.runtime(["true"]).build(BuildRequest(context, "app:one", {}), Deadline(20), builds.lines.append)


def test_a_container_that_was_being_taken_away_is_gone_once_its_run_has_ended(builds: Builds) -> None:
    """Whoever recovers a run ends it: the next build may be weeks away."""
    builds.build(MAKE)
    folder = builds.folder / "runtime" / "containers"
    folder.mkdir(exist_ok=True)
    half = folder / "0a1b2c3d.1-999999999999-00000000.part"
    half.mkdir()
    builds.runtime(["true"]).unfence({})
    assert not half.exists()
