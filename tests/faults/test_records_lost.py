"""The records' server stops, or falls silent, in the middle of a run and comes back: the run goes on, and its journal is whole."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shipui.actions.deploy import deploy
from shipui.actions.recover import interrupted_runs, recover
from shipui.databases.embedded import EmbeddedServer
from shipui.limits.deadline import Deadline
from shipui.model.errors import TargetBusy, Unreachable
from shipui.model.events import Event, EventKind, Outcome
from shipui.model.promotion import Status
from shipui.records import audit, journal
from shipui.runs.procedure import Ending
from shipui.runs.running import RunningRun
from tests.faults.rows import Told
from tests.faults.scene import CORRUPTING, GOOD, SETTINGS
from tests.integration.deployments.production_world import ADMIN, OPERATOR, ProductionWorld
from tests.records import migrated
from tests.servers import MakeDatabase, make_database

pytestmark = pytest.mark.slow


@pytest.fixture
def world(
    tmp_path: Path, server: EmbeddedServer, embedded_server: EmbeddedServer, fresh_database: MakeDatabase
) -> Iterator[ProductionWorld]:
    made = ProductionWorld(tmp_path, fresh_database(embedded_server), migrated(make_database(server)))
    made.configure(attempts=60, more=SETTINGS)
    ending = made.deploy(made.approved(**GOOD))
    assert ending.outcome is Outcome.DONE, ending
    yield made
    made.close()


Act = Callable[[], None]


def ended(world: ProductionWorld, promotion: str, acts: dict[tuple[EventKind, int], Act]) -> tuple[RunningRun, Ending]:
    """Deploy, and do something on the run's thread just after those entries."""

    def look(event: Event) -> None:
        if event.step is not None and (act := acts.pop((event.kind, event.step), None)):
            act()

    running = deploy(world.installation, OPERATOR, promotion)
    running.listen(look)
    ending = running.start().wait(100)
    assert ending is not None
    assert not acts, "it did not come to every entry"
    return running, ending


def require_whole(world: ProductionWorld, running: RunningRun) -> list[tuple[str, Any]]:
    """The journal in the records, without gaps, nothing left on disk; its intents and results."""
    assert interrupted_runs(world.installation) == []
    assert world.remains()["spool"] == []
    with world.installation.records.transaction() as connection:
        found = journal.read(connection, running.run.id)
    assert [event.number for event in found] == list(range(1, len(found) + 1))
    with world.installation.records.direct("shipui/test") as connection:
        assert audit.verify(connection, world.installation.audit_head) == []
    return [(str(event.kind), event.step) for event in found if event.kind in {EventKind.INTENT, EventKind.RESULT}]


STEPS = [(kind, number) for number in range(1, 12) for kind in ("intent", "result")]


def test_stopped_from_step_3_to_step_9(world: ProductionWorld, server: EmbeddedServer, told: Told) -> None:
    promotion, other = world.approved(**GOOD), world.approved(**GOOD)
    refusals: list[type[Exception]] = []

    def try_another() -> None:
        with pytest.raises((Unreachable, TargetBusy)) as refused:
            deploy(world.installation, OPERATOR, other)
        refusals.append(refused.type)

    acts: dict[tuple[EventKind, int], Act] = {
        (EventKind.INTENT, 3): lambda: server.stop(Deadline(60)),
        (EventKind.INTENT, 5): try_another,
        (EventKind.RESULT, 9): lambda: server.start(Deadline(60)),
        (EventKind.RESULT, 10): try_another,
    }
    running, ending = ended(world, promotion, acts)
    assert ending.outcome is Outcome.DONE, ending
    assert refusals == [Unreachable, TargetBusy]
    assert require_whole(world, running) == STEPS
    story = world.show(promotion)
    assert story.promotion.status is Status.DEPLOYED, (story.promotion.reason, story.deployment)
    assert world.serving() == story.promotion.build
    told("a good deployment", "the records' server stopped from step 3 to step 9", "deployed; the journal is whole")


def test_a_failing_deployment_whose_records_do_not_come_back_before_its_end(
    world: ProductionWorld, server: EmbeddedServer, told: Told
) -> None:
    serving, before = world.serving(), world.checksum()
    promotion = world.approved(**CORRUPTING)
    running, ending = ended(world, promotion, {(EventKind.RESULT, 4): lambda: server.stop(Deadline(60))})
    assert ending.outcome is Outcome.ROLLED_BACK, ending
    assert (world.serving(), world.checksum()) == (serving, before)
    server.start(Deadline(60))
    require_whole(world, running)
    assert world.show(promotion).promotion.status is Status.ROLLED_BACK
    assert recover(world.installation, ADMIN, print) == []
    told(
        "a failing deployment",
        "the records' server stopped at step 4, and started after the end",
        "rolled back; the journal is whole",
    )


def test_a_server_that_falls_silent_holds_nobody_up(
    world: ProductionWorld, server: EmbeddedServer, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its processes stand still: connections stay open, and nothing answers."""
    monkeypatch.setattr("shipui.runs.journal.ANSWER_SECONDS", 1.0)
    promotion = world.approved(**GOOD)
    stopped: list[int] = []

    def freeze() -> None:
        stopped[:] = _processes_of(server)
        _signal(stopped, signal.SIGSTOP)

    def thaw() -> None:
        _signal(stopped, signal.SIGCONT)

    try:
        running, ending = ended(world, promotion, {(EventKind.RESULT, 4): freeze, (EventKind.INTENT, 9): thaw})
    finally:
        thaw()
    assert ending.outcome is Outcome.DONE, ending
    assert require_whole(world, running) == STEPS
    assert world.show(promotion).promotion.status is Status.DEPLOYED
    told("a good deployment", "the records' server silent from step 4 to step 8", "deployed; the journal is whole")


def _signal(processes: list[int], which: signal.Signals) -> None:
    for each in processes:
        with contextlib.suppress(ProcessLookupError):  # a session that has ended by itself
            os.kill(each, which)


def _processes_of(server: EmbeddedServer) -> list[int]:
    postmaster = int((server.data_folder / "cluster" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return [postmaster, *(int(each) for each in children)]
