"""The demo's production as processes: a PostgreSQL server in the demo's folder, reached by a socket that nobody else can enter."""

from __future__ import annotations

import sys

from shipui.demo.configuration import toml
from shipui.demo.folder import DemoFolder
from shipui.demo.production import APPLICATION_ROLE, DATABASE, SUPERUSER, Say
from shipui.install import embedded_server
from shipui.limits.deadline import Deadline


class ProcessProduction:
    """The server is the application's alone; shipui's records are in another one."""

    runtime = "process"
    target = "notes"
    application_password = None
    run_seconds = 60
    health_attempts = 24

    def __init__(self, folder: DemoFolder) -> None:
        self._folder = folder
        self._server = embedded_server(folder.production, SUPERUSER)

    def url(self, database: str = DATABASE, role: str = SUPERUSER) -> str:
        return self._server.url(database, role)

    def require_parts(self, deadline: Deadline) -> None:
        """They come with shipui; the server says so where they do not."""

    def running(self) -> bool:
        return self._server.running()

    def start(self, deadline: Deadline, say: Say) -> None:
        if not self.running():
            say("Starting production's database …")
        self._server.start(deadline)

    def stop(self, deadline: Deadline) -> None:
        self._server.stop(deadline)

    def database_settings(self) -> str:
        return ""

    def target_settings(self) -> str:
        python = toml(sys.executable)
        return f"""\
[target.{self.target}]
runtime = "process"
container = "notes"
stop_grace_seconds = 5

[target.{self.target}.process]
build = [{python}, "-B", "build.py"]
output = "release"
start = [{python}, "-B", "-m", "notes"]

[target.{self.target}.process.environment]
PORT = "{self._folder.port()}"
DATABASE_URL = {toml(self.url(role=APPLICATION_ROLE))}
"""

    def whereabouts(self) -> list[tuple[str, str]]:
        return [
            ("`production/`", "the database server of the application"),
            ("`state/process/`", "the versions of the application that run or ran"),
        ]

    def remove_by_hand(self) -> list[str]:
        return []

    @property
    def application_log(self) -> str:
        return f"Its log is below {self._folder.path / 'state' / 'process'}"
