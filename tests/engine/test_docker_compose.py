"""A container that docker-compose made is swapped, and docker-compose is content with what it finds: real Compose, real engine."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from shipui.limits.deadline import Deadline
from shipui.runtimes import docker_compose
from shipui.runtimes.base import Container
from tests.engine.docker_things import Things
from tests.engine.images import BASE
from tests.parts import needs

OLD = f'FROM {BASE}\nENV VERSION=old\nCMD ["sleep", "1000"]\n'
NEW = f'FROM {BASE}\nENV VERSION=new\nCMD ["sleep", "1001"]\n'


class Project:
    """`web` of a Compose project, up, with its image tagged NAME:web."""

    def __init__(self, things: Things) -> None:
        self.things = things
        self.folder = things.folder / "project"
        self.folder.mkdir()
        self.tag = things.foreign_image(OLD, "web")
        self.write()
        self.compose("up", "-d")
        found = things.runtime.find_container(f"{things.name}_web_1")
        assert found is not None
        self.name = found.name
        self.runtime = type(things.runtime)(things.engine, self.name, things.runtime._settings, things.name)
        things.runtime = self.runtime

    def write(self, more: str = "") -> None:
        lines = [
            "version: '3.7'",
            "services:",
            "  web:",
            f"    image: {self.tag}",
            "    environment: {COLOUR: blue}",
            "    volumes: ['data:/data', '/anonymous']",
            "    init: true",
            more,
            "volumes: {data: {}}",
        ]
        (self.folder / "docker-compose.yml").write_text("\n".join(lines) + "\n")

    def compose(self, *arguments: str) -> str:
        environment = {**os.environ, "DOCKER_HOST": self.things.engine.address}
        command = ["docker-compose", "-p", self.things.name, *arguments]
        ended = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout + ended.stderr

    def containers(self) -> list[dict[str, str]]:
        """Of the service, running or not: what each says its version is."""
        found = self.things.call(
            "containers", all=True, filters={"label": f"com.docker.compose.project={self.things.name}"}
        )
        inspected = [self.things.inspect(each["Id"]) for each in found]
        return [
            {
                "id": each["Id"],
                "status": each["State"]["Status"],
                "version": next(one for one in each["Config"]["Env"] if one.startswith("VERSION=")).partition("=")[2],
            }
            for each in inspected
        ]

    def deployed(self) -> Container:
        """Swapped and healthy, as after step 11: the tag has moved, the old container is gone."""
        old = self.runtime.current()
        assert old is not None
        followed = self.runtime.followed_tag(old)
        assert followed == self.tag
        image = self.things.image(NEW, "promoted")
        new = self.things.swap(old, image)
        named = self.runtime.find_image(self.tag)
        assert named is not None
        assert named.id == old.image, "the tag names the old image until the new version is healthy"
        self.runtime.tag(image.id, self.tag)
        self.runtime.remove(old)
        return new


@pytest.fixture
def project(things: Things) -> Project:
    needs("docker-compose", shutil.which("docker-compose") is not None)
    return Project(things)


def test_up_afterwards_has_nothing_to_do(project: Project) -> None:
    new = project.deployed()
    assert "up-to-date" in project.compose("up", "-d")
    assert project.containers() == [{"id": new.id, "status": "running", "version": "new"}]


def test_up_with_force_recreate_makes_the_new_version_again(project: Project) -> None:
    new = project.deployed()
    project.compose("up", "-d", "--force-recreate")
    (found,) = project.containers()
    assert (found["status"], found["version"]) == ("running", "new")
    assert found["id"] != new.id


def test_an_edit_of_the_file_afterwards_makes_the_new_version_with_the_edit(project: Project) -> None:
    project.deployed()
    project.write("    labels: {edited: 'yes'}")
    project.compose("up", "-d")
    (found,) = project.containers()
    assert (found["status"], found["version"]) == ("running", "new")
    assert project.things.inspect(found["id"])["Config"]["Labels"]["edited"] == "yes"


def test_a_second_swap_follows_the_same_tag(project: Project) -> None:
    project.deployed()
    old = project.runtime.current()
    assert old is not None
    assert project.runtime.followed_tag(old) == project.tag
    image = project.things.image(NEW.replace("new", "newer"), "promoted-again")
    project.things.swap(old, image)
    project.runtime.tag(image.id, project.tag)
    project.runtime.remove(old)
    assert "up-to-date" in project.compose("up", "-d")
    assert [each["version"] for each in project.containers()] == ["newer"]


def test_after_a_way_back_up_keeps_the_old_version(project: Project) -> None:
    old = project.runtime.current()
    assert old is not None
    image = project.things.image(NEW, "promoted")
    new = project.things.swap(old, image)
    project.runtime.remove(new)
    project.runtime.start(project.runtime.rename(old, project.name), Deadline(30))
    assert "up-to-date" in project.compose("up", "-d")
    assert project.containers() == [{"id": old.id, "status": "running", "version": "old"}]


def test_volumes_survive(project: Project) -> None:
    old = project.runtime.current()
    assert old is not None
    before = {each["Destination"]: each["Name"] for each in project.things.inspect(old)["Mounts"]}
    new = project.deployed()
    project.compose("up", "-d")
    assert {each["Destination"]: each["Name"] for each in project.things.inspect(new)["Mounts"]} == before
    assert set(before) == {"/data", "/anonymous"}


def test_what_would_bring_the_old_version_back_is_said_before(project: Project) -> None:
    def said() -> tuple[bool, str]:
        found = [each for each in project.runtime.preflight(Deadline(60)) if each.name.startswith("Compose")]
        return found[0].ok, found[0].detail

    ok, detail = said()
    assert ok
    assert f"Compose follows the tag {project.tag}" in detail
    project.write("    labels: {edited: 'yes'}")
    ok, detail = said()
    assert ok
    assert "not what the running container was made with" in detail
    (project.folder / "docker-compose.yml").unlink()
    ok, detail = said()
    assert not ok
    assert "cannot be read" in detail
    assert "docker-compose.yml" in detail


def test_an_image_pinned_by_digest_is_refused() -> None:
    labels = {
        f"{docker_compose.PREFIX}project": "p",
        f"{docker_compose.PREFIX}service": "web",
        f"{docker_compose.PREFIX}version": "2.20.0",
    }
    service = docker_compose.service_of({"Config": {"Labels": labels, "Image": "shop@sha256:" + "0" * 64}})
    assert service is not None
    (found,) = docker_compose.checks(service, "unix:///none", Deadline(5))
    assert not found.ok
    assert "pins its image by digest" in found.detail
