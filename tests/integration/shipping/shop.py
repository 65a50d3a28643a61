"""What the tests of shipping do, in their words."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from shipui.actions.ship import prepare_order, ship
from shipui.model.change import ChangeType, RiskLevel
from shipui.model.evidence import Evidence, read_evidence
from shipui.runs.procedure import Ending
from tests.github.emulator import Emulator, Repository
from tests.integration.deployments.production_world import STUDIO, ProductionWorld
from tests.integration.git_sandbox_builder import WorkTree

PSEUDONYM = ("A contributor", "contributor@example.org")
INJECTION = """
import flask
import psycopg

application = flask.Flask(__name__)


@application.get("/find")
def find():
    with psycopg.connect("dbname=shop") as connection:
        return str(connection.execute("SELECT body FROM note WHERE body = '" + flask.request.args["q"] + "'").fetchall())
"""


def new_build() -> str:
    return f"FB-{secrets.token_hex(4).upper()}"


class Shop:
    def __init__(self, world: ProductionWorld, github: Emulator) -> None:
        self.world = world
        self.place = world.sandbox()
        world.git(self.place, "checkout", "-q", "main")
        self.repository: Repository = github.repository(WorkTree(self.place))
        world.git(self.place, "checkout", "-q", "feature")

    def configure(self, mode: str, *, api_url: str = "", contribution: str = "", more: str = "") -> None:
        """`mode` with its repository and its token; `contribution` are lines of that section."""
        self.world.configure(
            more=f"""
[github]
api_url = "{api_url or self.repository.emulator.url}"
repository = "{self.repository.name}"
own_repository = "{self.repository.name}"
own_token = "env:OWN_TOKEN"
checks_wait_seconds = 20
[contribution]
mode = "{mode}"
{contribution}
[contribution.pseudonym]
name = "{PSEUDONYM[0]}"
email = "{PSEUDONYM[1]}"
{more}
"""
        )

    @property
    def commit(self) -> str:
        return self.world.git(self.place, "rev-parse", "HEAD")

    def write(self, name: str, text: str | bytes) -> None:
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def proof(self, **parts: Any) -> Evidence:
        """Everything passed, less what `parts` says otherwise."""
        return read_evidence(
            {
                "commit": self.commit,
                "type_check": {"passed": True},
                "tests": {"total": 7, "passed": 7, "failed": 0},
                "acceptance_criteria": [{"text": "It says another word.", "passed": True}],
                **parts,
            }
        )

    def ship(
        self, build: str, *, title: str = "A new word", proved: bool = True, **more: Any
    ) -> tuple[Ending, dict[str, str]]:
        """How it ended, and what it made."""
        options = {
            "type": ChangeType.STANDARD,
            "risk": RiskLevel.LOW,
            "evidence": self.proof() if proved else None,
            **more,
        }
        order = prepare_order(self.world.installation, build=build, title=title, sandbox=str(self.place), **options)
        shipping = ship(self.world.installation, STUDIO, order)
        ending = shipping.running.start().wait(90)
        assert ending is not None
        return ending, shipping.made

    def proposals(self) -> Path:
        return self.world.installation.install.state / "proposals"
