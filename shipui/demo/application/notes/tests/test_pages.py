"""What the page must not get wrong."""

from __future__ import annotations

import unittest
from datetime import UTC, datetime

from ..database import Note, Totals
from ..pages import initials, page
from ..release import Release

RELEASE = Release("1.0.0", "FB-00000000", "0123456789abcdef")


class Page(unittest.TestCase):
    def test_what_people_wrote_is_escaped(self) -> None:
        note = Note(
            1, 1001, "Ada <Lovelace>", "<script>alert(1)</script>", datetime(2026, 1, 2, 3, 4, tzinfo=UTC), ["a&b"]
        )
        shown = page(RELEASE, [note], Totals(1, 1))
        assert "&lt;script&gt;alert(1)" in shown
        assert "Ada &lt;Lovelace&gt;" in shown
        assert "#a&amp;b" in shown

    def test_it_says_which_version_it_is(self) -> None:
        shown = page(RELEASE, [], Totals(0, 1))
        assert "Version 1.0.0" in shown
        assert "FB-00000000" in shown

    def test_initials(self) -> None:
        assert initials("Ada Lovelace") == "AL"
        assert initials("Guest") == "G"


if __name__ == "__main__":
    unittest.main()
