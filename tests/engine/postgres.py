"""PostgreSQL servers in containers of the test engine: an image with a cluster in it, made once per engine, and servers of that."""

from __future__ import annotations

import fcntl
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from shipui.engine.connection import Engine, InTheWay, NotThere
from shipui.limits.deadline import Deadline
from tests.engine.images import BASE, postgres_prefix

IMAGE = "shipui-test-postgres:latest"
SUPERUSER = "postgres_root"
PASSWORD = "superuser password"

_MAKE = f"""
import os, subprocess
for folder in ("/data", "/var/run/postgresql"):
    os.makedirs(folder, exist_ok=True)
    os.chown(folder, 999, 999)
open("/password", "w").write({PASSWORD!r})
initdb = ["initdb", "-D", "/data/cluster", "-U", {SUPERUSER!r}, "--auth-local=trust", "--auth-host=scram-sha-256"]
subprocess.run([*initdb, "--pwfile=/password", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8"], check=True, user=999, group=999)
os.unlink("/password")
with open("/data/cluster/pg_hba.conf", "a") as rules:
    rules.write("host all all all scram-sha-256\\n")
open("/data/trusting.conf", "w").write("local all all trust\\nhost all all all trust\\n")
"""
_START = """
import os, sys
os.setgroups([]); os.setgid(999); os.setuid(999)
os.execvp("postgres", ["postgres", "-D", "/data/cluster", "-c", "listen_addresses=*", "-c", "fsync=off", "-c", "autovacuum=off", *sys.argv[1:]])
"""
"""As root, then as postgres: what is executed in such a container runs as root, as with the official image."""


def load_postgres(engine: Engine, folder: Path) -> None:
    """IMAGE in that engine; `folder` is where its users wait for each other."""
    with (folder / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            with engine.call(Deadline(30)) as client:
                client.inspect_image(IMAGE)
            return
        except NotThere:
            pass  # it is made now
        with engine.call(Deadline(120), silence=120) as client:
            made = client.create_container(BASE, ["python3", "-c", _MAKE])["Id"]
            client.start(made)
            assert client.wait(made)["StatusCode"] == 0, client.logs(made)
            repository, tag = IMAGE.split(":")
            client.commit(made, repository, tag)
            client.remove_container(made)


TRUSTING = ("-c", "hba_file=/data/trusting.conf")
"""Options of a server that lets everybody in, by TCP too."""


def _login(user: str | None) -> str:
    """Every owner of a FreshDatabase has the other password, OWNER_PASSWORD."""
    return f"{user}:p%40ss%20word%2F1" if user else f"{SUPERUSER}:{PASSWORD.replace(' ', '%20')}"


class ContainerServer:
    """A server in a container of its own: trust by its socket, passwords by TCP; its port is published on 127.0.0.1."""

    superuser = SUPERUSER

    def __init__(self, engine: Engine, *options: str, **host: Any) -> None:
        """`options` of the server, and `host` for the engine's create_host_config."""
        self.engine = engine
        self.name = f"shop-db-{secrets.token_hex(4)}"
        prefix = postgres_prefix()
        assert prefix is not None
        self.binaries = prefix / "bin"
        with engine.call(Deadline(60)) as client:
            config = client.create_host_config(**{"port_bindings": {5432: ("127.0.0.1", None)}, **host})
            command = ["python3", "-c", _START, *options]
            client.create_container(IMAGE, command, name=self.name, host_config=config, ports=[5432])
            client.start(self.name)
        self.wait()

    def url(self, database: str, user: str | None = None) -> str:
        """By the published port, with the password."""
        with self.engine.call(Deadline(30)) as client:
            (binding,) = client.port(self.name, 5432)
        return f"postgresql://{_login(user)}@127.0.0.1:{binding['HostPort']}/{database}"

    def url_by_name(self, database: str, user: str | None = None) -> str:
        """As shipui alone understands it: the host is the container."""
        return f"postgresql://{_login(user)}@{self.name}/{database}"

    def wait(self) -> None:
        """Until it answers."""
        until = time.monotonic() + 30
        while self.shell("pg_isready", "-q") != 0:
            assert time.monotonic() < until, "the server in the container does not start"
            time.sleep(0.1)

    def shell(self, *command: str) -> int:
        from shipui.engine.execute import execute

        return execute(self.engine, self.name, command, deadline=Deadline(30)).code

    def processes(self) -> list[str]:
        with self.engine.call(Deadline(30)) as client:
            return [" ".join(row) for row in client.top(self.name)["Processes"]]

    def remove(self) -> None:
        """With its data; nothing to do if the test has done so."""
        with suppress(NotThere, InTheWay), self.engine.call(Deadline(60)) as client:
            client.remove_container(self.name, force=True, v=True)
