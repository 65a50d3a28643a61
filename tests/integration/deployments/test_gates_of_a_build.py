"""What the gates say of a build when it is shipped, and what that means for its deployment."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from shipui.actions.acknowledge import acknowledge
from shipui.actions.approve import approve
from shipui.cli.main import outcome
from shipui.model.disposition import DispositionKind
from shipui.model.errors import Refused
from shipui.model.events import Outcome
from shipui.model.roles import Person, Role
from shipui.records import gates
from tests.integration.deployments.production_world import OPERATOR, ProductionWorld

REVIEWER = Person("rita", 4003, Role.REVIEWER)
INJECTION = """
import flask
import psycopg

application = flask.Flask(__name__)


@application.get("/find")
def find():
    with psycopg.connect("dbname=shop") as connection:
        return str(connection.execute("SELECT body FROM note WHERE body = '" + flask.request.args["q"] + "'").fetchall())
"""


@pytest.fixture
def required(running_world: ProductionWorld) -> ProductionWorld:
    running_world.configure(gates_required=True)
    return running_world


def test_a_clean_build_passes_and_is_deployed(required: ProductionWorld) -> None:
    promotion = required.approved()
    story = required.show(promotion)
    assert story.promotion.gate_verdict in {"pass", "warn"}
    assert [each.gate for each in story.gates] == ["security", "destructive-operations", "architecture", "dependencies"]
    assert required.deploy(promotion).outcome is Outcome.DONE


def gates_of_the_build(world: ProductionWorld, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """`shipui gates BUILD`: its exit code and verdict."""
    capsys.readouterr()
    code = outcome(["--config", str(world.config), "gates", "FB-00C0FFEE", "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    assert "find.py" in {each["path"] for gate in report["gates"] for each in gate["findings"]}
    return code, report["verdict"]


def test_a_planted_injection_is_refused_until_a_reviewer_settles_it(
    required: ProductionWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    place = required.sandbox()
    (place / "find.py").write_text(INJECTION)
    required.commit(place, "Find")
    promotion = required.ship(place, build="FB-00C0FFEE")
    approve(required.installation, OPERATOR, promotion)
    assert required.show(promotion).promotion.gate_verdict == "block"
    refused = required.deploy(promotion)
    assert refused.outcome is Outcome.REFUSED
    assert "The gates of FB-00C0FFEE have the verdict “block”." in refused.plain
    assert f"shipui acknowledge {promotion}" in refused.plain
    findings = [each for report in required.show(promotion).gates for each in report.findings]
    blocking = [each for each in findings if each.severity in {"critical", "high"}]
    assert [(each.path, each.line, each.cwe) for each in blocking] == [("find.py", 11, "CWE-89")]
    assert gates_of_the_build(required, capsys) == (1, "block")
    # Settled for a moment that is over before the deployment: step 1 asks what counts then.
    end = datetime.now(UTC) + timedelta(seconds=0.5)
    acknowledge(required.installation, REVIEWER, promotion, [blocking[0].fingerprint], "for today's test", until=end)
    time.sleep(max(0.0, (end - datetime.now(UTC)).total_seconds()) + 0.1)
    assert required.deploy(promotion).outcome is Outcome.REFUSED
    assert required.show(promotion).promotion.gate_verdict == "block"
    acknowledge(required.installation, REVIEWER, promotion, [blocking[0].fingerprint], "only staff reach it")
    assert gates_of_the_build(required, capsys)[0] == 0
    assert required.show(promotion).promotion.gate_verdict in {"pass", "warn"}
    # Shipped again, with the finding on another line: the disposition sticks, and nothing is recorded twice.
    (place / "find.py").write_text("# moved\n\n" + INJECTION)
    required.commit(place, "Moved")
    assert required.ship(place, build="FB-00C0FFEE") == promotion
    assert required.show(promotion).promotion.gate_verdict in {"pass", "warn"}
    assert required.ship(place, build="FB-00C0FFEE") == promotion
    with required.installation.records.transaction() as connection:
        rows = connection.execute("SELECT count(*) FROM gate_run WHERE promotion = %s", (promotion,)).fetchone()
        assert len(gates.reports(connection, promotion)) == 4
    assert rows == (8,)
    approve(required.installation, OPERATOR, promotion)
    assert required.deploy(promotion).outcome is Outcome.DONE


def test_who_asked_settles_nothing_once_somebody_else_has_approved(required: ProductionWorld) -> None:
    place = required.sandbox()
    (place / "find.py").write_text(INJECTION)
    required.commit(place, "Find")
    promotion = required.ship(place, build="FB-00C0FFEE")
    asked = Person(required.show(promotion).promotion.requested_by, 4009, Role.OPERATOR)
    finding = [next(each.fingerprint for report in required.show(promotion).gates for each in report.findings)]
    acknowledge(required.installation, asked, promotion, finding, "the approver reads this")
    approve(required.installation, OPERATOR, promotion)
    with pytest.raises(Refused, match="somebody else has to say it"):
        acknowledge(required.installation, asked, promotion, finding, "nobody reads this")
    acknowledge(required.installation, REVIEWER, promotion, finding, "looked at again", kind=DispositionKind.REOPENED)
    assert required.show(promotion).said[finding[0]].reason == "looked at again"
