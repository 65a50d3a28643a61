"""The records are away just when a deployment has to be recorded: it stays, and is written down later."""

from __future__ import annotations

import psycopg

from shipui.actions.deploy import deploy
from shipui.actions.recover import interrupted_runs
from shipui.model.events import Event, EventKind, Outcome
from shipui.model.promotion import Status
from tests.integration.deployments.production_world import OPERATOR, ProductionWorld


def test_a_healthy_deployment_is_never_undone_for_bookkeeping(running_world: ProductionWorld) -> None:
    world = running_world
    promotion = world.approved()
    database = world.records.superuser_url.rpartition("/")[2].partition("?")[0]
    server = world.records.superuser_url.replace(f"/{database}", "/postgres", 1)

    def allow(allowed: bool) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS {allowed}')
            if not allowed:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database,)
                )

    def cut(event: Event) -> None:
        if event.kind is EventKind.RESULT and event.step == 9:
            allow(False)

    running = deploy(world.installation, OPERATOR, promotion)
    running.listen(cut)
    try:
        ending = running.start().wait(90)
    finally:
        allow(True)
    assert ending is not None
    assert ending.outcome is Outcome.DONE, ending
    assert "is deployed and healthy" in ending.plain
    assert world.serving() is not None
    assert world.remains()["spool"] == [f"{running.run.id}.jsonl"]
    assert interrupted_runs(world.installation) == []  # every command begins with this
    assert world.remains()["spool"] == []
    story = world.show(promotion)
    assert story.promotion.status is Status.DEPLOYED
    assert world.serving() == story.promotion.build
