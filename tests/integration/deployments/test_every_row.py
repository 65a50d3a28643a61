"""What the old version accepted until it stopped is there after a rollback, however it was written and however late."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import pytest

from shipui.actions.deploy import deploy
from shipui.model.events import Event, EventKind, Outcome
from shipui.pipeline.steps import stop_old_version
from shipui.runs.procedure import Ending
from tests.integration.deployments.production_world import OPERATOR, ProductionWorld, Writer

QUICK = {"attempts": 8, "timeout_seconds": 0.3}
SPOILS = "DELETE FROM note WHERE id % 2 = 0; ALTER TABLE note RENAME body TO words"
OWN = "shop"
"""The name under which the application's own sessions are known."""


@pytest.fixture
def world(running_world: ProductionWorld, monkeypatch: pytest.MonkeyPatch) -> ProductionWorld:
    monkeypatch.setattr(stop_old_version, "QUIET_PATIENCE_SECONDS", 1.0)
    running_world.configure(**QUICK)  # type: ignore[arg-type]
    return running_world


def deploy_with(world: ProductionWorld, start_sql: str, after_backup: Callable[[], object]) -> Ending:
    """Deploy a build that spoils the database and is never healthy; just after the backup somebody does something."""
    running = deploy(world.installation, OPERATOR, world.approved(health="sick", start_sql=start_sql))

    def act(event: Event) -> None:
        if event.kind is EventKind.RESULT and event.step == 3:
            after_backup()

    running.listen(act)
    ending = running.start().wait(90)
    assert ending is not None
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert ending.failed_step == 9, ending
    return ending


def test_a_row_of_a_pooled_session_that_stays_open(world: ProductionWorld) -> None:
    with psycopg.connect(world.database.url, autocommit=True, application_name=OWN) as pooled:
        pooled.execute("SELECT 1")
        deploy_with(world, SPOILS, lambda: pooled.execute("INSERT INTO note (body) VALUES ('from the pool')"))
    assert "from the pool" in world.notes().values()
    assert len([body for body in world.notes().values() if body.startswith("note ")]) == 200


def test_numbers_that_were_drawn_without_a_row(world: ProductionWorld) -> None:
    """A bare nextval leaves no transaction behind; drawing the same number again would be two invoices with one number."""
    drawn: list[int] = []

    def draw() -> None:
        with psycopg.connect(world.database.url, autocommit=True, application_name=OWN) as connection:
            for (number,) in connection.execute("SELECT nextval('invoice_number') FROM generate_series(1, 7)"):
                drawn.append(number)

    deploy_with(world, "SELECT setval('invoice_number', 1, false)", draw)
    assert drawn == [1, 2, 3, 4, 5, 6, 7]
    with psycopg.connect(world.database.url, autocommit=True) as connection:
        assert connection.execute("SELECT last_value, is_called FROM invoice_number").fetchone() == (7, True)


def test_a_worker_that_goes_on_until_its_session_is_ended(world: ProductionWorld) -> None:
    """It belongs to the application, but nobody can ask it to leave."""
    accepted: list[str] = []
    ended = threading.Event()

    def work() -> None:
        try:
            with psycopg.connect(world.database.url, autocommit=True, application_name=OWN) as connection:
                while True:
                    text = f"worked {len(accepted)}"
                    connection.execute("INSERT INTO note (body) VALUES (%s)", (text,))
                    accepted.append(text)
        except psycopg.OperationalError:
            ended.set()

    worker = threading.Thread(target=work)
    deploy_with(world, SPOILS, worker.start)
    worker.join(10)
    assert ended.is_set()
    assert len(accepted) > 10
    assert set(accepted) <= set(world.notes().values())


def test_an_application_that_ignores_the_request_to_stop(world: ProductionWorld) -> None:
    assert world.deploy(world.approved(stop="ignores")).outcome is Outcome.DONE
    serving = world.serving()
    with Writer(world) as writer:
        ending = deploy_with(world, SPOILS, lambda: None)
    assert ending.plain.endswith("The old version runs again.")
    assert world.serving() == serving
    assert len(writer.accepted) > 0
    assert writer.accepted.items() <= world.notes().items()


def test_a_new_version_that_goes_on_writing_writes_nothing_into_what_was_put_back(world: ProductionWorld) -> None:
    """It is stopped before the database is put back, not after."""
    before = world.notes()
    ending = world.deploy(world.approved(health="sick", writes="by itself"))
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert "The database is put back" in ending.plain
    assert world.notes() == before
