"""Which folder a demo takes, and what it writes there."""

from __future__ import annotations

import json
import os
import socket
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shipui.config.settings import Settings
from shipui.demo.configuration import config_text, readme_text, windows_text
from shipui.demo.folder import DemoFolder, default_folder
from shipui.demo.production import Production, production_of
from shipui.model.errors import BadInput, Refused


def test_an_empty_or_missing_folder_is_taken_and_keeps_its_port(tmp_path: Path) -> None:
    place = DemoFolder(tmp_path / "a" / "demo")
    assert not place.is_demo()
    place.claim()
    assert place.is_demo()
    port = place.port()
    with socket.create_server(("127.0.0.1", port)):
        place.claim()
    assert DemoFolder(place.path).port() == port
    assert port < 32_768, "the system gives these ports to outgoing connections"


def test_the_servers_account_can_pass_through_the_folder(tmp_path: Path) -> None:
    place = DemoFolder(tmp_path / "demo")
    place.claim()
    assert place.path.stat().st_mode & 0o777 == (0o711 if os.geteuid() == 0 else 0o700)


def test_a_folder_with_something_else_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(Refused, match="not empty"):
        DemoFolder(tmp_path).claim()
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_way_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be made"):
        DemoFolder(tmp_path / "file" / "demo").claim()


def test_damaged_notes_are_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("{")
    with pytest.raises(BadInput, match="cannot be read"):
        DemoFolder(tmp_path).port()


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_folder() == Path("/var/lib/shipui-demo")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert default_folder() == Path("/home/ada/.local/share/shipui-demo")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_folder() == Path("/data/shipui-demo")
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert default_folder() == Path("/home/ada/.local/share/shipui-demo")


def test_the_settings_are_ones_that_shipui_accepts(tmp_path: Path) -> None:
    place = DemoFolder(tmp_path / "demo")
    place.claim(port=23456)
    settings = Settings.model_validate(tomllib.loads(config_text('a"da\\', 23456, production_of(place))))
    assert settings.roles.admin == ['a"da\\']
    target = settings.target["notes"]
    assert target.health.url == "http://127.0.0.1:23456/api/health"
    assert target.health.version_field == "build"
    assert target.process is not None
    assert target.process.environment["PORT"].get_secret_value() == "23456"


@pytest.mark.parametrize("hour", range(24))
def test_normal_changes_are_far_from_now(hour: int) -> None:
    now = datetime(2026, 11, 24, hour, 59, 59, tzinfo=UTC)
    standard, normal = tomllib.loads(windows_text(now))["window"]
    assert (standard["change_types"], standard["start"], standard["end"]) == (["standard"], "00:00", "24:00")
    assert normal["change_types"] == ["normal"]
    opens = (now + timedelta(hours=12)).replace(minute=0, second=0)
    assert normal["start"] == f"{opens:%H:%M}"
    assert normal["days"] == [f"{opens:%a}".lower()]


def test_the_settings_for_docker_are_ones_that_shipui_accepts(tmp_path: Path) -> None:
    settings = Settings.model_validate(tomllib.loads(config_text("ada", 23456, docker_production(tmp_path))))
    target = settings.target["notes-0a0b0c"]
    assert target.container == "notes-0a0b0c"
    assert target.docker is not None
    assert target.docker.host == "unix:///run/other.sock"
    assert target.docker.ports == ["127.0.0.1:23456:8080"]
    inside = target.docker.environment["DATABASE_URL"].get_secret_value()
    outside = target.database.url.get_secret_value()
    assert inside.endswith("@notes-0a0b0c-database:5432/notes")
    assert outside.endswith("@127.0.0.1:23457/notes")
    assert target.database.container == "notes-0a0b0c-database"
    assert (place := tmp_path / "demo" / "production" / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert all(password in inside + outside for password in json.loads(place.read_text()).values())


def docker_production(tmp_path: Path) -> Production:
    place = DemoFolder(tmp_path / "demo")
    notes = {
        "runtime": "docker",
        "engine": "unix:///run/other.sock",
        "name": "notes-0a0b0c",
        "base_image": None,
        "programs": "/opt/bin",
    }
    place.claim(port=23456, database_port=23457, **notes)
    return production_of(place)


def test_the_readme_names_every_build_and_says_what_is_not_in_the_folder(tmp_path: Path) -> None:
    text = readme_text(Path("/demo"), 20_000, [("works", "Search the notes", "goes well")], docker_production(tmp_path))
    assert "| `works` | Search the notes | goes well |" in text
    assert "shipui --config /demo/config.toml" in text
    assert "docker -H unix:///run/other.sock volume rm notes-0a0b0c-data" in text
