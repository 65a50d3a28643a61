"""A feature that was built in a container, shipped and deployed from there, as typed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from shipui.actions.approve import approve
from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from tests.engine.images import BASE
from tests.integration.commands.conftest import ME, Answer, Shipui
from tests.integration.deployments.production_world import OPERATOR


@pytest.fixture
def studio(shipui: Shipui, docker_engine: Engine) -> Iterator[str]:
    """A container that has the world's work trees in /work; the install knows its engine."""
    name = f"studio-{secrets.token_hex(4)}"
    with docker_engine.call(Deadline(60)) as client:
        host = client.create_host_config(binds=[f"{shipui.world.folder}/sandboxes:/work"], init=False)
        client.create_container(BASE, ["sleep", "infinity"], name=name, host_config=host)
        client.start(name)
    configure(shipui, docker_engine.address)
    yield name
    with docker_engine.call(Deadline(60)) as client:
        client.remove_container(name, force=True, v=True)


def configure(shipui: Shipui, engine: str) -> None:
    shipui.world.configure(more=f'[roles]\nadmin = ["{ME}"]\n[sandboxes]\ndocker_host = "{engine}"')


def ship(shipui: Shipui, location: str, build: str = "FB-3DD07E19") -> Answer:
    return shipui(
        "ship", build, "--sandbox", location, "--title", "Notes", "--type", "standard", "--risk", "low", "--json"
    )


def test_shipped_and_deployed_from_a_container(shipui: Shipui, studio: str, docker_engine: Engine) -> None:
    place = shipui.world.sandbox()
    location = f"docker://{studio}/work/{place.name}"
    answer = ship(shipui, location)
    assert answer.code == 0, answer
    promotion = answer.json["promotion"]
    assert shipui("show", promotion, "--json").json["sandbox"] == location
    approve(shipui.world.installation, OPERATOR, promotion)
    with docker_engine.call(Deadline(30)) as client:
        client.pause(studio)
    refused = shipui("deploy", promotion)
    assert refused.code == 3
    assert f"container {studio} is paused" in refused.out + refused.err
    assert f"docker unpause {studio}" in refused.out + refused.err
    assert shipui("show", promotion, "--json").json["status"] == "approved"
    with docker_engine.call(Deadline(30)) as client:
        client.unpause(studio)
    deployed = shipui("deploy", promotion)
    assert deployed.code == 0, deployed
    assert shipui.world.serving() == "FB-3DD07E19"


def test_an_approval_lapses_when_the_container_moves_on(shipui: Shipui, studio: str) -> None:
    place = shipui.world.sandbox()
    promotion = ship(shipui, f"docker://{studio}/work/{place.name}").json["promotion"]
    approve(shipui.world.installation, OPERATOR, promotion)
    (place / "more.txt").write_text("more\n")
    shipui.world.commit(place, "More")
    refused = shipui("deploy", promotion)
    assert refused.code == 3
    assert "moved on" in refused.out + refused.err
    assert shipui("show", promotion, "--json").json["status"] == "pending"


def test_what_names_no_sandbox_is_refused_before_anything_is_recorded(
    shipui: Shipui, studio: str, tmp_path: Path
) -> None:
    for location, code, words in (
        ("docker://../etc", 2, "names no container"),
        (f"docker://{studio}/work/../etc", 2, "goes up with"),
        (f"docker://{studio}/work/nowhere", 2, "no git repository in the folder docker://"),
        ("docker://nobody/work", 2, "There is no container “nobody”"),
    ):
        answer = ship(shipui, location)
        assert words in answer.out + answer.err
        assert answer.code in {code, 1}, answer
    assert shipui("queue", "--json").json == []
    configure(shipui, f"unix://{tmp_path}/none.sock")
    away = ship(shipui, f"docker://{studio}/work/x")
    assert away.code == 1
    assert "docker_host in the section [sandboxes]" in away.out + away.err
