"""A password that is in the settings stays there: it is looked for in everything that shipui prints, runs, records and writes."""

from __future__ import annotations

import dataclasses
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.integration.commands.conftest import ME, Shipui
from tests.integration.deployments.conftest import MakeWorld
from tests.servers import DebianServer, FreshDatabase

DATABASE, RECORDS, KEY = "canary-of-the-database", "canary-of-the-records", "canary-of-the-application"
CANARIES = [DATABASE.encode(), RECORDS.encode(), KEY.encode()]


class WithPassword(FreshDatabase):
    @property
    def url(self) -> str:
        assert isinstance(self.server, DebianServer)
        return f"postgresql://{self.owner}:{DATABASE}@127.0.0.1:{self.server.port}/{self.name}"


@pytest.fixture
def secretive(
    make_world: MakeWorld, debian_server: DebianServer, capfd: pytest.CaptureFixture[str]
) -> Iterator[Shipui]:
    """An install whose URLs have passwords, one of which the server asks for."""
    install = make_world(debian_server)
    database = WithPassword(debian_server, install.database.name, install.database.owner)
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(database.owner), sql.Literal(DATABASE))
        )
    install.database = database
    role = install.records.role
    url = install.records.url.replace(f"//{role}@", f"//{role}:{RECORDS}@")
    assert RECORDS in url
    install.records = dataclasses.replace(install.records, url=url)
    install.configure(target='release.command = ["true"]', more=f'[roles]\nadmin = ["{ME}"]')
    text = install.config.read_text()
    install.config.write_text(text.replace("PORT = ", f'API_KEY = "{KEY}"\nPORT = '))
    made = Shipui(install, capfd)
    yield made
    made.end()


class ProcessList:
    """Watches the command lines of all processes, as any account can."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> ProcessList:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.005):
            for entry in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(entry.read_bytes())
                except OSError:
                    continue


def recorded(url: str) -> bytes:
    """Every row of every table."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        rows = [
            str(connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name))).fetchall())
            for (name,) in tables.fetchall()
        ]
    return "\n".join(rows).encode()


@pytest.mark.slow
def test_passwords_are_nowhere_but_where_they_must_be(secretive: Shipui, state_home: Path) -> None:
    world = secretive.world
    good = world.approved(release_sql="ALTER TABLE note ADD COLUMN colour text")
    spoils = world.approved(start_sql="DELETE FROM note", health="sick")
    printed = []
    with ProcessList() as processes:
        for promotion, code in ((good, 0), (spoils, 1)):
            answer = secretive("deploy", promotion)
            assert answer.code == code, answer
            printed.append(answer.out + answer.err)
        name = str(world.show(good).backup)
        for arguments in (
            ["queue", "--json"], ["show", spoils], ["show", spoils, "--json"], ["show", good, "--json"], ["log", good],
            ["log", spoils], ["doctor"], ["doctor", "--json"], ["audit", "list", "--json"], ["backup", "list", "--json"],
            ["backup", "verify", name], ["inventory", "--json"],
        ):  # fmt: skip
            answer = secretive(*arguments)
            assert answer.code == 0, (arguments, answer)
            printed.append(answer.out + answer.err)
    assert any(b"pg_dump" in line for line in processes.seen), "the process list was watched"
    places = {
        "the output": "\n".join(printed).encode(),
        "the process list": b"\n".join(processes.seen),
        "the records": recorded(world.records.superuser_url),
    }
    for place, content in places.items():
        assert [canary for canary in CANARIES if canary in content] == [], place
    assert "***" in "".join(printed), "the doctor shows the settings masked"
    holding = [path for path in files(world.folder) if any(canary in path.read_bytes() for canary in CANARIES)]
    assert world.config in holding
    others = [path for path in holding if path != world.config]
    assert {path.relative_to(world.folder).parts[:3] for path in others} <= {("state", "process", "shop")}
    assert [path for path in others if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
