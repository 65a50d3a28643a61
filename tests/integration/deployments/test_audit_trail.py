"""Everything that was decided about a deployment is in the audit trail: by whom, about what content, and how it ended."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from shipui.actions.approve import approve
from shipui.actions.audit import verify
from shipui.actions.cancel import cancel
from shipui.actions.deploy import deploy
from shipui.actions.reject import reject
from shipui.actions.retry import retry
from shipui.actions.rollback import roll_back
from shipui.actions.withdraw import withdraw
from shipui.model.change import ChangeType
from shipui.model.errors import BadInput, NotPermitted, Refused
from shipui.model.events import Outcome
from shipui.records import audit
from shipui.runs.procedure import Ending
from shipui.runs.running import RunningRun
from tests.integration.deployments.production_world import ADMIN, OPERATOR, STUDIO, ProductionWorld

CLOSED = """
time_zone = "UTC"
[[blackout]]
name = "Quarter end"
reason = "the books are being closed"
from = 2020-01-01T00:00:00
to = 2100-01-01T00:00:00
"""


def trail(world: ProductionWorld, subject: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(person, action, details), the oldest first."""
    with world.installation.records.transaction() as connection:
        entries = audit.listed(connection, subject=subject)
    return [(each.person, each.action, json.loads(each.details)) for each in reversed(entries)]


def actions(world: ProductionWorld, subject: str) -> list[tuple[str, str]]:
    return [(person, action) for person, action, _ in trail(world, subject)]


def details(world: ProductionWorld, subject: str, action: str) -> dict[str, Any]:
    (found,) = [each for _, name, each in trail(world, subject) if name == action]
    return found


def ended(running: RunningRun) -> Ending:
    ending = running.start().wait(90)
    assert ending is not None
    return ending


def test_a_deployment_and_its_rollback(running_world: ProductionWorld) -> None:
    world = running_world
    promotion = world.ship(world.sandbox())
    approve(world.installation, OPERATOR, promotion, "read the diff")
    assert world.deploy(promotion).outcome is Outcome.DONE
    assert ended(roll_back(world.installation, ADMIN, promotion)).outcome is Outcome.DONE
    assert actions(world, promotion) == [
        ("olga", "approved"),
        ("olga", "deploy begun"),
        ("olga", "window decision"),
        ("olga", "window decision before the downtime"),
        ("olga", "deployed"),
        ("olga", "deploy ended"),
        ("adam", "rollback begun"),
        ("adam", "rolled back"),
        ("adam", "rollback ended"),
    ]
    story = world.show(promotion).promotion
    approval = details(world, promotion, "approved")
    assert (approval["commit"], approval["reason"]) == (story.revision.commit, "read the diff")
    deployed = details(world, promotion, "deployed")
    assert (deployed["build"], deployed["commit"]) == (story.build, story.revision.commit)
    assert deployed["image"] != deployed["previous_image"]
    assert details(world, promotion, "window decision")["open"] is True
    assert actions(world, story.build) == [(STUDIO.name, "shipping begun")]
    assert verify(world.installation, OPERATOR) == []


def test_a_failure_and_what_people_said_instead(running_world: ProductionWorld) -> None:
    world = running_world
    failed = world.approved(build="fails")
    ending = world.deploy(failed)
    assert actions(world, failed)[-1] == ("olga", "deploy ended")
    assert details(world, failed, "deploy ended")["outcome"] == "rolled_back"
    assert details(world, failed, "deploy ended")["plain"] == ending.plain
    again = retry(world.installation, ADMIN, failed).id
    assert actions(world, failed)[-1] == ("adam", "retried")
    reject(world.installation, OPERATOR, again, "not like this")
    assert actions(world, again)[-1] == ("olga", "rejected")
    assert details(world, again, "rejected")["reason"] == "not like this"
    other = world.approved()
    withdraw(world.installation, OPERATOR, other, "no longer wanted")
    assert actions(world, other)[-1] == ("olga", "withdrawn")


def test_a_lapsed_approval(running_world: ProductionWorld) -> None:
    world = running_world
    place = world.sandbox()
    promotion = world.ship(place)
    approve(world.installation, OPERATOR, promotion)
    (place / "more.txt").write_text("later")
    world.commit(place, "Later")
    assert world.deploy(promotion).outcome is Outcome.REFUSED
    assert ("olga", "approval lapsed") in actions(world, promotion)
    assert "moved on" in details(world, promotion, "approval lapsed")["why"]


def test_who_asked_for_the_cancellation(running_world: ProductionWorld) -> None:
    world = running_world
    promotion = world.approved(build="silent")
    running = world.start(promotion)
    cancel(world.installation, ADMIN, promotion)
    ending = running.wait(60)
    assert ending is not None
    assert "Cancelled by adam" in ending.plain
    assert ("adam", "cancel asked") in actions(world, promotion)
    assert actions(world, promotion)[-1] == ("olga", "deploy ended")


def test_a_closed_window_is_passed_by_an_admin_with_a_reason_and_nobody_else(running_world: ProductionWorld) -> None:
    world = running_world
    promotion = world.approved()
    world.windows(CLOSED)
    with pytest.raises(NotPermitted):
        deploy(world.installation, OPERATOR, promotion, override=True, reason="it cannot wait")
    with pytest.raises(BadInput, match="reason"):
        deploy(world.installation, ADMIN, promotion, override=True, reason=" ")
    assert world.deploy(promotion).outcome is Outcome.REFUSED
    assert details(world, promotion, "window decision")["overridden"] is False
    assert ended(deploy(world.installation, ADMIN, promotion, override=True, reason="it cannot wait")).outcome == "done"
    begun = [each for person, name, each in trail(world, promotion) if (person, name) == ("adam", "deploy begun")]
    assert [(each["override"], each["reason"]) for each in begun] == [(True, "it cannot wait")]
    decisions = [each for person, name, each in trail(world, promotion) if person == "adam" and "window" in name]
    assert [(each["open"], each["overridden"], each["blackout"]) for each in decisions] == [
        (False, True, "Quarter end"),
        (False, True, "Quarter end"),
    ]


def test_an_emergency_passes_a_blackout_with_a_reason(running_world: ProductionWorld) -> None:
    world = running_world
    promotion = world.ship(world.sandbox(), type=ChangeType.EMERGENCY)
    approve(world.installation, OPERATOR, promotion)
    world.windows(CLOSED)
    with pytest.raises(Refused, match="has to be asked for as one"):
        deploy(world.installation, OPERATOR, promotion)
    with pytest.raises(BadInput, match="reason"):
        deploy(world.installation, OPERATOR, promotion, emergency=True)
    with pytest.raises(Refused, match="not an emergency"):
        deploy(world.installation, ADMIN, world.approved(), emergency=True, reason="now")
    running = deploy(world.installation, OPERATOR, promotion, emergency=True, reason="notes are being lost")
    assert ended(running).outcome is Outcome.DONE
    begun = details(world, promotion, "deploy begun")
    assert (begun["emergency"], begun["reason"]) == (True, "notes are being lost")


def test_an_entry_that_somebody_changed_is_found(running_world: ProductionWorld) -> None:
    """Even by the database's superuser, who can go round every rule in it."""
    world = running_world
    assert verify(world.installation, OPERATOR) == []
    with psycopg.connect(world.records.superuser_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE audit SET person = 'nobody' WHERE action = 'deployed'")
    assert verify(world.installation, OPERATOR) != []
