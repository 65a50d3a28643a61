"""`shipui demo` as somebody uses it: by the command line, with servers that outlive it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shipui.demo import check
from shipui.demo.folder import DemoFolder
from shipui.demo.production import APPLICATION_ROLE, production_of
from shipui.demo.scenarios import SCENARIOS
from tests.github import emulator
from tests.integration.git_sandbox_builder import WorkTree
from tests.parts import needs

pytestmark = pytest.mark.timeout(240)


@dataclass(frozen=True)
class Demo:
    folder: DemoFolder

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return shipui("demo", *arguments, "--dir", str(self.folder.path))

    def queue(self) -> list[dict[str, Any]]:
        answer = shipui("--config", str(self.folder.config), "queue", "--json")
        assert answer.returncode == 0, answer.stderr
        return list(json.loads(answer.stdout))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.folder.port()}"

    def health(self) -> tuple[int, dict[str, Any]]:
        return check.health(self.url)

    def processes(self) -> list[str]:
        """Command lines of what runs for this demo: each names its folder, in its arguments or its environment."""
        found, name = [], os.fsencode(self.folder.path)
        for each in Path("/proc").glob("[0-9]*"):
            try:
                line = (each / "cmdline").read_bytes()
                if int(each.name) != os.getpid() and line and name in line + (each / "environ").read_bytes():
                    found.append(line.replace(b"\0", b" ").decode())
            except OSError:
                continue
        return found


def shipui(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shipui", *arguments], capture_output=True, text=True, timeout=200, check=False
    )


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ("unix:///nowhere/docker.sock", "No Docker engine answers at unix:///nowhere/docker.sock"),
        ("tcp://192.0.2.1:2375", "needs a Docker engine on this machine"),
    ],
)
def test_without_an_engine_nothing_is_made(
    engine: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", engine)
    answer = shipui("demo", "--prepare", "--runtime", "docker", "--dir", str(tmp_path / "demo"))
    assert answer.returncode == 3
    assert said in answer.stderr
    assert "DOCKER_HOST" in answer.stderr
    assert not (tmp_path / "demo").exists()


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """Prepared once; ended, and looked at for what it left running, after the module."""
    parent = Path(tempfile.mkdtemp(prefix="shipui-demo-"))
    parent.chmod(0o755)
    made = Demo(DemoFolder(parent / "a demo"))
    try:
        prepared = made.run("--prepare")
        assert prepared.returncode == 0, prepared.stderr
        assert str(made.folder.config) in prepared.stdout
        yield made
    finally:
        ended = made.run("--stop")
        left = made.processes()
        shutil.rmtree(parent)
    assert ended.returncode == 0, ended.stderr
    assert left == []


def test_the_application_runs_and_every_build_waits_for_approval(demo: Demo) -> None:
    code, told = demo.health()
    assert (code, told["status"]) == (200, "ok")
    queue = demo.queue()
    deployed = [each for each in queue if each["status"] == "deployed"]
    assert [each["build"] for each in deployed] == [told["build"]]
    waiting = {each["title"]: each for each in queue if each["status"] == "pending"}
    assert waiting.keys() == {scenario.title for scenario in SCENARIOS}
    for scenario in SCENARIOS:
        row = waiting[scenario.title]
        assert row["requested_by"] == "build-studio"
        assert (row["type"], row["risk"], row["version"]) == (scenario.type, scenario.risk, scenario.version)


def test_preparing_again_changes_nothing(demo: Demo) -> None:
    before = demo.queue(), demo.health(), demo.folder.config.read_bytes()
    again = demo.run("--prepare")
    assert again.returncode == 0, again.stderr
    assert (demo.queue(), demo.health(), demo.folder.config.read_bytes()) == before


def test_stopped_and_prepared_again_it_has_lost_nothing(demo: Demo) -> None:
    row = check.add_note(demo.url, "still there?")
    assert row is not None
    assert demo.run("--stop").returncode == 0
    assert demo.processes() == []
    assert demo.health()[0] == 0
    assert demo.run("--stop").returncode == 0, "stopping what is stopped is no mistake"
    assert demo.run("--prepare").returncode == 0
    with urllib.request.urlopen(f"{demo.url}/api/notes", timeout=10) as answer:
        assert row in json.loads(answer.read())


def test_an_application_that_somebody_ended_is_started_again(demo: Demo) -> None:
    from shipui.install import opened
    from shipui.limits.deadline import Deadline

    with opened(demo.folder.config) as installation:
        runtime = installation.runtime("notes")
        current = runtime.current()
        assert current is not None
        runtime.stop(current, 5, Deadline(20))
    assert demo.health()[0] == 0
    assert demo.run("--prepare").returncode == 0
    assert demo.health()[0] == 200


def test_windows_that_a_person_changed_are_left_alone(demo: Demo) -> None:
    text = demo.folder.windows.read_text()
    try:
        demo.folder.windows.write_text(text + "# mine\n")
        assert demo.run("--prepare").returncode == 0
        assert demo.folder.windows.read_text() == text + "# mine\n"
    finally:
        demo.folder.windows.write_text(text)


def test_production_and_records_are_two_servers_and_the_application_owns_little(demo: Demo) -> None:
    with psycopg.connect(production_of(demo.folder).url(role=APPLICATION_ROLE)) as connection:
        row = connection.execute("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user").fetchone()
        names = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
    assert row == (False, False)
    assert "shipui" not in names


def test_a_terminated_headless_run_ends_what_is_under_way_and_leaves(demo: Demo) -> None:
    command = [sys.executable, "-m", "shipui", "demo", "--headless", "--json", "--dir", str(demo.folder.path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(f"{SCENARIOS[0].title}: "):
                break
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 1
    assert [(each["name"], each["ok"]) for each in json.loads(output)["scenarios"]] == [(SCENARIOS[0].name, True)]
    assert demo.health()[0] == 200


def test_a_demo_stays_on_its_runtime(demo: Demo) -> None:
    answer = demo.run("--prepare", "--runtime", "docker")
    assert answer.returncode == 2
    assert "runs on “process”" in answer.stderr
    assert demo.health()[0] == 200


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[emulator.Emulator]:
    needs("the emulator of GitHub", emulator.available())
    with emulator.running(tmp_path_factory.mktemp("github")) as running:
        yield running


def test_a_code_host_needs_a_token_and_that_is_said_at_once(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HIVE_CONTRIBUTION_TOKEN", raising=False)
    before = demo.queue()
    answer = demo.run("--headless", "--json", "--github", "http://127.0.0.1:9", "--repository", "shop/notes")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "HIVE_CONTRIBUTION_TOKEN" in answer.stderr
    assert demo.queue() == before


@pytest.mark.slow
def test_every_scenario_goes_as_it_must_and_two_at_a_code_host(
    demo: Demo, github: emulator.Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIVE_CONTRIBUTION_TOKEN", emulator.TOKEN)
    name = f"notes-{os.urandom(3).hex()}"
    github.call("POST", "/user/repos", {"name": name, "auto_init": True})
    repository = emulator.Repository(github, f"{emulator.OWNER}/{name}", emulator.TOKEN)
    ran = demo.run("--headless", "--json", "--github", github.url, "--repository", repository.name)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = json.loads(ran.stdout)
    assert told.keys() == {"dir", "config", "scenarios"}
    assert (told["dir"], told["config"]) == (str(demo.folder.path), str(demo.folder.config))
    names = [each["name"] for each in told["scenarios"]]
    assert names == [*(scenario.name for scenario in SCENARIOS), "pull-request-stays-open", "pull-request-merges"]
    for each in told["scenarios"]:
        assert each.keys() == {"name", "promotion", "expected", "status", "plain", "seconds", "ok"}
        assert each["ok"] is True, each
        assert each["status"] == each["expected"]
        assert each["plain"]
    statuses = {each["id"]: each["status"] for each in demo.queue()}
    deployed = told["scenarios"][: len(SCENARIOS)]
    assert all(statuses[each["promotion"]] in {each["status"], "superseded"} for each in deployed)
    merged, waiting = repository.pulls()
    assert merged["merged_at"]
    assert repository.comments(merged["number"]) == []
    assert waiting["state"] == "open"
    assert len(repository.comments(waiting["number"])) == 1
    assert "needs-review" in repository.labels(waiting["number"])
    # By squash: one commit on top of what the demo began with.
    head = repository.call("GET", f"/git/commits/{repository.head()}")
    assert head["message"].startswith(next(each.title for each in SCENARIOS if each.name == "passes-the-gates"))
    assert len(head["parents"]) == 1
    sandbox = WorkTree(demo.folder.sandboxes / "passes-the-gates")
    assert head["tree"]["sha"] == sandbox.id("HEAD^{tree}"), "exactly the sandbox's tree"
    assert emulator.TOKEN not in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "--headless, --prepare or --stop"),
        (["--json"], 2, "--json goes with --headless"),
        (["--headless", "--github", "https://api.github.com"], 2, "--github and --repository go together"),
        (["--prepare", "--stop"], 2, "one of them"),
        (["--prepare", "--base-image", "notes:1"], 2, "--base-image goes with --runtime docker"),
        (["--stop", "--dir", "/nowhere/at/all"], 3, "There is no demo"),
        (["--prepare", "--dir", "/proc/demo"], 2, "cannot be made"),
        (["--prepare", "--dir", "/etc"], 3, "not empty"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], code: int, said: str) -> None:
    answer = shipui("demo", *arguments)
    assert answer.returncode == code
    assert said in answer.stderr
    assert answer.stdout == ""
