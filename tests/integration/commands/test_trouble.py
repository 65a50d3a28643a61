"""What a command says when something around it is wrong: the config, the records, the terminal, or shipui itself."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shipui.actions import doctor, show
from shipui.cli.main import outcome
from tests.integration.commands.conftest import Shipui


def typed(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, without a terminal and with nothing to read."""
    return subprocess.run(
        [sys.executable, "-m", "shipui", *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def test_without_a_config_it_says_how_to_get_one(tmp_path: Path) -> None:
    own = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "site"), "SHIPUI_CONFIG": ""}
    for arguments in (["queue"], ["show", "CP-3DD07E19"], ["doctor", "--json"], ["windows", "check"], ["recover"]):
        answer = typed(*arguments, **own)
        assert (answer.returncode, answer.stdout) == (2, "")
        assert answer.stderr == (
            f"There is no config at {tmp_path}/shipui/config.toml.\n"
            "Write one with “shipui init”, or name another with --config FILE.\n"
        )
    named = typed("queue", SHIPUI_CONFIG=str(tmp_path / "mine.toml"))
    assert "SHIPUI_CONFIG names it" in named.stderr
    assert typed("--config", str(tmp_path), "queue").returncode == 2


def test_without_a_terminal_the_screens_do_not_open() -> None:
    answer = typed()
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "The screens need a terminal. Give a command instead; --help lists them." in answer.stderr
    assert typed("--help").returncode == 0
    assert typed("--version").stdout.startswith("shipui, version ")


def test_a_broken_config_names_file_and_key(shipui: Shipui) -> None:
    config = shipui.world.config
    good = config.read_text()
    config.write_text(good.replace("run_seconds = 60", 'run_seconds = "soon"'))
    answer = shipui("queue")
    assert (answer.code, answer.out) == (2, "")
    assert f"{config}: limits.run_seconds" in answer.err
    config.write_text(good + "\n[[")
    assert shipui("queue").code == 2
    config.write_text(good)
    (config.parent / "windows.toml").write_text("nonsense")
    assert shipui("queue").code == 0, "windows.toml is not needed for that"
    assert shipui("windows", "check").code == 2


def test_a_config_that_is_no_file_says_what_to_do(shipui: Shipui, tmp_path: Path) -> None:
    shipui.world.config = tmp_path
    answer = shipui("queue")
    assert (answer.code, answer.out) == (2, "")
    assert (
        answer.err
        == f"{tmp_path} cannot be read: Is a directory.\nMake {tmp_path} a file that this account can read.\n"
    )


def test_records_that_do_not_answer(shipui: Shipui, tmp_path: Path) -> None:
    config = shipui.world.config
    text = config.read_text()
    config.write_text(text.replace(shipui.world.records.url, "postgresql://nobody:hunter2@127.0.0.1:1/none").replace(
        shipui.world.records.owner_url, "postgresql://nobody:hunter2@127.0.0.1:1/none"))  # fmt: skip
    for arguments in (["queue"], ["deploy", "CP-3DD07E19"], ["recover"], ["audit", "list", "--json"]):
        answer = shipui(*arguments)
        assert (answer.code, answer.out) == (1, "")
        # `recover` may say before that it ended what another, dead shipui of this machine had left running.
        assert "The records database does not answer.\n" in answer.err
        assert "hunter2" not in answer.err


def test_records_of_a_newer_shipui(shipui: Shipui) -> None:
    assert shipui("queue").code == 0
    with psycopg.connect(shipui.world.records.superuser_url, autocommit=True) as connection:
        connection.execute("INSERT INTO schema_migration (version, name, checksum) VALUES (9999, '9999_future', 'x')")
    for arguments in (["queue"], ["deploy", "CP-3DD07E19"]):
        answer = shipui(*arguments)
        assert (answer.code, answer.out) == (3, "")
        assert "newer shipui" in answer.err
        assert "Update shipui on this machine." in answer.err


def test_a_defect_is_logged_for_its_author_alone_and_named(
    shipui: Shipui, state_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("seven is no promotion: postgresql://shop:hunter2@db/shop")

    monkeypatch.setattr(show, "show", broken)
    answer = shipui("show", "CP-3DD07E19")
    log = state_home / "shipui" / "shipui-errors.log"
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"shipui itself failed (ValueError). What happened is in {log}.\n"
    text = log.read_text()
    assert "Traceback (most recent call last)" in text
    assert "seven is no promotion" in text
    assert "hunter2" not in text
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    log.chmod(0o644)
    assert shipui("show", "CP-3DD07E19").code == 1
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert log.read_text().count("Traceback (most recent call last)") == 2


def test_a_defect_follows_no_link_that_somebody_laid(
    shipui: Shipui, state_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (state_home / "shipui").mkdir(parents=True)
    (state_home / "shipui" / "shipui-errors.log").symlink_to(victim)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "state-home" / "shipui"))
    monkeypatch.setattr(show, "show", lambda *_: 1 / 0)
    answer = shipui("show", "CP-3DD07E19")
    assert answer.code == 1
    assert answer.err == "shipui itself failed (ZeroDivisionError). No file could be written to say what happened.\n"
    assert victim.read_text() == "mine"


def test_what_the_machine_does_not_allow_is_said_as_that(
    shipui: Shipui, state_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/srv/state/audit.head")

    monkeypatch.setattr(show, "show", refused)
    answer = shipui("show", "CP-3DD07E19")
    assert answer.code == 1
    assert answer.err.startswith("This machine did not allow it: /srv/state/audit.head: Permission denied. ")
    assert str(state_home) in answer.err


@pytest.mark.parametrize("arguments", [["queue", "--json"], ["queue"], ["--help"]])
def test_a_reader_that_leaves_is_no_trouble(shipui: Shipui, arguments: list[str]) -> None:
    """`shipui queue | head -1`, with a reader that has left before the first byte."""
    reader, writer = os.pipe()
    os.close(reader)
    process = shipui.start(*arguments, stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=30)
    assert err == ""
    assert process.returncode in {0, 1}


def test_a_full_disk_behind_the_output_is_said(shipui: Shipui) -> None:
    with Path("/dev/full").open("w") as full:
        process = shipui.start("queue", stdout=full)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "No space left on device" in err
    assert "Traceback" not in err


def test_without_standard_streams_and_with_a_terminal_of_another_character_set(shipui: Shipui) -> None:
    promotion = shipui.world.approved()
    command = f"exec {sys.executable} -m shipui --config {shipui.world.config} "
    closed = subprocess.run(["sh", "-c", command + "queue <&- >&- 2>&-"], timeout=60, check=False)
    assert closed.returncode == 0
    western = subprocess.run(
        ["sh", "-c", f"{command} deploy {promotion}"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert western.returncode == 0, western.stderr
    assert b"\\u2713 11 Cleanup" in western.stdout
    assert western.stdout.endswith(b"is deployed and healthy.\n")


# The doctor


def failed(report: Any) -> list[str]:
    return [check["name"] for check in report["checks"] if not check["ok"]]


def test_the_doctor_of_a_sound_install(shipui: Shipui) -> None:
    before = shipui("doctor", "--json")
    assert before.code == 0, before
    report = before.json
    assert list(report) == ["ok", "checks", "settings"]
    assert report["ok"] is True
    for check in report["checks"]:
        assert list(check) == ["name", "ok", "detail", "fix"]
        assert check["detail"].count("..") == 0
    people = shipui("doctor")
    assert people.code == 0
    assert people.out.endswith("Everything is in place.\n")
    shipui.world.deploy(shipui.world.approved())
    assert "✓ shop: application: It runs" in shipui("doctor").out


def test_the_doctor_when_the_records_do_not_answer(shipui: Shipui) -> None:
    text = shipui.world.config.read_text()
    gone = "postgresql://nobody:hunter2@127.0.0.1:1/none"
    shipui.world.config.write_text(
        text.replace(shipui.world.records.owner_url, gone).replace(shipui.world.records.url, gone)
    )
    answer = shipui("doctor", "--json")
    assert (answer.code, answer.err) == (1, "")
    assert failed(answer.json) == ["records"]
    check = next(each for each in answer.json["checks"] if each["name"] == "records")
    assert "refused" in check["detail"].lower(), "the reason itself is there"
    assert answer.json["settings"]["records"]["url"] == "postgresql://nobody:***@127.0.0.1:1/none"
    assert "hunter2" not in answer.out + shipui("doctor").out


def test_the_doctor_when_production_is_down(shipui: Shipui) -> None:
    text = shipui.world.config.read_text()
    gone = "postgresql://shop:hunter2@127.0.0.1:1/shop"
    shipui.world.config.write_text(text.replace(f'url = "{shipui.world.database.url}"', f'url = "{gone}"'))
    answer = shipui("doctor", "--json")
    assert (answer.code, answer.err) == (1, "")
    assert failed(answer.json) == ["shop: database reachable"]
    assert "hunter2" not in json.dumps(answer.json)


def test_the_doctor_when_windows_toml_is_invalid(shipui: Shipui) -> None:
    shipui.world.windows('time_zone = "Mars/Olympus"\n')
    answer = shipui("doctor", "--json")
    assert (answer.code, answer.err) == (1, "")
    assert failed(answer.json) == ["deployment windows"]
    assert "A deployment could not begin. See ✗ above." in shipui("doctor").out


def test_blackouts_that_overlap_are_said_and_both_hold(shipui: Shipui) -> None:
    def blackout(name: str, start: str, end: str) -> str:
        return f'[[blackout]]\nname = "{name}"\nreason = "r"\nfrom = {start}T00:00:00\nto = {end}T00:00:00\n'

    shipui.world.windows(
        'time_zone = "UTC"\n'
        + blackout("Audit", "2027-03-01", "2027-03-10")
        + blackout("Move", "2027-03-08", "2027-03-12")
        + blackout("Next", "2027-03-12", "2027-03-14")
    )
    said = "Blackouts “Audit” and “Move” overlap; while they do, both hold."
    doctor = shipui("doctor")
    assert doctor.code == 0
    assert f"! deployment windows: 0 windows, 3 blackouts, in UTC. {said} For a normal" in doctor.out
    assert "correct their from and to in windows.toml" in doctor.out
    assert shipui("windows", "list").out.endswith(f"\n{said}\n")
    at = shipui("windows", "check", "--at=2027-03-09", "--json").json
    assert (at["open"], at["blackout"], at["next_open"]) == (False, "Move", "2027-03-14T00:00:00+00:00")


def test_the_doctor_does_not_fall_ill(shipui: Shipui, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Any:
        raise PermissionError(13, "Permission denied", "/etc/shadow")

    monkeypatch.setattr(doctor, "_machine", broken)
    answer = shipui("doctor", "--json")
    assert (answer.code, failed(answer.json)) == (1, ["tools"])


def test_init_then_doctor_of_an_example(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    config = str(tmp_path / "config.toml")
    assert outcome(["--config", config, "init"]) == 0
    capfd.readouterr()
    assert outcome(["--config", config, "windows", "check", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["open"] in {True, False}
