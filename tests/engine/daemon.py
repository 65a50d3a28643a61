"""A Docker engine of the tests' own: one for a whole test run, shared by its workers, on its own socket, data, bridge and addresses."""

from __future__ import annotations

import fcntl
import ipaddress
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDER_VARIABLE = "SHIPUI_TEST_ENGINE"
"""The folder that all workers of a run share; the run itself makes the name, the first test that needs an engine makes the folder."""
START_SECONDS = 60
_POOL = ipaddress.ip_network("10.128.0.0/9")


def available() -> bool:
    return os.geteuid() == 0 and _dockerd() is not None


def _dockerd() -> str | None:
    return shutil.which("dockerd") or shutil.which("dockerd", path="/usr/sbin:/usr/bin:/sbin:/usr/local/bin")


class Daemon:
    """dockerd, as a child of nobody in particular: it is known by its PID file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"unix://{folder}/docker.sock"

    @property
    def _pid_file(self) -> Path:
        return self.folder / "docker.pid"

    @property
    def pid(self) -> int | None:
        try:
            pid = int(self._pid_file.read_text())
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        return pid

    def start(self) -> None:
        """Without iptables, so that it disturbs no other engine here: ports are published by its proxy all the same."""
        self.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        bridge, network = self._bridge()
        dockerd = _dockerd()
        assert dockerd is not None
        arguments = [
            dockerd,
            "-H",
            self.address,
            "--data-root",
            str(self.folder / "data"),
            "--exec-root",
            str(self.folder / "exec"),
        ]
        arguments += [
            "--pidfile",
            str(self._pid_file),
            "--bridge",
            bridge,
            "--iptables=false",
            "--ip-forward=false",
            "--ip-masq=false",
        ]
        arguments += ["--default-address-pool", f"base={network},size=24", "--default-shm-size", "64M"]
        self._pid_file.unlink(missing_ok=True)
        with (self.folder / "dockerd.log").open("ab") as log:
            # Killed with its process group at the end, containers' shims included; it writes its own PID file.
            subprocess.Popen(arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > until:
                raise AssertionError("dockerd does not start: " + (self.folder / "dockerd.log").read_text()[-2000:])
            time.sleep(0.1)

    def stop(self) -> None:
        """SIGTERM, which stops its containers too; then SIGKILL."""
        pid = self.pid
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + 30
        while self.pid == pid and time.monotonic() < until:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            time.sleep(0.05)
        if self.pid == pid:
            os.kill(pid, signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def remove(self) -> None:
        """With its data, what it mounted, and its bridge."""
        self.stop()
        with Path("/proc/self/mountinfo").open() as mounts:
            below = [line.split()[4] for line in mounts if line.split()[4].startswith(f"{self.folder}/")]
        for each in sorted(below, reverse=True):
            subprocess.run(["umount", "-l", each], check=False, capture_output=True)
        with suppress(OSError):
            bridge = (self.folder / "bridge").read_text().split()[0]
            subprocess.run(["ip", "link", "delete", bridge], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        from shipui.engine.connection import Engine
        from shipui.limits.deadline import Deadline
        from shipui.model.errors import ShipuiError

        try:
            with Engine(self.address).call(Deadline(2)) as client:
                client.ping()
        except ShipuiError:
            return False
        return True

    def _bridge(self) -> tuple[str, ipaddress.IPv4Network]:
        """Made once, and kept over a restart. The first /24 of the network is the bridge's own."""
        noted = self.folder / "bridge"
        if not noted.exists():
            name = f"su{secrets.token_hex(4)}"
            network = ipaddress.ip_network((int(_POOL.network_address) + (secrets.randbelow(2**11) << 12), 20))
            assert isinstance(network, ipaddress.IPv4Network)
            subprocess.run(["ip", "link", "add", name, "type", "bridge"], check=True)
            own = next(network.subnets(new_prefix=24))
            subprocess.run(["ip", "addr", "add", f"{own[1]}/24", "dev", name], check=True)
            subprocess.run(["ip", "link", "set", name, "up"], check=True)
            noted.write_text(f"{name} {network}")
        name, text = noted.read_text().split()
        return name, ipaddress.IPv4Network(text)


def shared_folder() -> Path:
    return Path(os.environ[FOLDER_VARIABLE])


def name_shared_folder() -> None:
    """Called once, before the workers start."""
    os.environ.setdefault(
        FOLDER_VARIABLE, f"{tempfile.gettempdir()}/shipui-engine-{os.getpid()}-{secrets.token_hex(3)}"
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = os.open(f"{folder}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def shared_daemon() -> Daemon:
    """The run's engine, started by whoever asks first."""
    folder = shared_folder()
    with _alone(folder):
        daemon = Daemon(folder)
        if daemon.pid is None:
            daemon.start()
    return daemon


def end_shared_daemon() -> None:
    """Called once, when all tests are over."""
    folder = shared_folder()
    with _alone(folder):
        if folder.exists():
            Daemon(folder).remove()
    Path(f"{folder}.lock").unlink(missing_ok=True)
