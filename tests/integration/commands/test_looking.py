"""What queue, show, log and the other commands that only look print, for people and for scripts."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest

from shipui.actions.approve import approve
from shipui.actions.ship import prepare_order, ship
from shipui.records import gates
from tests.integration.commands.conftest import ME, Shipui
from tests.integration.deployments.production_world import OPERATOR, STUDIO
from tests.records import new_build

HOSTILE = "\x1b]52;c;aGk=\x07\x1b[2J[bold red]\u202eevil\u2066\x9b31m\r\n\u2028 $(reboot)"
QUEUE_KEYS = ["id", "status", "build", "title", "type", "risk", "product", "version", "requested_by"]


def request(shipui: Shipui, title: str, **more: Any) -> str:
    world = shipui.world
    order = prepare_order(
        world.installation, build=new_build(), title=title, sandbox=str(world.sandbox()), product=title[:100], **more
    )
    shipping = ship(world.installation, STUDIO, order)
    assert shipping.running.start().wait() is not None
    return shipping.made["promotion"]


def harmless(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


def test_the_queue_for_scripts_has_exactly_the_promised_keys(shipui: Shipui) -> None:
    assert shipui("queue", "--json").json == []
    assert shipui("queue").out == "No promotions.\n"
    first = shipui.world.ship(shipui.world.sandbox())
    second = shipui.world.approved()
    rows = shipui("queue", "--json").json
    assert [list(row) for row in rows] == [QUEUE_KEYS] * 2
    assert [row["id"] for row in rows] == [second, first]
    assert rows[1]["status"] == "pending"
    assert (rows[1]["type"], rows[1]["risk"], rows[1]["requested_by"]) == ("standard", "low", "build-studio")
    assert [row["id"] for row in shipui("queue", "--status=approved", "--json").json] == [second]
    assert shipui("queue", "--status", "executing").out == "No promotion is being deployed.\n"


def test_a_promotion_that_was_never_deployed(shipui: Shipui) -> None:
    promotion = shipui.world.ship(shipui.world.sandbox())
    shown = shipui("show", promotion.lower())
    assert shown.code == 0
    assert shown.err == ""
    assert shown.out.startswith(f"{promotion}  waiting for approval  Feature ")
    assert shown.out.endswith(f"\n\n  It waits for approval: shipui approve {promotion}\n")
    assert "shipui log" not in shown.out
    told = shipui("show", promotion, "--json").json
    assert [(step["number"], step["status"], step["seconds"], step["plain"]) for step in told["steps"]] == [
        (number, "waiting", None, "") for number in range(1, 12)
    ]
    assert told["backup"] is None
    assert told["log"] == ""
    logged = shipui("log", promotion)
    assert (logged.code, logged.out) == (2, "")
    assert logged.err == f"{promotion} has no log yet: no deployment of it was started.\n"


def test_a_promotion_that_was_deployed(shipui: Shipui) -> None:
    promotion = shipui.world.approved()
    shipui.world.deploy(promotion)
    told = shipui("show", promotion, "--json").json
    assert (told["id"], told["status"]) == (promotion, "deployed")
    assert told["reason"].endswith(" is deployed and healthy.")
    assert re.fullmatch(r"FB-[0-9A-F]{8}", told["build"])
    assert told["sandbox"].startswith(str(shipui.world.folder))
    assert [step["number"] for step in told["steps"]] == list(range(1, 12))
    for step in told["steps"]:
        assert {"number", "name", "status", "seconds", "plain"} <= step.keys()
        assert step["status"] == "passed"
        assert step["seconds"] >= 0
        assert step["plain"]
    assert re.fullmatch(rf"pre-promote-{told['build']}-\d{{14}}\.dump", told["backup"])
    assert "pg_restore" in told["log"]
    assert told["backup"] in told["log"]
    shown = shipui("show", promotion).out
    assert "✓  9 Health check" in shown
    assert shown.count(told["reason"]) == 1, "how it ended is said once"
    assert shown.endswith(f"  The log: shipui log {promotion}\n  To take it back: shipui rollback {promotion}\n")
    assert told["log"].splitlines() == shipui("log", promotion).out.splitlines()
    assert shipui("log", "--json", "--", promotion).json["lines"] == told["log"].splitlines()


def test_every_command_that_lists_has_json(shipui: Shipui) -> None:
    shipui.world.deploy(shipui.world.approved())
    for arguments, keys in (
        (["backup", "list"], {"name", "target", "promotion", "path", "sha256", "size"}),
        (["audit", "list"], {"id", "at", "person", "action", "subject", "hash"}),
        (["inventory"], {"product", "name", "version", "build", "promotion"}),
        (["backlog"], {"id", "build", "title"}),
    ):
        rows = shipui(*arguments, "--json")
        assert rows.code == 0, arguments
        assert keys <= rows.json[0].keys(), arguments
        assert shipui(*arguments).out.count("\n") == len(rows.json) + 1, arguments
    for command, key in (("inventory", "since"), ("backlog", "opened_at")):
        moment = shipui(command, "--json").json[0][key]
        assert datetime.fromisoformat(moment).isoformat() == moment
    assert shipui("recover", "--json").json == []
    assert shipui("audit", "verify", "--json").json == {"ok": True, "problems": []}
    assert shipui("audit", "list", "--subject=nothing", "--json").json == []
    assert shipui("windows", "list", "--json").json["windows"] == []
    assert list(shipui("windows", "check", "--json").json) == ["open", "reason", "next_open", "window", "blackout"]
    name = shipui("backup", "list", "--json").json[0]["name"]
    proved = shipui("backup", "verify", name, "--json")
    assert (proved.code, proved.json["ok"]) == (0, True)
    assert proved.json["tables"]["public.note"] == {"recorded": 200, "found": 200}
    assert shipui("backup", "verify", "../../etc/passwd").code == 2


def test_hostile_titles_are_harmless_everywhere(shipui: Shipui) -> None:
    promotion = request(shipui, HOSTILE)
    approve(shipui.world.installation, OPERATOR, promotion, HOSTILE)
    shipui.world.deploy(promotion)
    for arguments in (
        ["queue"], ["show", promotion], ["log", promotion], ["backlog"], ["inventory"], ["audit", "list"],
    ):  # fmt: skip
        plain, as_json = shipui(*arguments), shipui(*arguments, *(["--json"]))
        assert (plain.code, as_json.code) == (0, 0)
        assert harmless(plain.out), arguments
        assert harmless(as_json.out), arguments
    assert "evil" in shipui("queue").out
    assert shipui("queue", "--json").json[0]["title"] == HOSTILE.strip()


def test_an_endless_title_is_refused_and_an_endless_product_does_not_fill_the_screen(shipui: Shipui) -> None:
    sandbox = str(shipui.world.sandbox())
    refused = shipui("ship", new_build(), "--sandbox", sandbox, "--title", "x" * 10_000)
    assert refused.code == 2
    assert "10000 characters; 500 are allowed" in refused.err
    shipped = shipui("ship", new_build(), "--sandbox", sandbox, "--title", "x" * 500, "--product", "y" * 10_000)
    assert shipped.code in {0, 1, 2}
    for arguments in (["queue"], ["inventory"], ["backlog"]):
        assert max(len(line) for line in shipui(*arguments).out.splitlines()) < 700


@pytest.mark.parametrize(
    "text",
    [
        "CP-../../x", "CP-3DD07E1", "CP-3DD07E199", "FB-3DD07E19", "", " ", "CP-3DD07E1G", "CP-\u0663DD07E19", "CP-3DD07E19\nCP",
        "C\u03a1-3DD07E19", "\x1b[2JCP-3DD07E19", "CP-3DD07E19' OR 1=1 --", "x" * 10_000, "CP-3DD07E19\u202e", "CP-3DD07E19/",
        "\udcff",
    ],
)  # fmt: skip
def test_what_is_no_id_goes_no_further(shipui: Shipui, text: str) -> None:
    for command in ("show", "approve", "deploy", "log", "cancel", "rollback", "retry"):
        answer = shipui(command, "--", text)
        assert (answer.code, answer.out) == (2, ""), command
        assert "is not the ID of a promotion" in answer.err
        assert harmless(answer.err)
        assert len(answer.err) < 400


def test_an_id_of_the_right_form_that_is_not_there(shipui: Shipui) -> None:
    for command in (
        ["show"], ["approve"], ["deploy"], ["log"], ["cancel"], ["rollback"], ["retry"], ["reject", "--reason=x"],
        ["withdraw", "--reason", "x"],
    ):  # fmt: skip
        for text in ("CP-00000000", "cp-0000000a", "CP-00000000\n", " CP-00000000 "):
            answer = shipui(*command, "--", text)
            assert (answer.code, answer.out) == (2, ""), command
            assert re.fullmatch(
                r"There is no promotion CP-0000000[0A]\.\nshipui queue shows what there is\.\n", answer.err
            )


def test_a_wrong_command_line_is_said_without_what_a_terminal_would_act_on(shipui: Shipui) -> None:
    for arguments in (
        ["queue", "--status", "\x1b[31mred"], ["queue", "a\x1b[2Jb"], ["\x1b[2J"], ["queue", "--\x1b[2J"], ["show"],
        ["queue", "--limit", "0"], ["reject", "CP-00000000"], ["audit", "list", "--limit=9" + "9" * 20 + "x"],
    ):  # fmt: skip
        answer = shipui(*arguments)
        assert (answer.code, answer.out) == (2, ""), arguments
        assert harmless(answer.err), answer.err
        assert "--help" in answer.err


def test_bytes_that_are_no_text_are_no_defect(shipui: Shipui) -> None:
    promotion = shipui.world.ship(shipui.world.sandbox())
    assert shipui("audit", "list", "--person", "\udcff", "--json").json == []
    assert shipui("backup", "verify", "\udcff").code == 2
    assert shipui("acknowledge", promotion, "\udcff", "--reason", "\udcff").code == 2
    assert shipui("approve", promotion, "--reason", "\udcff").code == 0
    assert harmless(shipui("show", promotion).out)


def test_a_finding_is_acknowledged_by_its_fingerprint(shipui: Shipui) -> None:
    promotion = shipui.world.ship(shipui.world.sandbox())
    unknown = shipui("acknowledge", promotion, "f" * 64, "--reason", "looked at it")
    assert unknown.code == 2
    assert f"no finding {'f' * 64} on {promotion}" in unknown.err
    finding = {"fingerprint": "f" * 64, "rule": "r", "severity": "high", "path": "a.py", "line": 1, "message": "m"}
    with shipui.world.installation.records.transaction() as connection:
        gates.add_run(connection, promotion, "security", "block", 1, 1, [finding])
    assert shipui("acknowledge", promotion, "f" * 64, "--reason", " ").code == 2
    assert shipui("acknowledge", promotion, "f" * 64, "--reason", "looked at it").code == 0
    with shipui.world.installation.records.transaction() as connection:
        said = gates.dispositions(connection, promotion)
    assert [(each.finding, each.kind, each.reason, each.by) for each in said] == [
        ("f" * 64, "acknowledged", "looked at it", ME)
    ]
    trail = shipui("audit", "list", "--json").json[0]
    assert (trail["action"], trail["subject"], trail["details"]["reason"]) == (
        "finding acknowledged", promotion, "looked at it",
    )  # fmt: skip


def test_several_findings_are_called_false_until_a_day_and_reopened(shipui: Shipui) -> None:
    promotion = shipui.world.ship(shipui.world.sandbox())
    two = [
        {"fingerprint": each * 32, "rule": "r", "severity": "high", "path": "a.py", "line": 1, "message": "m"}
        for each in "ab"
    ]
    with shipui.world.installation.records.transaction() as connection:
        gates.add_run(connection, promotion, "security", "block", 1, 1, two)
    both = ("a" * 32, "b" * 32)
    said = shipui(
        "acknowledge", promotion, *both, "--false-positive", "--until", "2099-12-31", "--reason", "test values"
    )
    assert (said.code, said.out) == (
        0,
        f"2 findings of {promotion} are called a false positive, until 2100-01-01 00:00 UTC.\n",
    )
    settled = [each["disposition"] for each in shipui("show", promotion, "--json").json["findings"] if each["settled"]]
    assert [(each["kind"], each["until"]) for each in settled] == [("false_positive", "2100-01-01T00:00:00+00:00")] * 2
    assert shipui("acknowledge", promotion, both[0], "--until", "soon", "--reason", "r").code == 2
    assert "ended already" in shipui("acknowledge", promotion, both[0], "--until", "2001-01-01", "--reason", "r").err
    assert shipui("acknowledge", promotion, both[0], "--reopen", "--reason", "they are real").code == 0
    open_again = [
        each["fingerprint"] for each in shipui("show", promotion, "--json").json["findings"] if not each["settled"]
    ]
    assert both[0] in open_again
    assert both[1] not in open_again
    assert [each["action"] for each in shipui("audit", "list", "--json").json[:2]] == [
        "finding reopened", "finding called a false positive",
    ]  # fmt: skip


def test_json_is_the_same_text_to_whoever_parses_it(capfd: pytest.CaptureFixture[str]) -> None:
    from shipui.cli.output import print_json

    value = {"text": HOSTILE + "ä€😀\ud800\x7f\u2028\U000e0001", "list": [1, None]}
    print_json(value)
    printed = capfd.readouterr().out
    assert json.loads(printed) == value
    assert harmless(printed)
    assert "ä€😀" in printed
