"""The findings of a real build, as the screens read them: the source around each, what is new, and files for others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from shipui.actions.approve import approve
from shipui.model.disposition import DispositionKind
from shipui.model.errors import BadInput
from shipui.model.events import Outcome
from shipui.model.findings import Verdict
from shipui.model.review import Progress, Since
from shipui.tui.install_desk import InstallDesk
from tests.integration.deployments.production_world import OPERATOR, ProductionWorld
from tests.integration.deployments.test_gates_of_a_build import INJECTION, REVIEWER

TOKEN = "ghp_" + "0aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY2zA"
KEY = (
    "-----BEGIN RSA PRIVATE KEY-----\n"
    + "MIIEowIBAAKCAQEAq7BFUpkGp3bXq5Zl3mWc9xT1yR8sVn4hKj2dFg6LpQwErTy1\n" * 3
    + "Uio2Pas=\n-----END RSA PRIVATE KEY-----\n"
)
DROP = "DROP TABLE archive;\n"


@pytest.fixture
def desk(running_world: ProductionWorld) -> InstallDesk:
    running_world.configure(gates_required=True)
    running_world.installation.person = REVIEWER
    return InstallDesk(running_world.installation)


def planted(world: ProductionWorld) -> tuple[Path, str]:
    place = world.sandbox()
    (place / "find.py").write_text(INJECTION + f'\nTOKEN = "{TOKEN}"\nKEY = """{KEY}"""\n')
    (place / "migrations").mkdir(exist_ok=True)
    (place / "migrations" / "0009_drop.sql").write_text(DROP)
    world.commit(place, "Find")
    return place, world.ship(place, build="FB-00C0FFEE")


def test_everything_is_reviewed_and_the_build_is_deployed(
    running_world: ProductionWorld, desk: InstallDesk, tmp_path: Path
) -> None:
    place, promotion = planted(running_world)
    review = desk.findings.review(promotion, None)
    now = desk.now()
    assert review.progress(now) == Progress(len(review.present), 0, Verdict.BLOCK)
    assert not review.compared
    assert desk.findings.review(promotion, review).present is review.present
    injection = next(each.finding for each in review.present if each.finding.cwe == "CWE-89")
    # The sandbox may be gone: what was kept is read.
    shutil.move(place, tmp_path / "away")
    source = desk.findings.source(review.promotion, injection)
    assert "SELECT body FROM note" in source.lines[(injection.line or 0) - source.first]
    assert source.changed == frozenset(range(1, len(source.lines)))
    shutil.move(tmp_path / "away", place)

    written = desk.findings.export(promotion, tmp_path)
    again = desk.findings.export(promotion, tmp_path)
    assert [each.name for each in (*written, *again)] == [
        f"{promotion}-findings.sarif", f"{promotion}-findings.md", f"{promotion}-findings-2.sarif", f"{promotion}-findings-2.md",
    ]  # fmt: skip
    assert {each.stat().st_mode & 0o777 for each in written} == {0o600}
    assert len(json.loads(written[0].read_text())["runs"][0]["results"]) == len(review.present)
    for text in (*(each.read_text() for each in written), "\n".join(source.lines)):
        assert TOKEN not in text
        assert "MIIEowIBAAKCAQEA" not in text
        assert "Uio2Pas" not in text

    approve(running_world.installation, OPERATOR, promotion)
    assert running_world.deploy(promotion).outcome is Outcome.REFUSED
    heavy = [each.finding.fingerprint for each in review.present]
    desk.findings.say(promotion, heavy, DispositionKind.ACKNOWLEDGED, "looked at each", "2099-12-31")
    after = desk.findings.review(promotion, review)
    assert after.progress(desk.now()) == Progress(len(heavy), len(heavy), Verdict.PASS)
    assert desk.details(promotion).promotion.gate_verdict == "pass"
    assert running_world.deploy(promotion).outcome is Outcome.DONE


def test_the_next_content_is_compared_with_the_one_before(running_world: ProductionWorld, desk: InstallDesk) -> None:
    place, promotion = planted(running_world)
    first = desk.findings.review(promotion, None)
    (place / "migrations" / "0009_drop.sql").unlink()
    (place / "run.py").write_text("import flask\n\n\ndef run():\n    return eval(flask.request.args['q'])\n")
    running_world.commit(place, "Run")
    assert running_world.ship(place, build="FB-00C0FFEE") == promotion
    second = desk.findings.review(promotion, first)
    assert second.compared
    assert {each.finding.path for each in second.present if each.since is Since.NEW} == {"run.py"}
    assert {each.finding.path for each in second.gone} == {"migrations/0009_drop.sql"}
    assert {each.finding.path for each in second.present if each.since is Since.SAME} == {"find.py"}


def test_a_folder_that_cannot_be_written_to_is_said(
    running_world: ProductionWorld, desk: InstallDesk, tmp_path: Path
) -> None:
    promotion = running_world.ship(running_world.sandbox())
    with pytest.raises(Exception, match="could not be written") as raised:
        desk.findings.export(promotion, tmp_path / "not there")
    assert not isinstance(raised.value, BadInput)
