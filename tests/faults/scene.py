"""An install on which faults are played, and what has to be true of it afterwards, looked at from outside."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from shipui.actions.approve import approve
from shipui.databases.base import Sibling, sibling_kind
from shipui.model.promotion import Promotion, Status
from shipui.records import backups, journal, products, promotions, runs
from tests.faults.mortal_shipui import VISITED
from tests.faults.mortals import Ended, Mortals
from tests.faults.productions import Production, Things
from tests.integration.deployments.production_world import OPERATOR, TARGET, ProductionWorld

ME = pwd.getpwuid(os.getuid()).pw_name


def settings(python: str) -> str:
    """With a release command, and whoever runs the tests as admin."""
    return f"""
[target.{TARGET}.release]
command = [{json.dumps(python)}, "-B", "release.py"]
[roles]
admin = ["{ME}"]
"""


SETTINGS = settings(sys.executable)
MIGRATION = "INSERT INTO note (body) VALUES ('migrated'); SELECT nextval('invoice_number')"
CORRUPTION = "DELETE FROM note WHERE id % 2 = 0; UPDATE note SET body = 'spoilt'; SELECT nextval('invoice_number')"
GOOD: dict[str, Any] = {"release_sql": MIGRATION}
CORRUPTING: dict[str, Any] = {"release_sql": MIGRATION, "start_sql": CORRUPTION, "health": "dies"}
"""Half of the rows gone, the others spoilt, and then it never becomes healthy."""

Content = dict[str, Any]
"""Of the production database: every table's rows as text, by table, and every sequence's last value."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What stood at one moment."""

    serving: str
    deployed: str
    content: Content
    things: Things
    files: dict[str, list[str]]
    databases: frozenset[str]


@dataclass(frozen=True, slots=True)
class WayBack:
    """A deployed promotion that is about to be rolled back."""

    previous: Standing
    """Before it was deployed."""
    before: Standing
    """Before it is rolled back."""
    restored: Content
    """What the database has to be once it is rolled back."""


OUTCOMES = {
    Status.DEPLOYED: "deployed; the new version serves",
    Status.ROLLED_BACK: "rolled back; the old version serves",
    Status.APPROVED: "nothing was begun; the old version serves",
}
OUTCOMES_OF_ROLLBACKS = {
    Status.ROLLED_BACK: "rolled back; the version before serves",
    Status.DEPLOYED: "taken back; the deployed version still serves",
}


@dataclass(slots=True)
class Scene:
    world: ProductionWorld
    production: Production
    shipui: Mortals
    seconds: float = 0.0
    """How long the last deployment took that nobody disturbed."""

    def begin(self) -> None:
        """With a first version deployed."""
        self.configure()
        self.deployed()

    def configure(self, more: str = "") -> None:
        self.world.configure(attempts=60, more=settings(self.production.python) + more)

    def approved(self, **behaviour: Any) -> str:
        promotion = self.world.ship(self.world.sandbox(**behaviour))
        approve(self.world.installation, OPERATOR, promotion)
        return promotion

    def deployed(self) -> str:
        promotion = self.approved(**GOOD)
        started = time.monotonic()
        ended = self("deploy", promotion)
        self.seconds = time.monotonic() - started
        assert ended.code == 0, ended.output
        return promotion

    def __call__(self, *arguments: str, death: str = "", visit_after: str = "") -> Ended:
        """One command; just after the entry `visit_after` of its journal somebody writes a note by way of the application."""
        visit = (visit_after, f"http://127.0.0.1:{self.world.port}/") if visit_after else None
        return self.shipui("--config", str(self.world.config), *arguments, death=death, visit=visit)

    def start(self, *commands: Sequence[str]) -> list[int]:
        """Begin together; `self.shipui.end` waits for them."""
        return self.shipui.start(*(("--config", str(self.world.config), *each) for each in commands))

    def promotion(self, promotion: str) -> Promotion:
        with self.world.installation.records.transaction() as connection:
            return promotions.get(connection, promotion)

    # What stands

    def standing(self) -> Standing:
        serving = self.world.serving()
        assert serving is not None, "nothing serves"
        with self.world.installation.records.transaction() as connection:
            deployed = promotions.deployed_on(connection, TARGET)
        return Standing(
            serving,
            deployed.id if deployed else "",
            self.content(),
            self.production.things(self.world),
            self._files(),
            frozenset(self._databases()),
        )

    def content(self) -> Content:
        with psycopg.connect(self.world.database.url) as connection:
            tables = connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
            ).fetchall()
            content: Content = {}
            for (name,) in tables:
                query = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(name))
                content[name] = [row for (row,) in connection.execute(query)]
            content["sequences"] = connection.execute(
                "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
            ).fetchall()
            return content

    def _databases(self) -> list[str]:
        with psycopg.connect(self.world.database.url) as connection:
            rows = connection.execute("SELECT datname FROM pg_database ORDER BY 1").fetchall()
        name = self.world.database.name
        return [each for (each,) in rows if each.startswith(f"{name}_")]

    def _files(self) -> dict[str, list[str]]:
        state = self.world.installation.install.state
        kept = {each: _names(state / each) for each in ("contexts", "specifications", "spool")}
        return {**kept, "backups": _names(self.world.installation.folders.backups)}

    # What has to be true

    def require_deployed_or_not(self, before: Standing, accepted: Content, promotion: str) -> str:
        """After a deployment: one of the two versions, whole. `accepted` is what the old version had written. Says which."""
        now = self.standing()
        status = self.promotion(promotion).status
        if status is Status.DEPLOYED:
            self._require_serves(promotion, now)
            _require_same("the database", migrated(accepted), now.content)
        else:
            assert status in {Status.ROLLED_BACK, Status.APPROVED}, status
            self._require_serves(before.deployed, now)
            _require_same("the database", accepted, now.content)
            _require_same("the machine", before.things, now.things)
        self.require_tidy(before, now)
        return OUTCOMES[status]

    def require_rolled_back_or_not(self, way: WayBack, promotion: str) -> str:
        """After a rollback: the version before, or that which was to be taken back, each with the database that belongs to it."""
        now = self.standing()
        status = self.promotion(promotion).status
        if status is Status.ROLLED_BACK:
            self._require_serves(way.previous.deployed, now)
            _require_same("the database", way.restored, now.content)
        else:
            assert status is Status.DEPLOYED, status
            self._require_serves(promotion, now)
            _require_same("the database", way.before.content, now.content)
            _require_same("the machine", way.before.things, now.things)
        self.require_tidy(way.before, now)
        return OUTCOMES_OF_ROLLBACKS[status]

    def _require_serves(self, promotion: str, now: Standing) -> None:
        assert now.serving == self.promotion(promotion).build, f"{now.serving} serves, not what {promotion} deployed"
        assert now.deployed == promotion, f"the records say that {now.deployed} is deployed, not {promotion}"

    def require_tidy(self, before: Standing, now: Standing) -> None:
        """Nothing is left but what retention names, and the records are true."""
        things = now.things
        assert len(things["containers"]) == 1, things
        assert len(things["running"]) == len(before.things["running"]), things["running"]
        assert things["unfinished"] == [], things
        for folder in ("contexts", "specifications", "spool"):
            assert now.files[folder] == [], (folder, now.files)
        self._require_backups_recorded(now.files["backups"])
        for name in now.databases - before.databases:
            kind = sibling_kind(self.world.database.name, name)
            assert kind in {Sibling.CUTOVER, Sibling.FAILED}, f"the database {name} was left"
        self._require_records_true(now)

    def _require_backups_recorded(self, files: list[str]) -> None:
        with self.world.installation.records.transaction() as connection:
            recorded = {each.name: each for each in backups.listed(connection)}
        kept = {name for name, each in recorded.items() if each.removed_at is None}
        assert set(files) == kept, f"backups: {sorted(set(files) ^ kept)} are in the folder or in the records alone"
        for name in files:
            content = Path(recorded[name].path).read_bytes()
            assert hashlib.sha256(content).hexdigest() == recorded[name].sha256, name

    def _require_records_true(self, now: Standing) -> None:
        with self.world.installation.records.transaction() as connection:
            assert runs.open_runs(connection) == []
            deployed = promotions.listed(connection, Status.DEPLOYED)
            executing = promotions.listed(connection, Status.EXECUTING)
            inventory = products.inventory(connection)
            numbers = {
                run: [event.number for event in journal.read(connection, run)] for run in self._last_runs(connection)
            }
        assert [each.build for each in deployed] == [now.serving], "not what the records call deployed"
        assert executing == []
        assert [each.build for each in inventory] == [now.serving], "not what the inventory names"
        for run, found in numbers.items():
            assert found == list(range(1, len(found) + 1)), f"the journal of {run} has gaps: {found}"
        verified = self("audit", "verify")
        assert verified.code == 0, verified.output

    def _last_runs(self, connection: psycopg.Connection[Any]) -> Iterable[str]:
        rows = connection.execute("SELECT id FROM run WHERE kind <> 'ship' ORDER BY started_at DESC LIMIT 3").fetchall()
        return [run for (run,) in rows]


def migrated(content: Content) -> Content:
    """What MIGRATION makes of it, done exactly once."""
    sequences = dict(content["sequences"])
    last = (sequences["note_id_seq"] or 0) + 1
    sequences |= {"note_id_seq": last, "invoice_number": (sequences["invoice_number"] or 0) + 1}
    rows = sorted([*content["note"], f"({last},migrated)"])
    return {**content, "note": rows, "sequences": sorted(sequences.items())}


def visited(content: Content, ended: Ended) -> Content:
    """With the note that the visitor wrote, if one came."""
    if VISITED not in ended.entries:
        return content
    sequences = dict(content["sequences"])
    sequences["note_id_seq"] = (sequences["note_id_seq"] or 0) + 1
    rows = sorted([*content["note"], f"({sequences['note_id_seq']},{VISITED})"])
    return {**content, "note": rows, "sequences": sorted(sequences.items())}


def _require_same(what: str, expected: Any, found: Any) -> None:
    differing = [key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)]
    assert not differing, f"{what} is not as it should be: " + "; ".join(
        f"{key}: missing {_without(expected, found, key)}, too much {_without(found, expected, key)}"
        for key in differing
    )


def _without(one: Any, other: Any, key: str) -> str:
    rest = [each for each in one.get(key, []) if each not in other.get(key, [])]
    return f"{rest[:5]}{' …' if len(rest) > 5 else ''}"


def _names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []
