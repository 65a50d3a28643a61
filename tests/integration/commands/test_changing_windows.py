"""Windows changed from the command line: file and audit trail go together, each mistake is named, and nothing is half done."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from shipui.actions import windows
from shipui.config.windows_file import read_windows
from shipui.model.errors import FileChanged
from tests.integration.commands.conftest import Shipui
from tests.integration.deployments.production_world import ADMIN

NIGHTS = ("set-window", "Nights", "--days", "mon,tue", "--start", "22:00", "--end", "06:00")


@pytest.fixture
def file(shipui: Shipui) -> Path:
    return shipui.world.installation.install.windows_file


def test_windows_and_blackouts_come_change_and_go(shipui: Shipui, file: Path) -> None:
    assert shipui("windows", *NIGHTS).out == (
        "+ window “Nights”: Mon, Tue 22:00-06:00 (next day); standard and normal changes, low and medium risk\n"
    )
    assert "Nothing changes: it is so already." in shipui("windows", *NIGHTS).out
    file.write_text("# Ask Olga.\n" + file.read_text())
    assert "Nothing was written." in shipui("windows", "set-window", "Nights", "--end", "05:00", "--dry-run").out
    assert shipui("windows", "set-window", "Nights", "--end=05:00", "--zone", "Europe/Berlin").code == 0
    stocktaking = (
        "set-blackout",
        "Stocktaking",
        "--from",
        "2026-12-28",
        "--to",
        "2026-12-29T06:00",
        "--reason",
        "we count",
    )
    assert shipui("windows", *stocktaking).code == 0
    assert shipui("windows", "set-zone", "Europe/London").code == 0
    found = read_windows(file)
    assert found.text.startswith("# Ask Olga.\n")
    assert (found.document.window[0].end, found.document.window[0].time_zone) == ("05:00", "Europe/Berlin")
    assert found.document.time_zone == "Europe/London"
    assert shipui("windows", "remove", "Stocktaking").out.startswith("- blackout “Stocktaking”")
    assert read_windows(file).document.blackout == []

    entries = [each for each in shipui("audit", "list", "--json").json if each["action"] == "windows changed"]
    assert len(entries) == 5
    assert entries[0]["details"]["changes"][0].startswith("- blackout “Stocktaking”: 2026-12-28 00:00 to")
    assert shipui("audit", "verify").code == 0


MISTAKES = [
    (("set-window", "New"), "days: found nothing; expected a value: this key is required."),
    ((*NIGHTS[:-1], "25:00"), 'end: found "25:00"; expected a time from "00:00" to "24:00".'),
    (("set-blackout", "B", "--from", "tomorrow", "--to", "2026-12-29", "--reason", "r"), "“tomorrow” is not a moment"),
    (("set-blackout", "B", "--from", "2026-12-29", "--to", "2026-12-29", "--reason", "r"), "expected a moment after from"),
    (("set-zone", "berlin"), "expected the IANA name of a time zone"),
    (("remove", "Nobody"), "There is no window or blackout of the name “Nobody”."),
]  # fmt: skip


def test_a_mistake_exits_2_and_writes_nothing(shipui: Shipui, file: Path) -> None:
    before = file.read_bytes() if file.exists() else None
    for arguments, said in MISTAKES:
        answer = shipui("windows", *arguments)
        assert (answer.code, answer.out) == (2, "")
        assert said in answer.err
        assert (file.read_bytes() if file.exists() else None) == before


def test_only_admins_change_windows(shipui: Shipui, file: Path) -> None:
    shipui.world.configure()
    before = file.read_bytes() if file.exists() else None
    answer = shipui("windows", *NIGHTS)
    assert answer.code == 3
    assert "may not edit deployment windows: that takes the role admin" in answer.err
    assert (file.read_bytes() if file.exists() else None) == before


def test_without_its_audit_entry_no_change_stays(shipui: Shipui, file: Path) -> None:
    installation = shipui.world.installation
    file.write_text('time_zone = "UTC"  # as ever\n')
    found = windows.read(installation, ADMIN).file
    changed = found.document.model_copy(update={"time_zone": "Europe/Berlin"})
    with psycopg.connect(shipui.world.records.superuser_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE audit ADD CONSTRAINT nothing CHECK (action <> 'windows changed') NOT VALID")
    with pytest.raises(psycopg.errors.CheckViolation):
        windows.save(installation, ADMIN, changed, found.digest)
    assert file.read_text() == 'time_zone = "UTC"  # as ever\n'
    with psycopg.connect(shipui.world.records.superuser_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE audit DROP CONSTRAINT nothing")
    saved = windows.save(installation, ADMIN, changed, found.digest)
    assert saved.text == 'time_zone = "Europe/Berlin"  # as ever\n'
    with pytest.raises(FileChanged):
        windows.save(installation, ADMIN, found.document, found.digest)
