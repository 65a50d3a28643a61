"""Writing windows.toml keeps what people wrote; merging keeps what both meant; differences are said in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shipui.config.windows_document import DAYS, BlackoutEntry, WindowEntry, WindowsDocument, calendar_of
from shipui.config.windows_file import put_back, read_windows, write_windows
from shipui.config.windows_merge import merge
from shipui.config.windows_text import lost_comments, written_text
from shipui.config.windows_words import days_words, differences
from shipui.model.change import ChangeType, RiskLevel
from shipui.model.errors import FileChanged

COMMENTED = """\
# The windows of the shop.
# Ask Olga before you change them.

time_zone = "Europe/Berlin"  # where the shop is

# Nights: nobody buys then.
[[window]]
name = "Nights # all"   # a name with a hash
days = ["mon",
        "tue"]
start = '22:00'
end = "06:00"
change_types = ["normal"]
risk_levels = ["low"]

# apart

[[blackout]]
name = "Stocktaking"
reason = "we count"
from = 2026-12-28T00:00:00
to = 2026-12-29T00:00:00

# Sundays
[[window]]
name = "Sundays"
days = ["sun"]
start = "00:00"
end = "24:00"
change_types = ["normal"]
risk_levels = ["low"]
"""

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
zones = st.sampled_from(["Europe/Berlin", "UTC", "America/New_York", "Asia/Kolkata"])
clocks = st.sampled_from(range(0, 24 * 60, 5)).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")


def some(of: list[object]) -> st.SearchStrategy[list[object]]:
    return st.lists(st.sampled_from(of), min_size=1, unique=True)


window_entries = st.builds(
    WindowEntry,
    name=texts,
    days=some(list(DAYS)),
    start=clocks,
    end=st.one_of(clocks, st.just("24:00")),
    change_types=some(list(ChangeType)),
    risk_levels=some(list(RiskLevel)),
    time_zone=st.one_of(st.none(), zones),
)


@st.composite
def blackout_entries(draw: st.DrawFn) -> BlackoutEntry:
    zone = draw(st.sampled_from([None, UTC, timezone(timedelta(hours=-5, minutes=-30))]))
    start = datetime(2020, 1, 1, tzinfo=zone) + timedelta(microseconds=draw(st.integers(0, 10**15)))
    end = start + timedelta(days=1, seconds=draw(st.integers(0, 10**7)))
    excepts = draw(st.lists(st.sampled_from(list(ChangeType)), unique=True))
    return BlackoutEntry.model_validate(
        {"name": draw(texts), "reason": draw(texts), "from": start, "to": end, "except": excepts}
    )


documents = st.builds(
    WindowsDocument,
    time_zone=zones,
    window=st.lists(window_entries, max_size=3, unique_by=lambda each: each.name),
    blackout=st.lists(blackout_entries(), max_size=3, unique_by=lambda each: each.name),
)
relaxed = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def document(text: str, tmp_path: Path) -> WindowsDocument:
    path = tmp_path / "other.toml"
    path.write_text(text)
    return read_windows(path).document


def without(found: WindowsDocument, name: str) -> WindowsDocument:
    return found.model_copy(update={"window": [each for each in found.window if each.name != name]})


def ending(found: WindowsDocument, name: str, end: str) -> WindowsDocument:
    changed = [each.model_copy(update={"end": end}) if each.name == name else each for each in found.window]
    return found.model_copy(update={"window": changed})


@relaxed
@given(first=documents, second=documents)
def test_what_is_written_is_read_again_whatever_stood_there(
    tmp_path: Path, first: WindowsDocument, second: WindowsDocument
) -> None:
    path = tmp_path / "windows.toml"
    path.unlink(missing_ok=True)
    digest = write_windows(path, first, None)
    assert read_windows(path).document == first
    write_windows(path, second, digest)
    found = read_windows(path)
    assert found.document == second
    assert found.calendar == calendar_of(second)


def test_nothing_changed_nothing_written_anew(tmp_path: Path) -> None:
    plain = COMMENTED.replace(COMMENTED[COMMENTED.index("# Sundays") :], "")
    assert written_text(document(plain, tmp_path), plain).rstrip() == plain.rstrip()


def test_what_was_not_changed_keeps_its_letters_and_comments(tmp_path: Path) -> None:
    before = document(COMMENTED, tmp_path)
    after = ending(before, "Sundays", "12:00").model_copy(update={"time_zone": "Europe/London"})
    text = written_text(after, COMMENTED)
    assert text.startswith("# The windows of the shop.\n# Ask Olga")
    assert 'time_zone = "Europe/London"  # where the shop is' in text
    assert COMMENTED[COMMENTED.index("# Nights: nobody") : COMMENTED.index("# apart")] in text
    assert '# Sundays\n[[window]]\nname = "Sundays"\n' in text
    assert 'end = "12:00"' in text
    assert "# apart" in text
    assert lost_comments(after, COMMENTED) == 0


def test_comments_within_what_was_changed_are_counted_as_lost(tmp_path: Path) -> None:
    before = document(COMMENTED, tmp_path)
    assert lost_comments(ending(before, "Nights # all", "05:00"), COMMENTED) == 1
    assert lost_comments(without(before, "Sundays"), COMMENTED) == 1


def test_a_form_that_cannot_be_kept_is_written_whole_with_its_first_comments(tmp_path: Path) -> None:
    inline = '# mine\ntime_zone = "UTC"\nwindow = []  # none\nblackout = []\n'
    before = document(inline, tmp_path)
    window = document(COMMENTED, tmp_path).window[0]
    after = before.model_copy(update={"window": [window]})
    text = written_text(after, inline)
    assert text.startswith("# mine\n\ntime_zone")
    assert document(text, tmp_path) == after
    assert lost_comments(after, inline) == 1


def test_lines_of_windows_machines_stay_so(tmp_path: Path) -> None:
    text = COMMENTED.replace("\n", "\r\n")
    path = tmp_path / "windows.toml"
    path.write_bytes(text.encode())
    found = read_windows(path)
    write_windows(path, ending(found.document, "Sundays", "12:00"), found.digest)
    assert b"\n" not in path.read_bytes().replace(b"\r\n", b"")


def test_put_back_is_exact_and_never_over_somebody_elses_work(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_text(COMMENTED)
    found = read_windows(path)
    digest = write_windows(path, WindowsDocument(time_zone="UTC"), found.digest)
    put_back(path, found.text, digest)
    assert path.read_text() == COMMENTED
    with pytest.raises(FileChanged):
        put_back(path, "time_zone = 'UTC'\n", digest)
    assert path.read_text() == COMMENTED


# Merging


@relaxed
@given(base=documents, other=documents)
def test_who_alone_changed_something_gets_exactly_that(base: WindowsDocument, other: WindowsDocument) -> None:
    for theirs, mine in ((base, other), (other, base), (other, other)):
        merged = merge(base, theirs, mine, keep_mine=False)
        assert not differences(merged.document, other)
        assert merged.conflicts == ()


@relaxed
@given(base=documents, theirs=documents, mine=documents)
def test_each_entry_of_a_merge_is_somebodys_and_no_doubt_goes_unnamed(
    base: WindowsDocument, theirs: WindowsDocument, mine: WindowsDocument
) -> None:
    merged = merge(base, theirs, mine, keep_mine=True)
    named = {(each.kind, each.name) for each in merged.conflicts}
    for kind in ("window", "blackout"):
        was, their, my, now = (
            {each.name: each for each in getattr(document, kind)} for document in (base, theirs, mine, merged.document)
        )
        for name in was | their | my | now:
            assert now.get(name) in (their.get(name), my.get(name))
            if (kind, name) not in named:
                assert their.get(name) == my.get(name) or was.get(name) in (their.get(name), my.get(name))
    other = merge(base, theirs, mine, keep_mine=False)
    assert {(each.kind, each.name) for each in other.conflicts} == named


def test_both_changes_stand_and_a_conflict_is_named(tmp_path: Path) -> None:
    base = document(COMMENTED, tmp_path)
    theirs = ending(ending(base, "Nights # all", "05:00"), "Sundays", "20:00")
    mine = without(ending(base, "Sundays", "12:00"), "Nobody").model_copy(update={"blackout": []})
    merged = merge(base, theirs, mine, keep_mine=True)
    assert [each.end for each in merged.document.window] == ["05:00", "12:00"]
    assert merged.document.blackout == []
    (conflict,) = merged.conflicts
    assert (conflict.kind, conflict.name) == ("window", "Sundays")
    assert [each.end for each in merge(base, theirs, mine, keep_mine=False).document.window] == ["05:00", "20:00"]


def test_what_one_removed_and_the_other_changed_is_a_conflict(tmp_path: Path) -> None:
    base = document(COMMENTED, tmp_path)
    merged = merge(base, ending(base, "Sundays", "12:00"), without(base, "Sundays"), keep_mine=True)
    assert [each.name for each in merged.document.window] == ["Nights # all"]
    assert merged.conflicts[0].mine is None


# Words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (DAYS, "every day"),
        (["mon", "tue", "wed", "thu"], "Mon-Thu"),
        (["sun", "sat"], "Sat, Sun"),
        (["wed"], "Wed"),
        (["mon", "wed", "thu", "fri"], "Mon, Wed-Fri"),
    ],
)
def test_days_in_words(days: list[str], words: str) -> None:
    assert days_words(days) == words


def test_differences_in_words(tmp_path: Path) -> None:
    before = document(COMMENTED, tmp_path)
    after = without(ending(before, "Nights # all", "24:00"), "Sundays").model_copy(update={"time_zone": "UTC"})
    assert [each.sentence for each in differences(before, after)] == [
        "~ time zone: Europe/Berlin is now UTC",
        "~ window “Nights # all”: Mon, Tue 22:00-06:00 (next day); normal changes, low risk is now "
        "Mon, Tue 22:00-24:00; normal changes, low risk",
        "- window “Sundays”: Sun, all day; normal changes, low risk",
    ]
    assert differences(before, before) == []
    (added,) = differences(before.model_copy(update={"blackout": []}), before)
    assert added.sentence == (
        "+ blackout “Stocktaking”: 2026-12-28 00:00 to 2026-12-29 00:00, because we count; except emergency changes"
    )
