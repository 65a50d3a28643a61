"""windows.toml: what is refused and in which words, and that writing it is whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shipui.config.windows_document import WindowsDocument
from shipui.config.windows_file import read_windows, write_windows
from shipui.model.calendar import decide
from shipui.model.change import Change, ChangeType, RiskLevel
from shipui.model.errors import BadSettings, Failed, NoSpace, Refused

NORMAL = Change(ChangeType.NORMAL, RiskLevel.LOW)
GOOD = """
time_zone = "Europe/Berlin"

[[window]]
name = "Weeknights"
days = ["mon", "tue", "wed", "thu"]
start = "22:00"
end = "06:00"
change_types = ["standard", "normal"]
risk_levels = ["low", "medium"]

[[window]]
name = "Weekend"
days = ["sat"]
start = "00:00"
end = "24:00"
change_types = ["normal"]
risk_levels = ["low"]
time_zone = "Europe/London"

[[blackout]]
name = "Quarter end"
reason = "the books are being closed"
from = 2026-12-28T00:00:00
to = 2027-01-04T00:00:00
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "windows.toml"
    path.write_text(GOOD)
    return path


def test_a_good_file_is_a_calendar(file: Path) -> None:
    found = read_windows(file)
    assert found.digest == hashlib.sha256(GOOD.encode()).hexdigest()
    weeknights, weekend = found.calendar.windows
    assert (weeknights.days, weeknights.zone.key) == (frozenset({0, 1, 2, 3}), "Europe/Berlin")
    assert (weekend.end, weekend.zone.key) == (None, "Europe/London")
    (blackout,) = found.calendar.blackouts
    assert blackout.start.isoformat() == "2026-12-28T00:00:00+01:00"
    assert blackout.excepts == {ChangeType.EMERGENCY}


def test_a_missing_file_restricts_nothing(tmp_path: Path) -> None:
    found = read_windows(tmp_path / "windows.toml")
    assert (found.digest, found.calendar.zone.key) == (None, "UTC")
    assert decide(found.calendar, NORMAL, datetime(2026, 11, 24, tzinfo=UTC)).open


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('time_zone = "Europe/Berlin"\n', "", "time_zone: found nothing; expected a value: this key is required"),
        (
            "Europe/Berlin",
            "Europe/Berlim",
            'time_zone: found "Europe/Berlim"; expected the IANA name of a time zone, perhaps Europe/Berlin',
        ),
        ("Europe/London", "America", 'window[2].time_zone: found "America"; expected the IANA name of a time zone'),
        ("Europe/London", "../../etc/passwd", "window[2].time_zone: found"),
        (
            'start = "00:00"',
            'start = "25:00"',
            'window[2].start: found "25:00"; expected a time from "00:00" to "23:59"',
        ),
        (
            'start = "00:00"',
            'start = "24:00"',
            'window[2].start: found "24:00"; expected a time from "00:00" to "23:59"',
        ),
        ('end = "06:00"', 'end = "6:00"', 'window[1].end: found "6:00"; expected a time from "00:00" to "24:00"'),
        ('end = "06:00"', 'end = "06:00\\n"', "window[1].end: found"),
        ('end = "06:00"', "end = 06:00:00", "window[1].end: found a date or a time; expected text in quotes"),
        (
            '["sat"]',
            '["sat", "someday"]',
            'window[2].days[2]: found "someday"; expected "mon", "tue", "wed", "thu", "fri", "sat" or "sun"',
        ),
        ('["sat"]', "[]", "window[2].days: found a list; expected at least one entry"),
        (
            '["normal"]',
            '["normal", "urgent"]',
            'window[2].change_types[2]: found "urgent"; expected "standard", "normal" or "emergency"',
        ),
        (
            '["low"]',
            '["none"]',
            'window[2].risk_levels[1]: found "none"; expected "low", "medium", "high" or "critical"',
        ),
        ('name = "Weekend"', 'name = "Weekend"\nrisks = 1', "window[2].risks: found a key that is not known; expected"),
        (
            'start = "00:00"',
            'strat = "00:00"',
            "window[2].strat: found a key that is not known; expected perhaps start",
        ),
        (
            'name = "Weekend"',
            'name = "Weeknights"',
            'window[2].name: found "Weeknights", as window[1] has it; expected a name of its own',
        ),
        (
            "to = 2027-01-04T00:00:00",
            "to = 2026-12-28T00:00:00",
            "blackout[1].to: found 2026-12-28T00:00:00; expected a moment after from, which is 2026-12-28T00:00:00",
        ),
        (
            "to = 2027-01-04T00:00:00",
            "to = 2027-01-04",
            "blackout[1].to: found a date or a time; expected a date and a time, like 2026-12-28T00:00:00",
        ),
        ("to = 2027-01-04T00:00:00", 'except = ["normal"]', "blackout[1].to: found nothing; expected a value"),
        ("[[blackout]]", "[[blackouts]]", "blackouts: found a key that is not known; expected perhaps blackout"),
        ("from = 2026", "start = 2026", "blackout[1].start: found a key that is not known; expected"),
        ("[[blackout]]", "[blackout]", "blackout: found a section; expected a list"),
        ("days = [", "days = ", "line 6, column "),
    ],
)
def test_a_mistake_is_never_an_open_window(file: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(BadSettings) as caught:
        read_windows(file)
    assert caught.value.plain.startswith(str(file))
    assert said in caught.value.plain


def test_two_blackouts_of_one_name_are_a_mistake(file: Path) -> None:
    file.write_text(GOOD + GOOD[GOOD.index("[[blackout]]") :])
    with pytest.raises(BadSettings, match=r'blackout\[2\]\.name: found "Quarter end", as blackout\[1\] has it'):
        read_windows(file)


@pytest.mark.parametrize(
    ("start", "end", "from_utc", "to_utc"),
    [
        ("2026-03-29T02:30:00", "2026-03-29T12:00:00", "2026-03-29T01:00", "2026-03-29T10:00"),
        ("2026-03-28T02:30:00", "2026-03-29T02:30:00", "2026-03-28T01:30", "2026-03-29T01:00"),
        ("2026-10-25T02:30:00", "2026-10-25T02:45:00", "2026-10-25T00:30", "2026-10-25T01:45"),
        ("2026-12-28T00:00:00Z", "2026-12-28T01:00:00-05:00", "2026-12-28T00:00", "2026-12-28T06:00"),
    ],
)
def test_a_blackout_at_a_change_of_the_clock(file: Path, start: str, end: str, from_utc: str, to_utc: str) -> None:
    file.write_text(GOOD.replace("2026-12-28T00:00:00", start).replace("2027-01-04T00:00:00", end))
    (blackout,) = read_windows(file).calendar.blackouts
    assert [f"{each.astimezone(UTC):%Y-%m-%dT%H:%M}" for each in (blackout.start, blackout.end)] == [from_utc, to_utc]


def test_what_is_written_is_what_is_read(file: Path) -> None:
    before = read_windows(file)
    file.chmod(0o640)
    digest = write_windows(file, before.document, before.digest)
    after = read_windows(file)
    assert (after.document, after.calendar, after.digest) == (before.document, before.calendar, digest)
    assert file.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in file.parent.iterdir()] == ["windows.toml"]


def test_a_new_file_can_be_read_by_all(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    write_windows(path, WindowsDocument(time_zone="Asia/Kolkata"), None)
    assert path.stat().st_mode & 0o777 == 0o644
    assert read_windows(path).calendar.zone == ZoneInfo("Asia/Kolkata")


def test_a_link_stays_a_link(file: Path) -> None:
    link = file.parent / "link.toml"
    link.symlink_to(file.name)
    found = read_windows(link)
    write_windows(link, found.document, found.digest)
    assert link.is_symlink()


@pytest.mark.parametrize("change", ["edited", "removed", "made"])
def test_a_file_that_changed_since_is_left_alone(file: Path, change: str) -> None:
    found = read_windows(file)
    read_digest = None if change == "made" else found.digest
    if change == "edited":
        file.write_text(GOOD + "# mine\n")
    if change == "removed":
        file.unlink()
    left = file.read_text() if file.exists() else None
    with pytest.raises(Refused) as caught:
        write_windows(file, found.document, read_digest)
    assert "was changed by somebody else since it was read, so nothing was written." in caught.value.plain
    assert (file.read_text() if file.exists() else None) == left


def test_a_document_that_contradicts_itself_is_not_written(file: Path) -> None:
    found = read_windows(file)
    twice = found.document.model_copy(update={"window": [found.document.window[0]] * 2})
    with pytest.raises(BadSettings, match="expected a name of its own"):
        write_windows(file, twice, found.digest)
    assert file.read_text() == GOOD


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def _fill(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass


def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    file = small_disk / "windows.toml"
    file.write_text(GOOD)
    found = read_windows(file)
    filler = small_disk / "filler"
    _fill(filler)
    with pytest.raises(NoSpace) as caught:
        write_windows(file, found.document, found.digest)
    assert "no room left" in caught.value.plain
    assert file.read_text() == GOOD
    assert sorted(each.name for each in small_disk.iterdir()) == ["filler", "windows.toml"]
    filler.unlink()
    write_windows(file, found.document, found.digest)
    assert read_windows(file).document == found.document


def test_a_folder_that_cannot_be_written_loses_nothing(small_disk: Path) -> None:
    file = small_disk / "windows.toml"
    file.write_text(GOOD)
    found = read_windows(file)
    remount = ["mount", "-o", "remount,ro", str(small_disk)]
    if subprocess.run(remount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no disk can be made read-only here")
    with pytest.raises(Failed) as caught:
        write_windows(file, found.document, found.digest)
    assert "could not be written" in caught.value.plain
    assert str(small_disk) in caught.value.fix
    assert file.read_text() == GOOD
