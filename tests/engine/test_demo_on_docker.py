"""`shipui demo --runtime docker` as somebody uses it, on a real engine, beside what is on that engine already."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shipui.demo import check
from shipui.demo.folder import DemoFolder
from shipui.demo.production import production_of
from shipui.demo.scenarios import SCENARIOS
from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from tests.engine.images import BASE

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Demo:
    folder: DemoFolder
    engine: Engine

    @property
    def name(self) -> str:
        return production_of(self.folder).target

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.folder.port()}"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return shipui(self.engine, "demo", *arguments, "--dir", str(self.folder.path))

    def queue(self) -> list[dict[str, Any]]:
        answer = shipui(self.engine, "--config", str(self.folder.config), "queue", "--json")
        assert answer.returncode == 0, answer.stderr
        return list(json.loads(answer.stdout))


def shipui(engine: Engine, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shipui", *arguments],
        env={**os.environ, "DOCKER_HOST": engine.address},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@dataclass(frozen=True)
class OnEngine:
    """What `docker ps -a`, `images -a`, `volume ls` and `network ls` show, less what other tests make there meanwhile."""

    containers: dict[str, str]
    """State by name."""
    images: dict[str, frozenset[str]]
    """Tags by ID; whatever is built from the demo's base, in between or whole."""
    volumes: frozenset[str]
    networks: frozenset[str]


def of_demo(demo: Demo) -> OnEngine:
    name = demo.name
    with demo.engine.call(Deadline(60)) as client:
        containers = {each["Names"][0].lstrip("/"): each["State"] for each in client.containers(all=True)}
        images = {each["Id"]: each for each in client.images(all=True)}
        volumes = {each["Name"] for each in client.volumes()["Volumes"] or []}
        networks = {each["Name"] for each in client.networks()}
    base = next(each["Id"] for each in images.values() if f"{name}-base:latest" in (each["RepoTags"] or []))
    ours = {base}
    while more := {key for key, each in images.items() if each["ParentId"] in ours} - ours:
        ours |= more
    tags = {key: frozenset(set(images[key]["RepoTags"] or []) - {"<none>:<none>"}) for key in ours}
    return OnEngine(
        {key: state for key, state in containers.items() if name in key},
        tags,
        frozenset(each for each in volumes if name in each),
        frozenset(each for each in networks if name in each),
    )


def leaves(demo: Demo, found: OnEngine) -> set[frozenset[str]]:
    """Tags of the images that nothing is built on: one without a tag is a leftover."""
    with demo.engine.call(Deadline(60)) as client:
        parents = {each["ParentId"] for each in client.images(all=True)}
    return {tags for key, tags in found.images.items() if key not in parents}


@pytest.fixture
def demo(docker_engine: Engine) -> Iterator[Demo]:
    """Removed afterwards by the very commands that its README.md gives."""
    parent = Path(tempfile.mkdtemp(prefix="shipui-demo-"))
    parent.chmod(0o755)
    made = Demo(DemoFolder(parent / "a demo"), docker_engine)
    try:
        yield made
    finally:
        if made.folder.is_demo():
            made.run("--stop")
            for command in production_of(made.folder).remove_by_hand():
                subprocess.run(["sh", "-c", command], check=False, capture_output=True)
        shutil.rmtree(parent)


def test_every_scenario_goes_as_it_must_and_nothing_strange_is_left(demo: Demo) -> None:
    ran = demo.run("--runtime", "docker", "--headless", "--json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = json.loads(ran.stdout)
    assert (told["dir"], told["config"]) == (str(demo.folder.path), str(demo.folder.config))
    assert [each["name"] for each in told["scenarios"]] == [scenario.name for scenario in SCENARIOS]
    for each in told["scenarios"]:
        assert each["ok"] is True, each
        assert each["status"] == each["expected"]
    assert_only_what_retention_names(demo)
    base = images_of_base(demo)

    row = check.add_note(demo.url, "still there?")
    assert row is not None
    assert demo.run("--stop").returncode == 0
    assert check.health(demo.url)[0] == 0
    assert set(of_demo(demo).containers.values()) == {"exited"}
    again = demo.run("--prepare")
    assert again.returncode == 0, again.stderr
    assert check.health(demo.url)[0] == 200
    assert images_of_base(demo) == base, "it was there, and is not made anew"
    with psycopg.connect(production_of(demo.folder).url()) as connection:
        kept = connection.execute("SELECT text FROM note WHERE id = %s", [row["id"]]).fetchone()
    assert kept == ("still there?",)


def images_of_base(demo: Demo) -> list[str]:
    return [key for key, tags in of_demo(demo).images.items() if f"{demo.name}-base:latest" in tags]


def assert_only_what_retention_names(demo: Demo) -> None:
    found, name = of_demo(demo), demo.name
    assert found.containers == {name: "running", f"{name}-database": "running"}
    assert found.volumes == {f"{name}-data"}
    assert found.networks == {name}
    builds = {each["build"] for each in demo.queue() if each["status"] in {"deployed", "superseded"}}
    promoted = {f"{name}:promote-{build}" for build in builds}
    tags = {tag for each in found.images.values() for tag in each}
    others = {tag for tag in tags - promoted if not tag.startswith(f"{name}:rollback-CP-")}
    assert promoted <= tags
    assert others == {f"{name}-base:latest"}
    assert all(leaves(demo, found)), "an image without a name, which nothing is built on"


def test_two_demos_stand_side_by_side_and_a_base_image_can_be_chosen(demo: Demo) -> None:
    prepared = demo.run("--runtime", "docker", "--base-image", BASE, "--prepare")
    assert prepared.returncode == 0, prepared.stderr
    other = Demo(DemoFolder(demo.folder.path.parent / "another"), demo.engine)
    try:
        second = other.run("--runtime", "docker", "--base-image", BASE, "--prepare")
        assert second.returncode == 0, second.stderr
        assert check.health(demo.url)[1]["build"] != check.health(other.url)[1]["build"]
        assert check.add_note(demo.url, "only here") is not None
        with psycopg.connect(production_of(other.folder).url()) as connection:
            assert connection.execute("SELECT FROM note WHERE text = 'only here'").fetchone() is None
    finally:
        if other.folder.is_demo():
            other.run("--stop")
            for command in production_of(other.folder).remove_by_hand():
                subprocess.run(["sh", "-c", command], check=False, capture_output=True)
    assert check.health(demo.url)[0] == 200, "the other one's end is nothing to this one"


def test_an_image_that_cannot_be_the_base_is_refused_before_anything_is_made(demo: Demo) -> None:
    missing = demo.run("--runtime", "docker", "--base-image", "nobody-has-this:1", "--prepare")
    assert missing.returncode == 3
    assert "docker pull nobody-has-this:1" in missing.stderr
    with demo.engine.call(Deadline(60)) as client:
        client.import_image_from_data(bytes(1024), "shipui-test-empty", "latest")
    try:
        empty = demo.run("--runtime", "docker", "--base-image", "shipui-test-empty:latest", "--prepare")
    finally:
        with demo.engine.call(Deadline(60)) as client:
            client.remove_image("shipui-test-empty:latest")
    assert empty.returncode == 3
    assert "shipui-test-empty:latest" in empty.stderr
    assert "python3" in empty.stderr
    assert not demo.folder.path.exists()
