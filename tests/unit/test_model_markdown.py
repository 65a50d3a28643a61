"""Text from outside, on its way to a code host."""

from __future__ import annotations

from shipui.model.markdown import code, cut, quoted, silent


def test_markup_is_shown_and_not_obeyed() -> None:
    assert quoted("**bold** [x](javascript:1) <img src=x>") == r"\*\*bold\*\* \[x\]\(javascript:1\) \<img src=x\>"
    assert quoted("a & b &amp; \x1b[31m") == r"a &amp; b &amp;amp; ␛\[31m"


def test_nobody_is_called_and_nothing_is_closed() -> None:
    text = "@ada, é@ada closes #12, GH-3 and see https://github.com/o/r/issues/1; mail a@b.org, colour #fff"
    for made in (quoted(text), silent(text)):
        assert "@ada" not in made
        assert "#12" not in made
        assert "GH-3" not in made
        assert "https://" not in made
        assert "#fff" in made, "no number, so no issue"
        assert made.replace("&#8203;", "").replace("\u200b", "") == text
    assert "@b.org" not in quoted(text)
    assert "a@b.org" in silent(text), "an address that signs a commit has to stay whole"


def test_what_is_cut_shows_it() -> None:
    assert silent("x" * 300, limit=10) == "x" * 9 + "…"
    assert silent("x" * 10, limit=10) == "x" * 10
    whole = "```\n" + "line\n" * 100 + "```\n"
    short = cut(whole, 200, "… more")
    assert len(short) <= 200
    assert short.endswith("… more")
    assert sum(line.startswith("```") for line in short.splitlines()) % 2 == 0, "the fence is closed again"
    assert cut("short", 200, "… more") == "short"


def test_code_spans_hold_backticks() -> None:
    assert code("a") == "`a`"
    assert code("a `b` ``c``") == "``` a `b` ``c`` ```"
