"""Trouble that must not become a failure, and that which must be refused in time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from shipui.limits.deadline import Deadline
from shipui.model.errors import ToolFailed
from shipui.model.events import Outcome
from shipui.model.promotion import Status
from shipui.runtimes.base import Container
from shipui.runtimes.process import ProcessRuntime
from tests.integration.deployments.conftest import MakeWorld
from tests.integration.deployments.production_world import TARGET, ProductionWorld
from tests.servers import DebianServer


def test_what_cannot_be_cleaned_up_is_a_warning(
    running_world: ProductionWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root can remove nearly everything, so the runtime itself is made to refuse: the one stand-in here."""
    world = running_world
    serving = world.serving()
    old = world.installation.runtime(TARGET).current()
    assert old is not None
    promotion = world.approved()
    remove = ProcessRuntime.remove

    def refuse(self: ProcessRuntime, container: Container) -> None:
        if container.id == old.id:
            raise ToolFailed("its files are in use by somebody else")
        remove(self, container)

    with monkeypatch.context() as patched:
        patched.setattr(ProcessRuntime, "remove", refuse)
        ending = world.deploy(promotion)
    assert ending.outcome is Outcome.DONE, ending
    assert "is deployed and healthy." in ending.plain
    assert "the old container could not be removed (its files are in use by somebody else)" in ending.plain
    story = world.show(promotion)
    assert story.promotion.status is Status.DEPLOYED
    assert world.serving() == story.promotion.build != serving
    assert world.remains()["contexts"] == world.remains()["specifications"] == []
    left = world.installation.runtime(TARGET).find_container(old.id)
    assert left is not None
    assert not any(old.id in process for process in world.processes())


class PreparingServer(DebianServer):
    """Debian's, which lets a transaction be prepared."""

    def _run(self, arguments: list[str], deadline: Deadline) -> None:
        if arguments[:2] == ["pg_ctl", "start"]:
            arguments = [*arguments[:-1], arguments[-1] + " -c max_prepared_transactions=5"]
        super()._run(arguments, deadline)


@pytest.fixture(scope="module")
def preparing_server(debian_server: DebianServer) -> Iterator[PreparingServer]:
    folder = Path(tempfile.mkdtemp(prefix="shipui-test-"))
    folder.chmod(0o755)
    server = PreparingServer(debian_server.binaries, folder)
    try:
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder)


def test_a_prepared_transaction_is_refused_at_once(make_world: MakeWorld, preparing_server: PreparingServer) -> None:
    world = make_world(preparing_server)
    promotion = world.approved()
    with psycopg.connect(world.database.url, autocommit=True) as connection:
        connection.execute("BEGIN")
        connection.execute("INSERT INTO note (body) VALUES ('half a payment')")
        connection.execute("PREPARE TRANSACTION 'payment 7'")
    ending = world.deploy(promotion)
    assert ending.outcome is Outcome.REFUSED, ending
    assert ending.failed_step == 1
    assert "Transactions are prepared and not finished: “payment 7” of " in ending.plain
    assert "ROLLBACK PREPARED" in ending.plain
    assert world.show(promotion).promotion.status is Status.APPROVED
    assert world.serving() is None
    with psycopg.connect(world.database.url, autocommit=True) as connection:
        connection.execute("ROLLBACK PREPARED 'payment 7'")
    assert world.deploy(promotion).outcome is Outcome.DONE


def test_a_client_that_was_accepted_is_not_sent_away(running_world: ProductionWorld) -> None:
    world = running_world
    world.configure(database='other_clients = "accept"')
    promotion = world.approved()
    databases = world.databases()
    with psycopg.connect(world.database.url, application_name="nightly report", autocommit=True) as report:
        mine = report.execute("SELECT pg_backend_pid()").fetchone()
        running = world.start(promotion)
        while not running.finished:
            report.execute(
                "INSERT INTO note (body) VALUES ('from the report')"
            )  # something has changed since the backup
            running.wait(0.2)
        ending = running.wait(1)
        assert report.execute("SELECT pg_backend_pid()").fetchone() == mine
    assert ending is not None
    assert ending.outcome is Outcome.DONE, ending
    story = world.show(promotion)
    assert story.deployment is not None
    assert "what it wrote last is saved in a second backup" in story.deployment.view.step(7).plain
    assert any(name.endswith("-cutover.dump") for name in world.backups())
    assert world.databases() == databases
