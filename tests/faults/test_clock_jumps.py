"""The machine's clock is set anew in the middle of a run, by hours: the time limit, the order of the journal and the outcome do not notice."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest

from shipui.model.promotion import WORDS, Status
from shipui.model.steps import StepState
from tests.faults.rows import Told
from tests.faults.scene import CORRUPTING, GOOD, SETTINGS
from tests.integration.deployments import conftest as deployments
from tests.integration.deployments.production_world import ProductionWorld

pytestmark = pytest.mark.slow
make_world = deployments.make_world
world = deployments.world
records_server = deployments.records_server
JUMPS = {4: "-7200", 7: "93600"}
"""After the result of that step, by how many seconds the clock is wrong."""
PATIENCE = 100.0


@pytest.mark.parametrize(
    ("behaviour", "end", "code"),
    [(GOOD, Status.DEPLOYED, 0), (CORRUPTING, Status.ROLLED_BACK, 1)],
    ids=["good", "failing"],
)
def test_the_clock_jumps_back_and_far_ahead(
    world: ProductionWorld, tmp_path: Path, told: Told, behaviour: dict[str, object], end: Status, code: int
) -> None:
    world.configure(attempts=20, more=SETTINGS)
    world.deploy(world.approved(**GOOD))
    serving, before = world.serving(), world.checksum()
    promotion = world.approved(**behaviour)
    clock = tmp_path / "clock"
    clock.write_text("0")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.faults.jumping_clock",
            str(clock),
            "--config",
            str(world.config),
            "deploy",
            promotion,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    jumps = dict(JUMPS)
    until = time.monotonic() + PATIENCE
    with psycopg.connect(world.records.url, autocommit=True) as records:
        while process.poll() is None and time.monotonic() < until:
            row = records.execute(
                "SELECT max(run_event.step) FROM run_event JOIN run ON run.id = run_event.run"
                " WHERE promotion = %s AND run_event.kind = 'result'",
                (promotion,),
            ).fetchone()
            done = row[0] if row and row[0] else 0
            for step in [step for step in jumps if step <= done]:
                clock.write_text(jumps.pop(step))
            time.sleep(0.02)
        process.kill()
        output = process.communicate()[0]
        assert process.returncode == code, output
        events = records.execute(
            "SELECT number, run_event.at FROM run_event JOIN run ON run.id = run_event.run WHERE promotion = %s ORDER BY number",
            (promotion,),
        ).fetchall()
    assert not jumps
    assert [number for number, _ in events] == list(range(1, len(events) + 1))
    assert any(later < earlier for (_, earlier), (_, later) in pairwise(events)), "the clock did not jump"
    story = world.show(promotion)
    assert story.promotion.status is end
    assert story.deployment is not None
    assert all(0 <= (step.seconds or 0) < PATIENCE for step in story.deployment.view.steps)
    if end is Status.DEPLOYED:
        assert world.serving() == story.promotion.build
        assert [step.state for step in story.deployment.view.steps] == [StepState.PASSED] * 11
    else:
        assert (world.serving(), world.checksum()) == (serving, before)
    told("a deployment", "the clock is set back by two hours, then ahead by a day", WORDS[end])
