"""What step 11 removes, and what it keeps whatever its age: the way back, the newest backups, and everything that is not shipui's."""

from __future__ import annotations

from typing import LiteralString

import psycopg
from psycopg import sql

from shipui.actions.rollback import roll_back
from shipui.actions.show import PromotionStory
from shipui.model.events import Outcome
from shipui.pipeline.production import timestamp
from tests.integration.deployments.production_world import OPERATOR, TARGET, ProductionWorld

LONG_AGO = "20200101000000"


def deployed(world: ProductionWorld) -> PromotionStory:
    promotion = world.approved()
    ending = world.deploy(promotion)
    assert ending.outcome is Outcome.DONE, ending
    return world.show(promotion)


def builds_with_an_image(world: ProductionWorld) -> set[str]:
    return {image.labels["shipui.build"] for image in world.installation.runtime(TARGET).images()}


def test_the_image_of_the_way_back_is_never_one_of_those_that_go(world: ProductionWorld) -> None:
    world.configure(more="[backups]\nkeep_images = 1")
    first, second, third = (deployed(world).promotion for _ in range(3))
    assert builds_with_an_image(world) == {second.build, third.build}
    assert first.build not in builds_with_an_image(world)
    running = roll_back(world.installation, OPERATOR, third.id).start()
    ending = running.wait(60)
    assert ending is not None
    assert ending.outcome is Outcome.DONE, ending
    assert world.serving() == second.build


def test_backups_go_with_their_days_but_for_the_newest(world: ProductionWorld) -> None:
    world.configure(more="[backups]\nkeep_days = 10\nkeep_at_least = 2")
    old, kept, young = (deployed(world).backup for _ in range(3))
    aged = {old: 40, kept: 30, young: 1}
    with psycopg.connect(world.records.superuser_url, autocommit=True) as connection:
        for name, days in aged.items():
            connection.execute(
                "UPDATE backup SET made_at = made_at - make_interval(days => %s) WHERE name = %s", (days, name)
            )
    newest = deployed(world).backup
    assert world.backups() == {young, newest}
    with psycopg.connect(world.records.url) as connection:
        rows = connection.execute("SELECT name FROM backup WHERE removed_at IS NOT NULL").fetchall()
    assert {name for (name,) in rows} == {old, kept}


def test_as_many_backups_stay_as_are_asked_for_however_old_they_are(world: ProductionWorld) -> None:
    world.configure(more="[backups]\nkeep_days = 10\nkeep_at_least = 3")
    names = {deployed(world).backup for _ in range(2)}
    with psycopg.connect(world.records.superuser_url, autocommit=True) as connection:
        connection.execute("UPDATE backup SET made_at = made_at - interval '400 days'")
    newest = deployed(world).backup
    assert world.backups() == {*names, newest}


def test_databases_that_were_set_aside_go_with_their_days(world: ProductionWorld) -> None:
    name = world.installation.database(TARGET, "shipui/test").name
    now = timestamp(deployed(world).promotion.requested_at)
    old, young = f"{name}_failed_{LONG_AGO}", f"{name}_failed_{now}"
    strangers = {f"{name}_archive_{LONG_AGO}", f"x{name}_failed_{LONG_AGO}"}
    on_the_server(world, "CREATE DATABASE {}", old, young, *strangers)
    try:
        deployed(world)
        with psycopg.connect(world.database.url) as connection:
            there = {each for (each,) in connection.execute("SELECT datname::text FROM pg_database")}
        assert old not in there
        assert {young, *strangers} <= there
    finally:
        on_the_server(world, "DROP DATABASE IF EXISTS {}", old, young, *strangers)


def on_the_server(world: ProductionWorld, statement: LiteralString, *names: str) -> None:
    """No session stays on production's database: the application has it for itself."""
    with psycopg.connect(world.database.url, autocommit=True) as connection:
        for name in names:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
