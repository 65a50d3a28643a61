"""A new container runs exactly as the old one did: `docker inspect` of both differs only in what is named here."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from typing import Any

import pytest

from shipui.limits.deadline import Deadline
from shipui.model.errors import TargetBusy
from shipui.runtimes import docker_specification as specifications
from shipui.runtimes.base import LABEL_EPOCH, LABEL_PROMOTION, LABEL_RUN, ContainerState
from tests.engine.docker_things import SLEEPER, Things, free_port
from tests.engine.images import BASE

OLD = f"""
FROM {BASE}
ENV FROM_OLD_IMAGE=1 SHARED=old
LABEL of.old.image=yes
EXPOSE 7000
WORKDIR /tmp
USER nobody
STOPSIGNAL SIGINT
VOLUME /of-old-image
HEALTHCHECK --interval=30s CMD true
ENTRYPOINT ["sh", "-c"]
CMD ["sleep 1000"]
"""
NEW = f"""
FROM {BASE}
ENV FROM_NEW_IMAGE=1 SHARED=new
LABEL of.new.image=yes
WORKDIR /var/tmp
USER app
CMD ["sleep", "1001"]
"""
DIFFERS = {
    # This container itself: its ID, its times, its files.
    "Id", "Created", "Name", "State", "ResolvConfPath", "HostnamePath", "HostsPath", "LogPath", "GraphDriver", "Config.Hostname",
    "HostConfig.RestartPolicy",
    # The new image, and what comes from it.
    "Image", "Path", "Args", "Config.Image", "Config.Env", "Config.Cmd", "Config.Entrypoint", "Config.Labels", "Config.WorkingDir",
    "Config.User", "Config.StopSignal", "Config.Healthcheck", "Config.ExposedPorts", "Config.Volumes",
    # An anonymous volume is kept, by its name.
    "HostConfig.Binds", "Mounts",
    # What the engine gives out anew.
    "NetworkSettings.SandboxID", "NetworkSettings.SandboxKey", "NetworkSettings.EndpointID", "NetworkSettings.MacAddress",
    "NetworkSettings.Networks",
    # The old image's own port is not shown any more.
    "NetworkSettings.Ports",
}  # fmt: skip


def differences(old: Any, new: Any, at: str = "") -> set[str]:
    if isinstance(old, dict) and isinstance(new, dict) and at in {"", "Config", "HostConfig", "NetworkSettings"}:
        found: set[str] = set()
        for key in old.keys() | new.keys():
            found |= differences(old.get(key), new.get(key), f"{at}.{key}" if at else key)
        return found
    return set() if old == new else {at}


def test_inspect_before_and_after_differs_only_in_what_is_named(things: Things) -> None:
    first, second = things.network("one", "10.77.1.0/24"), things.network("two")
    volume = f"{things.name}-data"
    (things.folder / "bound").mkdir()
    port = free_port()
    config = {
        "Image": things.foreign_image(OLD),
        "Env": ["BY_HAND=kept", "SHARED=by hand"],
        "Labels": {"by.hand": "kept"},
        "Domainname": "example.test",
        "Tty": True,
        "StopTimeout": 7,
        "ExposedPorts": {"8000/tcp": {}},
        "Volumes": {"/anonymous": {}},
        "HostConfig": {
            "Binds": [f"{volume}:/data", f"{things.folder}/bound:/bound:ro"],
            "PortBindings": {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]},
            "NetworkMode": first,
            "RestartPolicy": {"Name": "always"},
            "CapAdd": ["NET_ADMIN"],
            "CapDrop": ["MKNOD"],
            "Tmpfs": {"/scratch": "size=1m"},
            "Ulimits": [{"Name": "nofile", "Soft": 512, "Hard": 1024}],
            "Devices": [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/nothing", "CgroupPermissions": "r"}],
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "2"}},
            "Memory": 64 * 1024 * 1024,
            "NanoCpus": 500_000_000,
            "PidsLimit": 50,
            "ExtraHosts": ["db.test:10.0.0.9"],
            "Dns": ["10.0.0.53"],
            "Sysctls": {"net.core.somaxconn": "77"},
            "SecurityOpt": ["no-new-privileges"],
            "ShmSize": 1024 * 1024,
            "Init": True,
            "OomScoreAdj": 5,
            "ReadonlyRootfs": True,
            "GroupAdd": ["1000"],
        },
        "NetworkingConfig": {"EndpointsConfig": {first: {"IPAMConfig": {"IPv4Address": "10.77.1.77"}, "Aliases": ["shop-alias"]}}},
    }  # fmt: skip
    old = things.run(config, networks=(second,))
    before = things.inspect(old)
    new = things.swap(old, things.image(NEW))
    after = things.inspect(new)
    assert differences(before, after) <= DIFFERS, differences(before, after) - DIFFERS
    # What came from the old image is gone, what came by hand is there, and the rest is the new image's.
    environment = dict(each.split("=", 1) for each in after["Config"]["Env"])
    assert (environment["BY_HAND"], environment["SHARED"], environment["FROM_NEW_IMAGE"]) == ("kept", "by hand", "1")
    assert "FROM_OLD_IMAGE" not in environment
    labels = after["Config"]["Labels"]
    assert (labels["by.hand"], labels["of.new.image"]) == ("kept", "yes")
    assert "of.old.image" not in labels
    assert after["Config"]["Cmd"] == ["sleep", "1001"]
    assert after["Config"]["Entrypoint"] is None
    assert (after["Config"]["WorkingDir"], after["Config"]["User"]) == ("/var/tmp", "app")
    assert not after["Config"].get("Healthcheck")
    assert set(after["Config"]["ExposedPorts"]) == {"8000/tcp"}
    assert after["NetworkSettings"]["Ports"] == {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}
    assert after["Config"].get("StopSignal") is None
    # Every volume is the same one, the anonymous ones too.
    volumes = {each["Destination"]: each.get("Name", each["Source"]) for each in before["Mounts"]}
    assert {each["Destination"]: each.get("Name", each["Source"]) for each in after["Mounts"]} == volumes
    assert set(volumes) == {"/data", "/bound", "/anonymous", "/of-old-image"}
    # Both networks, the fixed address and the alias; not the old one's short ID.
    networks = after["NetworkSettings"]["Networks"]
    assert set(networks) == {first, second}
    assert networks[first]["IPAddress"] == "10.77.1.77"
    assert "shop-alias" in networks[first]["Aliases"]
    assert old.id[:12] not in networks[first]["Aliases"]
    assert after["Config"]["Hostname"] == new.id[:12]
    assert after["HostConfig"]["RestartPolicy"]["Name"] == "no"
    # The way back is as it was.
    things.runtime.remove(new)
    back = things.runtime.start(things.runtime.rename(old, things.name), Deadline(30))
    things.runtime.set_restart_policy(back, "always")
    again = things.inspect(back)
    ours = {"State", "HostConfig.RestartPolicy", *(each for each in DIFFERS if each.startswith("NetworkSettings."))}
    assert differences(before, again) <= ours
    assert again["HostConfig"]["RestartPolicy"]["Name"] == "always"


@pytest.mark.parametrize(
    ("image", "given", "entrypoint", "command"),
    [
        ('ENTRYPOINT ["sh", "-c"]\nCMD ["sleep 1000"]', {"Entrypoint": ["sleep"], "Cmd": ["999"]}, ["sleep"], ["999"]),
        ('CMD ["sleep", "1000"]', {"Entrypoint": ["env"], "Cmd": ["sleep", "1000"]}, ["env"], ["sleep", "1000"]),
        ('ENTRYPOINT ["sh", "-c"]\nCMD ["sleep 1000"]', {"Entrypoint": [""], "Cmd": ["sleep", "998"]}, None, ["sleep", "998"]),
        ('CMD ["sleep", "1000"]', {"Cmd": ["sleep", "997"]}, None, ["sleep", "997"]),
    ],
    ids=["own entrypoint and command", "own entrypoint, the image's command", "entrypoint taken away", "own command"],
)  # fmt: skip
def test_what_the_user_chose_to_run_stays(
    things: Things, image: str, given: dict[str, Any], entrypoint: list[str] | None, command: list[str]
) -> None:
    old = things.run({"Image": things.foreign_image(f"FROM {BASE}\n{image}"), **given})
    new_command = 'ENTRYPOINT ["sh", "-c"]\nCMD ["sleep 555"]' if "ENTRYPOINT" in image else 'CMD ["sleep", "555"]'
    new = things.swap(old, things.image(f"FROM {BASE}\n{new_command}"))
    found = things.inspect(new)["Config"]
    assert (found["Entrypoint"], found["Cmd"]) == (entrypoint, command)
    assert new.state is ContainerState.RUNNING


def test_a_chosen_part_of_a_health_check_stays_and_the_rest_is_the_new_images(things: Things) -> None:
    old_image = things.foreign_image(f'FROM {BASE}\nHEALTHCHECK --interval=30s CMD false\nCMD ["sleep", "1000"]')
    old = things.run({"Image": old_image, "Healthcheck": {"Interval": 5_000_000_000}})
    new = things.swap(old, things.image(f'FROM {BASE}\nHEALTHCHECK --interval=40s CMD true\nCMD ["sleep", "1000"]'))
    found = things.inspect(new)["Config"]["Healthcheck"]
    assert (found["Interval"], found["Test"]) == (5_000_000_000, ["CMD-SHELL", "true"])


def test_a_host_network_and_a_user_are_kept(things: Things) -> None:
    config = {
        "Image": things.foreign_image(SLEEPER),
        "User": "1000:1000",
        "HostConfig": {"NetworkMode": "host", "PidMode": "host"},
    }
    new = things.swap(things.run(config), things.image())
    found = things.inspect(new)
    assert (found["Config"]["User"], found["HostConfig"]["NetworkMode"], found["HostConfig"]["PidMode"]) == (
        "1000:1000",
        "host",
        "host",
    )


def test_the_first_container_is_as_the_settings_say(things: Things) -> None:
    network = things.network()
    runtime = things.make_runtime(
        environment={"COLOUR": "blue"},
        ports=["127.0.0.1:0:8000"],
        volumes=[f"{things.name}-data:/data:ro"],
        networks=[network],
        memory_mb=64,
        command=["sleep", "900"],
    )
    made = runtime.create(things.image(), runtime.specification(None), things.name, {})
    runtime.start(made, Deadline(30))
    found = things.inspect(made)
    assert "COLOUR=blue" in found["Config"]["Env"]
    assert found["Config"]["Cmd"] == ["sleep", "900"]
    assert found["HostConfig"]["Memory"] == 64 * 1024 * 1024
    assert found["NetworkSettings"]["Ports"]["8000/tcp"][0]["HostIp"] == "127.0.0.1"
    assert set(found["NetworkSettings"]["Networks"]) == {network}
    assert found["Mounts"][0]["Destination"] == "/data"
    assert not found["Mounts"][0]["RW"]


@pytest.mark.parametrize(
    ("text", "port", "address", "outside"),
    [
        ("8080", "8080/tcp", "", ""),
        ("80:8080", "8080/tcp", "", "80"),
        ("127.0.0.1:80:8080/udp", "8080/udp", "127.0.0.1", "80"),
        ("[::1]:80:8080", "8080/tcp", "::1", "80"),
    ],
)
def test_a_port_in_the_settings(text: str, port: str, address: str, outside: str) -> None:
    assert specifications._binding(text) == (port, {"HostIp": address, "HostPort": outside})


def test_thirty_runs_at_once_and_one_has_the_target(things: Things) -> None:
    things.run({"Image": things.foreign_image(SLEEPER)})
    outcomes: list[str] = []

    def attempt(number: int) -> None:
        try:
            things.make_runtime().fence(
                {LABEL_RUN: f"RN-{number:08X}", LABEL_EPOCH: "1", LABEL_PROMOTION: "CP-00000001"}
            )
            outcomes.append("has it")
        except TargetBusy:
            outcomes.append("refused")

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(30)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["has it", *["refused"] * 29]
    mark = things.inspect(f"shipui-fence-{things.name}")
    assert mark["State"]["Status"] == "created"
    things.runtime.unfence(mark["Config"]["Labels"])
    assert things.runtime.find_container(f"shipui-fence-{things.name}") is None


def test_a_masked_specification_shows_no_value(things: Things) -> None:
    old = things.run({"Image": things.foreign_image(SLEEPER), "Env": ["PASSWORD=hunter2"]})
    assert "hunter2" not in json.dumps(things.runtime.specification(old).masked)


def test_the_last_name_of_an_image_goes_and_the_image_stays_for_a_stopped_container(things: Things) -> None:
    tag = things.foreign_image(f"{SLEEPER}LABEL of={things.name}\n")
    old = things.run({"Image": tag})
    things.runtime.stop(old, 0, Deadline(30))
    things.runtime.untag(tag)
    assert things.runtime.find_image(tag) is None
    assert things.runtime.start(old, Deadline(30)).state is ContainerState.RUNNING


def test_a_health_url_finds_the_container(things: Things) -> None:
    config = {
        "Image": things.foreign_image(f'FROM {BASE}\nEXPOSE 8000\nCMD ["python3", "-m", "http.server", "8000"]'),
        "HostConfig": {"PortBindings": {"8000/tcp": [{"HostIp": "", "HostPort": "0"}]}},
    }
    old = things.run(config)
    for url in ("http://{address}:8000/", "http://{published:8000}/"):
        until = time.monotonic() + 20
        while True:
            try:
                assert urllib.request.urlopen(things.runtime.reach(old, url), timeout=2).status == 200
                break
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.1)
