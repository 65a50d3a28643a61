"""`visible` and its relatives: nothing from outside can move the cursor, reorder a line or break it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipui.model.text import duration, listed, plain_minutes, size, visible, visible_lines

anything = st.text(st.characters(exclude_categories=()), max_size=60)
HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(anything)
def test_nothing_harmful_is_left(text: str) -> None:
    shown = visible(text)
    assert not any(unicodedata.category(each) in HARMFUL for each in shown)
    assert len(shown.splitlines()) <= 1
    shown.encode()


@given(anything)
def test_showing_twice_changes_nothing(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=60))
def test_plain_text_is_left_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(anything, st.integers(1, 80))
def test_a_limit_keeps_the_beginning(text: str, limit: int) -> None:
    kept = text if len(text) <= limit else text[: limit - 1] + "…"
    assert visible(text, limit=limit) == visible(kept)


@given(anything)
def test_lines_are_parted_by_newlines_alone(text: str) -> None:
    lines = visible_lines(text)
    assert len(lines) == text.replace("\r\n", "\n").count("\n") + 1
    assert all(not any(unicodedata.category(each) in HARMFUL for each in line) for line in lines)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("a\u202eb", "a<U+202E>b"),
        ("a\u2028b\x85c", "a<U+2028>b<U+0085>c"),
        ("two\nlines", "two␊lines"),
        ("\x7f", "␡"),
        ("[/foo] ünïcode", "[/foo] ünïcode"),
    ],
)
def test_what_it_looks_like(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_small_formats() -> None:
    assert [duration(each) for each in (2.44, 41, 200, 7500)] == ["2.4 s", "41 s", "3 min 20 s", "2 h 5 min"]
    assert [plain_minutes(each) for each in (600, 90, 60, 1)] == ["10 minutes", "90 seconds", "1 minute", "1 second"]
    assert [size(each) for each in (812, 4200, 300_000_000)] == ["812 B", "4.2 kB", "300 MB"]
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcdefghi")) == "a, b, c, d, e and 4 more"
