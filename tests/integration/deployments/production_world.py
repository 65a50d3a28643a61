"""A whole install on real parts, small enough to make for each test: records, a production database, an application, git sandboxes."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from shipui.actions.approve import approve
from shipui.actions.deploy import deploy
from shipui.actions.ship import prepare_order, ship
from shipui.actions.show import PromotionStory, show
from shipui.install import Installation
from shipui.model.change import ChangeType, RiskLevel
from shipui.model.events import Event, EventKind
from shipui.model.roles import Person, Role
from shipui.runs.procedure import Ending
from shipui.runs.running import RunningRun
from tests.records import RecordsDatabase
from tests.servers import FreshDatabase

APPLICATION = Path(__file__).parent / "application"
TARGET = "shop"
STUDIO = Person("build-studio", 4000, Role.OPERATOR)
OPERATOR = Person("olga", 4001, Role.OPERATOR)
ADMIN = Person("adam", 4002, Role.ADMIN)

_GIT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Studio",
    "GIT_AUTHOR_EMAIL": "studio@example.com",
    "GIT_COMMITTER_NAME": "Studio",
    "GIT_COMMITTER_EMAIL": "studio@example.com",
}

_SCHEMA = """
CREATE TABLE note (id bigserial PRIMARY KEY, body text NOT NULL);
INSERT INTO note (body) SELECT 'note ' || each FROM generate_series(1, 200) each;
CREATE SEQUENCE invoice_number;
"""


class ProductionWorld:
    def __init__(self, folder: Path, database: FreshDatabase, records: RecordsDatabase) -> None:
        self.folder = folder
        self.database = database
        self.port = _free_port()
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute(_SCHEMA)
        self.records = records
        self.configure()

    def configure(
        self,
        *,
        target: str = "",
        database: str = "",
        health: str = "",
        run_seconds: float = 60,
        attempts: int = 25,
        timeout_seconds: float = 1,
        database_url: str | None = None,
        build: list[str] | None = None,
        gates_required: bool = False,
        records_url: str | None = None,
        more: str = "",
    ) -> None:
        """Write config.toml anew, with lines added to its sections, and open the install with it."""
        if hasattr(self, "installation"):
            self.installation.close()
        self.config = self.folder / "config.toml"
        self.config.write_text(
            f"""
[install]
name = "test"
[records]
url = "{records_url or self.records.url}"
owner_url = "{records_url or self.records.owner_url}"
[gates]
required = {json.dumps(gates_required)}
[limits]
run_seconds = {run_seconds}
[target.{TARGET}]
container = "{self.container}"
stop_grace_seconds = 1
{target}
{self.runtime_section(build)}
[target.{TARGET}.database]
url = "{database_url or self.database.url}"
{database}
[target.{TARGET}.health]
url = "http://127.0.0.1:{self.port}/health"
version_field = "build"
attempts = {attempts}
interval_seconds = 0.2
timeout_seconds = {timeout_seconds}
passes = 2
{health}
{more}
"""
        )
        self.installation = Installation.open(self.config)

    container = "shop"

    def runtime_section(self, build: list[str] | None) -> str:
        return f"""
[target.{TARGET}.process]
build = {json.dumps(build or [sys.executable, "-B", "build.py"])}
output = "release"
start = [{json.dumps(sys.executable)}, "-B", "app.py"]
[target.{TARGET}.process.environment]
PORT = "{self.port}"
DATABASE_URL = "{self.database.url}"
"""

    def windows(self, text: str) -> None:
        (self.folder / "windows.toml").write_text(text)

    # Builds

    def more_files(self) -> dict[str, str]:
        """What every sandbox has beside the application."""
        return {}

    def sandbox(self, **behaviour: Any) -> Path:
        """A work tree with a base commit on main, and one on a branch whose behaviour.json is this."""
        place = self.folder / "sandboxes" / secrets.token_hex(4)
        shutil.copytree(APPLICATION, place, ignore=shutil.ignore_patterns("__pycache__"))
        for name, text in self.more_files().items():
            (place / name).write_text(text)
        (place / "behaviour.json").write_text("{}")
        self.git(place, "init", "-q", "-b", "main")
        self.commit(place, "Base")
        self.git(place, "checkout", "-q", "-b", "feature")
        (place / "behaviour.json").write_text(json.dumps({"word": place.name, **behaviour}))
        self.commit(place, "Feature")
        return place

    def commit(self, place: Path, message: str) -> str:
        self.git(place, "add", "-A")
        self.git(place, "commit", "-q", "-m", message)
        return self.git(place, "rev-parse", "HEAD")

    def git(self, place: Path, *arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=place, env=_GIT, check=True, capture_output=True, text=True
        ).stdout.strip()

    def ship(
        self,
        place: Path,
        *,
        build: str | None = None,
        type: ChangeType = ChangeType.STANDARD,
        risk: RiskLevel = RiskLevel.LOW,
    ) -> str:
        """The promotion's ID; requested by the build studio."""
        order = prepare_order(
            self.installation,
            build=build or f"FB-{secrets.token_hex(4).upper()}",
            title=f"Feature {place.name}",
            sandbox=str(place),
            type=type,
            risk=risk,
        )
        shipping = ship(self.installation, STUDIO, order)
        ending = shipping.running.start().wait()
        assert ending is not None
        assert "promotion" in shipping.made, ending
        return shipping.made["promotion"]

    def approved(self, **behaviour: Any) -> str:
        promotion = self.ship(self.sandbox(**behaviour))
        approve(self.installation, OPERATOR, promotion)
        return promotion

    def start(self, promotion: str, **wish: Any) -> RunningRun:
        return deploy(self.installation, OPERATOR, promotion, **wish).start()

    def deploy(self, promotion: str, **wish: Any) -> Ending:
        ending = self.start(promotion, **wish).wait(90)
        assert ending is not None
        return ending

    def show(self, promotion: str) -> PromotionStory:
        return show(self.installation, OPERATOR, promotion)

    # From outside

    def serving(self) -> str | None:
        """The build that answers, or None if nothing does."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2) as answer:
                return str(json.load(answer)["build"])
        except (OSError, ValueError):
            return None

    def write(self, text: str) -> int:
        """A note by way of the application; its ID, after commit. OSError when nothing answers."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", data=text.encode(), method="POST")
        with urllib.request.urlopen(request, timeout=2) as answer:
            return int(json.load(answer)["id"])

    def notes(self) -> dict[int, str]:
        with psycopg.connect(self.database.url) as connection:
            return dict(connection.execute("SELECT id, body FROM note").fetchall())

    def checksum(self) -> str:
        """Over every table's rows and every sequence's value."""
        digest = hashlib.sha256()
        with psycopg.connect(self.database.url) as connection:
            tables = connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
            ).fetchall()
            for (name,) in tables:
                query = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(name))
                for (row,) in connection.execute(query):
                    digest.update(f"{name}:{row}\n".encode())
            for row in connection.execute(
                "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
            ):
                digest.update(f"{row}\n".encode())
        return digest.hexdigest()

    def remains(self) -> dict[str, Any]:
        """Everything that a run could leave, but for backups and databases, which have a retention."""
        runtime = self.installation.runtime(TARGET)
        folders = self.installation.folders
        return {
            "containers": sorted((each.id, each.name, each.state, each.image) for each in runtime.containers()),
            "images": sorted((each.id, tuple(sorted(each.tags))) for each in runtime.images()),
            "contexts": _names(folders.contexts),
            "specifications": _names(folders.specifications),
            "spool": _names(self.installation.spools),
            "processes": sorted(self.processes()),
            "half-made": [each for each in _names(folders.backups) if not each.endswith(".dump")],
        }

    def backups(self) -> set[str]:
        return set(_names(self.installation.folders.backups))

    def deploy_seen(self, promotion: str, **wish: Any) -> tuple[Ending, str | None]:
        """How it ended, and the database's checksum just after the old version had stopped (None: it was never stopped)."""
        running = deploy(self.installation, OPERATOR, promotion, **wish)
        seen: list[str] = []

        def look(event: Event) -> None:
            if event.kind is EventKind.RESULT and event.step == 7 and event.data["state"] == "passed":
                seen.append(self.checksum())

        running.listen(look)
        ending = running.start().wait(90)
        assert ending is not None
        return ending, seen[0] if seen else None

    def databases(self) -> set[str]:
        """Names of the databases that shipui made beside production's."""
        return set(self.installation.database(TARGET, "shipui/test").siblings())

    def processes(self) -> list[str]:
        """Command lines of every process that belongs to this world's application or to a run."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                environment = (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if str(self.folder).encode() in environment or str(self.folder) in command:
                found.append(command)
        return found

    def close(self) -> None:
        runtime = self.installation.runtime(TARGET)
        for container in runtime.containers():
            runtime.remove(container)
        self.installation.close()


class Writer:
    """Somebody who writes notes all the time; `accepted` is what the application said yes to."""

    def __init__(self, world: ProductionWorld) -> None:
        self._world = world
        self._stop = threading.Event()
        self.accepted: dict[int, str] = {}
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _write(self) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            text = f"written {number}"
            try:
                self.accepted[self._world.write(text)] = text
            except (OSError, urllib.error.HTTPError, ValueError):
                time.sleep(0.02)


def _names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
