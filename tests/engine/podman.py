"""Podman's service, which answers Docker's calls: one for each worker that needs it, with storage of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from shipui.model.errors import ShipuiError

START_SECONDS = 30


def available() -> bool:
    return os.geteuid() == 0 and shutil.which("podman") is not None


@contextmanager
def podman_service() -> Iterator[Engine]:
    folder = Path(tempfile.mkdtemp(prefix="shipui-podman-"))
    own = ["--root", f"{folder}/root", "--runroot", f"{folder}/run", "--tmpdir", f"{folder}/tmp"]
    command = ["podman", *own, "--cgroup-manager", "cgroupfs", "--events-backend", "file"]
    (folder / "containers.conf").write_text('[containers]\ndefault_ulimits = ["nofile=1024:2048"]\n')
    environment = {**os.environ, "CONTAINERS_CONF": f"{folder}/containers.conf"}
    engine = Engine(f"unix://{folder}/podman.sock")
    with (folder / "log").open("wb") as log:
        service = subprocess.Popen(
            [*command, "system", "service", "--time", "0", engine.address], stdout=log, stderr=log, env=environment
        )
    try:
        _await(engine, folder)
        yield engine
    finally:
        subprocess.run([*command, "rm", "--all", "--force", "--time", "0"], capture_output=True, check=False)
        service.terminate()
        service.wait(30)
        subprocess.run(["umount", "-l", f"{folder}/root/overlay"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _await(engine: Engine, folder: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with engine.call(Deadline(2)) as client:
                client.ping()
            return
        except ShipuiError:
            if time.monotonic() > until:
                raise AssertionError((folder / "log").read_text()[-1000:]) from None
            time.sleep(0.2)
