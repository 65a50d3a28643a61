"""The demo's production in containers: a network, a database with a volume, and the application, all with the demo's own name."""

from __future__ import annotations

import json
import secrets
import shlex
from typing import Any
from urllib.parse import quote

import psycopg

from shipui.demo.configuration import toml
from shipui.demo.docker_base import make_base, put_script, require_suitable, running_script
from shipui.demo.folder import DemoFolder, free_port, write_whole
from shipui.demo.production import APPLICATION_ROLE, DATABASE, SUPERUSER, Say
from shipui.engine.connection import Engine, NotThere
from shipui.install import embedded_programs
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed, Refused, Unreachable

LABEL_DEMO = "shipui.demo"
APPLICATION_PORT = 8080
DATABASE_PORT = 5432
_STOP_SECONDS = 30
_LOG_LINES = 20


def notes_for_new(base_image: str | None, deadline: Deadline) -> dict[str, Any]:
    """What demo.json keeps of a new demo. Refused when no engine answers, or the image or the programs for one are not there."""
    engine = Engine(setting="DOCKER_HOST")
    _require_engine(engine, deadline)
    programs = embedded_programs() / "bin" if base_image is None else require_suitable(engine, base_image, deadline)
    notes: dict[str, Any] = {
        "runtime": "docker",
        "engine": engine.address,
        "name": f"notes-{secrets.token_hex(3)}",
        "port": free_port(),
        "base_image": base_image,
        "programs": str(programs),
    }
    while (database_port := free_port()) == notes["port"]:
        continue
    return {**notes, "database_port": database_port}


def _require_engine(engine: Engine, deadline: Deadline) -> None:
    if engine.local_socket is None:
        raise Refused(
            f"The demo needs a Docker engine on this machine, and the one that is set is {engine.address}.",
            fix="Set DOCKER_HOST to the socket of one here, such as unix:///var/run/docker.sock.",
        )
    try:
        with engine.call(deadline) as client:
            client.ping()
    except Unreachable as error:
        raise Refused(error.plain, detail=error.detail, fix=error.fix) from error


class DockerProduction:
    """On the engine that answered when the demo was made. Its names carry a part of their own, so demos do not meet on it."""

    runtime = "docker"
    run_seconds = 120
    health_attempts = 40

    def __init__(self, folder: DemoFolder) -> None:
        notes = folder.notes()
        self._folder = folder
        self._engine = Engine(notes["engine"], setting=f"“engine” in demo.json in {folder.path}")
        self._port = folder.port()
        self._database_port = int(notes["database_port"])
        self._chosen_base: str | None = notes["base_image"]
        self._programs: str = notes["programs"]
        self.target: str = notes["name"]
        self.network = self.target
        self.database_container = f"{self.target}-database"
        self.volume = f"{self.target}-data"

    @property
    def base(self) -> str:
        return self._chosen_base or f"{self.target}-base:latest"

    @property
    def application_password(self) -> str:
        return self._passwords()[APPLICATION_ROLE]

    @property
    def application_log(self) -> str:
        return f"Its log: {self._docker} logs {self.target}"

    def url(self, database: str = DATABASE, role: str = SUPERUSER) -> str:
        return _url(role, self._passwords()[role], f"127.0.0.1:{self._database_port}", database)

    def require_parts(self, deadline: Deadline) -> None:
        _require_engine(self._engine, deadline)
        if self._folder.config.exists() and not self._has_volume(deadline):
            raise Refused(
                f"The volume {self.volume}, with the demo's database in it, is not there any more.",
                fix="Make another demo in a new folder: shipui demo --runtime docker --dir FOLDER.",
            )

    def running(self) -> bool:
        found = self._database()
        return found is not None and bool(found["State"]["Running"])

    def start(self, deadline: Deadline, say: Say) -> None:
        if self._chosen_base is None:
            make_base(self._engine, self.base, self._folder.path, say)
        if not self.running():
            say("Starting production's database …")
        found = self._database()
        made = found["Id"] if found is not None else self._make_database(deadline)
        with self._engine.call(deadline) as client:
            client.start(made)
        self._await_database(made, deadline)

    def stop(self, deadline: Deadline) -> None:
        with self._engine.call(deadline, silence=_STOP_SECONDS + 30) as client:
            client.stop(self.database_container, timeout=_STOP_SECONDS)

    def database_settings(self) -> str:
        return f"container = {toml(self.database_container)}\ntools = {toml(self._programs)}\n"

    def target_settings(self) -> str:
        inside = _url(
            APPLICATION_ROLE, self.application_password, f"{self.database_container}:{DATABASE_PORT}", DATABASE
        )
        host = "" if self._engine.is_usual else f"host = {toml(self._engine.address)}\n"
        return f"""\
[target.{self.target}]
runtime = "docker"
container = "{self.target}"
stop_grace_seconds = 5

[target.{self.target}.docker]
{host}networks = ["{self.network}"]
ports = ["127.0.0.1:{self._port}:{APPLICATION_PORT}"]

[target.{self.target}.docker.build_arguments]
BASE = {toml(self.base)}

[target.{self.target}.docker.environment]
DATABASE_URL = {toml(inside)}
"""

    def whereabouts(self) -> list[tuple[str, str]]:
        return [
            ("`production/`", "the passwords of the application's database"),
            (f"container `{self.target}`", "the application; its images have the same name"),
            (
                f"container `{self.database_container}`",
                f"its database server; the data is in the volume `{self.volume}`",
            ),
            (f"network `{self.network}`", "what joins the two"),
            (f"image `{self.base}`", "what both are made from"),
        ]

    def remove_by_hand(self) -> list[str]:
        docker, name = self._docker, self.target
        of_target = f"$({docker} images -q --filter label=shipui.target={name} | sort -u)"
        return [
            f"{docker} rm -f {name} {self.database_container}",
            f"{docker} volume rm {self.volume}",
            f"{docker} network rm {self.network}",
            f"{docker} rmi -f {of_target}",
            *([] if self._chosen_base else [f"{docker} rmi {self.base}"]),
        ]

    # Parts

    @property
    def _docker(self) -> str:
        return "docker" if self._engine.is_usual else f"docker -H {shlex.quote(self._engine.address)}"

    def _database(self) -> dict[str, Any] | None:
        try:
            with self._engine.call(Deadline(60)) as client:
                found: dict[str, Any] = client.inspect_container(self.database_container)
                return found
        except NotThere:
            return None

    def _has_volume(self, deadline: Deadline) -> bool:
        try:
            with self._engine.call(deadline) as client:
                client.inspect_volume(self.volume)
        except NotThere:
            return False
        return True

    def _make_database(self, deadline: Deadline) -> str:
        """The container with its network and its volume, not started; each is left as it is where it is there."""
        labels = {LABEL_DEMO: str(self._folder.path)}
        password = self._passwords()[SUPERUSER]
        port = f"{DATABASE_PORT}/tcp"
        with self._engine.call(deadline) as client:
            if not client.networks(names=[f"^{self.network}$"]):
                client.create_network(self.network, labels=labels, check_duplicate=True)
            client.create_volume(self.volume, labels=labels)
            config = {
                "Image": self.base,
                **running_script(),
                "Env": [f"SUPERUSER_PASSWORD={password}"],
                "Labels": labels,
                "StopSignal": "SIGINT",  # PostgreSQL's fast shutdown
                "ExposedPorts": {port: {}},
                "HostConfig": {
                    "Binds": [f"{self.volume}:/database"],
                    "PortBindings": {port: [{"HostIp": "127.0.0.1", "HostPort": str(self._database_port)}]},
                    "NetworkMode": self.network,
                    "RestartPolicy": {"Name": "unless-stopped"},
                },
            }
            made: str = client.create_container_from_config(config, self.database_container)["Id"]
            put_script(client, made)
        return made

    def _await_database(self, container: str, deadline: Deadline) -> None:
        """Until it lets shipui in; the engine's proxy accepts connections long before."""
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
                return
            except psycopg.OperationalError as error:
                with self._engine.call(deadline) as client:
                    state = client.inspect_container(container)["State"]
                    said = client.logs(container, tail=_LOG_LINES).decode("utf-8", "replace")
                if not state["Running"] or state["Restarting"] or deadline.over():
                    raise Failed(
                        "The demo's database does not start.",
                        detail=f"{error}\n{said}",
                        fix=f"{self._docker} logs {self.database_container} tells more.",
                    ) from error
            deadline.sleep(0.2)

    def _passwords(self) -> dict[str, str]:
        """By role; chosen once, and kept where only this account reads."""
        file = self._folder.production / "passwords.json"
        if not file.exists():
            if self._folder.config.exists():
                raise Refused(f"{file} is not there any more, and the demo's passwords were in it.")
            file.parent.mkdir(mode=0o700, exist_ok=True)
            chosen = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, APPLICATION_ROLE)}
            write_whole(file, json.dumps(chosen, indent=2) + "\n", 0o600)
        found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return found


def _url(role: str, password: str, server: str, database: str) -> str:
    return f"postgresql://{role}:{quote(password, safe='')}@{server}/{quote(database, safe='')}"
