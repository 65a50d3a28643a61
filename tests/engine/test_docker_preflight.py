"""What cannot be swapped safely is refused before anything is touched, and the operator reads why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from shipui.runtimes.docker import DockerRuntime
from shipui.runtimes.docker_build import needs_buildkit
from tests.engine.docker_things import SLEEPER, Things


def troubles(things: Things) -> list[Check]:
    return [each for each in things.runtime.preflight(Deadline(60)) if not each.ok]


def test_an_ordinary_container_can_be_swapped(things: Things) -> None:
    things.run({"Image": things.foreign_image(SLEEPER)})
    checks = things.runtime.preflight(Deadline(60))
    assert [each for each in checks if not each.ok] == []
    assert any("can be cloned" in each.detail for each in checks)
    assert any("Docker 2" in each.detail for each in checks)
    assert any("free in the engine's data folder" in each.detail for each in checks)


def test_one_that_removes_itself_is_refused(things: Things) -> None:
    things.run({"Image": things.foreign_image(SLEEPER), "HostConfig": {"AutoRemove": True}})
    (found,) = troubles(things)
    assert "removes itself when it stops" in found.detail
    assert "--rm" in found.fix


@pytest.mark.parametrize("key", ["NetworkMode", "PidMode", "IpcMode", "VolumesFrom"])
def test_one_whose_insides_another_shares_is_refused(things: Things, key: str) -> None:
    image = things.foreign_image(SLEEPER)
    things.run({"Image": image, "HostConfig": {"IpcMode": "shareable"}})
    host: dict[str, Any] = {"VolumesFrom": [things.name]} if key == "VolumesFrom" else {key: f"container:{things.name}"}
    things.run({"Image": image, "HostConfig": host}, name=f"{things.name}-sidecar")
    (found,) = troubles(things)
    assert f"{things.name}-sidecar shares its network, processes, memory or volumes" in found.detail
    assert found.fix


def test_one_that_lives_in_anothers_network_is_refused(things: Things) -> None:
    image = things.foreign_image(SLEEPER)
    things.run({"Image": image}, name=f"{things.name}-other")
    things.run({"Image": image, "HostConfig": {"NetworkMode": f"container:{things.name}-other"}})
    assert any("shares another container's network" in each.detail for each in troubles(things))


def test_one_that_is_paused_is_refused(things: Things) -> None:
    container = things.run({"Image": things.foreign_image(SLEEPER)})
    things.call("pause", container.id)
    (found,) = troubles(things)
    assert "is paused" in found.detail
    assert "docker unpause" in found.fix
    things.call("unpause", container.id)


def test_a_bind_mount_that_has_gone_is_refused(things: Things) -> None:
    (things.folder / "bound").mkdir()
    things.run({"Image": things.foreign_image(SLEEPER), "HostConfig": {"Binds": [f"{things.folder}/bound:/bound"]}})
    (things.folder / "bound").rmdir()
    (found,) = troubles(things)
    assert f"{things.folder}/bound" in found.detail
    assert "mkdir" in found.fix


def test_an_ephemeral_port_is_said_and_allowed(things: Things) -> None:
    ports = {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "0"}]}
    config = {
        "Image": things.foreign_image(SLEEPER),
        "ExposedPorts": {"8000/tcp": {}},
        "HostConfig": {"PortBindings": ports},
    }
    things.run(config)
    assert troubles(things) == []
    said = next(
        each for each in things.runtime.preflight(Deadline(60)) if "ports that the engine chooses" in each.detail
    )
    assert "{published:PORT}" in said.fix


def test_an_engine_that_is_not_there(things: Things, tmp_path: Path) -> None:
    runtime = DockerRuntime(Engine(f"unix://{tmp_path}/none"), things.name, things.runtime._settings, things.name)
    (found,) = runtime.preflight(Deadline(10))
    assert not found.ok
    assert "No Docker engine answers at unix://" in found.detail
    assert "systemctl start docker" in found.fix


@pytest.mark.skipif(os.geteuid() != 0, reason="an account without rights is needed, and how to become it")
def test_a_socket_that_does_not_let_us_in_names_the_group(things: Things) -> None:
    """As another account: whose group would have to be joined is read from the socket."""
    program = (
        "import os, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "from shipui.engine.connection import Engine\nfrom shipui.limits.deadline import Deadline\n"
        "from shipui.model.errors import Unreachable\n"
        "try:\n    with Engine(sys.argv[1]).call(Deadline(5)) as client: client.ping()\n"
        "except Unreachable as error: print(error)\n"
    )
    path = things.engine.local_socket
    assert path is not None
    # Everything is imported first: the account may not be able to read the checkout.
    program = "import docker, requests, urllib3.exceptions, docker.errors, docker.utils, psycopg\n" + program.replace(
        "import os, sys; os.setgroups",
        "import os, sys\nimport shipui.engine.connection, shipui.limits.deadline\nos.setgroups",
    )
    said = subprocess.run(
        [sys.executable, "-c", program, things.engine.address], capture_output=True, text=True, check=False
    )
    assert "does not let this account in" in said.stdout, said
    assert "usermod -aG" in said.stdout
    assert path.group() in said.stdout


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("RUN --mount=type=cache,target=/root/.cache pip install .", True),
        ("run --network=none --mount=type=secret,id=x true", True),
        ("COPY --link a b", True),
        ("COPY --chmod=755 a b", True),
        ("ADD --checksum=sha256:aa https://example.test/x /x", True),
        ("RUN <<EOF", True),
        ("COPY <<-'FILE' /etc/x", True),
        ("RUN echo --mount=no", False),
        ("COPY --chown=1000:1000 --from=base a b", False),
        ("# RUN --mount=type=cache", False),
        ("RUN cat <<< word", False),
        ("RUN test 1 -lt 2", False),
    ],
)
def test_which_lines_need_buildkit(line: str, needed: bool) -> None:
    assert (needs_buildkit(f"FROM x\n{line}\n") == (2, line)) is needed


def test_a_dockerfile_that_is_missing_or_needs_buildkit_is_said_at_step_one(
    things: Things, monkeypatch: pytest.MonkeyPatch
) -> None:
    (found,) = things.runtime.check_source(lambda _: None, Deadline(30))
    assert not found.ok
    assert "there is no Dockerfile in the approved source" in found.detail
    (found,) = things.runtime.check_source(lambda _: SLEEPER.encode(), Deadline(30))
    assert found.ok
    monkeypatch.setattr("shipui.runtimes.docker.find_buildkit", lambda _: None)
    text = b"FROM x\nRUN --mount=type=cache,target=/c true\n"
    (found,) = things.runtime.check_source(lambda _: text, Deadline(30))
    assert not found.ok
    assert "line 2 of Dockerfile" in found.detail
    assert "RUN --mount=type=cache" in found.detail
    assert "buildx" in found.fix
