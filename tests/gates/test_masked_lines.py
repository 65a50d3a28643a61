"""Source code for people to read: as many lines as before, and no secret in any of them."""

from __future__ import annotations

import pytest

from shipui.gates.secrets.masking import masked_lines

BODY = "MIIEowIBAAKCAQEAq7BFUpkGp3bXq5Zl3mWc9xT1yR8sVn4hKj2dFg6LpQwErTy1"
KEY = ["-----BEGIN RSA PRIVATE KEY-----", BODY, BODY, "Uio2Pas=", "-----END RSA PRIVATE KEY-----"]


@pytest.mark.parametrize("frame", ["{}", '    "{}\\n" +', "{},", "'{}'"])
def test_a_private_key_is_hidden_to_its_last_line_in_whatever_it_stands(frame: str) -> None:
    lines = ["before()", *(frame.format(each) for each in KEY), "after(plain)"]
    shown = masked_lines(lines)
    assert len(shown) == len(lines)
    assert (shown[0], shown[-1]) == ("before()", "after(plain)")
    assert "MIIE" not in "".join(shown)
    assert "Uio2Pas" not in "".join(shown)


def test_a_key_that_begins_before_the_stretch_is_hidden_too() -> None:
    assert masked_lines([*KEY[2:], "ordinary = words"]) == ["***", "***", KEY[-1], "ordinary = words"]


def test_ordinary_lines_stay_as_they_are_and_long_ones_are_cut() -> None:
    lines = ["def find():", "    return 1", "", "x = 'hello'"]
    assert masked_lines(lines) == lines
    assert [len(each) for each in masked_lines(["a b " * 10_000] * 30)] == [2_000] * 30


def test_a_token_is_hidden_in_its_line() -> None:
    assert "***" in masked_lines(["a", 'TOKEN = "ghp_0aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY2zA"'])[1]
