"""Containers of the process runtime: they outlive shipui, nothing of them gets away, and nobody else is ever signalled."""

from __future__ import annotations

import json
import os
import pwd
import signal
import stat
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shipui.limits.deadline import Deadline
from shipui.model.errors import Cancelled, Failed, ToolFailed
from shipui.runtimes import process_container
from shipui.runtimes import process_supervisor as supervisor
from shipui.runtimes.base import Container, ContainerState
from shipui.runtimes.process import ProcessRuntime
from shipui.runtimes.process_folder import remove_tree
from tests.integration.process_applications import (
    REPOSITORY,
    SERVER,
    SLEEPER,
    Applications,
    fill,
    kill,
    lives,
    shell,
    small_disk,
    soon,
)

TIDY = """
import os, pathlib, signal, sys, time
def tidy(number, frame):
    time.sleep(0.3)
    pathlib.Path(os.environ["NOTE"]).write_text(signal.Signals(number).name)
    sys.exit(0)
for each in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    signal.signal(each, tidy)
print("ready", flush=True)
time.sleep(300)
"""


@pytest.fixture
def applications(tmp_path: Path) -> Iterator[Applications]:
    folder = tmp_path / "it's a folder"
    folder.mkdir()
    made = Applications(folder)
    yield made
    made.sweep()


def ready(applications: Applications, container: Container) -> None:
    assert soon(lambda: "ready" in applications.log(container))


# It outlives shipui


def test_an_application_answers_after_the_shipui_that_started_it_is_gone(applications: Applications) -> None:
    runtime = applications.runtime()
    container = applications.created(SERVER, runtime)
    code = f"""
import os, pathlib
from shipui.config.settings import ProcessSettings
from shipui.limits.deadline import Deadline
from shipui.runtimes.process import ProcessRuntime
settings = ProcessSettings(build=["true"], start=["true"])
runtime = ProcessRuntime(pathlib.Path({str(applications.folder / "runtime")!r}), "app", settings, "shop")
runtime.start(runtime.current(), Deadline(30))
print("started", flush=True)
os.kill(os.getpid(), 9)
"""
    starter = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        timeout=30,
        cwd=REPOSITORY,
        start_new_session=True,
        check=False,
    )
    assert starter.stdout == b"started\n", "and nothing held its output open"
    assert json.loads(applications.answer())["build"] == "FB-00000001"
    seen = applications.look(container)
    assert seen.state is ContainerState.RUNNING
    assert seen.pids == (json.loads(applications.answer())["pid"],)
    assert runtime.stop(container, 5, Deadline(30)).state is ContainerState.EXITED
    with pytest.raises(OSError, match="refused"):
        applications.answer()


def test_the_supervisor_is_nobodys_child_and_holds_nothing_open(applications: Applications, tmp_path: Path) -> None:
    inherited = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(inherited, True)
    try:
        container = applications.started(SLEEPER)
    finally:
        os.close(inherited)
    state = applications.state(container)
    watching = supervisor.living(state["supervisor"])
    application = supervisor.living(state["application"])
    assert watching is not None
    assert application is not None
    assert watching.parent != os.getpid()
    assert (watching.session, application.session) == (watching.pid, watching.pid)
    assert application.group == application.pid != watching.group
    opened = {os.readlink(each) for each in Path(f"/proc/{watching.pid}/fd").iterdir()}
    folder = str(applications.path(container))
    assert opened == {"/dev/null", f"{folder}/supervisor.log", f"{folder}/lock"}
    opened = {os.readlink(each) for each in Path(f"/proc/{application.pid}/fd").iterdir()}
    assert opened == {"/dev/null", f"{folder}/log"}
    assert os.readlink(f"/proc/{watching.pid}/cwd") == "/"
    environment = Path(f"/proc/{watching.pid}/environ").read_bytes()
    assert b"NOTE=" not in environment


def test_ending_a_container_leaves_no_zombie_of_this_process(applications: Applications) -> None:
    container = applications.started(SLEEPER)
    applications.runtimes[0].stop(container, 5, Deadline(30))
    mine = [each for each in os.listdir("/proc") if each.isdigit()]
    zombies = [
        found
        for each in mine
        if (found := supervisor.process(int(each))) and found.parent == os.getpid() and found.state == "Z"
    ]
    assert zombies == []


def test_files_are_closed_to_others(applications: Applications) -> None:
    container = applications.started(SLEEPER)
    ready(applications, container)
    path = applications.path(container)
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.iterdir()} == dict.fromkeys(
        ["lock", "log", "name", "restart", "specification.json", "starting", "state.json", "supervisor.log"], 0o600
    )


# The supervisor dies


def test_without_its_supervisor_it_runs_on_and_can_be_stopped(applications: Applications) -> None:
    runtime = applications.runtime()
    code = TIDY.replace("time.sleep(300)", "\nwhile True: print('tick', flush=True); time.sleep(0.05)")
    container = applications.started(code, runtime, policy="always")
    ready(applications, container)
    kill(applications.state(container)["supervisor"]["pid"])
    before = len(applications.log(container))
    assert soon(lambda: len(applications.log(container)) > before + 20), "it goes on writing"
    seen = applications.look(container)
    assert seen.state is ContainerState.RUNNING
    assert runtime.start(seen, Deadline(20)).pids == seen.pids
    stopped = runtime.stop(container, 5, Deadline(30))
    assert (stopped.state, stopped.exit_code) == (ContainerState.EXITED, None)
    assert stopped.finished_at is not None
    assert applications.noted() == "SIGTERM"
    assert not lives(seen.pids[0])
    assert runtime.start(container, Deadline(30)).state is ContainerState.RUNNING


def test_when_both_are_gone_it_is_exited_and_can_be_started_again(applications: Applications) -> None:
    container = applications.started(SLEEPER, policy="always")
    state = applications.state(container)
    kill(state["supervisor"]["pid"])
    kill(state["application"]["pid"])
    seen = applications.look(container)
    assert (seen.state, seen.exit_code, seen.pids) == (ContainerState.EXITED, None, ())
    again = applications.runtimes[0].start(container, Deadline(30))
    assert again.state is ContainerState.RUNNING
    assert again.restart_policy == "always"


@pytest.mark.parametrize("difference", ["boot", "started"])
def test_a_process_id_that_was_given_to_another_is_never_signalled(applications: Applications, difference: str) -> None:
    container = applications.started(SLEEPER)
    runtime = applications.runtimes[0]
    runtime.stop(container, 5, Deadline(30))
    with subprocess.Popen(["sleep", "300"], start_new_session=True) as innocent:
        try:
            found = supervisor.process(innocent.pid)
            assert found is not None
            wrong = {**found.identity(), difference: "an earlier one" if difference == "boot" else found.started + 1}
            state = {**applications.state(container), "status": "running", "exit_code": None}
            state |= {"application": wrong, "supervisor": wrong}
            (applications.path(container) / "state.json").write_text(json.dumps(state))
            assert applications.look(container).state is ContainerState.EXITED
            runtime.stop(container, 1, Deadline(30))
            runtime.start(container, Deadline(30))
            runtime.remove(container)
            assert innocent.poll() is None
        finally:
            innocent.kill()


def test_a_damaged_state_does_not_hide_what_runs(applications: Applications) -> None:
    container = applications.started(SLEEPER)
    pid = applications.look(container).pids[0]
    (applications.path(container) / "state.json").write_text("{")
    assert applications.look(container).state is ContainerState.RUNNING
    assert applications.runtimes[0].stop(container, 5, Deadline(30)).state is ContainerState.EXITED
    assert not lives(pid)
    (applications.path(container) / "state.json").write_text("{")
    assert applications.look(container).state is ContainerState.EXITED
    assert applications.runtimes[0].start(container, Deadline(30)).state is ContainerState.RUNNING


def test_a_release_that_was_removed_by_hand_is_named(applications: Applications) -> None:
    container = applications.created(SLEEPER)
    remove_tree(applications.folder / "runtime" / "releases")
    with pytest.raises(ToolFailed, match="the release is not there any more"):
        applications.runtimes[0].start(container, Deadline(30))


def test_a_supervisor_that_is_frozen_does_not_keep_it_running(applications: Applications) -> None:
    container = applications.started(TIDY)
    ready(applications, container)
    watching = applications.state(container)["supervisor"]["pid"]
    os.kill(watching, signal.SIGSTOP)
    began = time.monotonic()
    stopped = applications.runtimes[0].stop(container, 5, Deadline(30))
    assert (stopped.state, stopped.exit_code) == (ContainerState.EXITED, 0)
    assert applications.noted() == "SIGTERM"
    assert time.monotonic() - began < 4
    assert not lives(watching)


def test_a_supervisor_that_is_asked_to_end_stops_its_application_first(applications: Applications) -> None:
    container = applications.started(TIDY, policy="always")
    ready(applications, container)
    os.kill(applications.state(container)["supervisor"]["pid"], signal.SIGTERM)
    assert soon(lambda: applications.look(container).state is ContainerState.EXITED)
    assert applications.noted() == "SIGTERM"
    assert applications.look(container).exit_code == 0


# Nothing gets away


ESCAPE = """
import os, pathlib, subprocess, sys, time
environment = {} if "bare" in sys.argv[1:] else None
escaped = subprocess.Popen(["sleep", "300"], start_new_session=True, env=environment)
pathlib.Path(os.environ["NOTE"]).write_text(str(escaped.pid))
time.sleep(float(os.environ.get("LIVES", "300")))
"""


def test_what_moved_to_a_session_of_its_own_ends_with_a_stop(applications: Applications) -> None:
    container = applications.started(ESCAPE)
    escaped = int(applications.noted())
    assert escaped in applications.look(container).pids
    applications.runtimes[0].stop(container, 0.5, Deadline(30))
    assert not lives(escaped)


def test_nor_does_what_also_cleared_its_environment(applications: Applications) -> None:
    runtime = applications.runtime(start=[sys.executable, "app.py", "bare"])
    container = applications.started(ESCAPE, runtime)
    escaped = int(applications.noted())
    runtime.stop(container, 0.5, Deadline(30))
    assert not lives(escaped)


def test_what_a_crashed_application_left_running_is_ended(applications: Applications) -> None:
    runtime = applications.runtime(start=[sys.executable, "app.py", "bare"], environment={"LIVES": "0.3"})
    container = applications.started(ESCAPE, runtime)
    escaped = int(applications.noted())
    assert soon(lambda: applications.look(container).state is ContainerState.EXITED)
    assert not lives(escaped)


def test_what_escaped_is_ended_when_everything_that_watched_is_gone(applications: Applications) -> None:
    container = applications.started(ESCAPE)
    escaped = int(applications.noted())
    state = applications.state(container)
    kill(state["supervisor"]["pid"])
    kill(state["application"]["pid"])
    assert applications.look(container).state is ContainerState.RUNNING, "something of it still runs"
    applications.runtimes[0].stop(container, 0.2, Deadline(30))
    assert not lives(escaped)
    assert applications.look(container).state is ContainerState.EXITED


def test_a_release_command_ends_with_the_deadline_and_with_its_children(applications: Applications) -> None:
    runtime = applications.runtime()
    image = runtime.find_image(applications.created(ESCAPE, runtime).image)
    assert image is not None
    deadline = Deadline(60)
    threading.Thread(target=lambda: (applications.noted(), deadline.cancel("enough"))).start()
    with pytest.raises(Cancelled):
        runtime.run_once(
            image, runtime.specification(None), "once", {}, [sys.executable, "app.py"], deadline, lambda _: None
        )
    assert not lives(int(applications.noted()))


def test_a_deadline_during_the_start_leaves_nothing_running(applications: Applications) -> None:
    container = applications.created(SLEEPER)
    runtime = applications.runtimes[0]
    for milliseconds in (1, 5, 10, 20, 30, 40, 50, 60, 80, 100):
        deadline = Deadline(milliseconds / 1000)
        try:
            assert runtime.start(container, deadline).state is ContainerState.RUNNING
            runtime.stop(container, 5, Deadline(30))
        except Failed:
            assert applications.look(container).state is not ContainerState.RUNNING
        everything = supervisor.processes()
        assert supervisor.marked(f"{supervisor.SUPERVISOR_MARK}={container.id}", everything) == set()
        assert supervisor.belonging(container.id, None, None) == []


def test_starts_at_the_same_time_start_one(applications: Applications) -> None:
    container = applications.created(SLEEPER)
    runtime = applications.runtimes[0]
    seen: list[Container] = []
    threads = [threading.Thread(target=lambda: seen.append(runtime.start(container, Deadline(30)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 4
    assert len({each.pids for each in seen}) == 1
    assert len(supervisor.marked(f"{supervisor.SUPERVISOR_MARK}={container.id}", supervisor.processes())) == 1


# How it stops


@pytest.mark.parametrize("which", ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"])
def test_it_is_asked_by_the_signal_that_the_settings_name(applications: Applications, which: str) -> None:
    container = applications.started(TIDY, applications.runtime(stop_signal=which))
    ready(applications, container)
    assert applications.runtimes[0].stop(container, 5, Deadline(30)).exit_code == 0
    assert applications.noted() == which


def test_the_grace_period_is_for_the_whole_group(applications: Applications) -> None:
    runtime = applications.runtime(start=["sh", "-c", f"{sys.executable} app.py & wait"])
    container = applications.started(TIDY, runtime)
    ready(applications, container)
    runtime.stop(container, 5, Deadline(30))
    assert applications.noted() == "SIGTERM", "the shell was gone at once, its child had the time that it needed"


def test_a_stop_goes_on_without_the_shipui_that_began_it(applications: Applications) -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(300)"
    container = applications.started(code, policy="always")
    ready(applications, container)
    stopper = f"""
import pathlib
from shipui.config.settings import ProcessSettings
from shipui.limits.deadline import Deadline
from shipui.runtimes.process import ProcessRuntime
settings = ProcessSettings(build=["true"], start=["true"])
runtime = ProcessRuntime(pathlib.Path({str(applications.folder / "runtime")!r}), "app", settings, "shop")
runtime.stop(runtime.current(), 2, Deadline(30))
"""
    with subprocess.Popen([sys.executable, "-c", stopper], cwd=REPOSITORY) as process:
        assert soon((applications.path(container) / "wanted").exists)
        process.kill()
    assert applications.look(container).state is ContainerState.RUNNING
    assert soon(lambda: applications.look(container).state is ContainerState.EXITED)
    assert applications.look(container).exit_code == 137


def test_an_upgrade_under_a_running_application(applications: Applications, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = applications.folder / "supervisor.py"
    copy.write_bytes(Path(supervisor.__file__).read_bytes())
    monkeypatch.setattr(process_container, "SUPERVISOR", (*process_container.SUPERVISOR[:-1], str(copy)))
    container = applications.started(SLEEPER, policy="always")
    copy.unlink()
    kill(applications.look(container).pids[0])
    assert soon(lambda: applications.look(container).restarts == 1 and applications.look(container).pids != ())
    assert applications.runtimes[0].stop(container, 5, Deadline(30)).exit_code == 143


# Restarts


def test_restarts_come_with_growing_pauses_and_end_when_the_policy_says_so(applications: Applications) -> None:
    code = "import os, time; open(os.environ['NOTE'], 'a').write(f'{time.time()}\\n'); raise SystemExit(3)"
    container = applications.started(code, policy="on-failure")
    assert soon(lambda: applications.note.exists() and applications.note.read_text().count("\n") == 3)
    first, second, third = [float(line) for line in applications.note.read_text().split()]
    assert 0.9 < second - first < 1.8
    assert 1.9 < third - second < 2.8
    seen = applications.look(container)
    assert (seen.state, seen.restarts) == (ContainerState.RUNNING, 2)
    applications.runtimes[0].set_restart_policy(container, "no")
    assert soon(lambda: applications.look(container).state is ContainerState.EXITED)
    assert applications.look(container).exit_code == 3
    assert applications.note.read_text().count("\n") == 3


def test_a_policy_that_is_set_while_it_runs_counts(applications: Applications) -> None:
    container = applications.started(SLEEPER)
    applications.runtimes[0].set_restart_policy(container, "unless-stopped")
    first = applications.look(container).pids[0]
    kill(first)
    assert soon(lambda: applications.look(container).restarts == 1 and applications.look(container).pids != ())
    assert applications.look(container).pids[0] != first


def test_one_that_was_killed_has_the_code_of_its_signal(applications: Applications) -> None:
    container = applications.started(SLEEPER)
    kill(applications.look(container).pids[0])
    assert soon(lambda: applications.look(container).exit_code == 137)


# A full disk


def test_on_a_full_disk_it_is_restarted_stopped_renamed_and_started_again(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small") as disk:
        applications = Applications(disk)
        try:
            container = applications.started("import time; time.sleep(300)", policy="always")
            runtime = applications.runtimes[0]
            fill(disk)
            first = applications.look(container).pids
            kill(first[0])
            assert soon(lambda: applications.look(container).restarts == 1 and applications.look(container).pids != ())
            runtime.set_restart_policy(container, "no")
            stopped = runtime.stop(container, 5, Deadline(30))
            assert (stopped.state, stopped.exit_code) == (ContainerState.EXITED, 143)
            runtime.rename(container, "app-before")
            again = runtime.start(runtime.rename(container, "app"), Deadline(30))
            assert (again.state, again.restart_policy) == (ContainerState.RUNNING, "no")
            assert lives(again.pids[0])
            runtime.remove(again)
            assert runtime.containers() == []
        finally:
            applications.sweep()


# What it gets


def test_limits_hold(applications: Applications) -> None:
    code = (
        "import os, resource\n"
        "most = [resource.getrlimit(each)[0] for each in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE)]\n"
        "try: bytearray(600_000_000); most.append('too much')\n"
        "except MemoryError: most.append('refused')\n"
        "open(os.environ['NOTE'], 'w').write(repr(most))"
    )
    applications.started(code, applications.runtime(memory_mb=400, open_files=123))
    assert applications.noted() == "[419430400, 123, 'refused']"


def test_a_clean_environment_and_the_release_as_the_place_to_run(
    applications: Applications, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHIPUI_RECORDS_PASSWORD", "secret")
    monkeypatch.delenv("TMPDIR", raising=False)
    code = (
        "import json, os, signal\n"
        "facts = [sorted(os.environ), os.getcwd(), os.umask(0), len(signal.pthread_sigmask(0, []))]\n"
        "open(os.environ['NOTE'], 'w').write(json.dumps(facts))"
    )
    applications.started(code)
    names, folder, mask, blocked = json.loads(applications.noted())
    expected = ["HOME", "LANG", "NOTE", "PATH", "PGAPPNAME", "PORT_FILE", "SHIPUI_BUILD", "SHIPUI_CONTAINER"]
    assert [each for each in names if each != "LC_CTYPE"] == [*expected, "SHIPUI_ROLE", "SHIPUI_RUN"]
    assert Path(folder).parent.name == "releases"
    assert (mask, blocked) == (0o022, 0)


def test_the_database_sees_the_containers_name_unless_the_settings_name_another(applications: Applications) -> None:
    code = "import os, time; print('ready', os.environ['PGAPPNAME'], flush=True); time.sleep(300)"
    runtime = applications.runtime()
    container = runtime.start(runtime.rename(applications.created(code, runtime), "app-before"), Deadline(30))
    assert soon(lambda: "ready app-before" in applications.log(container))
    runtime.stop(container, 5, Deadline(30))
    other = applications.runtime(environment={"PGAPPNAME": "shop"})
    container = other.start(applications.created(code, other), Deadline(30))
    assert soon(lambda: "ready shop" in applications.log(container))


def test_what_the_settings_name_now_wins_over_what_the_old_container_had(applications: Applications) -> None:
    old = applications.created(
        SLEEPER,
        applications.runtime(environment={"A": "old", "B": "kept"}, memory_mb=100, open_files=64, stop_signal="SIGINT"),
    )
    now = applications.runtime(environment={"A": "new"}, memory_mb=200, start=["other"])
    settings = now.specification(old).settings
    assert (settings["environment"]["A"], settings["environment"]["B"]) == ("new", "kept")
    assert (settings["memory_mb"], settings["open_files"], settings["stop_signal"]) == (200, 64, "SIGINT")
    assert settings["command"] == ["other"]


def test_a_start_command_that_does_not_exist_is_named(
    applications: Applications, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # a folder that may not be entered would be the reason given
    container = applications.created(SLEEPER, applications.runtime(start=["no-such-server", "--port", "1"]))
    with pytest.raises(ToolFailed) as caught:
        applications.runtimes[0].start(container, Deadline(30))
    assert "start command “no-such-server”" in caught.value.plain
    assert "No such file" in caught.value.plain
    seen = applications.look(container)
    assert (seen.state, seen.exit_code) == (ContainerState.EXITED, 127)
    assert "could not be started" in applications.runtimes[0].log_tail(container, 5)[0]


# Its log


def test_a_log_is_bounded_and_its_end_can_be_read(applications: Applications) -> None:
    code = (
        "import sys, time\n"
        "for number in range(25):\n"
        "    for line in range(10_000): sys.stdout.write('x' * 99 + '\\n')\n"
        "    sys.stdout.flush(); time.sleep(0.05)\n"
        "time.sleep(1.5); print('the last line', flush=True); time.sleep(300)"
    )
    container = applications.started(code)
    path = applications.path(container)
    assert soon(lambda: (path / "log.1").exists() and "the last line" in (path / "log").read_text()[-100:], 20)
    assert (path / "log").stat().st_size < supervisor.LOG_BYTES
    assert 0 < (path / "log.1").stat().st_size <= supervisor.LOG_BYTES
    assert stat.S_IMODE((path / "log.1").stat().st_mode) == 0o600
    tail = applications.runtimes[0].log_tail(container, 3)
    assert tail == ["x" * 99, "x" * 99, "the last line"]
    assert applications.look(container).state is ContainerState.RUNNING


def test_the_log_goes_on_over_restarts_and_bytes_that_are_no_text(applications: Applications) -> None:
    container = applications.started("import sys; sys.stdout.buffer.write(b'caf\\xe9\\n\\x1b[31m')")
    runtime = applications.runtimes[0]
    assert soon(lambda: applications.look(container).state is ContainerState.EXITED)
    runtime.start(container, Deadline(30))
    assert soon(lambda: applications.look(container).state is ContainerState.EXITED)
    assert runtime.log_tail(container, 10) == ["caf�", "\x1b[31mcaf�", "\x1b[31m"]


# By hand


def test_the_commands_by_hand_put_the_old_version_back_without_shipui(applications: Applications) -> None:
    runtime = applications.runtime()
    old = applications.started(SERVER, runtime)
    old = runtime.rename(runtime.stop(old, 5, Deadline(30)), "app-before-CP-00000001")
    new = applications.started(ESCAPE, runtime, policy="always")
    watching, escaped = applications.state(new)["supervisor"]["pid"], int(applications.noted())
    (applications.folder / "port").unlink(missing_ok=True)
    began = time.monotonic()
    shell(runtime.commands_by_hand(old.id, new.id))
    assert time.monotonic() - began < 8
    assert not lives(escaped)
    assert not lives(watching)
    assert runtime.find_container(new.id) is None
    current = runtime.current()
    assert current is not None
    assert (current.id, current.state, current.restart_policy) == (old.id, ContainerState.RUNNING, "unless-stopped")
    assert json.loads(applications.answer())["build"] == "FB-00000001"
    assert runtime.stop(current, 5, Deadline(30)).state is ContainerState.EXITED


def test_by_hand_what_runs_already_is_not_started_twice(applications: Applications) -> None:
    container = applications.started(SLEEPER)
    start = applications.runtimes[0].commands_by_hand(container.id, None)[-1]
    for _ in range(2):
        done = subprocess.run(["sh", "-c", start], capture_output=True, text=True, timeout=30, check=False)
        assert (done.returncode, done.stderr) == (2, "it is running already\n")
        kill_supervisor = applications.state(container)["supervisor"]["pid"]
        kill(kill_supervisor)
    assert len(applications.look(container).pids) == 1


# Another account


def as_nobody(code: str, folder: Path) -> str:
    """What a Python program prints that runs as the account "nobody" and has `folder` as its argument."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else; as an ordinary user every test here shows the same")
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), sysconfig.get_path("purelib")]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    def run(python: str, what: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, "-c", what, str(folder)],
            cwd="/",
            env=environment,
            capture_output=True,
            text=True,
            preexec_fn=lambda: become("nobody"),
            timeout=60,
            check=False,
        )

    for python in (sys.executable, "/usr/bin/python3"):
        try:
            if run(python, "import shipui.runtimes.process").returncode == 0:
                done = run(python, code)
                assert done.returncode == 0, done.stderr
                return done.stdout
        except (PermissionError, FileNotFoundError):
            continue
    pytest.skip("no Python that another account may run can import shipui")


def become(account: str) -> None:
    found = pwd.getpwnam(account)
    os.setgroups([])
    os.setgid(found.pw_gid)
    os.setuid(found.pw_uid)


def test_everything_works_for_an_ordinary_user(reachable_folder: Path) -> None:
    reachable_folder.chmod(0o777)
    code = """
import pathlib, sys
from tests.integration.process_applications import whole_cycle
whole_cycle(pathlib.Path(sys.argv[1]))
"""
    assert as_nobody(code, reachable_folder) == "whole cycle done\n"


def test_a_folder_of_another_account_is_a_plain_failure(reachable_folder: Path) -> None:
    code = """
import pathlib, sys
from shipui.config.settings import ProcessSettings
from shipui.limits.deadline import Deadline
from shipui.runtimes.process import ProcessRuntime
from shipui.runtimes.process_folder import remove_tree
from shipui.runtimes.base import BuildRequest
from shipui.model.errors import ToolFailed
folder = pathlib.Path(sys.argv[1])
runtime = ProcessRuntime(folder / "runtime", "app", ProcessSettings(build=["true"], start=["true"]), "shop")
print([each.name for each in runtime.preflight(Deadline(5)) if not each.ok])
try:
    runtime.build(BuildRequest(folder, "app:one", {}), Deadline(5), print)
except ToolFailed as error:
    print(error)
"""
    said = as_nobody(code, reachable_folder)
    assert "['release folder']" in said
    assert "could not make the folder" in said
    assert "Permission denied" in said


def test_a_runtime_is_only_its_folder(applications: Applications) -> None:
    container = applications.started(SLEEPER)
    second = ProcessRuntime(applications.folder / "runtime", "app", applications.runtimes[0]._settings, "shop")
    assert second.current() == applications.look(container)
    other = ProcessRuntime(
        applications.folder / "runtime", "other", applications.runtimes[0]._settings, "another target"
    )
    assert other.containers() == []
    assert other.images() == []
