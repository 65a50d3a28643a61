"""`shipui windows` and `shipui init`, as typed."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from shipui.cli.main import outcome
from tests.unit.test_windows_file import GOOD


@pytest.fixture
def config(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "config.toml"
    assert outcome(["--config", str(path), "init"]) == 0
    (tmp_path / "windows.toml").write_text(GOOD)
    capfd.readouterr()
    return path


@pytest.fixture
def ask(config: Path, capfd: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = outcome(["--config", str(config), "windows", *arguments])
        printed = capfd.readouterr()
        return code, printed.out, printed.err

    return run


def test_open_and_closed_both_exit_0(ask: Any) -> None:
    assert ask("check", "--at", "2026-11-24T23:00") == (0, "Open: window “Weeknights” until 06:00.\n", "")
    assert ask("check", "--at", "2026-11-24T12:00") == (
        0,
        "Closed: the next window, “Weeknights”, opens Tue 24 Nov 22:00.\n",
        "",
    )
    assert ask("check", "--at=2026-11-24T11:00:00Z", "--type=emergency", "--risk=critical")[1].startswith(
        "Open: an emerg"
    )


def test_json_has_exactly_the_promised_keys(ask: Any) -> None:
    code, out, _ = ask("check", "--at", "2026-12-28T22:30:00+00:00", "--json")
    assert code == 0
    assert json.loads(out) == {
        "open": False,
        "reason": "Closed: blackout “Quarter end” until Mon 4 Jan 2027 00:00, because the books are being closed; "
        "the next window, “Weeknights”, opens Mon 4 Jan 2027 22:00.",
        "next_open": "2027-01-04T22:00:00+01:00",
        "window": "Weeknights",
        "blackout": "Quarter end",
    }
    never = json.loads(ask("check", "--risk", "critical", "--json")[1])
    assert (never["open"], never["next_open"]) == (False, None)
    assert "no window opens within a year" in never["reason"]


def test_now_is_the_default(ask: Any) -> None:
    shown = json.loads(ask("check", "--json")[1])
    assert shown["open"] or datetime.fromisoformat(shown["next_open"]) > datetime.now().astimezone()


@pytest.mark.parametrize(
    "wrong",
    [["--at", "tomorrow"], ["--at", "9999-12-31T00:00"], ["--type", "urgent"], ["--risk", "huge"], ["--nonsense"]],
)
def test_bad_input_exits_2(ask: Any, wrong: list[str]) -> None:
    code, out, err = ask("check", *wrong)
    assert (code, out) == (2, "")
    assert wrong[0] in err


def test_a_broken_file_is_an_error_and_not_open(ask: Any, config: Path) -> None:
    (config.parent / "windows.toml").write_text(GOOD.replace("22:00", "25:00"))
    code, out, err = ask("check", "--json")
    assert (code, out) == (2, "")
    assert 'windows.toml: window[1].start: found "25:00"; expected a time from "00:00" to "23:59".' in err


def test_list(ask: Any, config: Path) -> None:
    code, out, _ = ask("list")
    assert code == 0
    assert "Times are in Europe/Berlin" in out
    assert "Weekend     sat              00:00-24:00  normal            low          Europe/London" in out
    assert "Quarter end" in out
    shown = json.loads(ask("list", "--json")[1])
    assert shown["windows"][0]["days"] == ["mon", "tue", "wed", "thu"]
    assert shown["blackouts"][0]["from"] == "2026-12-28T00:00:00+01:00"
    (config.parent / "windows.toml").unlink()
    assert "so changes may go out at any time" in ask("list")[1]


def test_init_refuses_to_overwrite(config: Path, capfd: pytest.CaptureFixture[str]) -> None:
    config.write_text("# mine")
    assert outcome(["--config", str(config), "init"]) == 3
    assert "is there already; it was left as it is." in capfd.readouterr().err
    assert config.read_text() == "# mine"
    assert outcome(["--config", str(config), "init", "--force"]) == 0
    assert "Edit [target.shop]" in capfd.readouterr().out
    assert (config.parent / "windows.toml").read_text() == GOOD
