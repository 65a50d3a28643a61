"""`shipui deploy` and what belongs to it, as typed: what it prints, how it exits, and what happens to it from outside."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from shipui.model.errors import AttentionNeeded
from shipui.pipeline.steps.start_new_version import StartNewVersion
from tests.integration.commands.conftest import ME, Shipui

STEP = re.compile(r"^([✓✗↺–]) +(\d+) [A-Z]", re.MULTILINE)
SLOW = {"build": "slow", "seconds": 2}


def steps(text: str) -> list[tuple[str, int]]:
    return [(glyph, int(number)) for glyph, number in STEP.findall(text)]


def until(found: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def at_step(shipui: Shipui, promotion: str, number: int) -> Callable[[], bool]:
    def look() -> bool:
        story = shipui.world.show(promotion).deployment
        return story is not None and (story.run.step or 0) >= number

    return look


def status(shipui: Shipui, promotion: str) -> str:
    return str(shipui.world.show(promotion).promotion.status)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_eleven_steps_and_a_sentence(shipui: Shipui) -> None:
    promotion = shipui.world.approved()
    answer = shipui("deploy", promotion)
    assert answer.code == 0, answer
    assert steps(answer.out) == [("✓", number) for number in range(1, 12)]
    build = shipui.world.show(promotion).promotion.build
    assert answer.out.splitlines()[-1] == f"shop 1.0.0 ({build}) is deployed and healthy."
    assert answer.err == ""
    again = shipui("deploy", promotion)
    assert (again.code, again.out) == (3, "")
    assert again.err.startswith(f"{promotion} is deployed. It cannot be deployed.\n")


def test_for_scripts_the_outcome_is_alone_on_standard_output(shipui: Shipui) -> None:
    promotion = shipui.world.approved()
    answer = shipui("deploy", "--json", "--limit=50", "--", promotion)
    told = answer.json
    assert (told["promotion"], told["outcome"], len(told["steps"])) == (promotion, "done", 11)
    assert len(steps(answer.err)) == 11


def test_what_was_rolled_back_exits_1_and_is_asked_for_again_by_retry(shipui: Shipui) -> None:
    promotion = shipui.world.approved(build="fails")
    answer = shipui("deploy", promotion)
    assert answer.code == 1
    assert steps(answer.out) == [("✓", 1), ("✓", 2), ("✓", 3), ("✓", 4), ("✗", 5)]
    last = answer.out.splitlines()[-1]
    assert last.startswith("Step 5, Image build, failed: ")
    assert last.endswith("The current application keeps running; nothing was changed.")
    assert ".." not in last
    refused = shipui("deploy", promotion)
    assert (refused.code, refused.out) == (3, "")
    assert refused.err == (
        f"{promotion} is rolled back. It cannot be deployed.\nAsk for it again: shipui retry {promotion}\n"
    )
    assert f"shipui retry {promotion}" in shipui("show", promotion).out
    retried = shipui("retry", promotion)
    assert retried.code == 0
    again = retried.out.split()[0]
    shown = shipui("show", again)
    assert f"retry of  {promotion}" in shown.out
    own = shipui("approve", again)
    assert own.code == 3
    assert f"{ME} asked for {again}, so somebody else has to approve it." in own.err


def test_what_is_not_approved_is_refused_with_what_to_do(shipui: Shipui) -> None:
    promotion = shipui.world.ship(shipui.world.sandbox())
    answer = shipui("deploy", promotion)
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.endswith(f"Have it approved first: shipui approve {promotion}\n")
    assert shipui("approve", promotion).out == f"{promotion} is approved.\n"
    assert shipui("rollback", promotion).code == 3
    assert shipui("cancel", promotion).code == 3
    emergency = shipui("deploy", promotion, "--emergency", "--reason=now")
    assert emergency.code == 3
    assert "is a standard change, not an emergency" in emergency.err
    assert shipui("deploy", promotion, "--override").code == 2
    assert shipui("withdraw", promotion, "--reason= ").code == 2
    assert shipui("withdraw", promotion, "--reason=no longer wanted").out == f"{promotion} is withdrawn.\n"
    assert shipui("deploy", promotion).code == 3


def test_a_refused_deployment_shows_the_steps_that_ran_and_stays_approved(shipui: Shipui) -> None:
    shipui.world.windows('time_zone = "UTC"\n[[blackout]]\nname = "Audit"\nreason = "the auditors are here"\n'
                         "from = 2020-01-01T00:00:00\nto = 2050-01-01T00:00:00\n")  # fmt: skip
    promotion = shipui.world.approved()
    answer = shipui("deploy", promotion)
    assert answer.code == 3
    assert steps(answer.out) == [("✓", 1), ("✗", 2)]
    assert "Audit" in answer.out.splitlines()[-1]
    assert status(shipui, promotion) == "approved"
    passed = shipui("deploy", promotion, "--override", "--reason", "the auditors asked for it")
    assert passed.code == 0


def test_what_needs_a_person_exits_4_everywhere_with_the_commands(
    shipui: Shipui, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(*_: object) -> None:
        raise AttentionNeeded("The new version cannot be removed.", commands=("kill 4711", "rm -r '/srv/a b'"))

    promotion = shipui.world.approved(health="sick")
    with monkeypatch.context() as broken:
        broken.setattr(StartNewVersion, "undo", stuck)
        answer = shipui("deploy", promotion)
    assert answer.code == 4
    assert answer.out.endswith("\n    kill 4711\n    rm -r '/srv/a b'\n")
    assert f"!! {promotion} NEEDS ATTENTION" in shipui("queue").out
    assert "    rm -r '/srv/a b'\n" in shipui("show", promotion).out
    assert f"✗ unfinished runs: {promotion} on shop needs attention." in shipui("doctor").out
    refused = shipui("deploy", promotion)
    assert refused.code == 3
    assert refused.err.endswith(f"What a person has to do: shipui show {promotion}. Afterwards: shipui recover\n")


def test_rolling_back_later(shipui: Shipui) -> None:
    first, second = shipui.world.approved(), shipui.world.approved()
    assert shipui("deploy", first).code == 0
    assert shipui("deploy", second).code == 0
    asked = shipui("rollback", second, "--restore-database")
    assert asked.code == 2
    assert f"--confirm {second}" in asked.err
    wrong = shipui("rollback", second, "--restore-database", "--confirm", first)
    assert (wrong.code, status(shipui, second)) == (2, "deployed")
    answer = shipui("rollback", second)
    assert answer.code == 0, answer
    assert len(steps(answer.out)) == 5
    assert (status(shipui, first), status(shipui, second)) == ("deployed", "rolled_back")
    assert len(steps(shipui("show", second).out.replace("\n  ", "\n"))) == 11 + 5


def test_a_restore_by_command_needs_the_name_again(shipui: Shipui) -> None:
    promotion = shipui.world.approved()
    assert shipui("deploy", promotion).code == 0
    name = shipui.world.show(promotion).backup
    assert name is not None
    asked = shipui("backup", "restore", name)
    assert asked.code == 2
    assert f"--confirm {name}" in asked.err
    assert shipui("backup", "restore", name, "--confirm=no").code == 2
    before = shipui.world.notes()
    shipui.world.write("written since")
    restored = shipui("backup", "restore", name, "--confirm", name)
    assert restored.code == 0, restored
    assert restored.out.startswith(f"{shipui.world.database.name} is as it was in {name}.")
    assert shipui.world.notes() == before


def test_of_two_at_once_one_runs_and_the_other_is_told_who_and_where(shipui: Shipui) -> None:
    first, second = shipui.world.approved(**SLOW), shipui.world.approved()
    running = shipui.start("deploy", first)
    until(at_step(shipui, first, 5))
    for promotion in (first, second):
        answer = shipui("deploy", promotion)
        assert (answer.code, answer.out) == (3, "")
        assert re.search(rf"^{ME} is deploying {first} on shop since .*, at step 5, Image build\.$", answer.err, re.M)
    waiting = shipui.start("deploy", second, "--wait")
    assert ended(running)[0] == 0
    code, out, err = ended(waiting)
    assert code == 0, out + err
    assert len(steps(out)) == 11
    assert f"{ME} is deploying {first}" in err


def test_cancel_from_another_shipui(shipui: Shipui) -> None:
    promotion = shipui.world.approved(build="silent")
    running = shipui.start("deploy", promotion)
    until(at_step(shipui, promotion, 5))
    answer = shipui("cancel", promotion)
    assert answer.code == 0
    assert "was asked to stop and to roll back" in answer.out
    code, out, _ = ended(running)
    assert code == 1
    assert f"Cancelled by {ME}, while building the image." in out


def test_ctrl_c_rolls_back(shipui: Shipui) -> None:
    promotion = shipui.world.approved(build="silent")
    running = shipui.start("deploy", promotion)
    until(at_step(shipui, promotion, 5))
    running.send_signal(signal.SIGINT)
    running.send_signal(signal.SIGINT)
    code, out, err = ended(running)
    assert code == 1
    assert "Asked to stop. shipui rolls back now" in err
    assert f"Cancelled by {ME}, while building the image." in out.splitlines()[-1]
    assert status(shipui, promotion) == "rolled_back"
    assert "Traceback" not in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP])
def test_a_lost_terminal_or_a_kill_lets_the_run_finish(shipui: Shipui, number: signal.Signals) -> None:
    promotion = shipui.world.approved(**SLOW)
    running = shipui.start("deploy", promotion)
    until(at_step(shipui, promotion, 5))
    running.send_signal(number)
    code, out, err = ended(running)
    assert code == 0, out + err
    assert "It goes on to its end" in err
    assert status(shipui, promotion) == "deployed"


def test_a_terminal_that_vanishes_does_not_change_the_outcome(shipui: Shipui) -> None:
    """As `shipui deploy CP | head -1` does, and a dropped SSH session: the exit code stays that of the run."""
    promotion = shipui.world.approved(**SLOW)
    running = shipui.start("deploy", promotion)
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.readline()
    running.stdout.close()
    err = running.stderr.read()
    assert running.wait(60) == 0
    assert err == ""
    assert status(shipui, promotion) == "deployed"


def test_a_terminal_that_stalls_holds_up_no_run(shipui: Shipui) -> None:
    """A pipe that is full and that nobody reads: like an SSH session over a network that has gone quiet."""
    reader, writer = os.pipe()
    os.write(writer, b"x" * fcntl.fcntl(writer, fcntl.F_GETPIPE_SZ))
    promotion = shipui.world.approved()
    running = shipui.start("deploy", promotion, stdout=writer)
    os.close(writer)
    until(lambda: status(shipui, promotion) == "deployed")
    assert running.poll() is None, "it still waits for its terminal"
    with os.fdopen(reader, "rb") as unread:
        while os.read(unread.fileno(), 65536):
            pass
    assert running.wait(30) == 0


def test_a_run_that_was_killed_is_said_at_the_next_command_and_recovered(shipui: Shipui) -> None:
    promotion = shipui.world.approved(**SLOW)
    running = shipui.start("deploy", promotion)
    until(at_step(shipui, promotion, 5))
    running.kill()
    running.wait(10)
    for command in (["queue", "--json"], ["show", promotion, "--json"], ["log", promotion]):
        answer = shipui(*command)
        assert answer.code == 0
        assert re.fullmatch(
            rf"RN-\w{{8}} \(deploy of {promotion}, begun by {ME} on \S+, [0-9: -]+\) was interrupted at step 5, Image build\."
            r" `shipui recover` finishes it\.\n",
            answer.err,
        )
    assert "recover" in shipui("deploy", promotion).err
    unwell = shipui("doctor", "--json")
    assert (unwell.code, unwell.err) == (1, "")
    assert [each["fix"] for each in unwell.json["checks"] if not each["ok"]] == ["Run `shipui recover`."]
    recovered = shipui("recover", "--json")
    assert recovered.code == 1, recovered
    assert [(each["promotion"], each["outcome"]) for each in recovered.json] == [(promotion, "rolled_back")]
    assert "Traceback" not in recovered.err
    assert shipui("queue").err == ""
    assert shipui("recover").out == "There was nothing to recover.\n"


def test_ship_by_command(shipui: Shipui) -> None:
    sandbox = shipui.world.sandbox()
    arguments = ["--sandbox", str(sandbox), "--title=Search", "--risk=low"]
    answer = shipui("ship", "FB-3DD07E19", *arguments, "--json")
    assert answer.code == 0, answer
    told = answer.json
    assert list(told) == ["promotion", "build", "steps"]
    assert re.fullmatch(r"CP-[0-9A-F]{8}", told["promotion"])
    assert told["build"] == "FB-3DD07E19"
    assert [step["number"] for step in told["steps"]] == list(range(1, 7))
    assert shipui("ship", "fb-3dd07e19", *arguments, "--json").json["promotion"] == told["promotion"]
    for wrong in (["--sandbox", "/nonexistent"], ["--evidence", "/nonexistent"], ["--evidence", str(sandbox / "app.py")],
                  ["--version", "one"], ["--target", "nowhere"], ["--base", "--upload-pack=x"]):  # fmt: skip
        refused = shipui("ship", "FB-00000001", "--sandbox", str(sandbox), "--title=x", *wrong)
        assert refused.code in {1, 2}, wrong
        assert "Traceback" not in refused.err
        assert "itself failed" not in refused.out + refused.err, wrong
    wrong_version = shipui("ship", "FB-00000002", "--sandbox", str(sandbox), "--title=x", "--version=1.x")
    assert (wrong_version.code, wrong_version.out) == (2, "")
    assert wrong_version.err.startswith("“1.x” is not a semantic version.")
